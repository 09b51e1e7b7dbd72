package io.reactorzmq.internal.wire;

import java.security.SecureRandom;

/**
 * Names a socket for its lifetime by 128 random bits. When two sockets dial each other at once, the
 * dial of the smaller id stays.
 *
 * @param high the first eight bytes, big-endian
 * @param low the last eight
 */
public record SocketId(long high, long low) implements Comparable<SocketId> {

  /** Who can guess an id can take over its connection, so the bits are not to be foreseen. */
  private static final SecureRandom RANDOM = new SecureRandom();

  /**
   * A new id.
   *
   * @return 128 random bits
   */
  public static SocketId random() {
    return new SocketId(RANDOM.nextLong(), RANDOM.nextLong());
  }

  /** Compares as unsigned 128-bit numbers. */
  @Override
  public int compareTo(SocketId other) {
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  @Override
  public String toString() {
    return String.format("%016x%016x", high, low);
  }
}
