package io.reactorzmq.internal.peer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.ScheduledFuture;
import io.reactorzmq.error.HandshakeException;
import io.reactorzmq.error.ZmqException;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.flow.PeerLink;
import io.reactorzmq.internal.transport.InboundGuard;
import io.reactorzmq.internal.transport.Liveness;
import io.reactorzmq.internal.wire.Hello;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.rsocket.ConnectionSetupPayload;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketConnector;
import io.rsocket.core.RSocketServer;
import io.rsocket.exceptions.RejectedSetupException;
import io.rsocket.frame.FrameType;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.util.ByteBufPayload;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

// Past 300 lines because both sides of it, and every way it may fail, are one state machine.

/**
 * Takes one connection from its first byte to a live peer, and reports its end: RSocket's SETUP
 * carries the dialler's Hello, a METADATA_PUSH the acceptor's. Confined to the socket's event loop.
 */
final class Handshake implements RSocket {

  /** RSocket's own timers would trust the dialler's figures; these never fire in 24 days. */
  private static final Duration NEVER = Duration.ofMillis(Integer.MAX_VALUE);

  /** Room for RSocket's header around a payload. */
  private static final int HEADER_BYTES = 64;

  /** Whoever began a handshake hears of its outcome; event loop. */
  interface Outcome {

    /** The peer is live. */
    void live();

    /**
     * The connection has ended because its acceptor can be dialled by the transport that was
     * wanted.
     */
    void referred(Hello acceptor);

    /** The connection has ended, live or not, and {@link #referred} was not called. */
    void ended(Throwable cause);
  }

  private static final Outcome UNWATCHED =
      new Outcome() {
        @Override
        public void live() {}

        @Override
        public void referred(Hello acceptor) {}

        @Override
        public void ended(Throwable cause) {}
      };

  private final SocketEngine<?> engine;
  private final Route route;
  private final InboundGuard connection;
  private final Outcome outcome;
  private final ScheduledFuture<?> timer;
  private @Nullable RSocket requester;
  private @Nullable Peer peer;

  /** What the other side said, if the two of them meet elsewhere. */
  private @Nullable Hello referral;

  private @Nullable Throwable refusal;
  private boolean ended;

  private Handshake(SocketEngine<?> engine, Route route, InboundGuard connection, Outcome outcome) {
    this.engine = engine;
    this.route = route;
    this.connection = connection;
    this.outcome = outcome;
    Duration limit = engine.config().handshakeTimeout;
    this.timer =
        engine
            .loop()
            .schedule(
                () ->
                    refuse(
                        new HandshakeException(
                            (referral == null ? "no handshake within " : "no close within ")
                                + limit.toMillis()
                                + " ms from "
                                + connection.remoteAddress()
                                + " (handshakeTimeout)")),
                limit.toMillis(),
                TimeUnit.MILLISECONDS);
    engine.add(this);
  }

  /** Begins as the dialler. */
  static void dialled(
      SocketEngine<?> engine, Route route, TransportConnection raw, Outcome outcome) {
    InboundGuard guard = guard(engine, raw, true);
    Handshake handshake = new Handshake(engine, route, guard, outcome);
    try {
      handshake.connect();
    } catch (OutOfMemoryError e) { // which Reactor signals to nobody
      handshake.notConnected(handshake.noMemory(e));
    }
  }

  private void connect() {
    RSocketConnector.create()
        .payloadDecoder(PayloadDecoder.ZERO_COPY)
        .keepAlive(NEVER, NEVER)
        .dataMimeType(Hello.MIME)
        .setupPayload(Mono.fromSupplier(this::ownHello))
        .acceptor(
            (setup, rsocket) -> {
              requester = rsocket;
              watch(rsocket);
              return Mono.just(this);
            })
        .connect(() -> Mono.just(connection))
        .subscribe(rsocket -> {}, this::notConnected);
  }

  private Payload ownHello() {
    try {
      return ByteBufPayload.create(
          engine.hello(route.index(), route.wants(), List.of()).encode(allocator(engine)));
    } catch (OutOfMemoryError e) {
      throw noMemory(e);
    }
  }

  private HandshakeException noMemory(OutOfMemoryError cause) {
    return new HandshakeException("no memory for a connection to " + route.at(), cause);
  }

  /** It may be that nobody looks after the connection yet. */
  private void notConnected(Throwable cause) {
    watch(null);
    refuse(cause);
  }

  private static ByteBufAllocator allocator(SocketEngine<?> engine) {
    return engine.config().resources().allocator();
  }

  /** Begins as the acceptor. */
  static void accepted(SocketEngine<?> engine, Route route, TransportConnection raw) {
    InboundGuard guard = guard(engine, raw, false);
    Handshake handshake = new Handshake(engine, route, guard, UNWATCHED);
    handshake.watch(null);
    RSocketServer.create(handshake::onSetup)
        .payloadDecoder(PayloadDecoder.ZERO_COPY)
        .maxTimeToFirstFrame(NEVER)
        .asConnectionAcceptor()
        .apply(guard)
        .subscribe(nothing -> {}, cause -> {});
  }

  private static InboundGuard guard(
      SocketEngine<?> engine, TransportConnection raw, boolean dialled) {
    SocketConfig config = engine.config();
    Set<FrameType> allowed = Peer.allowedRequests(config.role, dialled);
    int streams =
        (allowed.contains(FrameType.REQUEST_CHANNEL) ? 1 : 0)
            + (allowed.contains(FrameType.REQUEST_STREAM) ? PeerLink.MAX_FETCHES : 0);
    TransportConnection watched =
        Liveness.watch(raw, engine.loop(), config.keepAliveInterval, config.keepAliveTimeout);
    return InboundGuard.guard(watched, dialled, allowed, streams);
  }

  private void watch(@Nullable RSocket rsocket) {
    if (rsocket != null) {
      // fails with the reason if the other side refused us; any other end the connection explains
      rsocket.onClose().subscribe(nothing -> {}, this::ended);
    }
    connection.onClose().subscribe(nothing -> {}, cause -> later(cause), () -> later(null));
  }

  /** Lets RSocket's own end, which may know more, come first. */
  private void later(@Nullable Throwable cause) {
    engine.loop().execute(() -> ended(cause));
  }

  // ---- acceptor

  private Mono<RSocket> onSetup(ConnectionSetupPayload setup, RSocket rsocket) {
    try {
      if (!Hello.MIME.equals(setup.dataMimeType())) {
        throw new HandshakeException(
            "data of MIME type '"
                + setup.dataMimeType()
                + "' is not spoken here, only "
                + Hello.MIME);
      }
      Hello hello = Hello.decode(setup.data());
      if (route.offers().refers(hello)) {
        engine.peers().requireCounterpart(hello);
        referral = hello; // and the dialler closes this connection
      } else {
        becomeLive(hello);
      }
    } catch (ZmqException e) {
      refusal = e;
      return Mono.error(new RejectedSetupException(String.valueOf(e.getMessage())));
    }
    requester = rsocket;
    ByteBuf own = engine.hello(0, null, route.alternates()).encode(connection.alloc());
    rsocket.metadataPush(ByteBufPayload.create(Unpooled.EMPTY_BUFFER, own)).subscribe();
    startPeer();
    return Mono.just(this);
  }

  // ---- dialler

  @Override
  public Mono<Void> metadataPush(Payload payload) {
    try {
      if (peer == null && referral == null) {
        answered(Hello.decode(payload.metadata()));
      }
    } catch (ZmqException e) {
      refuse(e);
    } finally {
      payload.release();
    }
    return Mono.empty();
  }

  private void answered(Hello hello) {
    Hello.Wants wants = route.wants();
    if (wants != null && hello.alternate(wants.scheme()) != null) {
      engine.peers().requireCounterpart(hello);
      referral = hello;
      connection.closeGracefully();
      return;
    }
    if (wants != null && wants.required()) {
      throw new HandshakeException(
          route.at() + " names no " + wants.scheme() + " endpoint, which is required");
    }
    if (route.expected() != null && !route.expected().equals(hello.socketId())) {
      throw new HandshakeException(
          "another socket is at " + route.at() + " than the one that named it");
    }
    becomeLive(hello);
    startPeer();
  }

  // ---- both

  @Override
  public Flux<Payload> requestChannel(Publisher<Payload> payloads) {
    Peer live = peer;
    return live == null
        ? Flux.error(new IllegalStateException("a channel before the handshake"))
        : live.accept(payloads);
  }

  @Override
  public Flux<Payload> requestStream(Payload payload) {
    Peer live = peer;
    if (live == null) {
      payload.release();
      return Flux.error(new IllegalStateException("a stream before the handshake"));
    }
    return live.serve(payload);
  }

  private void becomeLive(Hello hello) {
    PeerInfo info =
        new PeerInfo(
            route.endpoint(),
            hello.role().name(),
            new String(hello.routingId(), StandardCharsets.UTF_8),
            hello.socketId().toString(),
            String.valueOf(connection.remoteAddress()),
            connection.transport());
    Peer candidate =
        new Peer(
            engine, connection, hello, info, route.dialled(), route.index(), () -> ended(null));
    engine.peers().admit(candidate);
    peer = candidate;
    timer.cancel(false);
    connection.handshakeDone(connection.frameBytes() + HEADER_BYTES);
  }

  private void startPeer() {
    Peer live = peer;
    RSocket rsocket = requester;
    if (live == null || rsocket == null) {
      return;
    }
    outcome.live();
    engine.arrived(live);
    live.start(rsocket);
  }

  /** Gives up before the peer is live. */
  void refuse(Throwable cause) {
    if (peer == null && refusal == null) {
      refusal = cause;
      connection.closeWithError(cause);
    }
  }

  private void ended(@Nullable Throwable cause) {
    if (ended) {
      return;
    }
    ended = true;
    timer.cancel(false);
    Peer live = peer;
    Hello elsewhere = referral;
    if (elsewhere != null && (route.dialled() || refusal == null && cause == null)) {
      engine.remove(this);
      outcome.referred(elsewhere);
      return;
    }
    Throwable reason = live != null ? engine.gone(live, cause) : failed(cause);
    engine.remove(this);
    outcome.ended(reason);
  }

  private Throwable failed(@Nullable Throwable cause) {
    Throwable reason = refusal;
    if (reason == null) {
      reason =
          cause instanceof RejectedSetupException
              ? new HandshakeException(route.at() + " refused: " + cause.getMessage(), cause)
              : new HandshakeException(
                  "the connection with "
                      + connection.remoteAddress()
                      + " ended before the handshake did"
                      + (cause == null ? "" : ": " + cause.getMessage()),
                  cause == null ? new ClosedChannelException() : cause);
    }
    engine.emit(new SocketEvent.HandshakeFailed(route.endpoint(), reason));
    return reason;
  }

  /** Whether this is about a connection that we dialled, or accepted, at an endpoint. */
  boolean isAt(Endpoint endpoint, boolean dialled) {
    return route.dialled() == dialled && route.endpoint().equals(endpoint);
  }

  /** Closes the connection at once if it is no peer yet. */
  void abortUnlessLive() {
    if (peer == null) {
      connection.dispose();
    }
  }

  /** Closes the connection at once. */
  void abort() {
    connection.dispose();
  }
}
