package io.reactorzmq.internal.peer;

import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketMetrics;
import io.reactorzmq.transport.Endpoint;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What the handle of an open socket asks for, whatever its type: one engine, or several that are
 * one socket.
 */
public interface SocketCore {

  /**
   * The socket type.
   *
   * @return for example {@code "PUSH"}
   */
  String type();

  /**
   * The endpoints as they are now: bound ones with their real ports, then connected ones.
   *
   * @return a snapshot
   */
  List<Endpoint> endpoints();

  /**
   * Binds one more endpoint.
   *
   * @param endpoint checked by the caller
   * @return cold; the real endpoint
   */
  Mono<Endpoint> bind(Endpoint endpoint);

  /**
   * Connects to one more endpoint, at once or whenever it appears.
   *
   * @param endpoint checked by the caller
   */
  void connect(Endpoint endpoint);

  /**
   * Stops listening at an endpoint and leaves the peers that came through it, within linger.
   *
   * @param endpoint as bound, or as asked for
   * @return cold; completes when they are gone
   */
  Mono<Void> unbind(Endpoint endpoint);

  /**
   * Dials an endpoint no more and leaves its peer, within linger.
   *
   * @param endpoint as connected
   * @return cold; completes when it is gone
   */
  Mono<Void> disconnect(Endpoint endpoint);

  /**
   * The live peers, one for each connection.
   *
   * @return a snapshot
   */
  List<PeerInfo> peerInfos();

  /**
   * What happens to the socket.
   *
   * @return hot, the last 64 replayed
   */
  Flux<SocketEvent> events();

  /**
   * Counters and gauges.
   *
   * @return a snapshot
   */
  SocketMetrics metrics();

  /**
   * Whether closing has begun.
   *
   * @return true from then on
   */
  boolean isClosing();

  /**
   * Closes the socket within linger.
   *
   * @return begins at subscription; the same report for every caller
   */
  Mono<CloseReport> close();

  /**
   * The end of the socket, whoever closes it.
   *
   * @return completes when it is closed
   */
  Mono<CloseReport> closed();
}
