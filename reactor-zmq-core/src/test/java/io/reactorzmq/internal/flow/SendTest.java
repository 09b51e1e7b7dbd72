package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static reactor.core.publisher.Sinks.EmitResult.OK;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.OverflowException;
import io.reactorzmq.internal.flow.Values.Buffers;
import io.reactorzmq.internal.flow.Values.Recording;
import io.reactorzmq.internal.flow.Values.Tracked;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** A send waits for room and for a peer, within bounds, and completes when its memory is free. */
class SendTest {

  private final List<String> log = new ArrayList<>();

  // ---- waiting

  @Test
  void isCold() {
    Recording codec = new Recording();
    SendRig<String> rig = new SendRig<>(codec);
    rig.peer(1).open(5);

    Mono<Void> send = rig.port.send("0");
    rig.loop.run();
    assertThat(codec.encoded).isEmpty();
    send.subscribe();
    send.subscribe();
    rig.assertEmpty();
    assertThat(codec.encoded).containsExactly("0", "0");
  }

  @Test
  void encodesAtOnceWithinTheBounds() {
    Recording codec = new Recording();
    SendRig<String> rig = new SendRig<>(codec, 2, 100, 10);
    TestPeer<String> peer = rig.peer(10);

    send(rig, "0");
    assertThat(codec.encoded).containsExactly("0");
    assertThat(rig.bounds.messages()).isEqualTo(1);
    assertThat(rig.bounds.bytes()).isEqualTo(1);
    peer.open(1);
    rig.assertEmpty();
    assertThat(log).containsExactly("0 sent");
  }

  /** T2: with no connected peer it waits; it is sent when a peer appears. */
  @Test
  void waitsUnencodedInOrderForAPeer() {
    Recording codec = new Recording();
    SendRig<String> rig = new SendRig<>(codec);
    send(rig, "0");
    send(rig, "1");
    rig.loop.run();

    TestPeer<String> peer = rig.peer(1);
    send(rig, "2");
    rig.loop.run();
    assertThat(codec.encoded).as("all but the first, whose size a peer must take").hasSize(1);
    assertThat(rig.bounds.messages()).isZero();
    assertThat(rig.bounds.pending()).isEqualTo(3);

    peer.open(2);
    rig.loop.run();
    assertThat(log).containsExactly("0 sent", "1 sent");
    peer.consume(1);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0", "1", "2");
    assertThat(codec.encoded).containsExactly("0", "1", "2");
    assertThat(log).containsExactly("0 sent", "1 sent", "2 sent");
  }

  @Test
  void waitsInOrderForRoom() {
    SendRig<String> rig = new SendRig<>(Codec.utf8(), 2, 100, 10);
    TestPeer<String> peer = rig.peer(1);
    for (int i = 0; i < 5; i++) {
      send(rig, "" + i);
    }
    rig.loop.run();
    assertThat(rig.bounds.messages()).isEqualTo(2);
    assertThat(rig.bounds.pending()).isEqualTo(3);

    peer.open(1);
    rig.loop.run();
    send(rig, "5");
    assertThat(rig.bounds.messages()).as("behind those that wait").isEqualTo(1);
    assertThat(rig.bounds.pending()).isEqualTo(4);

    peer.consume(9);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0", "1", "2", "3", "4", "5");
  }

  @Test
  void waitsIfItsBytesDoNotFit() {
    SendRig<ByteBuf> rig = new SendRig<>(new Buffers(), 10, 10, 10);
    TestPeer<ByteBuf> peer = rig.peer(1);
    ByteBuf first = Unpooled.directBuffer().writeBytes(new byte[6]);
    ByteBuf second = Unpooled.directBuffer().writeBytes(new byte[5]);
    StepVerifier one = StepVerifier.create(rig.port.send(first)).expectComplete().verifyLater();
    StepVerifier two = StepVerifier.create(rig.port.send(second)).expectComplete().verifyLater();
    assertThat(rig.bounds.messages()).isEqualTo(1);
    assertThat(rig.bounds.bytes()).isEqualTo(6);
    assertThat(rig.bounds.pending()).isEqualTo(1);

    peer.open(2);
    rig.assertEmpty();
    one.verify();
    two.verify();
    assertThat(first.refCnt()).isZero();
    assertThat(second.refCnt()).isZero();
  }

  @Test
  void noMoreWaitThanMay() {
    Recording codec = new Recording();
    SendRig<String> rig = new SendRig<>(codec, 1, 100, 2);
    rig.peer(1);
    for (int i = 0; i < 3; i++) {
      send(rig, "" + i);
    }

    StepVerifier.create(rig.port.send("3"))
        .expectErrorSatisfies(
            e ->
                assertThat(e)
                    .isInstanceOf(OverflowException.class)
                    .hasMessageContaining("1 of 1 messages")
                    .hasMessageContaining("2 of 2 sends waiting (maxPendingSends)"))
        .verify();
    assertThat(codec.discarded).containsExactly("3");
    assertThat(rig.bounds.pending()).isEqualTo(2);
    rig.close();
  }

  @Test
  void aClosedSocketFailsItAtOnce() {
    SendRig<Message> rig = new SendRig<>(Codec.message());
    rig.peer(1).open(1);
    rig.router.close();
    Tracked tracked = new Tracked("0");

    StepVerifier.create(rig.port.send(tracked.message)).verifyError(ClosedException.class);
    assertThat(tracked.released).hasValue(1);
    rig.assertEmpty();
  }

  // ---- completion

  @Test
  void aSmallMessageIsDoneWhenItIsCopied() {
    SendRig<Message> rig = new SendRig<>(Codec.message());
    TestPeer<Message> peer = rig.peer(10).open(1);
    peer.hold();
    Tracked tracked = new Tracked(Values.text('x', TestPeer.COPY_THRESHOLD - 1));

    send(rig, tracked);
    rig.assertEmpty();
    assertThat(tracked.released).hasValue(1);
    assertThat(log).containsExactly("released", "sent");
    peer.release();
  }

  @Test
  void aLargeMessageIsDoneWhenItsFrameIsReleased() {
    SendRig<Message> rig = new SendRig<>(Codec.message());
    TestPeer<Message> peer = rig.peer(10).open(1);
    peer.hold();
    Tracked tracked = new Tracked(Values.text('x', TestPeer.COPY_THRESHOLD));

    send(rig, tracked);
    rig.assertEmpty();
    assertThat(tracked.released).hasValue(0);
    assertThat(log).isEmpty();

    peer.release();
    assertThat(tracked.released).hasValue(1);
    assertThat(log).containsExactly("released", "sent");
  }

  @Test
  void aMessageOfSeveralFramesIsDoneWhenTheLastOfThemIsReleased() {
    SendRig<Message> rig = new SendRig<>(Codec.message());
    TestPeer<Message> peer = rig.peer(10).open(2);
    peer.hold();
    Tracked tracked = new Tracked(Values.text('x', 40_000));

    send(rig, tracked);
    rig.loop.run();
    peer.release();
    assertThat(log).as("one frame is still to come").isEmpty();
    peer.consume(1);
    rig.assertEmpty();
    assertThat(log).isEmpty();

    peer.releaseFirst();
    assertThat(tracked.released).hasValue(1);
    assertThat(log).containsExactly("released", "sent");
  }

  @Test
  void aMessageThatChangedPeersIsDoneWhenTheFramesOfBothAreReleased() {
    SendRig<Message> rig = new SendRig<>(Codec.message());
    TestPeer<Message> a = rig.peer(10).open(2);
    a.hold();
    Tracked tracked = new Tracked(Values.text('x', 40_000));
    send(rig, tracked);
    rig.loop.run();

    rig.router.remove(a.lane);
    TestPeer<Message> b = rig.peer(10).open(3);
    rig.assertEmpty();
    assertThat(b.received()).containsExactly("x*40000");
    assertThat(log).isEmpty();

    a.die();
    assertThat(tracked.released).hasValue(1);
    assertThat(log).containsExactly("released", "sent");
    rig.close();
  }

  @Test
  void completionsRunWhereTheyAreTold() {
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    rig.peer(1).open(1);
    List<Runnable> later = new ArrayList<>();
    SendPort<String> port = new SendPort<>(rig.router, later::add);

    port.send("0").subscribe(v -> {}, e -> {}, () -> log.add("sent"));
    port.send("1").subscribe(v -> {}, e -> log.add(e.getMessage()));
    rig.loop.run();
    rig.router.terminate();
    assertThat(log).isEmpty();

    assertThat(later).hasSize(2);
    later.forEach(Runnable::run);
    assertThat(log).hasSize(2).contains("sent");
  }

  // ---- failure

  @Test
  void aValueThatCannotBeEncodedFailsItsOwnSend() {
    Recording codec = new Recording();
    SendRig<String> rig = new SendRig<>(codec, 1, 100, 10);
    TestPeer<String> peer = rig.peer(10).open(1);

    StepVerifier.create(rig.port.send("bad"))
        .expectErrorSatisfies(
            e -> assertThat(e).isInstanceOf(CodecException.class).hasCause(codec.failure))
        .verify();
    assertThat(codec.discarded).containsExactly("bad");
    assertThat(rig.bounds.messages()).isZero();
    send(rig, "good");
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("good");
  }

  @Test
  void aWaitingValueThatCannotBeEncodedFailsItsOwnSend() {
    Recording codec = new Recording();
    SendRig<String> rig = new SendRig<>(codec);
    send(rig, "bad");
    send(rig, "good");
    TestPeer<String> peer = rig.peer(10).open(1);

    rig.assertEmpty();
    assertThat(codec.discarded).containsExactly("bad");
    assertThat(log).hasSize(2);
    assertThat(log.get(0)).startsWith("bad CodecException: the codec could not encode");
    assertThat(log.get(1)).isEqualTo("good sent");
    assertThat(peer.received()).containsExactly("good");
    assertThat(rig.dropped).as("the sender was told").isEmpty();
  }

  @Test
  void anErrorOfTheCodecFailsItsOwnSend() {
    Recording codec = new Recording();
    codec.failure = new AssertionError("even an error");
    SendRig<String> rig = new SendRig<>(codec, 1, 100, 10);
    send(rig, "bad waiting");
    send(rig, "good waiting");
    TestPeer<String> peer = rig.peer(10).open(2);
    rig.loop.run();
    send(rig, "bad at once");
    send(rig, "good");

    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("good waiting", "good");
    assertThat(codec.discarded).containsExactly("bad waiting", "bad at once");
  }

  @Test
  void aMessageReleasedBehindOurBackFailsItsOwnSend() {
    SendRig<Message> rig = new SendRig<>(Codec.message());
    TestPeer<Message> peer = rig.peer(10);
    Message released = Message.of("released");
    rig.port.send(released).subscribe(v -> {}, e -> log.add(e.toString()));
    assertThat(rig.port.tryEmit(Message.of("good"))).isEqualTo(OK);
    released.release();

    peer.open(1);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("good");
    assertThat(log).hasSize(1).first().asString().contains("released before it was sent");
    assertThat(rig.dropped).hasSize(1);
  }

  // ---- subscriptions

  @Test
  void aReferenceCountedValueIsSentOnce() {
    SendRig<Message> rig = new SendRig<>(Codec.message());
    TestPeer<Message> peer = rig.peer(10).open(1);
    Tracked tracked = new Tracked("0");
    Mono<Void> send = rig.port.send(tracked.message);

    send.subscribe();
    StepVerifier.create(send)
        .expectErrorSatisfies(
            e ->
                assertThat(e)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Mono.defer(() -> socket.send(message.retain()))"))
        .verify();
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0");
    assertThat(tracked.released).hasValue(1);
  }

  @Test
  void aReferenceCountedValueThatFailedIsGone() {
    SendRig<Message> rig = new SendRig<>(Codec.message(), 1, 100, 0);
    Tracked tracked = new Tracked("0");
    Mono<Void> send = rig.port.send(tracked.message);

    StepVerifier.create(send).verifyError(OverflowException.class);
    assertThat(tracked.released).hasValue(1);
    StepVerifier.create(send).verifyError(IllegalStateException.class);
    assertThat(tracked.released).hasValue(1);
  }

  private void send(SendRig<String> rig, String value) {
    rig.port
        .send(value)
        .subscribe(
            v -> {},
            e -> log.add(value + " " + e.getClass().getSimpleName() + ": " + e.getMessage()),
            () -> log.add(value + " sent"));
  }

  private void send(SendRig<Message> rig, Tracked value) {
    value.onReleased = () -> log.add("released");
    rig.port
        .send(value.message)
        .subscribe(v -> {}, e -> log.add(e.toString()), () -> log.add("sent"));
  }
}
