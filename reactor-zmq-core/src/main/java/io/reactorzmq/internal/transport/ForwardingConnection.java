package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.transport.Landing;
import io.reactorzmq.transport.TransportConnection;
import io.rsocket.RSocketErrorException;
import java.net.SocketAddress;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A connection that passes everything on to another one; subclasses look at what passes. */
abstract class ForwardingConnection implements TransportConnection {

  final TransportConnection delegate;

  ForwardingConnection(TransportConnection delegate) {
    this.delegate = delegate;
  }

  @Override
  public void sendFrame(int streamId, ByteBuf frame) {
    delegate.sendFrame(streamId, frame);
  }

  @Override
  public void sendErrorAndClose(RSocketErrorException error) {
    delegate.sendErrorAndClose(error);
  }

  @Override
  public Flux<ByteBuf> receive() {
    return delegate.receive();
  }

  @Override
  public ByteBufAllocator alloc() {
    return delegate.alloc();
  }

  @Override
  public SocketAddress remoteAddress() {
    return delegate.remoteAddress();
  }

  @Override
  public void closeGracefully() {
    delegate.closeGracefully();
  }

  @Override
  public void closeWithError(Throwable cause) {
    delegate.closeWithError(cause);
  }

  @Override
  public void maxInboundFrameLength(int bytes) {
    delegate.maxInboundFrameLength(bytes);
  }

  @Override
  public long lastReadNanos() {
    return delegate.lastReadNanos();
  }

  @Override
  public long pendingBytes() {
    return delegate.pendingBytes();
  }

  @Override
  public String transport() {
    return delegate.transport();
  }

  @Override
  public int frameBytes() {
    return delegate.frameBytes();
  }

  @Override
  public Runnable land(Landing landing) {
    return delegate.land(landing);
  }

  @Override
  public Mono<Void> onClose() {
    return delegate.onClose();
  }

  @Override
  public void dispose() {
    delegate.dispose();
  }

  @Override
  public boolean isDisposed() {
    return delegate.isDisposed();
  }
}
