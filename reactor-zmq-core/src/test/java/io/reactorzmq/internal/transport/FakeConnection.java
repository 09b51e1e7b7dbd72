package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.reactorzmq.transport.TransportConnection;
import io.rsocket.RSocketErrorException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A connection whose peer, clock and event loop are the test. */
final class FakeConnection implements TransportConnection {

  final EmbeddedChannel channel = new EmbeddedChannel();
  final List<byte[]> sent = new ArrayList<>();
  final InboundFrames inbound = new InboundFrames(channel.eventLoop(), () -> {});
  final Sinks.Empty<Void> closed = Sinks.empty();
  @Nullable Throwable closeCause;
  int maxInboundFrameLength;
  long lastReadNanos;

  /** Hands a frame to the subscriber; true if it wanted one. */
  boolean receive(ByteBuf frame) {
    if (!inbound.wanted()) {
      frame.release();
      return false;
    }
    Throwable thrown = inbound.emit(frame);
    if (thrown != null) {
      throw new AssertionError(thrown);
    }
    return true;
  }

  @Override
  public void sendFrame(int streamId, ByteBuf frame) {
    sent.add(ByteBufUtil.getBytes(frame));
    frame.release();
  }

  @Override
  public void sendErrorAndClose(RSocketErrorException error) {
    closeWithError(error);
  }

  @Override
  public String transport() {
    return "fake";
  }

  @Override
  public Flux<ByteBuf> receive() {
    return inbound;
  }

  @Override
  public ByteBufAllocator alloc() {
    return UnpooledByteBufAllocator.DEFAULT;
  }

  @Override
  public SocketAddress remoteAddress() {
    return InetSocketAddress.createUnresolved("far", 1);
  }

  @Override
  public void closeGracefully() {
    dispose();
  }

  @Override
  public void closeWithError(Throwable cause) {
    closeCause = cause;
    closed.tryEmitError(cause);
  }

  @Override
  public void maxInboundFrameLength(int bytes) {
    maxInboundFrameLength = bytes;
  }

  @Override
  public long lastReadNanos() {
    return lastReadNanos;
  }

  @Override
  public long pendingBytes() {
    return 0;
  }

  @Override
  public Mono<Void> onClose() {
    return closed.asMono();
  }

  @Override
  public void dispose() {
    closed.tryEmitEmpty();
  }
}
