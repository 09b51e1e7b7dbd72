package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.Limits;

/** The frame writers of live peers, with the limits that were measured. */
final class FrameWriters {

  /**
   * Parts in direct memory from here on are referred to, not copied; measured, see
   * docs/rationale.md.
   */
  private static final int COPY_THRESHOLD = 1024;

  /** The same for heap memory, which TCP has to copy anyway. */
  private static final int HEAP_COPY_THRESHOLD = 64 * 1024;

  /** The longest frame we make whatever the peer allows: RSocket's frames end at 16 MiB. */
  private static final int MAX_OWN_FRAME_BYTES = 1024 * 1024;

  private FrameWriters() {}

  static FrameWriter ofMessages(ByteBufAllocator alloc, Limits peer) {
    return new FrameWriter(alloc, capped(peer), COPY_THRESHOLD, HEAP_COPY_THRESHOLD);
  }

  static FrameWriter ofRecords(ByteBufAllocator alloc, Limits peer) {
    return FrameWriter.ofRecords(alloc, capped(peer), COPY_THRESHOLD, HEAP_COPY_THRESHOLD);
  }

  static FrameWriter ofNumbered(ByteBufAllocator alloc, Limits peer) {
    return FrameWriter.ofNumbered(alloc, capped(peer), COPY_THRESHOLD, HEAP_COPY_THRESHOLD);
  }

  private static Limits capped(Limits peer) {
    return new Limits(
        peer.maxMessagesPerFrame(),
        Math.min(peer.maxFrameBytes(), MAX_OWN_FRAME_BYTES),
        peer.maxMessageSize(),
        peer.maxInFlight());
  }
}
