package io.reactorzmq.bench;

import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * One of the requests that are unanswered at a time: its answer begins the next, on the thread that
 * brings it. So many of these cost less than an operator that merges as many.
 *
 * @param <T> answers
 */
abstract class Repeating<T> implements CoreSubscriber<T> {

  private final Answers answers;
  private final byte[] message;
  private final int step;
  private long number;
  private long begun;

  /**
   * Creates one that has not begun.
   *
   * @param answers is told of every answer
   * @param size bytes of each request
   * @param first the number of its first request
   * @param step how far its next number is
   */
  Repeating(Answers answers, int size, int first, int step) {
    this.answers = answers;
    this.message = new byte[size];
    this.number = first;
    this.step = step;
  }

  /** A request with these bytes, which do not change before its answer. */
  abstract Mono<T> request(byte[] message);

  /** The bytes of an answer, which is released. */
  abstract byte[] bytes(T answer);

  final void begin() {
    begun = answers.number(message, number);
    request(message).subscribe(this);
  }

  @Override
  public final void onSubscribe(Subscription subscription) {
    subscription.request(Long.MAX_VALUE);
  }

  @Override
  public final void onNext(T answer) {
    answers.answered(bytes(answer), number, begun);
    number += step;
  }

  @Override
  public final void onComplete() {
    begin();
  }

  @Override
  public final void onError(Throwable cause) {
    Answers.fail(cause);
  }
}
