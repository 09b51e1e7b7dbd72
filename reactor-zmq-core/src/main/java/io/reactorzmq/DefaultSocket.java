package io.reactorzmq;

import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketMetrics;
import io.reactorzmq.internal.flow.SocketFlow;
import io.reactorzmq.internal.peer.SocketEngine;
import io.reactorzmq.internal.transport.Transports;
import io.reactorzmq.transport.Endpoint;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What the open sockets have in common: hands everything to the engine. */
abstract sealed class DefaultSocket<F extends SocketFlow> implements ZmqSocket
    permits DefaultPairSocket,
        DefaultPubSocket,
        DefaultPullSocket,
        DefaultPushSocket,
        DefaultRepSocket,
        DefaultReqSocket,
        DefaultSubSocket {

  final SocketEngine<F> engine;

  DefaultSocket(SocketEngine<F> engine) {
    this.engine = engine;
  }

  @Override
  public Mono<Endpoint> bind(String endpoint) {
    return engine.endpoints().bind(parse(endpoint, true));
  }

  @Override
  public void connect(String endpoint) {
    engine.endpoints().connect(parse(endpoint, false));
  }

  @Override
  public Mono<Void> unbind(String endpoint) {
    return engine.endpoints().unbind(Endpoint.parse(endpoint));
  }

  @Override
  public Mono<Void> disconnect(String endpoint) {
    return engine.endpoints().disconnect(Endpoint.parse(endpoint));
  }

  private static Endpoint parse(String text, boolean bind) {
    Endpoint endpoint = Endpoint.parse(text);
    Transports.forEndpoint(endpoint).validate(endpoint, bind);
    return endpoint;
  }

  @Override
  public String type() {
    return engine.type();
  }

  @Override
  public List<Endpoint> endpoints() {
    return engine.endpoints().current();
  }

  @Override
  public List<PeerInfo> peers() {
    return engine.peerInfos();
  }

  @Override
  public Flux<SocketEvent> events() {
    return engine.events();
  }

  @Override
  public SocketMetrics metrics() {
    return engine.metrics();
  }

  @Override
  public void dispose() {
    disposeLater().subscribe();
  }

  @Override
  public boolean isDisposed() {
    return engine.closing().hasBegun();
  }

  @Override
  public Mono<CloseReport> disposeLater() {
    return engine.closing().close();
  }

  @Override
  public Mono<Void> onDispose() {
    return engine.closing().closed().then();
  }

  @Override
  public String toString() {
    return type() + endpoints();
  }
}
