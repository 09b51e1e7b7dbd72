package io.reactorzmq.internal.flow;

import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.OverflowException;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;

/**
 * One value on its way into a {@link Outbox}: queued encoded if there is room and a peer, else
 * waiting un-encoded, else refused with Overflow. Cancelling takes the value back unless it is
 * being framed.
 */
abstract class Submission<T> implements Subscription, SendItem.Completion {

  final SendPort<T> port;
  private final String method;
  private volatile @Nullable SendItem<T> item;
  volatile boolean cancelled;

  /** Of a method by this name, which failures mention. */
  Submission(SendPort<T> port, String method) {
    this.port = port;
    this.method = method;
  }

  /** The failure of a second subscription with a value that has one reference to give. */
  static IllegalStateException usedTwice(String method) {
    return new IllegalStateException(
        "a reference-counted value is sent once per subscription and this is the second: use"
            + " Mono.defer(() -> socket."
            + method
            + "(message.retain())) to retry");
  }

  /** The value was not accepted, and is discarded already. */
  abstract void refused(RuntimeException cause);

  /** It was cancelled and is being framed, or is framed already. */
  abstract void tooLateToTakeBack();

  final void start(T value) {
    Outbox<T> router = port.router();
    SendItem<T> created;
    try {
      created = create(router, value);
    } catch (RuntimeException e) {
      router.codec().discard(value);
      refused(e);
      return;
    }
    item = created;
    router.offer(created);
    if (cancelled && !takeBack()) {
      tooLateToTakeBack();
    }
  }

  private SendItem<T> create(Outbox<T> router, T value) {
    if (router.isClosed()) {
      throw new ClosedException("the socket is closed");
    }
    SendItem<T> encoded = router.hasPeers() ? port.encodeWithinBounds(value, this) : null;
    if (encoded != null) {
      return encoded;
    }
    SendBounds bounds = router.bounds();
    if (!bounds.tryReservePending()) {
      throw new OverflowException(method + ": " + bounds);
    }
    return SendItem.pending(bounds, router.codec(), value, this);
  }

  /** Takes the value back: true if it will never be sent, or was not queued yet. */
  final boolean takeBack() {
    SendItem<T> queued = item;
    if (queued == null) {
      return true;
    }
    if (!queued.cancel()) {
      return false;
    }
    port.router().cancelled();
    return true;
  }
}
