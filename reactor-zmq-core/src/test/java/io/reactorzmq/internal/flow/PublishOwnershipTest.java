package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.internal.flow.PublishRig.Pub;
import io.reactorzmq.internal.flow.PublishRig.Receiver;
import io.reactorzmq.internal.flow.PublishRig.Sub;
import io.reactorzmq.internal.flow.PublishRig.Waiter;
import io.reactorzmq.internal.flow.Values.Recording;
import io.reactorzmq.internal.flow.Values.Tracked;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OverflowPolicy;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.test.publisher.TestPublisher;

/** Whose a value is that was published, or was not. */
class PublishOwnershipTest {

  private final PublishRig rig = new PublishRig();
  private final Recording codec = new Recording();
  private final Pub<String> texts = rig.pub(codec, OverflowPolicy.DROP_LATEST, 10);
  private final Pub<ByteBuf> buffers =
      rig.pubOf(new Values.Buffers(), this::buffer, OverflowPolicy.WAIT);
  private final Pub<Message> messages =
      rig.pubOf(Codec.zeroCopy(), Message::of, OverflowPolicy.DROP_LATEST);

  @AfterEach
  void nothingIsLeft() {
    rig.close();
  }

  private ByteBuf buffer(String text) {
    return rig.allocator
        .directBuffer()
        .writeBytes(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
  }

  /** A subscriber for everything that takes nothing for now. */
  private PublishRigLine stuck(Pub<?> pub) {
    Sub<String> sub = rig.sub(1);
    PublishRigLine line = rig.connect(pub, sub);
    line.holdCredit();
    sub.receive();
    return line;
  }

  @Test
  void anAcceptedValueLivesUntilItsLastFrameIsGone() {
    PublishRigLine one = stuck(buffers);
    PublishRigLine two = stuck(buffers);
    ByteBuf value = buffer(Values.text('x', 5000));
    assertThat(buffers.flow.tryPublish("t", value)).isEqualTo(EmitResult.OK);
    rig.loop.run();
    assertThat(value.refCnt()).isPositive();
    one.release();
    assertThat(value.refCnt()).as("the other has not framed it").isPositive();
    two.pub.holdingFrames = true;
    two.credit(1);
    assertThat(value.refCnt()).as("its frame is on the way").isPositive();
    two.release();
    assertThat(value.refCnt()).isZero();
  }

  @Test
  void aValueForNobodyIsReleasedAtOnce() {
    ByteBuf value = buffer("x");
    Waiter waiter = Waiter.on(buffers.flow.publish("t", value));
    rig.loop.run();
    assertThat(waiter.completed).isTrue();
    assertThat(value.refCnt()).isZero();
  }

  @Test
  void aValueThatIsNotAcceptedStaysTheCallers() {
    Pub<ByteBuf> small =
        rig
        .new Pub<>(
            new Values.Buffers(),
            this::buffer,
            new SendBounds(1, 4, 0),
            OverflowPolicy.WAIT,
            new LaneBounds(1, 4));
    stuck(small);
    small.publish("t", "1");
    ByteBuf value = buffer("2");
    assertThat(small.flow.tryPublish("t", value)).isEqualTo(EmitResult.FAIL_OVERFLOW);
    assertThat(value.refCnt()).isEqualTo(1);
    small.close();
    assertThat(small.flow.tryPublish("t", value)).isEqualTo(EmitResult.FAIL_TERMINATED);
    assertThat(value.refCnt()).isEqualTo(1);
    Waiter late = Waiter.on(small.flow.publish("t", value));
    assertThat(late.failure).isInstanceOf(ClosedException.class);
    assertThat(value.refCnt()).as("a publish takes it whatever comes").isZero();
  }

  @Test
  void aMessageOfTooManyBytesStaysTheCallersWithAllItsReferences() {
    Pub<Message> small =
        rig
        .new Pub<>(
            Codec.message(),
            Message::of,
            new SendBounds(10, 8, 0),
            OverflowPolicy.WAIT,
            new LaneBounds(10, 8));
    PublishRigLine line = stuck(small);
    small.publish("t", "123");
    Tracked tracked = new Tracked("123456");
    assertThat(small.flow.tryPublish("t", tracked.message)).isEqualTo(EmitResult.FAIL_OVERFLOW);
    assertThat(tracked.message.refCnt()).isEqualTo(1);
    assertThat(tracked.released).hasValue(0);
    line.release();
    assertThat(small.flow.tryPublish("t", tracked.message)).isEqualTo(EmitResult.OK);
    rig.loop.run();
    assertThat(tracked.released).hasValue(1);
  }

  @Test
  void aWrappedMessageIsGivenBackOnceHoweverManyGotIt() {
    for (int i = 0; i < 3; i++) {
      Sub<String> sub = rig.sub(2);
      rig.connect(messages, sub);
      sub.receive("t");
    }
    Tracked small = new Tracked("small");
    Tracked large = new Tracked(Values.text('x', 3 * PublishRig.FRAME));
    Tracked unwanted = new Tracked("unwanted");
    messages.flow.tryPublish("t", small.message);
    messages.flow.tryPublish("t", large.message);
    messages.flow.tryPublish("other", unwanted.message);
    rig.loop.run();
    assertThat(small.released).hasValue(1);
    assertThat(large.released).hasValue(1);
    assertThat(unwanted.released).hasValue(1);
  }

  @Test
  void whatTheCodecRefusesIsDiscardedOnceByPublishAndStaysWithTheCallerOtherwise() {
    Waiter waiter = Waiter.on(texts.flow.publish("t", "bad"));
    assertThat(waiter.failure).isInstanceOf(CodecException.class);
    assertThat(codec.discarded).containsExactly("bad");
    assertThatThrownBy(() -> texts.flow.tryPublish("t", "bad2")).isInstanceOf(CodecException.class);
    assertThat(codec.discarded).containsExactly("bad");
    assertThat(texts.counters().queuedMessages()).isZero();
  }

  @Test
  void publishAllEndsWithWhatTheCodecSays() {
    Waiter waiter = Waiter.on(texts.flow.publishAll(Flux.just("1", "bad", "2"), value -> "t"));
    rig.loop.run();
    assertThat(waiter.failure).isInstanceOf(CodecException.class);
    assertThat(codec.encoded).containsExactly("1");
    assertThat(codec.discarded).containsExactly("bad");
  }

  @Test
  void publishAllEndsWithWhatTheTopicFunctionThrows() {
    TestPublisher<String> source = TestPublisher.create();
    RuntimeException thrown = new IllegalStateException("no topic for this");
    Waiter waiter =
        Waiter.on(
            texts.flow.publishAll(
                source,
                value -> {
                  if (value.equals("2")) {
                    throw thrown;
                  }
                  return "t";
                }));
    rig.loop.run();
    source.next("1").next("2");
    rig.loop.run();
    assertThat(waiter.failure).isSameAs(thrown);
    assertThat(codec.discarded).containsExactly("2");
    assertThat(codec.encoded).containsExactly("1");
    source.assertCancelled();
    assertThat(texts.counters().queuedMessages()).isZero();
  }

  @Test
  void publishAllDiscardsTheValueWhateverTheTopicFunctionThrows() {
    Error thrown = new AssertionError("no topic at all");
    Waiter waiter =
        Waiter.on(
            texts.flow.publishAll(
                Flux.just("1"),
                value -> {
                  throw thrown;
                }));
    rig.loop.run();
    assertThat(waiter.failure).isSameAs(thrown);
    assertThat(codec.discarded).containsExactly("1");

    Waiter without = Waiter.on(texts.flow.publishAll(Flux.just("2"), value -> null));
    rig.loop.run();
    assertThat(without.failure).isInstanceOf(NullPointerException.class);
    assertThat(codec.discarded).containsExactly("1", "2");
  }

  @Test
  void publishAllEndsWithItsPublishersErrorAndStopsItWhenCancelled() {
    TestPublisher<String> source = TestPublisher.create();
    Waiter waiter = Waiter.on(texts.flow.publishAll(source, value -> value));
    rig.loop.run();
    source.next("1").error(new IllegalStateException("mine"));
    rig.loop.run();
    assertThat(waiter.failure).hasMessage("mine");

    TestPublisher<String> other = TestPublisher.create();
    Waiter cancelled = Waiter.on(texts.flow.publishAll(other, value -> value));
    rig.loop.run();
    cancelled.cancel();
    rig.loop.run();
    other.assertCancelled();
    assertThat(texts.counters().queuedMessages()).isZero();
  }

  @Test
  void publishAllGivesEachValueItsTopic() {
    Sub<String> sub = rig.sub(2);
    rig.connect(texts, sub);
    Receiver receiver = sub.receive();
    Waiter waiter = Waiter.on(texts.flow.publishAll(Flux.range(1, 10).map(i -> "v" + i), v -> v));
    rig.loop.run();
    assertThat(waiter.completed).isTrue();
    assertThat(receiver.heard).hasSize(10).startsWith("v1:v1").endsWith("v10:v10");
  }

  @Test
  void aPublisherThatNeverEndsLeavesTheLoopTimeForItsConnections() {
    Sub<String> sub = rig.sub(2);
    rig.connect(texts, sub);
    sub.receive();
    AtomicInteger emitted = new AtomicInteger();
    Waiter waiter =
        Waiter.on(
            texts.flow.publishAll(
                Flux.<String>generate(sink -> sink.next("" + emitted.incrementAndGet())),
                value -> value));
    for (int turns = 0; turns < 5; turns++) {
      int before = emitted.get();
      rig.loop.runOne();
      assertThat(emitted.get() - before).isLessThanOrEqualTo(8 * 10);
    }
    assertThat(emitted).hasPositiveValue();
    waiter.cancel();
  }

  @Test
  void publishAllFailsWhenTheSocketCloses() {
    TestPublisher<String> source = TestPublisher.create();
    Waiter waiter = Waiter.on(texts.flow.publishAll(source, value -> value));
    rig.loop.run();
    texts.close();
    assertThat(waiter.failure).isInstanceOf(ClosedException.class);
    source.assertCancelled();
    Waiter late = Waiter.on(texts.flow.publishAll(Flux.just("1"), value -> value));
    rig.loop.run();
    assertThat(late.failure).isInstanceOf(ClosedException.class);
  }

  @Test
  void aReferenceCountedValueIsPublishedOncePerReference() {
    ByteBuf value = buffer("x");
    Mono<Void> mono = buffers.flow.publish("t", value);
    assertThat(value.refCnt()).isEqualTo(1);
    assertThat(Waiter.on(mono).failure).isNull();
    rig.loop.run();
    assertThat(value.refCnt()).isZero();
    assertThat(Waiter.on(mono).failure)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("socket.publish(message.retain())");

    Mono<Void> text = texts.flow.publish("t", "x");
    Waiter.on(text);
    Waiter.on(text);
    rig.loop.run();
    assertThat(codec.encoded).as("any other as often as one likes").containsExactly("x", "x");
  }

  @Test
  void eachSubscriberOfASocketReleasesAReferenceOfItsOwn() {
    Sub<Message> sub =
        rig.subOf(
            Codec.zeroCopy(),
            message -> {
              String text = message.text(0);
              message.release();
              return text;
            },
            OverflowPolicy.DROP_LATEST,
            1);
    rig.connect(messages, sub);
    Receiver first = sub.receive("t");
    Receiver second = sub.receive("t");
    Receiver late = sub.receive(0, "t");
    messages.publish("t", "1");
    late.request(1);
    rig.loop.run();
    assertThat(first.heard).containsExactly("t:1");
    assertThat(second.heard).containsExactly("t:1");
    assertThat(late.heard).containsExactly("t:1");
    assertThat(rig.allocator.metric().usedDirectMemory()).isZero();
  }

  @Test
  void aMessageReleasedTooEarlyFailsAndBreaksNothing() {
    Message released = Message.of(buffer("x"));
    released.release();
    assertThatThrownBy(() -> messages.flow.tryPublish("t", released))
        .isInstanceOf(CodecException.class);
    assertThat(Waiter.on(messages.flow.publish("t", released)).failure)
        .isInstanceOf(CodecException.class);
    assertThat(messages.counters().queuedMessages()).isZero();
    messages.publish("t", "2");
  }

  @Test
  void aMessageThatHasNoRoomForATopicStaysWholeWithItsOwner() {
    ByteBuf[] many = new ByteBuf[Message.MAX_PARTS];
    Arrays.fill(many, Unpooled.EMPTY_BUFFER);
    many[0] = buffer("x");
    ByteBuf held = many[0];
    Message full = Message.of(many);
    assertThatThrownBy(() -> messages.flow.tryPublish("t", full))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("65535 parts, not 65536");
    assertThat(full.refCnt()).isEqualTo(1);
    assertThat(Waiter.on(messages.flow.publish("t", full)).failure)
        .isInstanceOf(CodecException.class);
    assertThat(held.refCnt()).isZero();
  }

  /** Makes messages of as many parts as there may be, in memory of the allocator. */
  private static final class Full implements Codec<ByteBuf> {
    @Override
    public Message encode(ByteBuf value, ByteBufAllocator allocator) {
      ByteBuf[] many = new ByteBuf[Message.MAX_PARTS];
      Arrays.fill(many, Unpooled.EMPTY_BUFFER);
      many[0] = value;
      many[1] = allocator.directBuffer().writeByte(1);
      return Message.of(many);
    }

    @Override
    public ByteBuf decode(Message message) {
      throw new AssertionError("nothing is received");
    }

    @Override
    public void discard(ByteBuf value) {
      value.release();
    }
  }

  @Test
  void whatACodecMadeOfAValueIsReleasedIfThereIsNoRoomForTheTopic() {
    Pub<ByteBuf> full = rig.pubOf(new Full(), this::buffer, OverflowPolicy.DROP_LATEST);
    ByteBuf value = buffer("x");
    assertThatThrownBy(() -> full.flow.tryPublish("t", value)).isInstanceOf(CodecException.class);
    assertThat(value.refCnt()).isEqualTo(1);
    assertThat(Waiter.on(full.flow.publish("t", value)).failure).isInstanceOf(CodecException.class);
    assertThat(value.refCnt()).isZero();
    assertThat(rig.allocator.metric().usedDirectMemory()).isZero();
  }
}
