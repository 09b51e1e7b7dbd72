package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * The receiving end of a connection as its single subscriber sees it. All state but the first
 * subscription is confined to the event loop; the owner asks {@link #wanted()} before each {@link
 * #emit(ByteBuf)} and is told when demand grows or ends.
 */
public final class InboundFrames extends Flux<ByteBuf> implements Subscription {

  private final AtomicBoolean subscribed = new AtomicBoolean();
  private final EventLoop eventLoop;
  private final Runnable onChange;
  private @Nullable CoreSubscriber<? super ByteBuf> subscriber;
  private long demand;
  private boolean cancelled;
  private @Nullable Throwable end;

  /**
   * Creates the end of one connection.
   *
   * @param eventLoop runs all signals
   * @param onChange runs on the loop after a subscription, a request or a cancellation
   */
  InboundFrames(EventLoop eventLoop, Runnable onChange) {
    this.eventLoop = eventLoop;
    this.onChange = onChange;
  }

  @Override
  public void subscribe(CoreSubscriber<? super ByteBuf> actual) {
    if (!subscribed.compareAndSet(false, true)) {
      Operators.error(
          actual, new IllegalStateException("receive() of a connection allows one subscriber"));
      return;
    }
    actual.onSubscribe(this);
    Loops.run(
        eventLoop,
        () -> {
          subscriber = actual;
          if (end != null && !cancelled) {
            actual.onError(end);
          } else {
            onChange.run();
          }
        });
  }

  @Override
  public void request(long n) {
    if (Operators.validate(n)) {
      Loops.run(
          eventLoop,
          () -> {
            demand = Operators.addCap(demand, n);
            onChange.run();
          });
    }
  }

  @Override
  public void cancel() {
    Loops.run(
        eventLoop,
        () -> {
          cancelled = true;
          onChange.run();
        });
  }

  /** Whether anybody has subscribed; callable from any thread. */
  public boolean isSubscribed() {
    return subscribed.get();
  }

  /** Whether the subscriber has left. */
  public boolean isCancelled() {
    return cancelled;
  }

  /** Whether a frame may be emitted now. */
  public boolean wanted() {
    return demand > 0 && subscriber != null && !cancelled && end == null;
  }

  /**
   * Lends a frame to the subscriber and releases it, also when the subscriber throws.
   *
   * @return what the subscriber threw, or null
   */
  public @Nullable Throwable emit(ByteBuf frame) {
    CoreSubscriber<? super ByteBuf> actual = subscriber;
    if (demand != Long.MAX_VALUE) {
      demand--;
    }
    try {
      if (actual != null) {
        actual.onNext(frame);
      }
      return null;
    } catch (Throwable t) {
      return t;
    } finally {
      frame.release();
    }
  }

  /** Ends the stream; calls after the first are ignored. */
  public void end(Throwable cause) {
    if (end != null) {
      return;
    }
    end = cause;
    CoreSubscriber<? super ByteBuf> actual = subscriber;
    if (actual != null && !cancelled) {
      actual.onError(cause);
    }
  }
}
