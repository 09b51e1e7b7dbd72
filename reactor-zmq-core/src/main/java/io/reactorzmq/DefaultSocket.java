package io.reactorzmq;

import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketMetrics;
import io.reactorzmq.internal.flow.SocketFlow;
import io.reactorzmq.internal.peer.SocketCore;
import io.reactorzmq.internal.peer.SocketEngine;
import io.reactorzmq.internal.transport.Transports;
import io.reactorzmq.transport.Endpoint;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** What the open sockets have in common: hands everything to the core. */
abstract sealed class DefaultSocket<F extends SocketFlow> implements ZmqSocket
    permits DefaultPairSocket,
        DefaultPubSocket,
        DefaultPullSocket,
        DefaultPushSocket,
        DefaultRepSocket,
        DefaultReqSocket,
        DefaultSubSocket {

  final F flow;
  private final SocketCore core;

  DefaultSocket(SocketEngine<F> engine) {
    this(engine.flow(), engine);
  }

  DefaultSocket(F flow, SocketCore core) {
    this.flow = flow;
    this.core = core;
  }

  @Override
  public Mono<Endpoint> bind(String endpoint) {
    return core.bind(parse(endpoint, true));
  }

  @Override
  public void connect(String endpoint) {
    core.connect(parse(endpoint, false));
  }

  @Override
  public Mono<Void> unbind(String endpoint) {
    return core.unbind(Endpoint.parse(endpoint));
  }

  @Override
  public Mono<Void> disconnect(String endpoint) {
    return core.disconnect(Endpoint.parse(endpoint));
  }

  private static Endpoint parse(String text, boolean bind) {
    Endpoint endpoint = Endpoint.parse(text);
    Transports.forEndpoint(endpoint).validate(endpoint, bind);
    return endpoint;
  }

  @Override
  public String type() {
    return core.type();
  }

  @Override
  public List<Endpoint> endpoints() {
    return core.endpoints();
  }

  @Override
  public List<PeerInfo> peers() {
    return core.peerInfos();
  }

  @Override
  public Flux<SocketEvent> events() {
    return core.events();
  }

  @Override
  public SocketMetrics metrics() {
    return core.metrics();
  }

  @Override
  public void dispose() {
    disposeLater().subscribe();
  }

  @Override
  public boolean isDisposed() {
    return core.isClosing();
  }

  @Override
  public Mono<CloseReport> disposeLater() {
    return core.close();
  }

  @Override
  public Mono<Void> onDispose() {
    return core.closed().then();
  }

  @Override
  public String toString() {
    return type() + endpoints();
  }
}
