package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.reactorzmq.error.PeerTimeoutException;
import io.reactorzmq.transport.TransportConnection;
import io.rsocket.frame.KeepAliveFrameCodec;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * Watches that a peer is alive, by this side's own settings: any byte read counts, a silent peer is
 * asked, one that stays silent is closed. KEEPALIVE frames are answered and consumed here.
 */
public final class Liveness extends ForwardingConnection {

  /** rsocket closes a connection on which it has seen no KEEPALIVE for 24 days. */
  private static final long FEED_NANOS = TimeUnit.DAYS.toNanos(1);

  private final EventLoop eventLoop;
  private final long interval;
  private final long timeout;
  private final LongSupplier clock;
  private final FilteredFrames received;

  // Written without order by any sender: a stale value costs one KEEPALIVE too many.
  private boolean sent;

  // Confined to the event loop.
  private long lastFeed;
  private boolean doubted;
  private boolean stopped;
  private @Nullable Future<?> next;

  private Liveness(
      TransportConnection delegate,
      EventLoop eventLoop,
      long interval,
      long timeout,
      LongSupplier clock) {
    super(delegate);
    this.eventLoop = eventLoop;
    this.interval = interval;
    this.timeout = timeout;
    this.clock = clock;
    this.lastFeed = clock.getAsLong();
    this.received = new FilteredFrames(delegate.receive(), this::passes);
  }

  /**
   * Starts to watch a connection; use the returned one in its place. Callable from any thread.
   *
   * @param connection the connection to watch
   * @param eventLoop the connection's event loop
   * @param interval silence after which the peer is asked; zero switches the watch off, and
   *     KEEPALIVE frames are still answered
   * @param timeout silence after which the connection is closed with a {@link
   *     PeerTimeoutException}; zero means never
   * @return the watched connection
   */
  public static TransportConnection watch(
      TransportConnection connection, EventLoop eventLoop, Duration interval, Duration timeout) {
    return watch(connection, eventLoop, interval, timeout, System::nanoTime);
  }

  static TransportConnection watch(
      TransportConnection connection,
      EventLoop eventLoop,
      Duration interval,
      Duration timeout,
      LongSupplier clock) {
    Liveness liveness =
        new Liveness(connection, eventLoop, interval.toNanos(), timeout.toNanos(), clock);
    Loops.run(eventLoop, liveness::start);
    return liveness;
  }

  private void start() {
    schedule(interval > 0 ? interval : FEED_NANOS);
    delegate.onClose().subscribe(null, e -> stop(), this::stop);
  }

  private void schedule(long delay) {
    if (!eventLoop.isShuttingDown()) {
      next = eventLoop.schedule(this::tick, Math.max(delay, 1_000_000), TimeUnit.NANOSECONDS);
    }
  }

  private void stop() {
    Loops.run(
        eventLoop,
        () -> {
          stopped = true;
          if (next != null) {
            next.cancel(false);
          }
        });
  }

  private void tick() {
    if (stopped) { // while it was doubted
      return;
    }
    long now = clock.getAsLong();
    long silent = now - delegate.lastReadNanos();
    if (now - lastFeed >= FEED_NANOS) {
      feed(now);
    }
    if (interval <= 0) {
      schedule(FEED_NANOS);
    } else if (timeout > 0 && silent >= timeout && !doubted) {
      // perhaps it was this loop that stood still, and what came meanwhile is yet to be read
      doubted = true;
      Loops.runAfterIo(eventLoop, this::tick);
    } else if (timeout > 0 && silent >= timeout) {
      delegate.closeWithError(
          new PeerTimeoutException(
              "peer "
                  + delegate.remoteAddress()
                  + " was silent for "
                  + TimeUnit.NANOSECONDS.toMillis(silent)
                  + " ms; keepAlive allows "
                  + TimeUnit.NANOSECONDS.toMillis(timeout)
                  + " ms"));
    } else if (silent >= interval) {
      doubted = false;
      keepAlive(true, Unpooled.EMPTY_BUFFER);
      schedule(timeout > 0 ? Math.min(interval, timeout - silent) : interval);
    } else {
      // The question of a peer that reads nothing from us may be stuck behind what it sends, so a
      // side that only reads tells of its life unasked.
      doubted = false;
      if (!sent) {
        keepAlive(false, Unpooled.EMPTY_BUFFER);
      }
      sent = false;
      schedule(interval - silent);
    }
  }

  private void feed(long now) {
    ByteBuf acknowledgement = KeepAliveFrameCodec.encode(alloc(), false, 0, Unpooled.EMPTY_BUFFER);
    try {
      if (received.inject(acknowledgement)) {
        lastFeed = now;
      }
    } finally {
      acknowledgement.release();
    }
  }

  private void keepAlive(boolean respond, ByteBuf data) {
    delegate.sendFrame(0, KeepAliveFrameCodec.encode(alloc(), respond, 0, data));
  }

  private boolean passes(ByteBuf frame) {
    if (frame.readableBytes() < Frames.KEEPALIVE_MIN) {
      return true;
    }
    int typeAndFlags = Frames.typeAndFlags(frame);
    if (Frames.type(typeAndFlags) != Frames.KEEPALIVE || Frames.streamId(frame) != 0) {
      return true;
    }
    if ((typeAndFlags & Frames.FLAG_RESPOND) != 0) {
      keepAlive(false, KeepAliveFrameCodec.data(frame).copy());
    }
    return false;
  }

  @Override
  public void sendFrame(int streamId, ByteBuf frame) {
    if (!sent) {
      sent = true;
    }
    delegate.sendFrame(streamId, frame);
  }

  @Override
  public Flux<ByteBuf> receive() {
    return received;
  }
}
