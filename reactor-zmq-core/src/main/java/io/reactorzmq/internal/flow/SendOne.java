package io.reactorzmq.internal.flow;

import java.util.concurrent.atomic.AtomicBoolean;
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
  private final String method;
  private final T value;
  private final boolean singleUse;
  private final AtomicBoolean used = new AtomicBoolean();

  SendOne(SendPort<T> port, String method, T value, boolean singleUse) {
    this.port = port;
    this.method = method;
    this.value = value;
    this.singleUse = singleUse;
  }

  @Override
  public void subscribe(CoreSubscriber<? super Void> actual) {
    if (singleUse && !used.compareAndSet(false, true)) {
      Operators.error(actual, Submission.usedTwice(method));
      return;
    }
    Send<T> send = new Send<>(actual, port, method);
    actual.onSubscribe(send);
    send.start(value);
  }

  private static final class Send<T> extends Submission<T> {

    private final CoreSubscriber<? super Void> actual;

    Send(CoreSubscriber<? super Void> actual, SendPort<T> port, String method) {
      super(port, method);
      this.actual = actual;
    }

    @Override
    void refused(RuntimeException cause) {
      if (!cancelled) {
        actual.onError(cause);
      }
    }

    @Override
    void tooLateToTakeBack() {
      // it is sent, and nobody waits for its completion
    }

    @Override
    public void request(long n) {
      // nothing to request: the result is a completion
    }

    @Override
    public void cancel() {
      cancelled = true;
      takeBack();
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
