package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.ProtocolException;
import io.rsocket.frame.ErrorFrameCodec;
import io.rsocket.frame.FrameType;
import io.rsocket.frame.KeepAliveFrameCodec;
import io.rsocket.frame.MetadataPushFrameCodec;
import io.rsocket.frame.PayloadFrameCodec;
import io.rsocket.frame.RequestChannelFrameCodec;
import io.rsocket.frame.RequestFireAndForgetFrameCodec;
import io.rsocket.frame.RequestResponseFrameCodec;
import io.rsocket.frame.RequestStreamFrameCodec;
import io.rsocket.frame.SetupFrameCodec;
import io.rsocket.util.EmptyPayload;
import java.util.EnumSet;
import java.util.Set;

/** A guard over a fake connection, and frames to send through it. */
abstract class GuardedConnection {

  static final ByteBufAllocator ALLOC = UnpooledByteBufAllocator.DEFAULT;
  static final int MAX_OPEN = 3;

  final FakeConnection fake = new FakeConnection();
  Recorder recorder = Recorder.unsubscribed();

  InboundGuard guard(boolean dialled, FrameType... requests) {
    Set<FrameType> allowed = EnumSet.of(FrameType.REQUEST_CHANNEL, requests);
    InboundGuard guard = InboundGuard.guard(fake, dialled, allowed, MAX_OPEN);
    recorder = Recorder.of(guard);
    return guard;
  }

  /** A bound side whose handshake is done. */
  InboundGuard bound(FrameType... requests) {
    InboundGuard guard = guard(false, requests);
    passes(setup());
    guard.handshakeDone(1_000_000);
    return guard;
  }

  /** A dialling side whose handshake is done. */
  InboundGuard dialled(FrameType... requests) {
    InboundGuard guard = guard(true, requests);
    passes(metadataPush());
    guard.handshakeDone(1_000_000);
    return guard;
  }

  void passes(ByteBuf frame) {
    int before = recorder.frames.size();
    fake.receive(frame);
    assertThat(fake.closeCause).isNull();
    assertThat(recorder.frames).hasSize(before + 1);
    assertThat(frame.refCnt()).isZero();
  }

  void refused(ByteBuf frame, String reason) {
    int before = recorder.frames.size();
    fake.receive(frame);
    assertThat(recorder.frames).hasSize(before);
    assertThat(fake.closeCause)
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("peer far")
        .hasMessageContaining(reason);
    fake.receive(setup());
    assertThat(recorder.frames).as("frames behind a refused one").hasSize(before);
    assertThat(frame.refCnt()).isZero();
  }

  static ByteBuf setup() {
    return SetupFrameCodec.encode(ALLOC, false, 1, 1, "m", "d", EmptyPayload.INSTANCE);
  }

  static ByteBuf metadataPush() {
    return MetadataPushFrameCodec.encode(ALLOC, Unpooled.wrappedBuffer(new byte[5]));
  }

  static ByteBuf keepAlive() {
    return KeepAliveFrameCodec.encode(ALLOC, true, 0, Unpooled.EMPTY_BUFFER);
  }

  static ByteBuf error(int streamId) {
    return ErrorFrameCodec.encode(ALLOC, streamId, new IllegalStateException("no"));
  }

  static ByteBuf channel(int streamId, boolean complete) {
    return RequestChannelFrameCodec.encode(
        ALLOC, streamId, false, complete, 5, null, Unpooled.wrappedBuffer(new byte[9]));
  }

  static ByteBuf channel(int streamId) {
    return channel(streamId, false);
  }

  static ByteBuf next(int streamId) {
    return PayloadFrameCodec.encode(
        ALLOC, streamId, false, false, true, null, Unpooled.wrappedBuffer(new byte[9]));
  }

  static ByteBuf complete(int streamId) {
    return PayloadFrameCodec.encodeComplete(ALLOC, streamId);
  }

  static ByteBuf raw(int streamId, int type, int flags, int body) {
    return ALLOC.buffer().writeInt(streamId).writeShort(type << 10 | flags).writeZero(body);
  }

  static ByteBuf request(FrameType type, int streamId) {
    ByteBuf data = Unpooled.wrappedBuffer(new byte[3]);
    return switch (type) {
      case REQUEST_RESPONSE -> RequestResponseFrameCodec.encode(ALLOC, streamId, false, null, data);
      case REQUEST_FNF -> RequestFireAndForgetFrameCodec.encode(ALLOC, streamId, false, null, data);
      default -> RequestStreamFrameCodec.encode(ALLOC, streamId, false, 1, null, data);
    };
  }
}
