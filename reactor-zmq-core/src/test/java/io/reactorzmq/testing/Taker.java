package io.reactorzmq.testing;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.SignalType;

/** A receiver that takes as many values as the test says, and none by itself. */
public final class Taker<T> extends BaseSubscriber<T> {

  private final Queue<T> taken = new ConcurrentLinkedQueue<>();
  private volatile SignalType end;

  private Taker() {}

  /** Subscribes, without demand. */
  public static <T> Taker<T> of(Flux<T> values) {
    Taker<T> taker = new Taker<>();
    values.subscribe(taker);
    return taker;
  }

  @Override
  protected void hookOnSubscribe(Subscription subscription) {
    // the test asks
  }

  @Override
  protected void hookOnNext(T value) {
    taken.add(value);
  }

  @Override
  protected void hookOnError(Throwable cause) {
    // how() tells
  }

  @Override
  protected void hookFinally(SignalType type) {
    end = type;
  }

  public List<T> taken() {
    return List.copyOf(taken);
  }

  public int count() {
    return taken.size();
  }

  /** How it ended, or null. */
  public SignalType end() {
    return end;
  }
}
