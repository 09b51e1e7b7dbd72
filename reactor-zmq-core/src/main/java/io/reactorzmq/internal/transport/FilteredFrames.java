package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.util.context.Context;

/**
 * Received frames without those that a filter keeps for itself. Frames stay borrowed, and one that
 * was kept does not count against the subscriber's demand.
 */
final class FilteredFrames extends FluxOperator<ByteBuf, ByteBuf> {

  private final Predicate<ByteBuf> passes;
  private @Nullable Filter filter;
  private volatile boolean quiet;

  FilteredFrames(Flux<ByteBuf> source, Predicate<ByteBuf> passes) {
    super(source);
    this.passes = passes;
  }

  @Override
  public void subscribe(CoreSubscriber<? super ByteBuf> actual) {
    Filter subscribed = new Filter(actual);
    if (filter == null) {
      filter = subscribed;
    }
    source.subscribe(subscribed);
  }

  /**
   * Lends a frame of our own making to the subscriber, if its demand has no bound; on the loop.
   *
   * @return whether the subscriber saw it
   */
  boolean inject(ByteBuf frame) {
    Filter subscribed = filter;
    if (subscribed == null || !subscribed.unbounded) {
      return false;
    }
    subscribed.actual.onNext(frame);
    return true;
  }

  /** From now on the end of the frames is nobody's failure, whatever causes it. */
  void endQuietly() {
    quiet = true;
  }

  private final class Filter implements CoreSubscriber<ByteBuf>, Subscription {

    private final CoreSubscriber<? super ByteBuf> actual;
    private @Nullable Subscription upstream;
    private volatile boolean unbounded;

    Filter(CoreSubscriber<? super ByteBuf> actual) {
      this.actual = actual;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      upstream = subscription;
      actual.onSubscribe(this);
    }

    @Override
    public Context currentContext() {
      return actual.currentContext();
    }

    @Override
    public void onNext(ByteBuf frame) {
      if (passes.test(frame)) {
        actual.onNext(frame);
      } else if (!unbounded) {
        request(1);
      }
    }

    @Override
    public void onError(Throwable failure) {
      if (quiet) {
        actual.onComplete();
      } else {
        actual.onError(failure);
      }
    }

    @Override
    public void onComplete() {
      actual.onComplete();
    }

    @Override
    public void request(long n) {
      if (n == Long.MAX_VALUE) {
        unbounded = true;
      }
      if (upstream != null) {
        upstream.request(n);
      }
    }

    @Override
    public void cancel() {
      if (upstream != null) {
        upstream.cancel();
      }
    }
  }
}
