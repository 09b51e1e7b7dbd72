package io.reactorzmq;

import reactor.core.publisher.Flux;

/**
 * An open PAIR socket: both directions between exactly two sockets, each with its own credit. While
 * the peer is there, any other is refused.
 *
 * @param <T> the values sent and received
 */
public sealed interface PairSocket<T> extends ZmqSocket, Sender<T> permits DefaultPairSocket {

  /**
   * What the peer sends; see {@link PullSocket#receive()}.
   *
   * @return cold, for one subscriber at a time. Completes when the socket is closed, not when the
   *     peer leaves
   */
  Flux<T> receive();
}
