package io.reactorzmq.bench.micro;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/** Remembers whether something completed. */
final class Completion implements CoreSubscriber<Void> {

  boolean completed;

  @Override
  public void onSubscribe(Subscription subscription) {
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public void onNext(Void nothing) {
    throw new IllegalStateException("there are no values");
  }

  @Override
  public void onError(Throwable cause) {
    throw new IllegalStateException("sending failed", cause);
  }

  @Override
  public void onComplete() {
    completed = true;
  }
}
