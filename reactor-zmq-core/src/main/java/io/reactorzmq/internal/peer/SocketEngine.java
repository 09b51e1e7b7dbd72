package io.reactorzmq.internal.peer;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.reactorzmq.error.ClosedException;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketMetrics;
import io.reactorzmq.internal.flow.ElasticAside;
import io.reactorzmq.internal.flow.FlowHost;
import io.reactorzmq.internal.flow.ReceiveBudget;
import io.reactorzmq.internal.flow.SocketFlow;
import io.reactorzmq.internal.transport.Loops;
import io.reactorzmq.internal.wire.Aside;
import io.reactorzmq.internal.wire.Hello;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportContext;
import java.nio.channels.ClosedChannelException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

// Past 300 lines because most of it hands on: to the flow, the endpoints, the peers.

/**
 * What all socket types have in common: one event loop, the endpoints, the live peers, events and
 * counters. What a type does with its messages is its flow.
 *
 * <p>All state but the counters is confined to the event loop; public methods hop to it.
 *
 * @param <F> the flow of the socket's type
 */
public final class SocketEngine<F extends SocketFlow> implements FlowHost, SocketCore {

  private static final int HANDSHAKE_FRAME_BYTES = 8 * 1024;

  private final SocketConfig config;
  private final Place place;
  private final EventLoop loop;
  private final Executor onLoop;
  private final Aside aside;
  private final ReceiveBudget budget;
  private final PeerSet peers;
  private final F flow;
  private final EventLog events;
  private final Endpoints endpoints;
  private final Closing closing;
  private final Set<Handshake> handshakes = new LinkedHashSet<>();
  private final AtomicLong unconfirmed = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong reconnects = new AtomicLong();
  private final AtomicLong fallbacks = new AtomicLong();
  private volatile List<Peer> livePeers = List.of();

  /**
   * Creates the only engine of a socket that is not open yet.
   *
   * @param config the socket's, not changed any more
   * @param flow makes the flow of the socket's type
   */
  public SocketEngine(SocketConfig config, Function<FlowHost, F> flow) {
    this(config, flow, Place.alone(config.resources()));
  }

  /** One of the engines of a socket. */
  SocketEngine(SocketConfig config, Function<FlowHost, F> flow, Place place) {
    this.config = config;
    this.place = place;
    this.loop = place.loop();
    this.onLoop = new LoopExecutor(loop);
    this.aside = new ElasticAside(loop);
    this.events = place.events();
    this.peers = new PeerSet(config.role, place);
    this.endpoints = new Endpoints(this);
    this.closing = new Closing(this);
    this.budget =
        new ReceiveBudget(
            loop, config.receiveBudgetBytes, config.assemblyTimeout, config.keepAliveTimeout);
    this.flow = flow.apply(this);
  }

  // ---- what sockets use

  /**
   * Opens the socket.
   *
   * @return completes when every bind of the spec is bound, or fails with nothing left behind
   */
  public Mono<Void> open() {
    return Mono.defer(
        () -> {
          closing.register();
          return endpoints
              .openAll()
              .doOnCancel(() -> closing.abort().subscribe())
              .onErrorResume(cause -> closing.abort().then(Mono.error(cause)));
        });
  }

  /**
   * What the socket's type does with its messages.
   *
   * @return the flow
   */
  public F flow() {
    return flow;
  }

  @Override
  public List<Endpoint> endpoints() {
    return endpoints.current();
  }

  @Override
  public Mono<Endpoint> bind(Endpoint endpoint) {
    return endpoints.bind(endpoint);
  }

  @Override
  public void connect(Endpoint endpoint) {
    endpoints.connect(endpoint);
  }

  @Override
  public Mono<Void> unbind(Endpoint endpoint) {
    return endpoints.unbind(endpoint);
  }

  @Override
  public Mono<Void> disconnect(Endpoint endpoint) {
    return endpoints.disconnect(endpoint);
  }

  @Override
  public boolean isClosing() {
    return closing.hasBegun();
  }

  @Override
  public Mono<CloseReport> close() {
    return closing.close();
  }

  @Override
  public Mono<CloseReport> closed() {
    return closing.closed();
  }

  @Override
  public String type() {
    return config.role.name();
  }

  @Override
  public Flux<SocketEvent> events() {
    return events.flux();
  }

  @Override
  public List<PeerInfo> peerInfos() {
    return livePeers.stream().map(Peer::info).toList();
  }

  @Override
  public SocketMetrics metrics() {
    List<SocketMetrics.PeerMetrics> perPeer = livePeers.stream().map(Peer::metrics).toList();
    SocketFlow.Counters counters = flow.counters();
    return new SocketMetrics(
        counters.sent(),
        counters.received(),
        counters.undecodable(),
        counters.undelivered(),
        counters.discarded(),
        dropped.get() + counters.dropped(),
        counters.missed(),
        unconfirmed.get(),
        counters.queuedMessages(),
        counters.queuedBytes(),
        counters.pendingSends(),
        perPeer.stream().mapToLong(SocketMetrics.PeerMetrics::inFlight).sum(),
        counters.lateReplies(),
        counters.cancelled(),
        reconnects.get(),
        fallbacks.get(),
        perPeer);
  }

  // ---- what the parts of the engine use, on the event loop

  SocketConfig config() {
    return config;
  }

  @Override
  public EventLoop loop() {
    return loop;
  }

  @Override
  public Executor onLoop() {
    return onLoop;
  }

  @Override
  public @Nullable Scheduler callbacks() {
    return config.resources().callbacks();
  }

  @Override
  public ByteBufAllocator allocator() {
    return config.resources().allocator();
  }

  @Override
  public ReceiveBudget budget() {
    return budget;
  }

  @Override
  public Aside aside() {
    return aside;
  }

  PeerSet peers() {
    return peers;
  }

  @Override
  public void emit(SocketEvent event) {
    events.emit(event);
  }

  Place place() {
    return place;
  }

  /** Stops binding and dialling; the peers stay. */
  void stopEndpoints() {
    endpoints.stop();
  }

  Hello hello(int connectionIndex, Hello.@Nullable Wants wants, List<String> alternates) {
    return new Hello(
        Hello.MAJOR,
        Hello.MINOR,
        config.role,
        config.routingId,
        place.socketId(),
        connectionIndex,
        place.capabilities(config.role),
        wants,
        alternates);
  }

  TransportContext transportContext() {
    ZmqResources resources = config.resources();
    return new TransportContext(
        loop,
        resources.allocator(),
        resources.maxPendingBytes(),
        config.handshakeTimeout,
        HANDSHAKE_FRAME_BYTES,
        resources.transportOptions());
  }

  void add(Handshake handshake) {
    handshakes.add(handshake);
  }

  void remove(Handshake handshake) {
    handshakes.remove(handshake);
    closing.advance();
  }

  /** Ends the chosen connections that are no peers yet. */
  void abortHandshakes(Predicate<Handshake> chosen) {
    List.copyOf(handshakes).stream().filter(chosen).forEach(Handshake::abortUnlessLive);
  }

  /** Ends every connection at once, live or not. */
  void abortConnections() {
    List.copyOf(handshakes).forEach(Handshake::abort);
  }

  boolean hasConnections() {
    return !handshakes.isEmpty();
  }

  /** The socket is closed. */
  void ended() {
    events.complete();
  }

  void reconnected() {
    reconnects.incrementAndGet();
  }

  /** A dial goes on without the other transport that its endpoint prefers. */
  void fellBack() {
    fallbacks.incrementAndGet();
  }

  long unconfirmed() {
    return unconfirmed.get();
  }

  /** A peer has passed the handshake. */
  void arrived(Peer peer) {
    flow.peerArrived();
    livePeers = peers.all(); // who sees a peer can send to it
    emit(new SocketEvent.Connected(peer.info()));
    FirstConnections firsts = place.firsts();
    if (firsts != null && peer.isDialled() && !place.isAdditional()) {
      if (peers.takesSeveral(peer.hello())) {
        firsts.came(peer.info().endpoint());
      } else {
        emit(new SocketEvent.OneConnection(peer.info(), place.of()));
      }
    }
    if (isClosing()) {
      closing.advance();
    }
  }

  /**
   * A peer's connection has ended.
   *
   * @return why, for the dialler
   */
  Throwable gone(Peer peer, @Nullable Throwable cause) {
    peers.remove(peer);
    livePeers = peers.all();
    FirstConnections firsts = place.firsts();
    if (firsts != null && peer.isDialled() && !place.isAdditional()) {
      firsts.went(peer.info().endpoint());
    }
    Throwable reason = peer.fault();
    if (reason == null && !peer.endedInOrder()) {
      reason =
          cause != null && !(cause instanceof ClosedChannelException)
              ? cause
              : new ClosedException(
                  "the connection with "
                      + peer.info().remoteAddress()
                      + " ended without a goodbye");
    }
    flow.peerLeft();
    long lost =
        peer.gone(reason == null ? "it left in good order" : String.valueOf(reason.getMessage()));
    unconfirmed.addAndGet(lost);
    emit(new SocketEvent.Disconnected(peer.info(), reason, lost));
    peer.signalEnded();
    closing.advance();
    return reason == null
        ? new ClosedException(peer.info().remoteAddress() + " left in good order")
        : reason;
  }

  @Override
  public void afterIo(Runnable turn) {
    if (loop.inEventLoop()) {
      Loops.runAfterIo(loop, turn);
    } else {
      loop.execute(turn);
    }
  }

  @Override
  public void expectMore() {
    Loops.expectMore(loop);
  }

  @Override
  public void moved() {
    peers.all().forEach(Peer::advance);
    closing.advance();
  }

  @Override
  public void undecodable(Object origin, Throwable cause) {
    emit(new SocketEvent.Undecodable((PeerInfo) origin, cause));
  }

  @Override
  public void dropped(Throwable cause) {
    dropped.incrementAndGet();
    emit(new SocketEvent.Dropped(cause));
  }
}
