package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static reactor.core.publisher.Sinks.EmitResult.FAIL_OVERFLOW;
import static reactor.core.publisher.Sinks.EmitResult.OK;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.internal.flow.Values.InPlaceText;
import io.reactorzmq.internal.flow.Values.Tracked;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;

/** Small values go into frames as they are, and all that holds for messages holds for them. */
class SmallSendTest {

  /** A text codec that writes in place, and remembers what it encoded all the same. */
  private static class InPlace extends InPlaceText {
    final List<String> encoded = new ArrayList<>();
    final List<String> discarded = new ArrayList<>();

    @Override
    public Message encode(String value, ByteBufAllocator allocator) {
      encoded.add(value);
      return super.encode(value, allocator);
    }

    @Override
    public int sizeOf(String value) {
      if (value.equals("no size")) {
        throw new IllegalArgumentException("not this one");
      }
      return value.startsWith("encode") ? -1 : value.length();
    }

    @Override
    public void writeTo(String value, ByteBuf target) {
      super.writeTo(value, target);
      if (value.startsWith("longer")) {
        target.writeByte('!');
      } else if (value.startsWith("thrown")) {
        throw new IllegalStateException("in the middle");
      }
    }

    @Override
    public void discard(String value) {
      discarded.add(value);
    }
  }

  private final InPlace codec = new InPlace();
  private final SendRig<String> rig = new SendRig<>(codec);
  private final List<String> log = new ArrayList<>();

  private void sendAll(Flux<String> source) {
    rig.port.sendAll(source).subscribe(v -> {}, e -> log.add(e.toString()), () -> log.add("sent"));
  }

  private static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(String::valueOf).toList();
  }

  @Test
  void noMessageIsMadeOfThemAndTheyAreGivenUpWhenTheyAreFramed() {
    TestPeer<String> peer = rig.peer(10).open(9);
    assertThat(rig.port.tryEmit("a")).isEqualTo(OK);
    sendAll(Flux.just("", "c"));
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("a", "", "c");
    assertThat(codec.encoded).isEmpty();
    assertThat(codec.discarded).containsExactly("a", "", "c");
    assertThat(log).containsExactly("sent");
    assertThat(rig.router.sent()).isEqualTo(3);
  }

  @Test
  void fromFourKibibytesOnTheyAreEncoded() {
    TestPeer<String> peer = rig.peer(10).open(9);
    assertThat(rig.port.tryEmit(Values.text('a', 4095))).isEqualTo(OK);
    assertThat(rig.port.tryEmit(Values.text('b', 4096))).isEqualTo(OK);
    assertThat(rig.port.tryEmit("encode me")).isEqualTo(OK);
    rig.loop.run();
    assertThat(peer.received()).containsExactly("a*4095", "b*4096", "encode me");
    assertThat(codec.encoded).containsExactly(Values.text('b', 4096), "encode me");
    rig.assertEmpty();
  }

  @Test
  void smallAndLargeOnesKeepTheirOrder() {
    TestPeer<String> peer = rig.peer(3).open(1);
    List<String> values = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      String value = i % 3 == 0 ? "encode " + i : i % 7 == 0 ? Values.text('x', 5000) : "v" + i;
      values.add(value);
      assertThat(rig.port.tryEmit(value)).isEqualTo(OK);
      if (i % 10 == 0) {
        rig.loop.run();
      }
    }
    for (int i = 0; i < 100; i++) {
      rig.loop.run();
      peer.consume(1);
    }
    rig.assertEmpty();
    assertThat(peer.received())
        .containsExactlyElementsOf(
            values.stream().map(v -> v.length() == 5000 ? "x*5000" : v).toList());
  }

  @Test
  void withoutCreditTheyWaitWithinTheBounds() {
    SendRig<String> small = new SendRig<>(codec, 3, 10, 10);
    TestPeer<String> peer = small.peer(10);
    assertThat(small.port.tryEmit("1234")).isEqualTo(OK);
    small.loop.run();
    assertThat(small.port.tryEmit("5678")).isEqualTo(OK);
    assertThat(small.port.tryEmit("901")).as("eleven bytes").isEqualTo(FAIL_OVERFLOW);
    assertThat(small.bounds.messages()).isEqualTo(2);
    assertThat(small.bounds.bytes()).isEqualTo(8);
    assertThat(small.port.tryEmit("90")).isEqualTo(OK);
    assertThat(small.port.tryEmit("")).as("four messages").isEqualTo(FAIL_OVERFLOW);
    small.loop.run();
    assertThat(peer.received()).isEmpty();
    assertThat(codec.discarded).isEmpty();
    peer.open(1);
    small.assertEmpty();
    assertThat(peer.received()).containsExactly("1234", "5678", "90");
  }

  @Test
  void theyRotateAmongPeersAndAFrameEndsWhereItIsFull() {
    TestPeer<String> a = rig.peer(2).open(9);
    TestPeer<String> b = rig.peer(100).open(9);
    numbers(0, 8).forEach(value -> assertThat(rig.port.tryEmit(value)).isEqualTo(OK));
    rig.loop.run();
    assertThat(a.frames).containsExactly(List.of("0", "2"), List.of("4", "6"));
    assertThat(b.frames).containsExactly(List.of("1", "3", "5", "7"));
  }

  @Test
  void aFrameHasRoomForThemToTheLastByte() {
    // a frame's two bytes, and three of a table
    int bytes = (SendRig.FRAME - 2) / 16 - 3;
    String value = Values.text('x', bytes);
    assertThat(16 * (bytes + 3) + 2).as("the test's own sum").isEqualTo(SendRig.FRAME - 14);
    TestPeer<String> peer = rig.peer(1000).open(9);
    for (int i = 0; i < 16; i++) {
      assertThat(rig.port.tryEmit(value)).isEqualTo(OK);
    }
    assertThat(rig.port.tryEmit("123456789012")).as("14 bytes").isEqualTo(OK);
    assertThat(rig.port.tryEmit("")).isEqualTo(OK);
    rig.loop.run();
    assertThat(peer.frames).hasSize(2);
    assertThat(peer.frames.get(0)).hasSize(17);
    assertThat(peer.frames.get(1)).containsExactly("");
  }

  @Test
  void onlyWhoTakesTheSizeGetsThem() {
    TestPeer<String> picky = rig.peer(new Limits(10, SendRig.FRAME, 3, 0)).open(9);
    TestPeer<String> other = rig.peer(10).open(9);
    List.of("1", "1234", "12345", "2").forEach(rig.port::tryEmit);
    rig.loop.run();
    assertThat(picky.received()).containsExactly("1", "2");
    assertThat(other.received()).containsExactly("1234", "12345");
  }

  @Test
  void whatNobodyTakesIsDroppedAndReported() {
    TestPeer<String> picky = rig.peer(new Limits(10, SendRig.FRAME, 3, 0)).open(9);
    List.of("1", "1234", "2").forEach(rig.port::tryEmit);
    rig.assertEmpty();
    assertThat(picky.received()).containsExactly("1", "2");
    assertThat(rig.dropped).hasSize(1);
    assertThat(rig.dropped.get(0))
        .isInstanceOf(MessageTooLargeException.class)
        .hasMessageContaining("4 bytes")
        .hasMessageContaining("maxMessageSize is 3");
    assertThat(codec.discarded).containsExactlyInAnyOrder("1", "1234", "2");

    sendAll(Flux.just("1234"));
    rig.assertEmpty();
    assertThat(log).singleElement().asString().contains("maxMessageSize is 3");
  }

  @Test
  void aCodecThatWritesSomethingElseLosesThatValueAlone() {
    TestPeer<String> peer = rig.peer(10).open(9);
    List.of("longer alone").forEach(rig.port::tryEmit);
    rig.loop.run();
    assertThat(peer.frames).as("no frame of nothing").isEmpty();
    List.of("1", "longer", "2", "thrown", "3").forEach(rig.port::tryEmit);
    rig.assertEmpty();
    assertThat(peer.frames).containsExactly(List.of("1", "2", "3"));
    assertThat(rig.dropped).hasSize(3).allMatch(CodecException.class::isInstance);
    assertThat(rig.dropped.get(1)).hasMessage("the codec wrote a value in 7 bytes, and had said 6");
    assertThat(rig.dropped.get(2)).hasMessageContaining("in the middle");
    assertThat(codec.discarded).contains("longer", "thrown");

    sendAll(Flux.just("4", "thrown", "5"));
    rig.assertEmpty();
    assertThat(log).singleElement().asString().contains("in the middle");
    assertThat(peer.received()).containsSubsequence("3", "4");
  }

  @Test
  void aCodecThatDoesNotSayTheLengthIsHeard() {
    rig.peer(10).open(9);
    assertThatExceptionOfType(CodecException.class)
        .isThrownBy(() -> rig.port.tryEmit("no size"))
        .withMessageContaining("not this one");
    rig.assertEmpty();
    sendAll(Flux.just("no size"));
    rig.assertEmpty();
    assertThat(log).singleElement().asString().contains("not this one");
  }

  @Test
  void theSizeIsAskedOnceSoThatWhatIsReservedIsGivenBack() {
    AtomicInteger asked = new AtomicInteger();
    InPlace growing =
        new InPlace() {
          @Override
          public int sizeOf(String value) {
            return value.length() + asked.getAndIncrement();
          }
        };
    SendRig<String> other = new SendRig<>(growing);
    TestPeer<String> peer = other.peer(10);
    assertThat(other.port.tryEmit("a")).isEqualTo(OK); // its size is right, the next one's is not
    assertThat(other.port.tryEmit("b")).isEqualTo(OK);
    other.loop.run();
    peer.open(1);
    other.assertEmpty();
    assertThat(asked).hasValue(2);
    assertThat(peer.received()).containsExactly("a");
    assertThat(growing.discarded).containsExactly("a", "b");
    assertThat(other.dropped).singleElement().asString().contains("in 1 bytes, and had said 2");
  }

  @Test
  void aPublisherIsSentWhenAllIsFramed() {
    TestPeer<String> peer = rig.peer(10);
    sendAll(Flux.fromIterable(numbers(0, 15)));
    rig.loop.run();
    peer.open(1);
    rig.loop.run();
    assertThat(peer.received()).hasSize(10);
    assertThat(log).isEmpty();
    peer.consume(1);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactlyElementsOf(numbers(0, 15));
    assertThat(log).containsExactly("sent");
  }

  @Test
  void publishersOnOtherThreadsAreSentToo() throws InterruptedException {
    TestPeer<String> peer = rig.peer(1000).open(50);
    List<String> values = numbers(0, 500);
    List<FluxSink<String>> sinks = new ArrayList<>();
    sendAll(Flux.create(sinks::add));
    rig.loop.run();
    Thread elsewhere =
        new Thread(
            () -> {
              values.forEach(sinks.get(0)::next);
              sinks.get(0).complete();
            });
    elsewhere.start();
    elsewhere.join();
    assertThat(peer.received()).isEmpty();
    rig.assertEmpty();
    assertThat(peer.received()).containsExactlyElementsOf(values);
    assertThat(log).containsExactly("sent");
    assertThat(codec.encoded).isEmpty();
  }

  @Test
  void whatIsNotSentAtTheEndIsCountedGivenUpAndTold() {
    rig.peer(10);
    numbers(0, 5).forEach(rig.port::tryEmit);
    rig.loop.run();
    sendAll(Flux.just("a", "b"));
    rig.loop.run();
    assertThat(rig.router.terminate()).isEqualTo(7);
    rig.assertEmpty();
    assertThat(codec.discarded).containsExactly("0", "1", "2", "3", "4", "a", "b");
    assertThat(log).singleElement().asString().contains(ClosedException.class.getSimpleName());
  }

  @Test
  void whatComesAfterTheEndIsGivenUp() {
    rig.peer(10).open(9);
    rig.router.terminate();
    rig.router.offerSmall("late", 4, null);
    rig.loop.run();
    assertThat(codec.discarded).containsExactly("late");
  }

  @Test
  void aClosedSocketStillSendsWhatItAccepted() {
    TestPeer<String> peer = rig.peer(10);
    numbers(0, 3).forEach(rig.port::tryEmit);
    rig.router.close();
    assertThat(rig.router.isDrained()).isFalse();
    peer.open(1);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0", "1", "2");
  }

  @Test
  void messagesAreReleasedWhenTheyAreFramedOrPutTogetherWithOthers() {
    SendRig<Message> messages = new SendRig<>(Codec.zeroCopy());
    TestPeer<Message> peer = messages.peer(10);
    Tracked small = new Tracked("small");
    Tracked large = new Tracked(Values.text('x', 1000));
    Tracked second = new Tracked("second");
    Message parts = Message.of("three", "", "parts");
    assertThat(messages.port.tryEmit(small.message)).isEqualTo(OK);
    assertThat(small.released).hasValue(1);
    assertThat(messages.port.tryEmit(large.message)).isEqualTo(OK);
    messages.port.sendAll(Flux.just(second.message, parts)).subscribe();
    messages.loop.run();
    assertThat(large.released).hasValue(0);
    assertThat(second.released).hasValue(0);
    peer.open(1);
    messages.assertEmpty();
    assertThat(peer.received()).containsExactly("small", "x*1000", "second", "three");
    assertThat(small.released).hasValue(1);
    assertThat(large.released).hasValue(1);
    assertThat(second.released).hasValue(1);
    assertThat(parts.refCnt()).isZero();
  }

  @Test
  void aMessageThatWasReleasedIsRefused() {
    SendRig<Message> messages = new SendRig<>(Codec.zeroCopy());
    TestPeer<Message> peer = messages.peer(10);
    Message gone = Message.of("gone");
    gone.release();
    assertThatExceptionOfType(CodecException.class)
        .isThrownBy(() -> messages.port.tryEmit(gone))
        .withMessageContaining("was released before");
    Message late = Message.of(Values.text('x', 1000));
    messages.port.tryEmit(late);
    late.release();
    messages.port.tryEmit(Message.of("behind"));
    peer.open(1);
    messages.assertEmpty();
    assertThat(peer.received()).containsExactly("behind");
    assertThat(messages.dropped).singleElement().asString().contains("released before it was sent");
  }
}
