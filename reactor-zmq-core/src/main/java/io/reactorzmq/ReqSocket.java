package io.reactorzmq;

import reactor.core.publisher.Mono;

/**
 * An open REQ socket: any number of requests at a time, each to one peer, in rotation among those
 * with room. Every request ends: with its own reply, with a failure, or when its subscriber
 * cancels.
 *
 * @param <Q> requests
 * @param <R> replies
 */
public sealed interface ReqSocket<Q, R> extends ZmqSocket permits DefaultReqSocket {

  /**
   * Sends a request and waits for its reply. It waits for a peer with room if there is none; how
   * long altogether is what {@code timeout(..)} says.
   *
   * <p>A peer has room if it has credit and fewer unanswered requests of this socket than it allows
   * ({@code concurrency} and {@code highWaterMark} of the REP). Cancelling takes the request back
   * if it was not sent yet; otherwise the peer is told and its handler cancelled, a reply that
   * comes all the same is released and counted, and the request's place is free when the peer has
   * answered to that.
   *
   * @param value taken at the first demand; a reference-counted value can be subscribed to once
   * @return cold: each subscription is a request of its own; never empty. Fails with
   *     <ul>
   *       <li>{@link io.reactorzmq.error.OverflowException} if {@code maxPendingSends} wait already
   *       <li>{@link io.reactorzmq.error.PeerUnavailableException} if the peer that has the request
   *           goes away
   *       <li>{@link io.reactorzmq.error.RemoteException} if the peer answers with a failure
   *       <li>{@link io.reactorzmq.error.MessageTooLargeException} if every peer refuses its size
   *       <li>{@link io.reactorzmq.error.CodecException} if the request cannot be encoded or the
   *           reply not decoded
   *       <li>{@link io.reactorzmq.error.ClosedException} if the socket is closed
   *     </ul>
   */
  Mono<R> request(Q value);
}
