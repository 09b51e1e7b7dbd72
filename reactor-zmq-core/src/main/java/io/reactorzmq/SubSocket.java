package io.reactorzmq;

import reactor.core.publisher.Flux;

/**
 * An open SUB socket: any number of subscriptions, each a {@code Flux} of its own. All of them
 * share one stream from each publisher, on which a message travels once however many of them it
 * matches, and is decoded once: they see the same value, which they must not change.
 * Reference-counted values have one reference for each.
 *
 * @param <T> the values
 */
public sealed interface SubSocket<T> extends ZmqSocket permits DefaultSubSocket {

  /**
   * Subscribes to topics by their beginnings. Messages of one publisher come in order, those of
   * several publishers in turn.
   *
   * @param prefixes up to 1,024 bytes of UTF-8 each; a message matches if its topic begins with any
   *     of them, and is emitted once. None, or an empty one: everything
   * @return cold: subscribes with its subscription, at every publisher that is connected now or
   *     later; cancelling unsubscribes. What is published once {@code subscribe} has returned is
   *     for it too where its prefix is in force already. It has a queue of {@code highWaterMark}
   *     messages and {@code highWaterMarkBytes} bytes, which {@code overflow} guards; never errors
   *     because a publisher went away; completes when the socket closes. Errors with {@link
   *     io.reactorzmq.error.OverflowException} ({@code DISCONNECT}), with {@link
   *     io.reactorzmq.error.CodecException} ({@code OnUndecodable.FAIL}), or with {@link
   *     IllegalStateException} if the socket would have more than 10,000 different prefixes. Emits
   *     on the socket's event loop, or the scheduler for callbacks, and must not be blocked
   * @throws IllegalArgumentException if a prefix is too long, or ends within a character
   */
  Flux<Published<T>> receive(String... prefixes);
}
