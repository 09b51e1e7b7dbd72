package io.reactorzmq.internal.flow;

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

  /**
   * The longest frame we make whatever the peer allows, unless the transport wants longer ones:
   * RSocket's frames end at 16 MiB.
   */
  static final int MAX_OWN_FRAME_BYTES = 1024 * 1024;

  private FrameWriters() {}

  static FrameWriter ofMessages(PeerLink link, Limits peer) {
    return new FrameWriter(link.alloc(), capped(link, peer), COPY_THRESHOLD, HEAP_COPY_THRESHOLD);
  }

  static FrameWriter ofRecords(PeerLink link, Limits peer) {
    return FrameWriter.ofRecords(
        link.alloc(), capped(link, peer), COPY_THRESHOLD, HEAP_COPY_THRESHOLD);
  }

  static FrameWriter ofNumbered(PeerLink link, Limits peer) {
    return FrameWriter.ofNumbered(
        link.alloc(), capped(link, peer), COPY_THRESHOLD, HEAP_COPY_THRESHOLD);
  }

  private static Limits capped(PeerLink link, Limits peer) {
    return peer.withMaxFrameBytes(Math.min(peer.maxFrameBytes(), link.longestFrame()));
  }
}
