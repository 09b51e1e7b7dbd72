package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportContext;
import java.net.SocketAddress;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One end of an in-process connection. Each end owns the queue of the frames sent to it, which its
 * own event loop empties; the other end only adds.
 */
final class InprocConnection extends BaseConnection {

  /** Frames delivered before other tasks of the loop get their turn. */
  private static final int TURN = 256;

  private final FrameQueue queue = new FrameQueue();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final Runnable deliverTask = this::deliverScheduled;
  private @Nullable InprocConnection peer;

  /** The peer has sent its last frame. */
  private volatile boolean endOfInput;

  /** The peer is gone and takes nothing more. */
  private volatile boolean peerClosed;

  /** What the peer had queued is void. */
  private volatile boolean aborted;

  // Confined to the event loop.
  private int maxInboundFrameLength;
  private boolean delivering;
  private boolean inputEnded;
  private boolean finished;
  private boolean complete;
  private boolean closed;

  private InprocConnection(TransportContext context, SocketAddress remoteAddress) {
    super(context, remoteAddress);
    this.maxInboundFrameLength = context.maxInboundFrameLength();
  }

  /**
   * Creates the two ends of a connection.
   *
   * @return the dialling end
   */
  static InprocConnection pair(
      Endpoint endpoint, TransportContext dialling, TransportContext bound) {
    SocketAddress address = new InprocAddress(endpoint);
    InprocConnection near = new InprocConnection(dialling, address);
    InprocConnection far = new InprocConnection(bound, address);
    near.peer = far;
    far.peer = near;
    return near;
  }

  InprocConnection peer() {
    if (peer == null) {
      throw new IllegalStateException("an end without a peer");
    }
    return peer;
  }

  @Override
  public void sendFrame(int streamId, ByteBuf frame) {
    if (!accepting) {
      frame.release();
      return;
    }
    InprocConnection to = peer();
    int length = frame.readableBytes();
    long pending = to.queuedBytes.addAndGet(length);
    if (pending > context.maxPendingBytes()) {
      to.queuedBytes.addAndGet(-length);
      frame.release();
      closeWithError(SlowPeers.exceeded(remoteAddress(), pending, context.maxPendingBytes()));
      return;
    }
    to.queue.offer(streamId, frame);
    to.schedule();
  }

  private void schedule() {
    if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
      try {
        eventLoop.execute(deliverTask);
      } catch (RejectedExecutionException e) {
        // This end's loop has ended: whoever set the flag is the only consumer.
        do {
          releaseQueued();
          scheduled.set(false);
        } while (!queue.isEmpty() && scheduled.compareAndSet(false, true));
      }
    }
  }

  private void deliverScheduled() {
    scheduled.set(false);
    deliver();
  }

  @Override
  protected void deliver() {
    if (delivering) {
      return;
    }
    delivering = true;
    // Read before the queue: everything sent before the end of input is then in it.
    boolean last = endOfInput;
    int turn = TURN;
    try {
      while (!discarding && inbound.wanted() && turn-- > 0) {
        ByteBuf frame = queue.poll();
        if (frame == null) {
          break;
        }
        if (turn == TURN - 1) {
          lastReadNanos = System.nanoTime();
        }
        take(frame);
      }
    } finally {
      delivering = false;
    }
    if (discarding || aborted || inbound.isCancelled()) {
      discarding = true;
      releaseQueued();
    }
    if (!queue.isEmpty()) {
      if (inbound.wanted()) {
        Loops.runAfterIo(eventLoop, deliverTask);
      }
    } else if (last) {
      endInput();
    }
  }

  private void take(ByteBuf frame) {
    int length = frame.readableBytes();
    if (length > maxInboundFrameLength) {
      frame.release();
      closeWithError(
          new ProtocolException(
              "a frame of "
                  + length
                  + " bytes was sent; the limit here is "
                  + maxInboundFrameLength));
    } else {
      Throwable thrown = inbound.emit(frame);
      if (thrown != null) {
        closeWithError(thrown);
      }
    }
    queuedBytes.addAndGet(-length);
  }

  private void endInput() {
    discarding = true;
    inbound.end(new OrderlyClose());
    accepting = false;
    if (peerClosed || finished && !inputEnded) {
      complete();
    } else if (!finished) {
      finish(null);
    }
    inputEnded = true;
  }

  @Override
  protected void finish(@Nullable ByteBuf last) {
    InprocConnection to = peer();
    if (last != null) {
      to.queuedBytes.addAndGet(last.readableBytes());
      to.queue.offerLast(last);
    }
    finished = true;
    to.endOfInput = true;
    to.schedule();
  }

  /** Closes after both directions have ended; the peer may still take what is queued for it. */
  private void complete() {
    complete = finished;
    dispose();
  }

  @Override
  protected void closeNow() {
    if (closed) {
      return;
    }
    closed = true;
    discarding = true;
    releaseQueued();
    InprocConnection to = peer();
    to.aborted = !complete;
    to.peerClosed = true;
    to.endOfInput = true;
    to.schedule();
    ended();
  }

  @Override
  public String transport() {
    return "inproc";
  }

  @Override
  public void maxInboundFrameLength(int bytes) {
    maxInboundFrameLength = bytes;
  }

  @Override
  public long pendingBytes() {
    return peer().queuedBytes.get();
  }

  private void releaseQueued() {
    for (ByteBuf frame = queue.poll(); frame != null; frame = queue.poll()) {
      queuedBytes.addAndGet(-frame.readableBytes());
      frame.release();
    }
  }
}
