package io.reactorzmq.internal.wire;

import io.reactorzmq.error.ProtocolException;

/**
 * What one side takes as a receiver, announced once in OPEN. A sender keeps within it, and the
 * receiver refuses what does not.
 *
 * @param maxMessagesPerFrame how many messages a DATA payload may touch, 1 or more
 * @param maxFrameBytes how long a DATA payload may be, its kind byte included
 * @param maxMessageSize how many bytes the parts of a message may have together; 0 for no limit
 * @param maxInFlight how many requests may be unanswered at a time; 0 for a side that takes none
 */
public record Limits(
    int maxMessagesPerFrame, int maxFrameBytes, long maxMessageSize, int maxInFlight) {

  /** No side may announce a smaller {@link #maxFrameBytes}. */
  public static final int MIN_FRAME_BYTES = 16 * 1024;

  /** No side may announce a larger one: a DATA payload is one RSocket frame, below 16 MiB. */
  public static final int MAX_FRAME_BYTES = 8 * 1024 * 1024;

  /**
   * Checks the ranges.
   *
   * @throws ProtocolException naming the value and its bound
   */
  public Limits {
    require(maxMessagesPerFrame >= 1, "maxMessagesPerFrame", maxMessagesPerFrame, "at least 1");
    require(
        maxFrameBytes >= MIN_FRAME_BYTES && maxFrameBytes <= MAX_FRAME_BYTES,
        "maxFrameBytes",
        maxFrameBytes,
        MIN_FRAME_BYTES + " to " + MAX_FRAME_BYTES);
    require(maxMessageSize >= 0, "maxMessageSize", maxMessageSize, "0 (no limit) or more");
    require(maxInFlight >= 0, "maxInFlight", maxInFlight, "0 or more");
  }

  /**
   * The same limits with frames of another length.
   *
   * @param bytes the new {@link #maxFrameBytes}
   * @return new limits
   */
  public Limits withMaxFrameBytes(int bytes) {
    return new Limits(maxMessagesPerFrame, bytes, maxMessageSize, maxInFlight);
  }

  private static void require(boolean holds, String name, long value, String range) {
    if (!holds) {
      throw new ProtocolException(name + " is " + value + ", it must be " + range);
    }
  }
}
