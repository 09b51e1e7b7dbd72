package io.reactorzmq.rdma.internal;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.internal.transport.BaseConnection;
import io.reactorzmq.internal.transport.FrameQueue;
import io.reactorzmq.internal.transport.Landings;
import io.reactorzmq.internal.transport.OrderlyClose;
import io.reactorzmq.internal.transport.SlowPeers;
import io.reactorzmq.transport.Landing;
import io.reactorzmq.transport.TransportContext;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

// Past 300 lines because sending, receiving and ending are one state machine.

/**
 * RSocket frames over one endpoint of UCX, an active message each. Sending is open to every thread;
 * everything else happens on the event loop.
 *
 * <p>A sender has at most its peer's window of frames under way that the peer has not consumed;
 * each message tells how much was consumed. FIN ends one direction, BYE the connection; whoever
 * gets a BYE answers with one, and the endpoint is closed.
 */
final class RdmaConnection extends BaseConnection implements Receiver, UcxEndpoint.Owner {

  private static final int MAX_FRAME = 0xFF_FFFF;

  /** What a frame costs beside its bytes, so that small ones are bounded as well. */
  private static final int FRAME_COST = 64;

  /** How long a peer may take to finish with what it was sent before it is cut off. */
  private static final long CUT_MILLIS = 200;

  /** How long a peer may take to answer a BYE. */
  private static final long BYE_MILLIS = 1000;

  private final UcxLoop loop;
  private final UcxEndpoint endpoint;
  private final long key;
  private final long peerKey;
  private final int window;
  private final int peerWindow;
  private final FrameQueue queue = new FrameQueue();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final Runnable drainTask = this::drainScheduled;
  private volatile long unconsumed;

  // The rest is confined to the event loop.
  private final Landings landings = new Landings();
  private final ArrayDeque<Arriving> arriving = new ArrayDeque<>();
  private final ArrayDeque<Arriving> spare = new ArrayDeque<>();
  private int maxInboundFrameLength;
  private @Nullable ByteBuf next;
  private int sendSequence;
  private long sentCost;
  private long peerConsumedCost;
  private int receiveSequence;
  private long receivedCost;
  private long consumedCost;
  private long toldCost;
  private int fetching;
  private boolean dirty;
  private boolean owing;
  private boolean draining;
  private boolean delivering;
  private boolean finishing;
  private boolean finSent;
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
   */
  RdmaConnection(
      UcxLoop loop,
      TransportContext context,
      SocketAddress remoteAddress,
      UcxEndpoint endpoint,
      long key,
      long peerKey,
      int peerWindow) {
    super(context, remoteAddress);
    this.loop = loop;
    this.endpoint = endpoint;
    this.key = key;
    this.peerKey = peerKey;
    this.window = loop.options().windowBytes();
    this.peerWindow = peerWindow;
    this.maxInboundFrameLength = context.maxInboundFrameLength();
    endpoint.owner(this);
    loop.receive(key, this);
  }

  // ---- sending

  @Override
  public void sendFrame(int streamId, ByteBuf frame) {
    if (!accepting) {
      frame.release();
      return;
    }
    int length = frame.readableBytes();
    if (length > MAX_FRAME) {
      frame.release();
      closeWithError(
          new MessageTooLargeException(
              "a frame of " + length + " bytes cannot be sent; the limit is " + MAX_FRAME));
      return;
    }
    queuedBytes.addAndGet(length);
    long pending = pendingBytes();
    if (pending > context.maxPendingBytes()) {
      queuedBytes.addAndGet(-length);
      frame.release();
      closeWithError(SlowPeers.exceeded(remoteAddress(), pending, context.maxPendingBytes()));
      return;
    }
    queue.offer(streamId, frame);
    if (eventLoop.inEventLoop()) {
      drain();
    } else {
      schedule();
    }
  }

  private void schedule() {
    if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
      try {
        eventLoop.execute(drainTask);
      } catch (RejectedExecutionException e) {
        // The loop has ended: whoever set the flag is the only consumer.
        do {
          releaseQueued();
          scheduled.set(false);
        } while (!queue.isEmpty() && scheduled.compareAndSet(false, true));
      }
    }
  }

  private void drainScheduled() {
    scheduled.set(false);
    drain();
  }

  /** Hands to UCX what is queued, as far as the peer's window and the depth of the queue allow. */
  private void drain() {
    if (closed) {
      releaseQueued();
      return;
    }
    if (draining) {
      return;
    }
    draining = true;
    try {
      for (ByteBuf frame = peek(); frame != null && hasRoom(frame); frame = peek()) {
        next = null;
        queuedBytes.addAndGet(-frame.readableBytes());
        post(frame);
      }
    } finally {
      draining = false;
    }
    if (finishing && !finSent && next == null && queue.isEmpty() && !closed) {
      finSent = true;
      control(AmHeader.FIN);
      closeIfComplete();
    }
  }

  private @Nullable ByteBuf peek() {
    if (next == null && !closed) {
      next = queue.poll();
    }
    return next;
  }

  private boolean hasRoom(ByteBuf frame) {
    long underWay = unconsumed;
    return endpoint.outstanding() < loop.options().queueDepth()
        && (underWay == 0 || underWay + frame.readableBytes() + FRAME_COST <= peerWindow);
  }

  private void post(ByteBuf frame) {
    sentCost += frame.readableBytes() + FRAME_COST;
    unconsumed = sentCost - peerConsumedCost;
    SendSlots slots = loop.slots();
    int slot = slots.take(endpoint);
    long header = slots.header(slot);
    Memory.putLong(header + AmHeader.KEY, peerKey);
    Memory.putInt(header + AmHeader.CONSUMED, tell());
    Memory.putInt(header + AmHeader.SEQUENCE, sendSequence++);
    try {
      OutgoingFrame.post(endpoint, slots, slot, frame, alloc());
    } catch (OutOfMemoryError e) {
      slots.release(slot);
      frame.release();
      closeWithError(e);
    }
  }

  private void control(int op) {
    endpoint.control(peerKey, tell(), op);
  }

  private int tell() {
    toldCost = consumedCost;
    return (int) consumedCost;
  }

  /** UCX is through with a message. */
  @Override
  public void sent() {
    if (closed) {
      endIfSettled();
    } else if (next != null) {
      drain();
    }
  }

  @Override
  public long pendingBytes() {
    return queuedBytes.get() + unconsumed;
  }

  // ---- what comes, noted while UCX is driven

  @Override
  public boolean frame(long header, long headerBytes, long data, long bytes, boolean announced) {
    lastReadNanos = loop.now();
    peerConsumed(Memory.getInt(header + AmHeader.CONSUMED));
    int headBytes = (int) (headerBytes - AmHeader.HEAD);
    long length = headBytes + bytes;
    int sequence = Memory.getInt(header + AmHeader.SEQUENCE);
    if (sequence != receiveSequence++) {
      violation("frame " + Integer.toUnsignedString(sequence) + " out of order");
      return false;
    }
    if (discarding || violated) {
      receivedCost += length + FRAME_COST;
      consumedCost += length + FRAME_COST;
      owe();
      return false;
    }
    if (Long.compareUnsigned(bytes, MAX_FRAME) > 0 || length > maxInboundFrameLength) {
      violation(
          "a frame of "
              + Long.toUnsignedString(length)
              + " bytes; the limit here is "
              + maxInboundFrameLength);
      return false;
    }
    if (headBytes > AmHeader.MAX_HEAD) {
      violation("a header with " + headBytes + " bytes of a frame");
      return false;
    }
    boolean alone = receivedCost == consumedCost;
    receivedCost += length + FRAME_COST;
    if (receivedCost - consumedCost > window && !alone) {
      violation("more than the window of " + window + " bytes (RdmaOptions.windowBytes)");
      return false;
    }
    Arriving frame = spare.isEmpty() ? new Arriving(this) : spare.pop();
    if (announced) {
      frame.announce(header + AmHeader.HEAD, headBytes, data, (int) bytes);
    } else {
      try {
        frame.came(alloc(), header + AmHeader.HEAD, headBytes, data, (int) bytes);
      } catch (OutOfMemoryError e) {
        noMemory(e);
        return false;
      }
    }
    arriving.add(frame);
    dirty();
    return announced;
  }

  @Override
  public void control(int op, long header, long headerBytes, long from) {
    lastReadNanos = loop.now();
    peerConsumed(Memory.getInt(header + AmHeader.CONSUMED));
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

  private void peerConsumed(int low) {
    int more = low - (int) peerConsumedCost;
    if (more == 0) {
      return;
    }
    if (more < 0 || more > sentCost - peerConsumedCost) {
      violation("that it has consumed what was not sent");
      return;
    }
    peerConsumedCost += more;
    unconsumed = sentCost - peerConsumedCost;
    dirty();
  }

  private void violation(String what) {
    if (!violated) {
      violated = true;
      ProtocolException cause = new ProtocolException("peer " + remoteAddress() + " sent " + what);
      loop.later(() -> closeWithError(cause));
    }
  }

  private void noMemory(OutOfMemoryError cause) {
    violated = true;
    loop.later(() -> closeWithError(cause));
  }

  /** A frame was fetched, or could not be. */
  void fetched(Arriving frame) {
    fetching--;
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

  private void dirty() {
    if (!dirty) {
      dirty = true;
      loop.dirty(this);
    }
  }

  // ---- what is done about it, when UCX has returned

  void deliverDirty() {
    dirty = false;
    if (closed) {
      return;
    }
    deliver();
    if (next != null || finishing) {
      drain();
    }
    closeIfComplete();
  }

  @Override
  protected void deliver() {
    if (delivering) {
      return;
    }
    delivering = true;
    try {
      while (!discarding && inbound.wanted() && !closed) {
        Arriving frame = arriving.peek();
        if (frame == null) {
          break;
        }
        if (frame.isAnnounced()) {
          fetch(frame, landings);
        }
        if (closed || !frame.isThere()) {
          break;
        }
        arriving.poll();
        deliver(frame);
      }
      fetchAhead();
    } catch (OutOfMemoryError | RuntimeException e) {
      closeWithError(e);
    } finally {
      delivering = false;
    }
    if (discarding || inbound.isCancelled()) {
      discarding = true;
      discard();
    }
    if (endOfInput && !inputEnded && arriving.isEmpty() && !closed) {
      inputEnded = true;
      inputEnded();
    }
  }

  private void deliver(Arriving frame) {
    if (frame.status() != UcpStructs.OK) {
      frame.release(loop);
      closeWithError(UcpStatus.exception("a frame could not be fetched", frame.status()));
      return;
    }
    ByteBuf whole = frame.take(alloc());
    consumed(frame.length());
    spare.push(frame);
    landings.delivering(whole);
    Throwable thrown = inbound.emit(whole);
    landings.delivered();
    if (thrown != null) {
      closeWithError(thrown);
    }
  }

  private void fetch(Arriving frame, @Nullable Landings landings) {
    frame.prepare(alloc(), landings);
    if (!frame.isAnnounced()) {
      frame.release(loop); // whoever was asked where it is wanted has closed the connection
      return;
    }
    fetching++;
    frame.fetch(loop);
  }

  /**
   * Fetches what has been announced behind the frame that is next. If content may be wanted
   * somewhere, that is known only when a frame's turn comes.
   */
  private void fetchAhead() {
    if (discarding || !inbound.wanted() || !landings.isEmpty() || closed) {
      return;
    }
    for (Arriving frame : arriving) {
      if (frame.isAnnounced()) {
        fetch(frame, null);
      }
    }
  }

  private void discard() {
    for (Arriving frame = arriving.poll(); frame != null; frame = arriving.poll()) {
      consumed(frame.length());
      if (frame.release(loop)) {
        spare.push(frame);
      }
    }
  }

  private void consumed(long length) {
    consumedCost += length + FRAME_COST;
    if (consumedCost - toldCost >= window / 2) {
      acknowledge();
    } else {
      owe();
    }
  }

  private void owe() {
    if (!owing) {
      owing = true;
      loop.owes(this);
    }
  }

  /** Tells the peer what was consumed, if it does not know. */
  void acknowledge() {
    owing = false;
    if (toldCost != consumedCost && !closed) {
      control(AmHeader.ACK);
    }
  }

  @Override
  public void maxInboundFrameLength(int bytes) {
    maxInboundFrameLength = bytes;
  }

  @Override
  public Runnable land(Landing landing) {
    return landings.add(landing);
  }

  @Override
  public String transport() {
    if (transport == null) {
      transport = EndpointInfo.transport(endpoint);
    }
    return transport;
  }

  // ---- the end

  private void inputEnded() {
    inbound.end(new OrderlyClose());
    accepting = false;
    finishing = true;
    acknowledge();
    drain();
    closeIfComplete();
  }

  @Override
  protected void finish(@Nullable ByteBuf last) {
    if (last != null) {
      queuedBytes.addAndGet(last.readableBytes());
      queue.offerLast(last);
    }
    finishing = true;
    drain();
  }

  private void closeIfComplete() {
    if (isComplete() && unconsumed == 0) {
      dispose();
    }
  }

  /** Both directions have ended. */
  private boolean isComplete() {
    return finSent && inputEnded;
  }

  private void bye() {
    if (closed) {
      endpoint.close();
    } else {
      dispose();
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
    releaseQueued();
    discard();
    if (endpoint.isDead()) {
      endpoint.close();
    } else {
      control(AmHeader.BYE);
      loop.schedule(this::cut, CUT_MILLIS);
    }
    endIfSettled();
  }

  /** The peer does not take what was sent: this ends it. */
  private void cut() {
    if (!endSignalled) {
      endpoint.close();
    }
  }

  private void endIfSettled() {
    if (!closed || endSignalled || endpoint.outstanding() > 0 || fetching > 0) {
      return;
    }
    endSignalled = true;
    ended();
    if (peerSaidBye) {
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

  private void releaseQueued() {
    if (next != null) {
      queuedBytes.addAndGet(-next.readableBytes());
      next.release();
      next = null;
    }
    for (ByteBuf frame = queue.poll(); frame != null; frame = queue.poll()) {
      queuedBytes.addAndGet(-frame.readableBytes());
      frame.release();
    }
    if (closed) {
      unconsumed = 0;
    }
  }
}
