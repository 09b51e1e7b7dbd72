package io.reactorzmq.cli;

import io.reactorzmq.message.Message;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/**
 * Where the answers to requests come from. The printing thread uses it.
 *
 * @param <Q> requests
 * @param <R> answers
 */
interface Answers<Q, R> extends AutoCloseable {

  /** Before the first request. */
  default void begin() {}

  /** Whether there is none for a further request. */
  default boolean areUsedUp() {
    return false;
  }

  /**
   * The answer to a request, which this takes.
   *
   * @param printing takes the line to print for it
   */
  Mono<R> answer(Q request, Consumer<byte[]> printing);

  /** Releases a request that will not be answered. */
  default void discard(Q request) {}

  /** Requests that were printed and got no answer. */
  default long unanswered() {
    return 0;
  }

  default boolean hasFailed() {
    return false;
  }

  @Override
  default void close() {}

  /** Each request itself. */
  static Answers<Request, Message> echo() {
    return (request, printing) -> {
      printing.accept(request.line());
      return Mono.just(request.echo());
    };
  }
}
