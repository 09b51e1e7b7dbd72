package io.reactorzmq.internal.flow;

import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.OverflowException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/**
 * One {@code send}: at subscription the value is queued encoded, or waits un-encoded, or fails with
 * Overflow. Cancelling takes the value back unless it is being framed, and nothing is signalled
 * after it.
 */
final class SendOne<T> extends Mono<Void> {

  private final SendPort<T> port;
  private final T value;
  private final boolean singleUse;
  private final AtomicBoolean used = new AtomicBoolean();

  SendOne(SendPort<T> port, T value, boolean singleUse) {
    this.port = port;
    this.value = value;
    this.singleUse = singleUse;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Void> actual) {
    if (singleUse && !used.compareAndSet(false, true)) {
      Operators.error(
          actual,
          new IllegalStateException(
              "a reference-counted value is sent once per subscription and this is the second: use"
                  + " Mono.defer(() -> socket.send(message.retain())) to retry"));
      return;
    }
    Send<T> send = new Send<>(actual, port);
    actual.onSubscribe(send);
    send.start(value);
  }

  private static final class Send<T> implements Subscription, SendItem.Completion {

    private final CoreSubscriber<? super Void> actual;
    private final SendPort<T> port;
    private volatile @Nullable SendItem<T> item;
    private volatile boolean cancelled;

    Send(CoreSubscriber<? super Void> actual, SendPort<T> port) {
      this.actual = actual;
      this.port = port;
    }

    void start(T value) {
      CreditRouter<T> router = port.router();
      SendItem<T> created;
      try {
        created = create(router, value);
      } catch (RuntimeException e) {
        router.codec().discard(value);
        if (!cancelled) {
          actual.onError(e);
        }
        return;
      }
      item = created;
      router.offer(created);
      if (cancelled && created.cancel()) {
        router.cancelled();
      }
    }

    private SendItem<T> create(CreditRouter<T> router, T value) {
      if (router.isClosed()) {
        throw new ClosedException("the socket is closed");
      }
      SendItem<T> encoded = router.hasPeers() ? port.encodeWithinBounds(value, this) : null;
      if (encoded != null) {
        return encoded;
      }
      SendBounds bounds = router.bounds();
      if (!bounds.tryReservePending()) {
        throw new OverflowException("send: " + bounds);
      }
      return SendItem.pending(bounds, router.codec(), value, this);
    }

    @Override
    public void request(long n) {
      // nothing to request: the result is a completion
    }

    @Override
    public void cancel() {
      cancelled = true;
      SendItem<T> queued = item;
      if (queued != null && queued.cancel()) {
        port.router().cancelled();
      }
    }

    @Override
    public void released() {
      if (!cancelled) {
        port.completions().execute(actual::onComplete);
      }
    }

    @Override
    public void failed(Throwable cause) {
      if (!cancelled) {
        port.completions().execute(() -> actual.onError(cause));
      }
    }
  }
}
