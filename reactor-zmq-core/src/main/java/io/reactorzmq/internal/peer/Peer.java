package io.reactorzmq.internal.peer;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.error.HandshakeException;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketMetrics.PeerMetrics;
import io.reactorzmq.internal.flow.PeerFlow;
import io.reactorzmq.internal.flow.PeerLink;
import io.reactorzmq.internal.flow.SendCredit;
import io.reactorzmq.internal.transport.InboundGuard;
import io.reactorzmq.internal.wire.Control;
import io.reactorzmq.internal.wire.FrameReader;
import io.reactorzmq.internal.wire.Hello;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.Role;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.frame.FrameType;
import io.rsocket.util.ByteBufPayload;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

// Past 300 lines because opening, talking and leaving are one state machine.

/**
 * One live connection: the channel between two sockets joined to what this socket's flow makes of
 * it. Knows how either side leaves in good order.
 *
 * <p>A receiver leaves by LEAVE: the sender frames nothing more and says END; what was framed is
 * delivered and its consumption reported by shrinking windows. A sender leaves by END once the
 * credit of all it sent has come back, and a REQ once all its requests are answered. Whoever leaves
 * closes the connection. Confined to the socket's event loop.
 */
final class Peer implements PeerChannel.Listener, PeerLink {

  private final SocketEngine<?> engine;
  private final InboundGuard connection;
  private final Hello hello;
  private final PeerInfo info;
  private final boolean dialled;
  private final int connectionIndex;
  private final Runnable onReplaced;
  private final PeerChannel channel;
  private final Sinks.Empty<Void> ended = Sinks.empty();
  private final SendCredit credit = new SendCredit();
  private final PeerFlow flow;
  private @Nullable RSocket requester;
  private boolean channelOpen;
  private boolean opened;
  private boolean leaving;
  private boolean leaveSent;
  private boolean sendingEnded;
  private boolean receivingEnded;
  private boolean left;
  private int window;

  /** Frames of the window that are not asked for any more, as we are leaving. */
  private int notAskedFor;

  private @Nullable Throwable fault;

  Peer(
      SocketEngine<?> engine,
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
    this.channel =
        new PeerChannel(
            connection, engine.loop(), credit, announced(engine.config().limits()), this);
    this.flow = engine.flow().join(this);
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

  /** Why the connection is to blame on someone, or null if it ended in good order. */
  @Nullable Throwable fault() {
    return fault;
  }

  boolean endedInOrder() {
    boolean unanswered = engine.config().role == Role.REQ && flow.inFlight() > 0;
    return left || (receivingEnded || sendingEnded) && !unanswered;
  }

  PeerMetrics metrics() {
    return new PeerMetrics(
        info,
        flow.sent(),
        flow.received(),
        flow.inFlight(),
        flow.queued(),
        flow.dropped(),
        flow.missed(),
        connection.pendingBytes());
  }

  @Override
  public Limits announced(Limits own) {
    return own.withMaxFrameBytes(connection.frameBytes());
  }

  @Override
  public ByteBufAllocator alloc() {
    return connection.alloc();
  }

  @Override
  public int longestFrame() {
    return Math.max(PeerLink.super.longestFrame(), connection.frameBytes());
  }

  @Override
  public Runnable land(FrameReader<?> reader) {
    return connection.land(reader::land);
  }

  // ---- the streams

  /** Whether a socket of this type opens the channel, rather than the other side. */
  static boolean opensChannel(Role role, boolean dialled) {
    return switch (role) {
      case PULL, SUB, REQ -> true;
      case PUSH, PUB, REP -> false;
      case PAIR -> dialled;
    };
  }

  /** What the other side may open: the channel, and streams that fetch what is announced. */
  static Set<FrameType> allowedRequests(Role role, boolean dialled) {
    Set<FrameType> allowed = EnumSet.noneOf(FrameType.class);
    if (!opensChannel(role, dialled)) {
      allowed.add(FrameType.REQUEST_CHANNEL);
    }
    if (role == Role.REQ || role == Role.REP) {
      allowed.add(FrameType.REQUEST_STREAM);
    }
    return allowed;
  }

  /** Opens the channel if that is this side's part; the connection is live. */
  void start(RSocket requester) {
    this.requester = requester;
    if (opensChannel(engine.config().role, dialled)) {
      channelOpen = true;
      requester.requestChannel(channel.outbound()).subscribe(channel);
    }
  }

  /** The other side opens the channel. */
  Flux<Payload> accept(Publisher<Payload> payloads) {
    if (channelOpen) {
      ProtocolException cause = new ProtocolException("there is one channel per connection");
      fail(cause);
      return Flux.error(cause);
    }
    channelOpen = true;
    payloads.subscribe(channel);
    return channel.outbound();
  }

  /** The other side fetches what was announced to it. */
  Flux<Payload> serve(Payload request) {
    Flux<ByteBuf> frames;
    try {
      frames = flow.fetched(Control.readFetch(request.data()));
    } catch (ProtocolException e) {
      fail(e);
      return Flux.error(e);
    } finally {
      request.release();
    }
    return frames == null
        ? Flux.error(new IllegalStateException("nothing of this id is announced"))
        : frames.map(ByteBufPayload::create);
  }

  @Override
  public Flux<ByteBuf> fetch(long id) {
    RSocket live = requester;
    if (live == null) {
      throw new ProtocolException("BULK came before the handshake was done");
    }
    return live.requestStream(ByteBufPayload.create(Control.fetch(connection.alloc(), id)))
        .map(PeerChannel::take);
  }

  // ---- the channel

  @Override
  public void onOpen(Limits limits) {
    if (opened) {
      throw new ProtocolException("OPEN came twice");
    }
    opened = true;
    flow.opened(limits);
  }

  @Override
  public void onData(ByteBuf payload) {
    flow.read(payload);
  }

  @Override
  public void onWindow(int window) {
    credit.window(window);
    onDemand();
  }

  @Override
  public void onDemand() {
    flow.demanded();
    advance();
  }

  @Override
  public void onControl(Kind kind, ByteBuf payload) {
    flow.control(kind, payload);
    advance();
  }

  @Override
  public void onLeave() {
    if (!flow.sends()) {
      throw new ProtocolException("a LEAVE to a socket that sends nothing");
    }
    flow.peerLeaves();
    endSending();
    advance();
  }

  @Override
  public void onEnd() {
    receivingEnded = true;
    flow.endOfData();
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

  // ---- the flow's wishes

  @Override
  public SendCredit credit() {
    return credit;
  }

  @Override
  public PeerInfo origin() {
    return info;
  }

  @Override
  public String key() {
    return dialled ? info.endpoint().toString() : info.socketId();
  }

  @Override
  public void send(ByteBuf frame) {
    channel.sendData(frame);
  }

  @Override
  public void control(ByteBuf payload, Runnable sent) {
    channel.sendControl(payload, sent);
  }

  @Override
  public void cancel(long id) {
    channel.cancel(id);
  }

  @Override
  public void window(int window, int more) {
    this.window = window;
    if (leaveSent) {
      more(more);
    } else {
      say(alloc -> Control.window(alloc, window), more == 0 ? null : () -> channel.request(more));
    }
  }

  @Override
  public void more(int frames) {
    if (leaveSent) {
      notAskedFor += frames;
      int left = window - notAskedFor;
      say(alloc -> Control.window(alloc, left), null);
      advance();
    } else {
      channel.request(frames);
    }
  }

  @Override
  public void settled() {
    say(alloc -> Control.window(alloc, 0), null);
    advance();
  }

  /** Sends a control payload; without memory for it the connection is of no use any more. */
  private void say(Function<ByteBufAllocator, ByteBuf> payload, @Nullable Runnable sent) {
    ByteBuf made;
    try {
      made = payload.apply(connection.alloc());
    } catch (Throwable e) {
      onBroken(e);
      return;
    }
    channel.sendControl(made, sent);
  }

  @Override
  public void fail(RuntimeException cause) {
    if (fault == null && !left) {
      fault = cause;
      flow.endSending();
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
    flow.leave();
    advance();
  }

  /** Goes on leaving: each step waits for the one before. */
  void advance() {
    if (!leaving || left) {
      return;
    }
    boolean sent = flow.isSent();
    if (flow.receives() && !receivingEnded && !leaveSent && flow.mayStopReceiving()) {
      leaveSent = true;
      say(Control::leave, null);
    }
    if (flow.sends() && sent) {
      endSending();
    }
    boolean received = !flow.receives() || receivingEnded && flow.isTaken();
    if (sent && received && channel.isFlushed()) {
      left = true;
      channel.complete();
      connection.closeGracefully();
    }
  }

  private void endSending() {
    if (!sendingEnded) {
      sendingEnded = true;
      say(Control::end, null);
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
  long gone(String reason) {
    channel.dispose();
    return flow.gone(reason);
  }
}
