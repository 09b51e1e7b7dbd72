package io.reactorzmq.internal.flow;

/**
 * How much may wait for one subscriber.
 *
 * @param messages {@code Integer.MAX_VALUE} for no limit
 * @param bytes more than that only for a single message
 */
public record LaneBounds(int messages, long bytes) {

  /** Whether one more message of a size may wait beside what waits. */
  boolean allow(int waiting, long waitingBytes, long size) {
    return waiting == 0 || waiting < messages && size <= bytes - waitingBytes;
  }
}
