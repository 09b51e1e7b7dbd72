package io.reactorzmq.internal.peer;

import io.reactorzmq.internal.transport.Transports;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportServer;
import reactor.core.publisher.Mono;

/** One bound endpoint of a socket: accepts connections and starts their handshakes. */
final class Listener<T> {

  private final SocketEngine<T> engine;
  private final Endpoint requested;
  private final TransportServer server;

  private Listener(SocketEngine<T> engine, Endpoint requested, TransportServer server) {
    this.engine = engine;
    this.requested = requested;
    this.server = server;
  }

  /** Binds; cold. The listener is emitted on the event loop. */
  static <T> Mono<Listener<T>> bind(SocketEngine<T> engine, Endpoint endpoint) {
    // connections may come before the server is emitted; both on the event loop
    Endpoint[] bound = {endpoint};
    return Transports.forEndpoint(endpoint)
        .bind(
            endpoint,
            engine.transportContext(),
            connection -> {
              if (engine.isClosing()) {
                connection.dispose();
              } else {
                Handshake.accepted(engine, bound[0], connection);
              }
            })
        .map(
            server -> {
              bound[0] = server.endpoint();
              return new Listener<>(engine, endpoint, server);
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
    server.dispose();
    return server.onClose().onErrorComplete();
  }
}
