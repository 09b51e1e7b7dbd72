package io.reactorzmq.internal.flow;

import io.reactorzmq.message.Message;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * A publisher being sent. The router grants it demand as there is room, in slots that are reserved
 * beforehand, so that whatever arrives has its place.
 *
 * <p>Bytes are known only when a value arrives; the largest value seen so far decides how many may
 * be under way at once, so an unexpectedly large one can pass the byte bound by what was granted.
 */
final class SendAll<T> implements CoreSubscriber<T>, SendItem.Completion {

  private static final int MAX_GRANT = 128;

  private final CoreSubscriber<? super Void> actual;
  private final SendPort<T> port;
  private final Outbox<T> router;
  private final SendBounds bounds;
  private final AtomicBoolean done = new AtomicBoolean();

  /** Values accepted and not yet released, and one more until the publisher has completed. */
  private final AtomicLong unfinished = new AtomicLong(1);

  /** Slots granted and not used. */
  private final AtomicLong outstanding = new AtomicLong();

  /** Small values of it that wait in the router's queue; event loop. */
  private int queued;

  /** Whether the publisher emits all it is asked for before it returns; event loop. */
  private boolean emitsAtOnce;

  private volatile long largest = 1;
  private volatile @Nullable Subscription upstream;
  private volatile boolean completed;

  SendAll(CoreSubscriber<? super Void> actual, SendPort<T> port) {
    this.actual = actual;
    this.port = port;
    this.router = port.router();
    this.bounds = router.bounds();
  }

  Subscription downstream() {
    return new Subscription() {
      @Override
      public void request(long n) {
        // nothing to request: the result is a completion
      }

      @Override
      public void cancel() {
        stop();
      }
    };
  }

  @Override
  public Context currentContext() {
    return actual.currentContext();
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    if (Operators.validate(upstream, subscription)) {
      upstream = subscription;
      if (done.get()) {
        subscription.cancel();
      } else {
        router.offer(this);
      }
    }
  }

  /** On the event loop: asks for as much as there is room for, within its share of all. */
  void grant(int share) {
    Subscription subscription = upstream;
    long open = outstanding.get();
    int most = Math.min(MAX_GRANT, share);
    if (subscription == null || isDone() || open > most / 4) {
      return;
    }
    if (emitsAtOnce && queued > 0) {
      return; // what it emits when there is room again goes into a frame without being queued
    }
    long byBytes = bounds.roomBytes() / largest - open;
    long wanted = Math.min(most - open, Math.max(byBytes, open == 0 ? 1 : 0));
    int n = (int) Math.min(wanted, bounds.room());
    if (n > 0 && bounds.tryReserve(n)) {
      outstanding.addAndGet(n);
      if (isDone()) {
        returnSlots(); // it ended meanwhile, on another thread
      } else {
        subscription.request(n);
        emitsAtOnce = outstanding.get() == 0;
      }
    }
  }

  @Override
  public void onNext(T value) {
    if (done.get() || !takeSlot()) {
      router.codec().discard(value);
      fail(Exceptions.failWithOverflow("the publisher emitted more than was requested"));
      return;
    }
    Message message = null;
    int small;
    try {
      small = router.smallSize(value);
      if (small < 0) {
        message = router.codec().encode(value, router.allocator());
      }
    } catch (Throwable e) {
      bounds.release(1, 0);
      router.codec().discard(value);
      fail(Encoding.failure(e));
      return;
    }
    long size = message == null ? small : message.size();
    if (size > largest) {
      largest = size;
    }
    if (message == null && router.sendDirectly(value, small, this)) {
      return;
    }
    bounds.addBytes(size);
    unfinished.incrementAndGet();
    if (message == null) {
      router.offerSmall(value, small, this);
    } else {
      router.offer(SendItem.encoded(bounds, router.codec(), message, false, this));
    }
  }

  /** A small value of it waits in the router's queue; event loop. */
  void queued() {
    queued++;
  }

  /** One does not any more; event loop. */
  void unqueued() {
    queued--;
  }

  private boolean takeSlot() {
    for (; ; ) {
      long open = outstanding.get();
      if (open == 0) {
        return false;
      }
      if (outstanding.compareAndSet(open, open - 1)) {
        return true;
      }
    }
  }

  @Override
  public void onError(Throwable cause) {
    if (finish()) {
      actual.onError(cause);
    } else {
      Operators.onErrorDropped(cause, currentContext());
    }
  }

  @Override
  public void onComplete() {
    completed = true;
    returnSlots();
    released();
  }

  @Override
  public void released() {
    if (unfinished.decrementAndGet() == 0 && finish()) {
      port.completions().execute(actual::onComplete);
    }
  }

  @Override
  public void failed(Throwable cause) {
    fail(cause);
  }

  /** Cancels the publisher and signals the failure, once. */
  void fail(Throwable cause) {
    if (stop()) {
      port.completions().execute(() -> actual.onError(cause));
    }
  }

  /** Whether the publisher will emit no more. */
  boolean isDone() {
    return completed || done.get();
  }

  private boolean stop() {
    if (!finish()) {
      return false;
    }
    Subscription subscription = upstream;
    if (subscription != null) {
      subscription.cancel();
    }
    return true;
  }

  private boolean finish() {
    if (!done.compareAndSet(false, true)) {
      return false;
    }
    returnSlots();
    return true;
  }

  private void returnSlots() {
    bounds.release((int) outstanding.getAndSet(0), 0);
    router.signal();
  }
}
