package io.reactorzmq.internal.peer;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.transport.AlternateLevel;
import io.reactorzmq.internal.transport.Alternates;
import io.reactorzmq.internal.transport.Transports;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * One bound endpoint of a socket, with the endpoints of other transports that are bound beside it:
 * accepts connections at all of them and starts their handshakes. Confined to the socket's event
 * loop.
 */
final class Listener {

  private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

  private final SocketEngine<?> engine;
  private final Endpoint requested;
  private final Scheduler onLoop;
  private final List<TransportServer> servers = new ArrayList<>();

  /** Connections that came before it was known what can be offered to them. */
  private final List<TransportConnection> early = new ArrayList<>();

  /** Null until it is complete. */
  private @Nullable Offers offers;

  private boolean closed;

  private Listener(SocketEngine<?> engine, Endpoint requested) {
    this.engine = engine;
    this.requested = requested;
    this.onLoop = Schedulers.fromExecutor(engine.onLoop());
  }

  /** Binds; cold. The listener is emitted on the event loop. */
  static Mono<Listener> bind(SocketEngine<?> engine, Endpoint endpoint) {
    return Mono.defer(
        () -> {
          Listener listener = new Listener(engine, endpoint);
          return Transports.forEndpoint(endpoint)
              .bind(endpoint, engine.transportContext(), listener::arrived)
              .publishOn(listener.onLoop)
              .flatMap(listener::bound)
              .doOnDiscard(TransportServer.class, TransportServer::dispose)
              .onErrorResume(cause -> listener.close().then(Mono.error(cause)))
              .doOnCancel(() -> engine.onLoop().execute(listener::abandon));
        });
  }

  private Mono<Listener> bound(TransportServer server) {
    servers.add(server);
    Offers found = new Offers(server.endpoint());
    return Flux.fromIterable(Alternates.candidates(server.endpoint()))
        .concatMap(scheme -> offer(scheme, found))
        .then(
            Mono.fromSupplier(
                () -> {
                  complete(found);
                  return this;
                }));
  }

  private void complete(Offers found) {
    offers = found;
    List<TransportConnection> waiting = List.copyOf(early);
    early.clear();
    waiting.forEach(this::arrived);
  }

  // ---- other transports

  /** Binds another transport beside the endpoint; fails only if that is required. */
  private Mono<Void> offer(String scheme, Offers found) {
    return Mono.defer(() -> bindAlternate(scheme, found))
        .publishOn(onLoop)
        .<Void>flatMap( // not then(), which would discard the server
            server -> {
              servers.add(server);
              found.add(server.endpoint(), level(scheme) == AlternateLevel.REQUIRED);
              return Mono.empty();
            })
        .onErrorResume(cause -> without(scheme, found, cause));
  }

  private Mono<TransportServer> bindAlternate(String scheme, Offers found) {
    Endpoint alternate = Alternates.toBind(endpoint(), scheme);
    if (alternate == null && level(scheme).isWanted()) {
      return Mono.error(new EndpointException(Alternates.NOTHING));
    }
    if (alternate == null) {
      found.lacks(scheme, Alternates.NOTHING);
      return Mono.empty();
    }
    Duration limit = engine.config().handshakeTimeout;
    Offers there = new Offers(alternate);
    return Transports.forEndpoint(alternate)
        .bind(
            alternate,
            engine.transportContext(),
            connection -> handshake(connection, alternate, there))
        .timeout(
            limit,
            Mono.error(
                () ->
                    new EndpointException(
                        "not bound within " + limit.toMillis() + " ms (handshakeTimeout)")));
  }

  private Mono<Void> without(String scheme, Offers found, Throwable cause) {
    String why = String.valueOf(cause.getMessage());
    found.lacks(scheme, why);
    AlternateLevel level = level(scheme);
    if (level == AlternateLevel.REQUIRED) {
      return Mono.error(
          new EndpointException(
              "cannot bind " + requested + " with " + scheme + ": " + why, cause));
    }
    if (level == AlternateLevel.PREFERRED) {
      LOG.warn("{} is bound without the {} that it prefers: {}", endpoint(), scheme, why);
      engine.emit(new SocketEvent.AlternateUnavailable(endpoint(), scheme, cause));
    } else {
      LOG.debug("{} does not offer {}: {}", endpoint(), scheme, why);
    }
    return Mono.empty();
  }

  private AlternateLevel level(String scheme) {
    return Alternates.level(endpoint(), scheme);
  }

  // ---- connections

  private void arrived(TransportConnection connection) {
    Offers known = offers;
    if (known != null) {
      handshake(connection, endpoint(), known);
    } else if (closed) {
      connection.dispose();
    } else {
      early.add(connection);
    }
  }

  private void handshake(TransportConnection connection, Endpoint at, Offers there) {
    if (engine.isClosing() || closed) {
      connection.dispose();
    } else {
      Handshake.accepted(engine, Route.accepted(endpoint(), at, there), connection);
    }
  }

  // ---- the listener's life

  /** The real endpoint. */
  Endpoint endpoint() {
    return servers.get(0).endpoint();
  }

  boolean isAt(Endpoint endpoint) {
    return endpoint.equals(endpoint()) || endpoint.equals(requested);
  }

  /** Stops listening; completes when nothing is bound any more. */
  Mono<Void> close() {
    end();
    return Flux.fromIterable(servers)
        .flatMap(server -> server.onClose().onErrorComplete(), Integer.MAX_VALUE)
        .then();
  }

  /** Nobody wants it any more, unless it has been emitted. */
  private void abandon() {
    if (offers == null) {
      end();
    }
  }

  private void end() {
    closed = true;
    servers.forEach(TransportServer::dispose);
    early.forEach(TransportConnection::dispose);
    early.clear();
  }
}
