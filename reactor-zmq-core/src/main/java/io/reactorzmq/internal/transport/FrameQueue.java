package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import java.util.Queue;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * Outgoing frames of one connection: any thread offers, one thread takes. Frames of stream 0 are
 * taken before all others; within each kind the order of the offers is kept.
 */
public final class FrameQueue {

  private final Queue<ByteBuf> control = new MpscUnboundedAtomicArrayQueue<>(8);
  private final Queue<ByteBuf> data = new MpscUnboundedAtomicArrayQueue<>(64);

  /** Queues a frame; from any thread. */
  public void offer(int streamId, ByteBuf frame) {
    (streamId == 0 ? control : data).offer(frame);
  }

  /** Queues a frame behind everything that was offered before, whatever its stream. */
  public void offerLast(ByteBuf frame) {
    data.offer(frame);
  }

  /** Takes the next frame, which is then the caller's; null if there is none. */
  public @Nullable ByteBuf poll() {
    ByteBuf frame = control.poll();
    return frame != null ? frame : data.poll();
  }

  /** Whether nothing is queued. */
  public boolean isEmpty() {
    return control.isEmpty() && data.isEmpty();
  }
}
