package io.reactorzmq.internal.peer;

import io.reactorzmq.internal.transport.Transports;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportServer;
import java.util.concurrent.atomic.AtomicBoolean;
import reactor.core.publisher.Mono;

/** One bound endpoint of a socket: accepts connections and starts their handshakes. */
final class Listener {

  private final Endpoint requested;
  private final TransportServer server;
  private final AtomicBoolean closed;

  private Listener(Endpoint requested, TransportServer server, AtomicBoolean closed) {
    this.requested = requested;
    this.server = server;
    this.closed = closed;
  }

  /** Binds; cold. The listener is emitted on the event loop. */
  static Mono<Listener> bind(SocketEngine<?> engine, Endpoint endpoint) {
    // connections may come before the server is emitted; both on the event loop
    Endpoint[] bound = {endpoint};
    AtomicBoolean closed = new AtomicBoolean();
    return Transports.forEndpoint(endpoint)
        .bind(
            endpoint,
            engine.transportContext(),
            connection -> {
              if (engine.isClosing() || closed.get()) {
                connection.dispose();
              } else {
                Handshake.accepted(engine, bound[0], connection);
              }
            })
        .map(
            server -> {
              bound[0] = server.endpoint();
              return new Listener(endpoint, server, closed);
            });
  }

  /** The real endpoint. */
  Endpoint endpoint() {
    return server.endpoint();
  }

  boolean isAt(Endpoint endpoint) {
    return endpoint.equals(server.endpoint()) || endpoint.equals(requested);
  }

  Mono<Void> close() {
    closed.set(true);
    server.dispose();
    return server.onClose().onErrorComplete();
  }
}
