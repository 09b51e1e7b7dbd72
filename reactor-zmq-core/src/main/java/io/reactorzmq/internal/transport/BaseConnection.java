package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import io.rsocket.RSocketErrorException;
import io.rsocket.frame.ErrorFrameCodec;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * How a connection ends, whatever carries its frames: the first cause wins, everything happens on
 * the event loop, {@code onClose()} is signalled once.
 */
public abstract class BaseConnection implements TransportConnection {

  /** How long a peer may take to read an ERROR frame and to close. */
  private static final long ERROR_LINGER_SECONDS = 3;

  protected final TransportContext context;
  protected final EventLoop eventLoop;
  protected final InboundFrames inbound;

  /** False as soon as nothing more may be sent. */
  protected volatile boolean accepting = true;

  protected volatile long lastReadNanos = System.nanoTime();

  /** Whether received frames are released unseen; confined to the event loop. */
  protected boolean discarding;

  private final Sinks.Empty<Void> closed = Sinks.empty();
  private final AtomicReference<@Nullable Throwable> closeCause = new AtomicReference<>();
  private final SocketAddress remoteAddress;
  private final ByteBufAllocator allocator;
  private @Nullable Future<?> errorLinger;

  /**
   * Creates an open connection.
   *
   * @param context what its transport was given
   * @param remoteAddress the other end
   */
  protected BaseConnection(TransportContext context, SocketAddress remoteAddress) {
    this(context, remoteAddress, context.allocator());
  }

  /**
   * Creates an open connection with memory of its own for what is sent.
   *
   * @param context what its transport was given
   * @param remoteAddress the other end
   * @param allocator memory for what is sent
   */
  protected BaseConnection(
      TransportContext context, SocketAddress remoteAddress, ByteBufAllocator allocator) {
    this.context = context;
    this.allocator = allocator;
    this.eventLoop = context.eventLoop();
    this.remoteAddress = remoteAddress;
    this.inbound = new InboundFrames(eventLoop, this::deliver);
  }

  /** Gives the subscriber what it wants of what is there; on the loop. */
  protected abstract void deliver();

  /**
   * Sends what is queued and the last frame, then half-closes, then closes at the peer's end of
   * input; on the loop.
   */
  protected abstract void finish(@Nullable ByteBuf last);

  /** Closes at once, which calls {@link #ended()} now or soon; on the loop, idempotent. */
  protected abstract void closeNow();

  @Override
  public final void sendErrorAndClose(RSocketErrorException error) {
    if (!closeCause.compareAndSet(null, error)) {
      return;
    }
    accepting = false;
    ByteBuf frame = ErrorFrameCodec.encode(alloc(), 0, error);
    Loops.run(
        eventLoop,
        () -> {
          discarding = true;
          if (!eventLoop.isShuttingDown()) {
            errorLinger =
                eventLoop.schedule(this::closeNow, ERROR_LINGER_SECONDS, TimeUnit.SECONDS);
          }
          finish(frame);
          deliver();
        });
  }

  @Override
  public final void closeGracefully() {
    accepting = false;
    Loops.run(
        eventLoop,
        () -> {
          if (!inbound.isSubscribed()) {
            discarding = true;
          }
          finish(null);
          deliver();
        });
  }

  @Override
  public final void closeWithError(Throwable cause) {
    closeCause.compareAndSet(null, cause);
    accepting = false;
    Loops.run(
        eventLoop,
        () -> {
          discarding = true;
          closeNow();
        });
  }

  @Override
  public final void dispose() {
    closeWithError(new OrderlyClose());
  }

  @Override
  public final boolean isDisposed() {
    return closeCause.get() != null;
  }

  @Override
  public final Mono<Void> onClose() {
    return closed.asMono();
  }

  @Override
  public final Flux<ByteBuf> receive() {
    return inbound;
  }

  @Override
  public final ByteBufAllocator alloc() {
    return allocator;
  }

  @Override
  public final SocketAddress remoteAddress() {
    return remoteAddress;
  }

  @Override
  public long lastReadNanos() {
    return lastReadNanos;
  }

  /** Signals the end; on the loop, after everything held was released. */
  protected final void ended() {
    accepting = false;
    discarding = true;
    if (errorLinger != null) {
      errorLinger.cancel(false);
    }
    closeCause.compareAndSet(null, new IOException("the connection was closed under its owner"));
    Throwable cause = closeCause.get();
    if (cause == null || cause instanceof OrderlyClose) {
      inbound.end(new OrderlyClose());
      closed.tryEmitEmpty();
    } else {
      inbound.end(cause);
      closed.tryEmitError(cause);
    }
  }
}
