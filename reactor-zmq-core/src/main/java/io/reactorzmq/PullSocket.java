package io.reactorzmq;

import reactor.core.publisher.Flux;

/**
 * An open PULL socket: values of all peers, one of each in turn.
 *
 * @param <T> the values received
 */
public sealed interface PullSocket<T> extends ZmqSocket permits DefaultPullSocket {

  /**
   * What the peers send. The first subscription opens their credit; the socket keeps a window of
   * values under way, so what was prefetched when a subscriber leaves stays for the next. A peer
   * that goes away ends nothing.
   *
   * @return cold, for one subscriber at a time: another one gets an {@link IllegalStateException}.
   *     Runs on the socket's event loop, or on {@code ZmqResources.callbacks}. Completes when the
   *     socket is closed; fails only if {@code onUndecodable} says so
   */
  Flux<T> receive();
}
