package io.reactorzmq.internal.peer;

import io.netty.channel.EventLoop;
import io.reactorzmq.error.ClosedException;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketMetrics;
import io.reactorzmq.internal.flow.CreditRouter;
import io.reactorzmq.internal.flow.FairMerge;
import io.reactorzmq.internal.flow.ReceiveBudget;
import io.reactorzmq.internal.flow.SendBounds;
import io.reactorzmq.internal.flow.SendPort;
import io.reactorzmq.internal.transport.Loops;
import io.reactorzmq.internal.wire.Hello;
import io.reactorzmq.internal.wire.Role;
import io.reactorzmq.internal.wire.SocketId;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.transport.TransportContext;
import java.nio.channels.ClosedChannelException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * What all socket types have in common: one event loop, the endpoints, the live peers, events and
 * counters. A sending socket has a router, a receiving one a merge, PAIR has both.
 *
 * <p>All state but the counters is confined to the event loop; public methods hop to it.
 */
public final class SocketEngine<T> {

  private static final int HANDSHAKE_FRAME_BYTES = 8 * 1024;

  private final SocketConfig config;
  private final SocketId socketId = SocketId.random();
  private final EventLoop loop;
  private final Executor onLoop;
  private final @Nullable CreditRouter<T> router;
  private final @Nullable SendPort<T> sendPort;
  private final @Nullable FairMerge<T> merge;
  private final Scheduler.@Nullable Worker worker;
  private final ReceiveBudget budget;
  private final PeerSet<T> peers;
  private final EventLog events;
  private final Endpoints<T> endpoints;
  private final Closing<T> closing;
  private final Set<Handshake<T>> handshakes = new LinkedHashSet<>();
  private final AtomicLong unconfirmed = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong reconnects = new AtomicLong();
  private volatile List<Peer<T>> livePeers = List.of();

  /**
   * Creates the engine of a socket that is not open yet.
   *
   * @param config the socket's, not changed any more
   * @param codec the socket's
   */
  public SocketEngine(SocketConfig config, Codec<T> codec) {
    this.config = config;
    ZmqResources resources = config.resources();
    this.loop = resources.nextEventLoop();
    this.onLoop = new LoopExecutor(loop);
    Scheduler callbacks = config.resources().callbacks();
    Executor completions = callbacks == null ? onLoop : callbacks::schedule;
    this.events = new EventLog(onLoop);
    this.peers = new PeerSet<>(config.role, socketId);
    this.endpoints = new Endpoints<>(this);
    this.closing = new Closing<>(this);
    this.budget =
        new ReceiveBudget(
            loop, config.receiveBudgetBytes, config.assemblyTimeout, config.keepAliveTimeout);
    Role role = config.role;
    if (role == Role.PUSH || role == Role.PAIR) {
      SendBounds bounds =
          new SendBounds(config.highWaterMark, config.highWaterMarkBytes, config.pendingSends());
      this.router =
          new CreditRouter<>(
              codec, resources.allocator(), loop, bounds, this::onDropped, closing::advance);
      this.sendPort = new SendPort<>(router, completions);
    } else {
      this.router = null;
      this.sendPort = null;
    }
    if (role == Role.PULL || role == Role.PAIR) {
      this.worker = callbacks == null ? null : callbacks.createWorker();
      Executor delivery = worker == null ? this::deliver : worker::schedule;
      this.merge =
          new FairMerge<>(
              codec,
              config.onUndecodable,
              onLoop,
              delivery,
              (origin, cause) -> emit(new SocketEvent.Undecodable((PeerInfo) origin, cause)),
              () -> onLoop.execute(this::openCredit),
              this::onMergeIdle);
    } else {
      this.worker = null;
      this.merge = null;
    }
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
   * The entrance for values.
   *
   * @return the socket's
   * @throws IllegalStateException if the socket type does not send
   */
  public SendPort<T> sendPort() {
    if (sendPort == null) {
      throw new IllegalStateException("a " + config.role + " does not send");
    }
    return sendPort;
  }

  /**
   * What arrives.
   *
   * @return the socket's {@code receive()}
   * @throws IllegalStateException if the socket type does not receive
   */
  public Flux<T> receive() {
    if (merge == null) {
      throw new IllegalStateException("a " + config.role + " does not receive");
    }
    return merge;
  }

  /**
   * The endpoints of the socket while it is open.
   *
   * @return bind, connect, unbind, disconnect
   */
  public Endpoints<T> endpoints() {
    return endpoints;
  }

  /**
   * The socket's end.
   *
   * @return close and report
   */
  public Closing<T> closing() {
    return closing;
  }

  /**
   * The socket type.
   *
   * @return for example {@code "PUSH"}
   */
  public String type() {
    return config.role.name();
  }

  /**
   * What happens to the socket.
   *
   * @return hot, the last 64 replayed
   */
  public Flux<SocketEvent> events() {
    return events.flux();
  }

  /**
   * The live peers.
   *
   * @return a snapshot
   */
  public List<PeerInfo> peerInfos() {
    return livePeers.stream().map(Peer::info).toList();
  }

  /**
   * Counters and gauges.
   *
   * @return a snapshot
   */
  public SocketMetrics metrics() {
    List<SocketMetrics.PeerMetrics> perPeer = livePeers.stream().map(Peer::metrics).toList();
    SendBounds bounds = router == null ? null : router.bounds();
    return new SocketMetrics(
        router == null ? 0 : router.sent(),
        merge == null ? 0 : merge.received(),
        merge == null ? 0 : merge.undecodable(),
        merge == null ? 0 : merge.undelivered(),
        merge == null ? 0 : merge.discarded(),
        dropped.get(),
        unconfirmed.get(),
        bounds == null ? 0 : bounds.messages(),
        bounds == null ? 0 : bounds.bytes(),
        bounds == null ? 0 : bounds.pending(),
        perPeer.stream().mapToLong(SocketMetrics.PeerMetrics::inFlight).sum(),
        reconnects.get(),
        perPeer);
  }

  // ---- what the parts of the engine use, on the event loop

  SocketConfig config() {
    return config;
  }

  EventLoop loop() {
    return loop;
  }

  Executor onLoop() {
    return onLoop;
  }

  @Nullable CreditRouter<T> router() {
    return router;
  }

  @Nullable FairMerge<T> merge() {
    return merge;
  }

  ReceiveBudget budget() {
    return budget;
  }

  PeerSet<T> peers() {
    return peers;
  }

  void emit(SocketEvent event) {
    events.emit(event);
  }

  boolean isClosing() {
    return closing.hasBegun();
  }

  Hello hello(int connectionIndex) {
    return new Hello(
        Hello.MAJOR, Hello.MINOR, config.role, config.routingId, socketId, connectionIndex, 0);
  }

  TransportContext transportContext() {
    ZmqResources resources = config.resources();
    return new TransportContext(
        loop,
        resources.allocator(),
        resources.maxPendingBytes(),
        config.handshakeTimeout,
        HANDSHAKE_FRAME_BYTES);
  }

  void add(Handshake<T> handshake) {
    handshakes.add(handshake);
  }

  void remove(Handshake<T> handshake) {
    handshakes.remove(handshake);
    closing.advance();
  }

  /** Ends the chosen connections that are no peers yet. */
  void abortHandshakes(Predicate<Handshake<T>> chosen) {
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
    if (worker != null) {
      worker.dispose();
    }
  }

  void reconnected() {
    reconnects.incrementAndGet();
  }

  long unconfirmed() {
    return unconfirmed.get();
  }

  /** A peer has passed the handshake. */
  void arrived(Peer<T> peer) {
    livePeers = peers.all();
    if (router != null) {
      router.peerArrived();
    }
    emit(new SocketEvent.Connected(peer.info()));
    if (isClosing()) {
      closing.advance();
    }
  }

  /**
   * A peer's connection has ended.
   *
   * @return why, for the dialler
   */
  Throwable gone(Peer<T> peer, @Nullable Throwable cause) {
    peers.remove(peer);
    livePeers = peers.all();
    long lost = peer.gone();
    unconfirmed.addAndGet(lost);
    if (router != null) {
      router.peerLeft();
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
    emit(new SocketEvent.Disconnected(peer.info(), reason, lost));
    peer.signalEnded();
    closing.advance();
    return reason == null
        ? new ClosedException(peer.info().remoteAddress() + " left in good order")
        : reason;
  }

  /** Lets the loop read between two turns of delivery, so that no backlog delays a keep-alive. */
  private void deliver(Runnable turn) {
    if (loop.inEventLoop()) {
      Loops.runAfterIo(loop, turn);
    } else {
      loop.execute(turn);
    }
  }

  private void openCredit() {
    peers.all().forEach(Peer::openCredit);
  }

  private void onMergeIdle() {
    peers.all().forEach(Peer::advance);
    closing.advance();
  }

  private void onDropped(Throwable cause) {
    dropped.incrementAndGet();
    emit(new SocketEvent.Dropped(cause));
  }
}
