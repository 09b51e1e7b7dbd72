package io.reactorzmq.cli.demo;

/**
 * Counts lines and adds them up to checksums, one that knows their order and one that does not.
 * Filled by one thread; the count may be read by others meanwhile.
 */
final class LineSum {

  private static final long FNV_START = 0xcbf29ce484222325L;
  private static final long FNV_PRIME = 0x100000001b3L;

  private volatile long count;
  private long bytes;
  private long anyOrder;
  private long inOrder;
  private long lastNanos = System.nanoTime();

  void add(byte[] line) {
    long hash = FNV_START;
    for (byte b : line) {
      hash = (hash ^ (b & 0xff)) * FNV_PRIME;
    }
    hash ^= hash >>> 32;
    anyOrder += hash * hash | 1;
    inOrder = (inOrder ^ hash) * FNV_PRIME;
    bytes += line.length;
    lastNanos = System.nanoTime();
    count = count + 1;
  }

  /**
   * Adds what another thread has counted. The order between the two is lost; the order in each is
   * kept, if they are added in the same order on both sides of a comparison.
   */
  void add(LineSum other) {
    inOrder = (inOrder ^ other.inOrder) * FNV_PRIME;
    anyOrder += other.anyOrder;
    bytes += other.bytes;
    lastNanos = Math.max(lastNanos, other.lastNanos);
    count = count + other.count;
  }

  long count() {
    return count;
  }

  long bytes() {
    return bytes;
  }

  long anyOrder() {
    return anyOrder;
  }

  long inOrder() {
    return inOrder;
  }

  /** When the last line came, on the clock of {@link System#nanoTime()}. */
  long lastNanos() {
    return lastNanos;
  }
}
