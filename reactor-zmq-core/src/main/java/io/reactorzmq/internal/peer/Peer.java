package io.reactorzmq.internal.peer;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.HandshakeException;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketMetrics.PeerMetrics;
import io.reactorzmq.internal.flow.CreditRouter;
import io.reactorzmq.internal.flow.FairMerge;
import io.reactorzmq.internal.flow.Inlet;
import io.reactorzmq.internal.flow.Lane;
import io.reactorzmq.internal.flow.SendCredit;
import io.reactorzmq.internal.transport.InboundGuard;
import io.reactorzmq.internal.wire.Control;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.Hello;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.Role;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * One live connection: a lane if this socket sends, an inlet if it receives, joined to the channel
 * between the two sockets. Knows how either side leaves in good order.
 *
 * <p>A receiver leaves by LEAVE: the sender frames nothing more and says END; what was framed is
 * delivered and its consumption reported by shrinking windows. A sender leaves by END once the
 * credit of all it sent has come back. Whoever leaves closes the connection. Confined to the
 * socket's event loop.
 */
final class Peer<T> implements PeerChannel.Listener, Inlet.Upstream {

  /**
   * Parts in direct memory from here on are referred to, not copied; measured, see
   * docs/rationale.md.
   */
  private static final int COPY_THRESHOLD = 1024;

  /** The same for heap memory, which TCP has to copy anyway. */
  private static final int HEAP_COPY_THRESHOLD = 64 * 1024;

  /** The longest frame we make whatever the peer allows: RSocket's frames end at 16 MiB. */
  private static final int MAX_OWN_FRAME_BYTES = 1024 * 1024;

  private final SocketEngine<T> engine;
  private final InboundGuard connection;
  private final Hello hello;
  private final PeerInfo info;
  private final boolean dialled;
  private final int connectionIndex;
  private final Runnable onReplaced;
  private final PeerChannel channel;
  private final Sinks.Empty<Void> ended = Sinks.empty();
  private final SendCredit credit = new SendCredit();
  private final @Nullable CreditRouter<T> router;
  private final @Nullable FairMerge<T> merge;
  private final @Nullable Inlet<T> inlet;
  private @Nullable Lane<T> lane;
  private boolean channelOpen;
  private boolean opened;
  private boolean leaving;
  private boolean sendingEnded;
  private boolean receivingEnded;
  private boolean left;
  private int window;
  private @Nullable Throwable fault;

  Peer(
      SocketEngine<T> engine,
      InboundGuard connection,
      Hello hello,
      PeerInfo info,
      boolean dialled,
      int connectionIndex,
      Runnable onReplaced) {
    this.engine = engine;
    this.onReplaced = onReplaced;
    this.connection = connection;
    this.hello = hello;
    this.info = info;
    this.dialled = dialled;
    this.connectionIndex = dialled ? connectionIndex : hello.connectionIndex();
    Limits own = engine.config().limits();
    this.channel = new PeerChannel(connection, credit, own, this);
    this.router = engine.router();
    this.merge = engine.merge();
    this.inlet =
        merge == null
            ? null
            : new Inlet<>(merge, engine.budget(), this, own, engine.config().window(), info);
  }

  Hello hello() {
    return hello;
  }

  PeerInfo info() {
    return info;
  }

  boolean isDialled() {
    return dialled;
  }

  /** The dialler's number for the connect entry this connection belongs to. */
  int connectionIndex() {
    return connectionIndex;
  }

  InboundGuard connection() {
    return connection;
  }

  /** Why the connection is to blame on someone, or null if it ended in good order. */
  @Nullable Throwable fault() {
    return fault;
  }

  boolean endedInOrder() {
    return left || receivingEnded || sendingEnded;
  }

  PeerMetrics metrics() {
    return new PeerMetrics(
        info,
        lane == null ? 0 : lane.sent(),
        inlet == null ? 0 : inlet.received(),
        lane == null ? 0 : lane.inFlight(),
        connection.pendingBytes());
  }

  // ---- the channel

  /** Whether a socket of this type opens the channel, rather than the other side. */
  static boolean opensChannel(Role role, boolean dialled) {
    return role == Role.PULL || role == Role.PAIR && dialled;
  }

  /** Opens the channel if that is this side's part; the connection is live. */
  void start(RSocket requester) {
    if (opensChannel(engine.config().role, dialled)) {
      channelOpen = true;
      requester.requestChannel(channel.outbound()).subscribe(channel);
    }
  }

  /** The other side opens the channel. */
  Flux<Payload> accept(Publisher<Payload> payloads) {
    if (channelOpen) {
      return Flux.error(new ProtocolException("there is one channel per connection"));
    }
    channelOpen = true;
    payloads.subscribe(channel);
    return channel.outbound();
  }

  @Override
  public void onOpen(Limits limits) {
    if (opened) {
      throw new ProtocolException("OPEN came twice");
    }
    opened = true;
    if (router != null) {
      Limits capped =
          new Limits(
              limits.maxMessagesPerFrame(),
              Math.min(limits.maxFrameBytes(), MAX_OWN_FRAME_BYTES),
              limits.maxMessageSize(),
              limits.maxInFlight());
      FrameWriter writer =
          new FrameWriter(connection.alloc(), capped, COPY_THRESHOLD, HEAP_COPY_THRESHOLD);
      lane = new Lane<>(writer, credit, channel::sendData);
      if (!leaving) {
        router.add(lane);
      }
    }
    if (inlet != null && merge != null && merge.wasSubscribed()) {
      inlet.open();
    }
  }

  @Override
  public void onData(ByteBuf payload) {
    if (inlet == null || receivingEnded) {
      payload.release();
      throw new ProtocolException(
          inlet == null ? "a " + info.type() + " sends no data here" : "data came after END");
    }
    inlet.read(payload);
  }

  @Override
  public void onWindow(int window) {
    credit.window(window);
    onDemand();
  }

  @Override
  public void onDemand() {
    if (lane != null && router != null) {
      lane.settle();
      router.signal();
    }
    advance();
  }

  @Override
  public void onLeave() {
    if (router == null) {
      throw new ProtocolException("a LEAVE to a socket that sends nothing");
    }
    unroute();
    endSending();
    advance();
  }

  @Override
  public void onEnd() {
    receivingEnded = true;
    if (inlet != null) {
      inlet.endOfData();
    }
    advance();
  }

  @Override
  public void onBroken(Throwable cause) {
    if (connection.isDisposed()) {
      return; // its end comes with its own reason
    }
    fail(
        cause instanceof RuntimeException known && cause.getMessage() != null
            ? known
            : new ProtocolException("the channel broke: " + cause, cause));
  }

  // ---- the inlet's wishes

  /** The first subscriber came: opens the credit. */
  void openCredit() {
    if (inlet != null && channelOpen) {
      inlet.open();
    }
  }

  @Override
  public void window(int window, int more) {
    this.window = window;
    channel.sendControl(Control.window(connection.alloc(), window), () -> channel.request(more));
  }

  @Override
  public void consumed(int frames) {
    if (leaving) {
      window -= frames;
      channel.sendControl(Control.window(connection.alloc(), window), null);
      advance();
    } else {
      channel.request(frames);
    }
  }

  @Override
  public void fail(RuntimeException cause) {
    if (fault == null && !left) {
      fault = cause;
      unroute();
      connection.closeWithError(cause);
    }
  }

  /** Another connection takes this one's place, and is announced after this one's end. */
  void replaced() {
    fail(new HandshakeException("replaced by a newer connection with the same socket"));
    connection.dispose();
    onReplaced.run();
  }

  // ---- leaving

  /** Leaves in good order; the connection closes when both sides are through. */
  void leave() {
    if (leaving) {
      return;
    }
    leaving = true;
    if (!channelOpen) {
      left = true;
      connection.closeGracefully();
      return;
    }
    if (inlet != null && !receivingEnded) {
      channel.sendControl(Control.leave(connection.alloc()), null);
    }
    if (lane != null && router != null) {
      router.leave(lane);
    }
    advance();
  }

  /** Goes on leaving: each step waits for the one before. */
  void advance() {
    if (!leaving || left) {
      return;
    }
    boolean sent = router == null || lane == null || lane.isIdle();
    if (router != null && sent) {
      endSending();
    }
    boolean received =
        inlet == null
            || receivingEnded && (inlet.isSettled() || merge == null || !merge.hasSubscriber());
    if (sent && received && channel.isFlushed()) {
      left = true;
      channel.complete();
      connection.closeGracefully();
    }
  }

  private void endSending() {
    if (!sendingEnded) {
      sendingEnded = true;
      channel.sendControl(Control.end(connection.alloc()), null);
    }
  }

  /** Ends the connection at once. */
  void abort() {
    connection.dispose();
  }

  /** Completes when the connection has ended and the socket has no such peer any more. */
  Mono<Void> ended() {
    return ended.asMono();
  }

  /** Tells those who wait for {@link #ended()}. */
  void signalEnded() {
    ended.tryEmitEmpty();
  }

  /**
   * The connection is gone: what is not framed goes to others.
   *
   * @return messages sent that are not known to be consumed
   */
  long gone() {
    channel.dispose();
    if (inlet != null) {
      inlet.dispose();
    }
    unroute();
    return lane == null ? 0 : lane.inFlight();
  }

  /** Takes the lane out of the rotation; a message that has not ended goes to another peer. */
  private void unroute() {
    if (lane != null && router != null) {
      router.remove(lane);
    }
  }
}
