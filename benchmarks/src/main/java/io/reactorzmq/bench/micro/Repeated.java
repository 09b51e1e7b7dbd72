package io.reactorzmq.bench.micro;

import java.util.function.Supplier;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/**
 * Emits so many values at the demand of one subscriber and then completes, on the thread that asks.
 * It does no more than that, so that it costs next to nothing.
 */
final class Repeated<T> implements Publisher<T> {

  private final Supplier<T> values;
  private final int count;

  Repeated(Supplier<T> values, int count) {
    this.values = values;
    this.count = count;
  }

  @Override
  public void subscribe(Subscriber<? super T> subscriber) {
    subscriber.onSubscribe(
        new Subscription() {
          private int left = count;

          @Override
          public void request(long n) {
            for (long i = 0; i < n && left > 0; i++) {
              subscriber.onNext(values.get());
              if (--left == 0) {
                subscriber.onComplete();
              }
            }
          }

          @Override
          public void cancel() {
            left = 0;
          }
        });
  }
}
