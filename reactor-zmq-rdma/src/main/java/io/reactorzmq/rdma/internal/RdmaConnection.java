package io.reactorzmq.rdma.internal;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.internal.transport.BaseConnection;
import io.reactorzmq.internal.transport.OrderlyClose;
import io.reactorzmq.transport.Landing;
import io.reactorzmq.transport.TransportContext;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

// Past 300 lines because what comes and how it ends are one state machine.

/**
 * RSocket frames over one endpoint of UCX, an active message each. Sending is open to every thread;
 * everything else happens on the event loop.
 *
 * <p>A sender has at most its peer's window of frames under way that the peer has not consumed;
 * each message tells how much was consumed. FIN ends one direction, BYE the connection; whoever
 * gets a BYE answers with one, and the endpoint is closed, if all goes well by one side after the
 * other: what UCX 1.13 has not heard yet of a socket that it closes may later reach the next one of
 * that number.
 */
final class RdmaConnection extends BaseConnection implements Receiver, UcxEndpoint.Owner {

  /** How long a peer may take to finish with what it was sent before it is cut off. */
  private static final long CUT_MILLIS = 200;

  /** How long a peer may take to answer a BYE, or to close what both have said it for. */
  private static final long BYE_MILLIS = 1000;

  private final UcxLoop loop;
  private final UcxEndpoint endpoint;
  private final long key;
  private final boolean closesFirst;
  private final Sending sending;
  private final Receiving receiving;

  // Confined to the event loop.
  private boolean dirty;
  private boolean delivering;
  private boolean endOfInput;
  private boolean inputEnded;
  private boolean peerSaidBye;
  private boolean violated;
  private boolean closed;
  private boolean endSignalled;
  private @Nullable String transport;

  /**
   * Creates an open connection.
   *
   * @param key what the peer addresses this end by
   * @param peerKey what this end addresses the peer by
   * @param peerWindow how much may be sent before it is consumed
   * @param closesFirst whether this is the side that closes the endpoint of UCX when both have said
   *     BYE; the other one closes when UCX has told it of that
   */
  RdmaConnection(
      UcxLoop loop,
      TransportContext context,
      SocketAddress remoteAddress,
      UcxEndpoint endpoint,
      long key,
      long peerKey,
      int peerWindow,
      boolean closesFirst) {
    super(context, remoteAddress);
    this.loop = loop;
    this.endpoint = endpoint;
    this.key = key;
    this.closesFirst = closesFirst;
    this.sending =
        new Sending(this, loop, endpoint, peerKey, peerWindow, context.maxPendingBytes());
    this.receiving =
        new Receiving(this, loop, context.allocator(), context.maxInboundFrameLength());
    endpoint.owner(this);
    loop.receive(key, this);
  }

  @Override
  public void sendFrame(int streamId, ByteBuf frame) {
    if (!accepting) {
      frame.release();
      return;
    }
    Throwable refusal = sending.enqueue(streamId, frame);
    if (refusal != null) {
      closeWithError(refusal);
    }
  }

  @Override
  public long pendingBytes() {
    return sending.pendingBytes();
  }

  @Override
  public void maxInboundFrameLength(int bytes) {
    receiving.maxFrameLength(bytes);
  }

  @Override
  public Runnable land(Landing landing) {
    return receiving.landings().add(landing);
  }

  @Override
  public String transport() {
    if (transport == null) {
      transport = EndpointInfo.transport(endpoint);
    }
    return transport;
  }

  // ---- what comes, noted while UCX is driven

  @Override
  public boolean frame(long header, long headerBytes, long data, long bytes, boolean announced) {
    came(header);
    int headBytes = (int) (headerBytes - AmHeader.HEAD);
    int sequence = Memory.getInt(header + AmHeader.SEQUENCE);
    if (!receiving.isNext(sequence)) {
      violation("frame " + Integer.toUnsignedString(sequence) + " out of order");
      return false;
    }
    if (discarding || violated) {
      receiving.ignore(headBytes + bytes);
      return false;
    }
    try {
      String broken = receiving.take(header + AmHeader.HEAD, headBytes, data, bytes, announced);
      if (broken != null) {
        violation(broken);
        return false;
      }
    } catch (OutOfMemoryError e) {
      violated = true;
      loop.later(() -> closeWithError(e));
      return false;
    }
    dirty();
    return announced;
  }

  @Override
  public void control(int op, long header, long headerBytes, long from) {
    came(header);
    switch (op) {
      case AmHeader.ACK -> {}
      case AmHeader.FIN -> {
        endOfInput = true;
        dirty();
      }
      case AmHeader.BYE -> {
        peerSaidBye = true;
        loop.later(this::bye);
      }
      default -> violation("the control message " + op);
    }
  }

  private void came(long header) {
    lastReadNanos = System.nanoTime();
    if (!sending.consumed(Memory.getInt(header + AmHeader.CONSUMED))) {
      violation("that it has consumed what was not sent");
    }
  }

  /** The peer broke the rules, which ends this connection when UCX has returned. */
  void violation(String what) {
    if (!violated) {
      violated = true;
      ProtocolException cause = new ProtocolException("peer " + remoteAddress() + " sent " + what);
      loop.later(() -> closeWithError(cause));
    }
  }

  /** A frame was fetched, or could not be. */
  void fetched(Arriving frame) {
    receiving.fetched();
    if (frame.isUnwanted()) {
      loop.later(
          () -> {
            frame.release(loop);
            endIfSettled();
          });
    } else {
      dirty();
    }
  }

  /** Something is to be done when UCX has returned. */
  void dirty() {
    if (!dirty) {
      dirty = true;
      loop.dirty(this);
    }
  }

  // ---- what is done about it, when UCX has returned

  void deliverDirty() {
    dirty = false;
    if (!closed) {
      deliver();
      sending.resume();
      halfEnded();
    }
  }

  @Override
  protected void deliver() {
    if (delivering) {
      return;
    }
    delivering = true;
    try {
      while (mayDeliver()) {
        Arriving frame = receiving.poll();
        if (frame == null) {
          break;
        }
        deliver(frame);
      }
      if (mayDeliver()) {
        receiving.fetchAhead();
      }
    } catch (OutOfMemoryError | RuntimeException e) {
      closeWithError(e);
    } finally {
      delivering = false;
    }
    if (discarding || inbound.isCancelled()) {
      discarding = true;
      receiving.discard();
    }
    if (endOfInput && !inputEnded && receiving.isEmpty() && !closed) {
      inputEnded = true;
      inputEnded();
    }
  }

  private boolean mayDeliver() {
    return !discarding && inbound.wanted() && !closed;
  }

  private void deliver(Arriving frame) {
    if (frame.status() != UcpStructs.OK) {
      frame.release(loop);
      closeWithError(UcpStatus.exception("a frame could not be fetched", frame.status()));
      return;
    }
    ByteBuf whole = frame.take(alloc());
    receiving.delivered(frame);
    receiving.landings().delivering(whole);
    Throwable thrown = inbound.emit(whole);
    receiving.landings().delivered();
    if (thrown != null) {
      closeWithError(thrown);
    }
  }

  /** What the next message tells the peer. */
  int tell() {
    return receiving.tell();
  }

  /** Tells the peer what was consumed, if it does not know. */
  void acknowledge() {
    receiving.acknowledge();
  }

  void sendAcknowledgement() {
    if (!closed) {
      sending.control(AmHeader.ACK);
    }
  }

  // ---- the end

  private void inputEnded() {
    inbound.end(new OrderlyClose());
    accepting = false;
    acknowledge();
    sending.finish(null);
    halfEnded();
  }

  @Override
  protected void finish(@Nullable ByteBuf last) {
    sending.finish(last);
  }

  /** Closes if both halves have ended, and the peer has all that was sent. */
  void halfEnded() {
    if (isComplete() && sending.isConsumed()) {
      dispose();
    }
  }

  private boolean isComplete() {
    return sending.isFinished() && inputEnded;
  }

  private void bye() {
    if (!closed) {
      dispose();
    } else if (closesFirst) {
      endpoint.close();
    }
  }

  @Override
  public void failed(int status) {
    if (closed) {
      endpoint.close();
    } else {
      closeWithError(
          isComplete()
              ? new OrderlyClose()
              : UcpStatus.exception("the connection with " + remoteAddress() + " ended", status));
    }
  }

  @Override
  protected void closeNow() {
    if (closed) {
      return;
    }
    closed = true;
    discarding = true;
    sending.close();
    receiving.discard();
    if (endpoint.isDead()) {
      endpoint.close();
    } else {
      sending.control(AmHeader.BYE);
      loop.schedule(this::cut, CUT_MILLIS);
    }
    endIfSettled();
    if (!endSignalled) {
      loop.ends(this);
    }
  }

  /**
   * Ends although UCX has not said what became of a message: UCX 1.13 may forget one that a peer
   * was fetching by shared memory when it stood still. What it may still read is kept.
   */
  void giveUp() {
    if (!endSignalled) {
      endSignalled = true;
      endpoint.close();
      ended();
    }
  }

  /** The peer does not take what was sent: this ends it. */
  private void cut() {
    if (!endSignalled) {
      endpoint.close();
    }
  }

  /** UCX is through with a message. */
  @Override
  public void sent() {
    if (closed) {
      endIfSettled();
    } else {
      sending.resume();
    }
  }

  private void endIfSettled() {
    if (!closed || endSignalled || endpoint.outstanding() > 0 || receiving.isFetching()) {
      return;
    }
    endSignalled = true;
    ended();
    if (peerSaidBye && closesFirst) {
      endpoint.close();
    } else {
      loop.schedule(endpoint::close, BYE_MILLIS);
    }
  }

  @Override
  public void closed() {
    loop.receiveNoMore(key);
    endIfSettled();
  }
}
