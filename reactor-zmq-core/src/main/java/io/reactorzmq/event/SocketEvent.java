package io.reactorzmq.event;

import io.reactorzmq.transport.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * Something that happened to a live socket. Events of one socket are in order; see {@code
 * ZmqSocket.events()}.
 */
public sealed interface SocketEvent {

  /**
   * An endpoint is bound.
   *
   * @param endpoint with its real port
   */
  record Bound(Endpoint endpoint) implements SocketEvent {}

  /**
   * An endpoint is no longer bound.
   *
   * @param endpoint with its real port
   */
  record Unbound(Endpoint endpoint) implements SocketEvent {}

  /**
   * A peer is there and the handshake is done.
   *
   * @param peer who
   */
  record Connected(PeerInfo peer) implements SocketEvent {}

  /**
   * A connection was made but ended before it became a peer: refused by either side, not our
   * protocol, or silent for the handshake timeout.
   *
   * @param endpoint the endpoint of ours
   * @param cause why
   */
  record HandshakeFailed(Endpoint endpoint, Throwable cause) implements SocketEvent {}

  /**
   * A peer is gone.
   *
   * @param peer who
   * @param cause null if it, or we, left in good order
   * @param unconfirmed messages sent to it that it is not known to have consumed
   */
  record Disconnected(PeerInfo peer, @Nullable Throwable cause, long unconfirmed)
      implements SocketEvent {}

  /**
   * An endpoint we connect to is not there, or not any more; it will be dialled again.
   *
   * @param endpoint the endpoint
   * @param attempt 1 for the first dial after a connection or after the start, then counting up
   * @param cause why the last dial or connection ended
   */
  record Retrying(Endpoint endpoint, long attempt, Throwable cause) implements SocketEvent {}

  /**
   * An endpoint was to use another transport, and could not. A connected one uses its own transport
   * until the connection ends, then tries the other one again; a bound one does not offer it.
   *
   * @param endpoint the endpoint of ours
   * @param scheme of the other transport's endpoints, for example {@code rdma}
   * @param cause why
   */
  record AlternateUnavailable(Endpoint endpoint, String scheme, Throwable cause)
      implements SocketEvent {}

  /**
   * An endpoint that was to have several connections has one, because the peer takes no more of
   * them; it is of an earlier version. After {@link Connected}, as long as that connection lives.
   *
   * @param peer who
   * @param wanted how many there were to be
   */
  record OneConnection(PeerInfo peer, int wanted) implements SocketEvent {}

  /**
   * An endpoint we connected to will not be dialled again, because the reconnect policy is
   * exhausted. {@code connect} starts anew.
   *
   * @param endpoint the endpoint
   * @param cause why the last dial or connection ended
   */
  record GaveUp(Endpoint endpoint, Throwable cause) implements SocketEvent {}

  /**
   * The codec refused a received message; it was released and counted.
   *
   * @param peer who sent it
   * @param cause what the codec said
   */
  record Undecodable(PeerInfo peer, Throwable cause) implements SocketEvent {}

  /**
   * A subscription is in force, on either side: a PUB has it from this SUB, and has said so; a SUB
   * has heard so from this PUB.
   *
   * @param peer the other side
   * @param prefix what topics begin with
   */
  record Subscribed(PeerInfo peer, String prefix) implements SocketEvent {}

  /**
   * PUB: a SUB has given up a subscription. Those that end with the connection are not told one by
   * one.
   *
   * @param peer the SUB
   * @param prefix what topics begin with
   */
  record Unsubscribed(PeerInfo peer, String prefix) implements SocketEvent {}

  /**
   * Messages from a PUB to a SUB were dropped, and the SUB is told by a gap in their numbers; on
   * either side.
   *
   * @param peer the other side
   * @param missed how many messages; -1 if the PUB does not know
   */
  record Gap(PeerInfo peer, long missed) implements SocketEvent {}

  /**
   * An accepted message could not be sent, was released and counted: its size is above every peer's
   * limit, its owner released it too early, or its {@link io.reactorzmq.message.InPlaceCodec} wrote
   * something else than it had said. A {@code send} of it fails as well, and so does the request
   * that it would have been the reply to; a {@code tryEmit} has only this event. PUB: a
   * subscriber's lane began to drop messages; {@link Gap} tells how many when it goes on. SUB: the
   * queue of a subscription did. Not for what CONFLATE replaces.
   *
   * @param cause names the size, the limit and the option, or says what else was wrong
   */
  record Dropped(Throwable cause) implements SocketEvent {}
}
