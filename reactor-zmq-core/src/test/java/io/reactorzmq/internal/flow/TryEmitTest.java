package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static reactor.core.publisher.Sinks.EmitResult.FAIL_OVERFLOW;
import static reactor.core.publisher.Sinks.EmitResult.FAIL_TERMINATED;
import static reactor.core.publisher.Sinks.EmitResult.FAIL_ZERO_SUBSCRIBER;
import static reactor.core.publisher.Sinks.EmitResult.OK;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.internal.flow.Values.Buffers;
import io.reactorzmq.internal.flow.Values.Recording;
import io.reactorzmq.internal.flow.Values.Tracked;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import org.junit.jupiter.api.Test;

/** An offer is accepted or refused at once, and a refused value stays the caller's. */
class TryEmitTest {

  @Test
  void aFullQueueRefuses() {
    SendRig<String> rig = new SendRig<>(Codec.utf8(), 2, 100, 10);
    TestPeer<String> peer = rig.peer(10);

    assertThat(rig.port.tryEmit("0")).isEqualTo(OK);
    assertThat(rig.port.tryEmit("1")).isEqualTo(OK);
    assertThat(rig.port.tryEmit("2")).isEqualTo(FAIL_OVERFLOW);
    rig.loop.run();
    assertThat(rig.port.tryEmit("2")).isEqualTo(FAIL_OVERFLOW);
    assertThat(rig.bounds.messages()).isEqualTo(2);
    assertThat(rig.bounds.bytes()).isEqualTo(2);

    peer.open(1);
    rig.loop.run();
    assertThat(rig.port.tryEmit("3")).isEqualTo(OK);
    peer.consume(1);
    rig.loop.run();
    assertThat(peer.received()).containsExactly("0", "1", "3");
    rig.assertEmpty();
  }

  @Test
  void bytesAreCountedToo() {
    SendRig<String> rig = new SendRig<>(Codec.utf8(), 1000, 10, 10);
    TestPeer<String> peer = rig.peer(10);

    assertThat(rig.port.tryEmit("123456")).isEqualTo(OK);
    assertThat(rig.port.tryEmit("12345")).isEqualTo(FAIL_OVERFLOW);
    assertThat(rig.bounds.messages()).isEqualTo(1);
    assertThat(rig.port.tryEmit("1234")).isEqualTo(OK);
    assertThat(rig.port.tryEmit("")).as("no byte is free").isEqualTo(FAIL_OVERFLOW);

    peer.open(1);
    rig.loop.run();
    assertThat(rig.port.tryEmit("more than ten bytes")).as("the queue is empty").isEqualTo(OK);
    assertThat(rig.port.tryEmit("")).isEqualTo(FAIL_OVERFLOW);
    peer.consume(1);
    rig.assertEmpty();
  }

  /** T41: No peer: nothing accepted. */
  @Test
  void withoutAPeerNothingIsAccepted() {
    SendRig<String> rig = new SendRig<>(Codec.utf8());

    assertThat(rig.port.tryEmit("0")).isEqualTo(FAIL_ZERO_SUBSCRIBER);
    TestPeer<String> peer = rig.peer(1);
    assertThat(rig.port.tryEmit("0")).isEqualTo(OK);
    peer.die();
    assertThat(rig.port.tryEmit("0")).isEqualTo(FAIL_ZERO_SUBSCRIBER);
    assertThat(rig.router.terminate()).isEqualTo(1);
    rig.assertEmpty();
  }

  @Test
  void aClosedSocketAcceptsNothing() {
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    rig.peer(1);
    rig.router.close();
    assertThat(rig.port.tryEmit("0")).isEqualTo(FAIL_TERMINATED);
    rig.assertEmpty();
  }

  @Test
  void anOfferDoesNotOvertakeSendsThatWait() {
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    rig.port.send("0").subscribe();
    TestPeer<String> peer = rig.peer(10);

    assertThat(rig.port.tryEmit("1")).isEqualTo(FAIL_OVERFLOW);
    peer.open(2);
    rig.loop.run();
    assertThat(rig.port.tryEmit("1")).isEqualTo(OK);
    rig.loop.run();
    assertThat(peer.received()).containsExactly("0", "1");
    rig.assertEmpty();
  }

  @Test
  void aRefusedMessageStaysTheCallers() {
    SendRig<Message> rig = new SendRig<>(Codec.message(), 2, 10, 10);
    Tracked first = new Tracked("0");
    Tracked tooMany = new Tracked("1");
    Tracked tooLong = new Tracked("0123456789");

    assertThat(rig.port.tryEmit(first.message)).isEqualTo(FAIL_ZERO_SUBSCRIBER);
    TestPeer<Message> peer = rig.peer(1);
    assertThat(rig.port.tryEmit(first.message)).isEqualTo(OK);
    assertThat(rig.port.tryEmit(tooLong.message)).isEqualTo(FAIL_OVERFLOW);
    assertThat(rig.port.tryEmit(Message.of("x"))).isEqualTo(OK);
    assertThat(rig.port.tryEmit(tooMany.message)).isEqualTo(FAIL_OVERFLOW);
    peer.open(2);
    rig.loop.run();
    rig.router.close();
    assertThat(rig.port.tryEmit(tooMany.message)).isEqualTo(FAIL_TERMINATED);

    assertThat(first.released).hasValue(1);
    assertThat(tooLong.message.refCnt()).isEqualTo(1);
    assertThat(tooMany.message.refCnt()).isEqualTo(1);
    tooLong.message.release();
    tooMany.message.release();
    rig.assertEmpty();
  }

  @Test
  void aRefusedValueKeepsItsReferenceThoughItWasEncoded() {
    SendRig<ByteBuf> rig = new SendRig<>(new Buffers(), 1000, 10, 10);
    TestPeer<ByteBuf> peer = rig.peer(10);
    ByteBuf accepted = Unpooled.directBuffer().writeBytes(new byte[6]);
    ByteBuf refused = Unpooled.directBuffer().writeBytes(new byte[5]);

    assertThat(rig.port.tryEmit(accepted)).isEqualTo(OK);
    assertThat(rig.port.tryEmit(refused)).isEqualTo(FAIL_OVERFLOW);
    assertThat(refused.refCnt()).isEqualTo(1);
    peer.open(1);
    rig.loop.run();
    assertThat(accepted.refCnt()).isZero();

    assertThat(rig.port.tryEmit(refused)).isEqualTo(OK);
    peer.consume(1);
    rig.assertEmpty();
    assertThat(refused.refCnt()).isZero();
  }

  @Test
  void aRefusedValueIsReleasedIfItWasEncodedIntoAnotherMessage() {
    Tracked[] made = new Tracked[2];
    Recording codec =
        new Recording() {
          @Override
          public Message encode(String value, io.netty.buffer.ByteBufAllocator allocator) {
            Tracked tracked = new Tracked(value);
            made[made[0] == null ? 0 : 1] = tracked;
            return tracked.message;
          }
        };
    SendRig<String> rig = new SendRig<>(codec, 1000, 10, 10);
    TestPeer<String> peer = rig.peer(10);

    assertThat(rig.port.tryEmit("123456")).isEqualTo(OK);
    assertThat(rig.port.tryEmit("12345")).isEqualTo(FAIL_OVERFLOW);
    assertThat(made[0].released).hasValue(0);
    assertThat(made[1].released).hasValue(1);
    peer.open(1);
    rig.assertEmpty();
    assertThat(made[0].released).hasValue(1);
  }

  @Test
  void aCodecsFailureIsThrownAndTakesNoRoom() {
    Recording codec = new Recording();
    SendRig<String> rig = new SendRig<>(codec, 1, 100, 10);
    TestPeer<String> peer = rig.peer(10).open(1);

    assertThatThrownBy(() -> rig.port.tryEmit("bad"))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining("could not encode")
        .hasMessageContaining("not this one")
        .hasCause(codec.failure);
    CodecException known = new CodecException("known");
    codec.failure = known;
    assertThatThrownBy(() -> rig.port.tryEmit("bad")).isSameAs(known);
    codec.failure = new AssertionError("even an error");
    assertThatThrownBy(() -> rig.port.tryEmit("bad")).isInstanceOf(Throwable.class);

    assertThat(codec.discarded).as("stays the caller's").isEmpty();
    assertThat(rig.bounds.messages()).isZero();
    assertThat(rig.port.tryEmit("good")).isEqualTo(OK);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("good");
  }
}
