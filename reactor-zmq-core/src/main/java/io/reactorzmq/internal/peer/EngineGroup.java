package io.reactorzmq.internal.peer;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketMetrics;
import io.reactorzmq.internal.flow.FlowHost;
import io.reactorzmq.internal.flow.SocketFlow;
import io.reactorzmq.transport.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Several engines that are one socket: each keeps one connection to every connect endpoint, on an
 * event loop of its own as far as there are that many. Whoever uses the socket, or is its peer,
 * sees one: one id, one series of events, sums. What is bound belongs to the first engine.
 *
 * @param <F> the flow of the socket's type
 */
public final class EngineGroup<F extends SocketFlow> implements SocketCore {

  private final List<SocketEngine<F>> engines = new ArrayList<>();
  private final SocketEngine<F> first;

  /**
   * Creates the engines of a socket that is not open yet, as many as it keeps connections.
   *
   * @param config the socket's, not changed any more
   * @param flow makes the flow of each engine
   */
  public EngineGroup(SocketConfig config, Function<FlowHost, F> flow) {
    SocketConfig share = config.copy();
    share.receiveBudgetBytes = config.receiveBudgetBytes / config.connections;
    SocketConfig additional = share.copy();
    additional.binds = List.of();
    for (Place place : Place.together(config.resources(), config.connections)) {
      engines.add(new SocketEngine<>(place.isAdditional() ? additional : share, flow, place));
    }
    first = engines.get(0);
  }

  /**
   * Opens the socket.
   *
   * @return completes when every bind of the spec is bound, or fails with nothing left behind
   */
  public Mono<Void> open() {
    // only the first one binds, so the others have no reason to fail
    return Flux.fromIterable(engines).concatMap(SocketEngine::open).then();
  }

  /**
   * The engine that binds.
   *
   * @return one of them
   */
  public SocketEngine<F> first() {
    return first;
  }

  @Override
  public String type() {
    return first.type();
  }

  @Override
  public List<Endpoint> endpoints() {
    return first.endpoints();
  }

  @Override
  public Mono<Endpoint> bind(Endpoint endpoint) {
    return first.bind(endpoint);
  }

  @Override
  public void connect(Endpoint endpoint) {
    engines.forEach(engine -> engine.connect(endpoint));
  }

  @Override
  public Mono<Void> unbind(Endpoint endpoint) {
    return first.unbind(endpoint);
  }

  @Override
  public Mono<Void> disconnect(Endpoint endpoint) {
    return Flux.fromIterable(engines)
        .flatMap(
            engine ->
                engine == first
                    ? engine.disconnect(endpoint)
                    : engine.disconnect(endpoint).onErrorComplete(EndpointException.class),
            engines.size())
        .then();
  }

  @Override
  public List<PeerInfo> peerInfos() {
    return engines.stream().flatMap(engine -> engine.peerInfos().stream()).toList();
  }

  @Override
  public Flux<SocketEvent> events() {
    return first.events();
  }

  @Override
  public SocketMetrics metrics() {
    List<SocketMetrics> each = engines.stream().map(SocketEngine::metrics).toList();
    return new SocketMetrics(
        sum(each, SocketMetrics::sent),
        sum(each, SocketMetrics::received),
        sum(each, SocketMetrics::undecodable),
        sum(each, SocketMetrics::undelivered),
        sum(each, SocketMetrics::discarded),
        sum(each, SocketMetrics::dropped),
        sum(each, SocketMetrics::missed),
        sum(each, SocketMetrics::unconfirmed),
        sum(each, SocketMetrics::queuedMessages),
        sum(each, SocketMetrics::queuedBytes),
        sum(each, SocketMetrics::pendingSends),
        sum(each, SocketMetrics::inFlight),
        sum(each, SocketMetrics::lateReplies),
        sum(each, SocketMetrics::cancelled),
        sum(each, SocketMetrics::reconnects),
        sum(each, SocketMetrics::fallbacks),
        each.stream().flatMap(metrics -> metrics.peers().stream()).toList());
  }

  private static long sum(List<SocketMetrics> each, ToLongFunction<SocketMetrics> field) {
    return each.stream().mapToLong(field).sum();
  }

  @Override
  public boolean isClosing() {
    return first.isClosing();
  }

  @Override
  public Mono<CloseReport> close() {
    return ofAll(SocketEngine::close);
  }

  @Override
  public Mono<CloseReport> closed() {
    return ofAll(SocketEngine::closed);
  }

  private Mono<CloseReport> ofAll(Function<SocketEngine<F>, Mono<CloseReport>> report) {
    return Flux.fromIterable(engines)
        .flatMap(report, engines.size())
        .reduce(
            (a, b) ->
                new CloseReport(
                    a.unsent() + b.unsent(),
                    a.unconfirmed() + b.unconfirmed(),
                    a.discarded() + b.discarded()));
  }
}
