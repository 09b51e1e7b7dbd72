package io.reactorzmq.internal.peer;

import io.reactorzmq.internal.wire.Hello;
import io.reactorzmq.internal.wire.SocketId;
import io.reactorzmq.transport.Endpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a connection came about, which decides what its handshake says and asks.
 *
 * @param endpoint the endpoint of ours that it belongs to, as the user knows it
 * @param at the endpoint that carries it: the same, or an alternate
 * @param dialled whether we dialled it
 * @param index of the dialler's endpoint
 * @param wants another transport that we would rather use
 * @param expected the socket that must be there, because it named the alternate
 * @param offers what we say to those who would rather use another transport
 */
record Route(
    Endpoint endpoint,
    Endpoint at,
    boolean dialled,
    int index,
    Hello.@Nullable Wants wants,
    @Nullable SocketId expected,
    Offers offers) {

  /** A dial that goes on where it arrives. */
  static Route straight(Endpoint endpoint, int index) {
    return new Route(endpoint, endpoint, true, index, null, null, new Offers(endpoint));
  }

  /** A dial that asks for another transport. */
  Route asking(Hello.Wants wants) {
    return new Route(endpoint, at, dialled, index, wants, null, offers);
  }

  /** The dial of an alternate that a socket has named. */
  Route movedTo(Endpoint alternate, SocketId named) {
    return new Route(endpoint, alternate, dialled, index, null, named, offers);
  }

  /** A connection that came to a bound endpoint, or to an alternate of it. */
  static Route accepted(Endpoint endpoint, Endpoint at, Offers offers) {
    return new Route(endpoint, at, false, 0, null, null, offers);
  }

  /** What stands in our Hello. */
  List<String> alternates() {
    return offers.texts();
  }
}
