package io.reactorzmq.rdma.internal;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.internal.transport.FrameQueue;
import io.reactorzmq.internal.transport.SlowPeers;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The sending half of a connection: frames from any thread wait here until the peer's window and
 * the depth of the queue towards UCX allow for them. What waits here can still be overtaken by
 * stream 0.
 */
final class Sending {

  private final RdmaConnection connection;
  private final UcxLoop loop;
  private final UcxEndpoint endpoint;
  private final long peerKey;
  private final int peerWindow;
  private final long maxPendingBytes;
  private final FrameQueue queue = new FrameQueue();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final Runnable drainTask = this::drainScheduled;

  /** What was sent and is not known to be consumed. */
  private volatile long unconsumed;

  // The rest is confined to the event loop.
  private @Nullable ByteBuf next;
  private int sequence;
  private long sentCost;
  private long consumedCost;
  private boolean draining;
  private boolean finishing;
  private boolean finished;
  private boolean closed;

  /**
   * Creates the half of an open connection.
   *
   * @param peerKey what the peer is addressed by
   * @param peerWindow how much may be sent before it is consumed
   */
  Sending(
      RdmaConnection connection,
      UcxLoop loop,
      UcxEndpoint endpoint,
      long peerKey,
      int peerWindow,
      long maxPendingBytes) {
    this.connection = connection;
    this.loop = loop;
    this.endpoint = endpoint;
    this.peerKey = peerKey;
    this.peerWindow = peerWindow;
    this.maxPendingBytes = maxPendingBytes;
  }

  long pendingBytes() {
    return queuedBytes.get() + unconsumed;
  }

  /** Queues a frame, or releases it and says why the connection cannot go on; from any thread. */
  @Nullable Throwable enqueue(int streamId, ByteBuf frame) {
    int length = frame.readableBytes();
    if (length > AmHeader.MAX_FRAME) {
      frame.release();
      return new MessageTooLargeException(
          "a frame of " + length + " bytes cannot be sent; the limit is " + AmHeader.MAX_FRAME);
    }
    queuedBytes.addAndGet(length);
    long pending = pendingBytes();
    if (pending > maxPendingBytes) {
      queuedBytes.addAndGet(-length);
      frame.release();
      return SlowPeers.exceeded(connection.remoteAddress(), pending, maxPendingBytes);
    }
    queue.offer(streamId, frame);
    if (loop.eventLoop().inEventLoop()) {
      drain();
    } else {
      schedule();
    }
    return null;
  }

  private void schedule() {
    if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
      try {
        loop.eventLoop().execute(drainTask);
      } catch (RejectedExecutionException e) {
        // The loop has ended: whoever set the flag is the only consumer.
        do {
          release();
          scheduled.set(false);
        } while (!queue.isEmpty() && scheduled.compareAndSet(false, true));
      }
    }
  }

  private void drainScheduled() {
    scheduled.set(false);
    drain();
  }

  // ---- on the event loop

  /** Hands to UCX what is queued, as far as the peer's window and the depth of the queue allow. */
  void drain() {
    if (closed) {
      release();
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
    if (finishing && !finished && next == null && queue.isEmpty() && !closed) {
      finished = true;
      control(AmHeader.FIN);
      connection.halfEnded();
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
        && (underWay == 0 || underWay + AmHeader.cost(frame.readableBytes()) <= peerWindow);
  }

  private void post(ByteBuf frame) {
    sentCost += AmHeader.cost(frame.readableBytes());
    unconsumed = sentCost - consumedCost;
    SendSlots slots = loop.slots();
    int slot = slots.take(endpoint);
    long header = slots.header(slot);
    Memory.putLong(header + AmHeader.KEY, peerKey);
    Memory.putInt(header + AmHeader.CONSUMED, connection.tell());
    Memory.putInt(header + AmHeader.SEQUENCE, sequence++);
    try {
      OutgoingFrame.post(endpoint, slots, slot, frame, connection.alloc());
    } catch (OutOfMemoryError e) {
      slots.release(slot);
      frame.release();
      connection.closeWithError(e);
    }
  }

  /** Sends a message without fields. */
  void control(int op) {
    endpoint.control(peerKey, connection.tell(), op);
  }

  /** Goes on, if it was UCX or the peer that held it up. */
  void resume() {
    if (next != null || finishing) {
      drain();
    }
  }

  /** Sends what is queued and the last frame, then FIN. */
  void finish(@Nullable ByteBuf last) {
    if (last != null) {
      queuedBytes.addAndGet(last.readableBytes());
      queue.offerLast(last);
    }
    finishing = true;
    drain();
  }

  /** Whether FIN was sent. */
  boolean isFinished() {
    return finished;
  }

  /** Whether the peer has consumed all that was sent. */
  boolean isConsumed() {
    return unconsumed == 0;
  }

  /**
   * The peer says how much it has consumed.
   *
   * @return false if that cannot be
   */
  boolean consumed(int low) {
    int more = low - (int) consumedCost;
    if (more < 0 || more > sentCost - consumedCost) {
      return false;
    }
    if (more > 0) {
      consumedCost += more;
      unconsumed = sentCost - consumedCost;
      connection.dirty();
    }
    return true;
  }

  /** Releases what is queued, now and from now on. */
  void close() {
    closed = true;
    release();
  }

  private void release() {
    ByteBuf first = next;
    if (first != null) {
      next = null;
      queuedBytes.addAndGet(-first.readableBytes());
      first.release();
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
