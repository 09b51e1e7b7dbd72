package io.reactorzmq;

import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketMetrics;
import io.reactorzmq.transport.Endpoint;
import java.util.List;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * An open socket. Safe for any number of threads; it is closed with one of the dispose methods, or
 * with the {@link io.reactorzmq.options.ZmqResources} it runs on.
 */
public sealed interface ZmqSocket extends Disposable
    permits DefaultSocket,
        PairSocket,
        PubSocket,
        PullSocket,
        PushSocket,
        RepSocket,
        ReqSocket,
        SubSocket {

  /**
   * The socket type.
   *
   * @return for example {@code "PUSH"}
   */
  String type();

  /**
   * Listens at one more endpoint.
   *
   * @param endpoint as for {@link SocketSpec#bind(String)}
   * @return cold: binds at subscription; the endpoint with its real port, or an {@link
   *     io.reactorzmq.error.EndpointException}, also if it is one more than a PAIR takes
   * @throws io.reactorzmq.error.EndpointException if the endpoint is malformed
   */
  Mono<Endpoint> bind(String endpoint);

  /**
   * Connects to one more endpoint, now or whenever it appears. Does nothing if the socket is
   * connected to it already, unless its reconnect policy gave up.
   *
   * @param endpoint as for {@link SocketSpec#connect(String)}
   * @throws io.reactorzmq.error.EndpointException if the endpoint is malformed, or one more than a
   *     PAIR takes
   * @throws io.reactorzmq.error.ClosedException if the socket is closed
   */
  void connect(String endpoint);

  /**
   * Stops listening at an endpoint and leaves the peers that came through it in good order, within
   * linger.
   *
   * @param endpoint the real endpoint, or the text it was bound with
   * @return cold: acts at subscription; completes when they are gone. Cancelling stops waiting only
   * @throws io.reactorzmq.error.EndpointException if the endpoint is malformed
   */
  Mono<Void> unbind(String endpoint);

  /**
   * Dials an endpoint no more and leaves its peer in good order, within linger.
   *
   * @param endpoint the text it was connected with
   * @return cold: acts at subscription; completes when it is gone. Cancelling stops waiting only
   * @throws io.reactorzmq.error.EndpointException if the endpoint is malformed
   */
  Mono<Void> disconnect(String endpoint);

  /**
   * The endpoints: bound ones with their real ports, then connected ones.
   *
   * @return a snapshot
   */
  List<Endpoint> endpoints();

  /**
   * The peers that are connected now.
   *
   * @return a snapshot
   */
  List<PeerInfo> peers();

  /**
   * What happens to the socket: peers coming and going, refusals, retries. A subscriber that does
   * not keep up loses the oldest events and never slows the socket.
   *
   * @return hot; the last 64 events are replayed; completes when the socket is closed
   */
  Flux<SocketEvent> events();

  /**
   * Counters and gauges.
   *
   * @return a snapshot
   */
  SocketMetrics metrics();

  /** Begins to close, as {@link #disposeLater()} does, without waiting. Idempotent. */
  @Override
  void dispose();

  /**
   * Closes within linger: no new values are taken, what is queued is sent, peers are left in good
   * order, what arrived is delivered. Sends that wait fail with {@link
   * io.reactorzmq.error.ClosedException}; {@code receive()} completes.
   *
   * @return begins at subscription and is idempotent; the report of what was not accounted for.
   *     Cancelling stops waiting, not closing
   */
  Mono<CloseReport> disposeLater();

  /**
   * The end of the socket, whoever closes it.
   *
   * @return completes when the socket is closed
   */
  Mono<Void> onDispose();
}
