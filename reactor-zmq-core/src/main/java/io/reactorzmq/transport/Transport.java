package io.reactorzmq.transport;

import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Carries RSocket frames for the endpoints of one or more schemes. Implementations are found by
 * {@link java.util.ServiceLoader}, are stateless or thread-safe, and pass the contract tests of
 * {@link TransportConnection}.
 */
public interface Transport {

  /**
   * The schemes this transport serves, in lower case.
   *
   * @return for example {@code ["tcp"]}
   */
  Set<String> schemes();

  /**
   * Checks an endpoint without touching the network, so that a bad one fails at the call.
   *
   * @param endpoint an endpoint of one of {@link #schemes()}
   * @param bind true if it is to be bound, false if it is to be dialled
   * @throws io.reactorzmq.error.EndpointException if this transport cannot serve it
   */
  void validate(Endpoint endpoint, boolean bind);

  /**
   * Dials an endpoint. Cold: each subscription dials once; cancelling abandons the attempt and
   * closes what was opened. The connection is emitted on {@link TransportContext#eventLoop()};
   * cancel there too, or close a connection that your subscriber is given after its own cancel.
   *
   * @param endpoint where to
   * @param context event loop, memory and bounds
   * @return the connection, or an error that says why there is none
   */
  Mono<TransportConnection> connect(Endpoint endpoint, TransportContext context);

  /**
   * Binds an endpoint. Cold: each subscription binds once. Accepted connections are handed to
   * {@code onConnection} on {@link TransportContext#eventLoop()}.
   *
   * @param endpoint where; a port 0 or {@code *} lets the system choose
   * @param context event loop, memory and bounds
   * @param onConnection takes each accepted connection; it owns it from then on
   * @return the bound server with its real endpoint, or an {@link
   *     io.reactorzmq.error.EndpointException} that says why it could not be bound
   */
  Mono<TransportServer> bind(
      Endpoint endpoint, TransportContext context, Consumer<TransportConnection> onConnection);

  /**
   * What this transport binds beside an endpoint of another one, so that diallers of that endpoint
   * may move to this transport. Each scheme of a transport that offers alternates is a parameter of
   * the endpoints it offers them to, for example {@code tcp://host:port?rdma=required}.
   *
   * @param other an endpoint of another transport: bound, with its real address, or to be dialled,
   *     to learn whether alternates exist for its kind at all
   * @return an endpoint of this transport to bind, mostly at the same host and at port 0; null, the
   *     default, if this transport offers none
   * @throws io.reactorzmq.error.EndpointException that says why it offers none at present
   */
  default @Nullable Endpoint alternateTo(Endpoint other) {
    return null;
  }
}
