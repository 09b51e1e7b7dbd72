package io.reactorzmq.bench;

import java.util.function.LongToIntFunction;

/** The bytes of every transferred value, so that its receiver can tell whether they came right. */
final class Pattern {

  /** A prime, so that what is checked lies anywhere within pieces and frames. */
  private static final int STRIDE = 999_983;

  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private Pattern() {}

  static byte at(long index) {
    return (byte) ((index * SPREAD + SPREAD) >>> 56);
  }

  /**
   * Checks some bytes of a range: those at every so many, and the first and the last of the value.
   *
   * @param from where the range begins in the value
   * @param length of the range
   * @param size of the value
   * @param bytes gives a byte at an index within the range
   */
  static void check(long from, long length, long size, LongToIntFunction bytes) {
    long next = (from + STRIDE - 1) / STRIDE * STRIDE;
    for (long at = next; at < from + length; at += STRIDE) {
      require(at, (byte) bytes.applyAsInt(at - from));
    }
    if (from + length == size) {
      require(size - 1, (byte) bytes.applyAsInt(length - 1));
    }
  }

  private static void require(long index, byte got) {
    if (got != at(index)) {
      throw new IllegalStateException("byte " + index + " is " + got + ", not " + at(index));
    }
  }
}
