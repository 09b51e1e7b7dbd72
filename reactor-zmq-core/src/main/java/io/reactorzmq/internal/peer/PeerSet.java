package io.reactorzmq.internal.peer;

import io.reactorzmq.error.HandshakeException;
import io.reactorzmq.internal.wire.Hello;
import io.reactorzmq.internal.wire.Role;
import io.reactorzmq.internal.wire.SocketId;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The live peers of a socket and the rules of who may join: matching types, one connection between
 * two sockets or as many as one of them dials and both agree on, unique routing ids, one peer for
 * PAIR. Confined to the socket's event loop.
 */
final class PeerSet {

  private final Role role;
  private final Place place;
  private final SocketId own;
  private final Set<Peer> peers = new LinkedHashSet<>();

  PeerSet(Role role, Place place) {
    this.role = role;
    this.place = place;
    this.own = place.socketId();
  }

  List<Peer> all() {
    return List.copyOf(peers);
  }

  boolean isEmpty() {
    return peers.isEmpty();
  }

  /**
   * Adds a peer, and closes the connection it replaces, if any.
   *
   * @throws HandshakeException that says why it may not join
   */
  void admit(Peer candidate) {
    Hello hello = candidate.hello();
    requireCounterpart(hello);
    if (place.isAdditional() && !takesSeveral(hello)) {
      throw new HandshakeException(
          "socket " + hello.socketId() + " takes one connection; this is an additional one");
    }
    for (Peer other : all()) {
      if (other.hello().socketId().equals(hello.socketId())) {
        if (sameConnection(candidate, other) || yields(other, candidate)) {
          // the key of a connection that died unnoticed, or the loser of two crossing dials
          other.replaced();
          peers.remove(other);
          continue;
        }
        if (candidate.isDialled() == other.isDialled() && takesSeveral(hello)) {
          continue;
        }
        throw new HandshakeException("already connected to socket " + hello.socketId());
      }
      if (role == Role.PAIR) {
        throw new HandshakeException("this PAIR has a peer already");
      }
      if (!candidate.isDialled()
          && hello.routingId().length > 0
          && Arrays.equals(hello.routingId(), other.hello().routingId())) {
        throw new HandshakeException(
            "the routing id '" + candidate.info().routingId() + "' is in use by another peer");
      }
    }
    peers.add(candidate);
  }

  /**
   * Checks the other socket's type.
   *
   * @throws HandshakeException if the two have nothing to say to each other
   */
  void requireCounterpart(Hello hello) {
    if (!role.pairsWith(hello.role())) {
      throw new HandshakeException(
          "a " + role + " talks to a " + role.counterpart() + ", not to a " + hello.role());
    }
  }

  /** Whether both sides allow one of them to make several connections. */
  boolean takesSeveral(Hello hello) {
    return (place.capabilities(role) & hello.capabilities() & Hello.SEVERAL_CONNECTIONS) != 0;
  }

  private boolean sameConnection(Peer a, Peer b) {
    return a.isDialled() == b.isDialled() && a.connectionIndex() == b.connectionIndex();
  }

  /**
   * Whether the present peer gives way because both sockets dialled each other at once: the dial of
   * the smaller socket id stays. Only the dialler can tell that the dials crossed; an acceptor that
   * has a connection keeps it.
   */
  private boolean yields(Peer present, Peer candidate) {
    if (present.isDialled() || !candidate.isDialled()) {
      return false;
    }
    return own.compareTo(candidate.hello().socketId()) < 0;
  }

  void remove(Peer peer) {
    peers.remove(peer);
  }
}
