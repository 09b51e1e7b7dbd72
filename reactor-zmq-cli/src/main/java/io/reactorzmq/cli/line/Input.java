package io.reactorzmq.cli.line;

import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What a command sends, one value after the other as its socket asks for them: the lines of stdin,
 * or files.
 *
 * @param <T> the values
 */
public interface Input<T> extends Disposable {

  /**
   * The values.
   *
   * @return cold, for one subscriber; fails if reading fails
   */
  Flux<T> values();

  /**
   * The end of the input.
   *
   * @return completes when the last value is known, though it may not have been handed out
   */
  Mono<Void> ended();

  /**
   * Values known so far, handed out or not.
   *
   * @return how many
   */
  long read();

  /**
   * What a value is called in a sentence about it.
   *
   * @param number of the value, from 1 on
   * @return for example {@code line 3}
   */
  String nameOf(long number);

  /**
   * What several of them are called.
   *
   * @return for example {@code lines}
   */
  String plural();
}
