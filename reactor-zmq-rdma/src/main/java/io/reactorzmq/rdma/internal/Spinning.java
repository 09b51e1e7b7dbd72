package io.reactorzmq.rdma.internal;

import java.time.Duration;

/**
 * Decides whether an event loop that has found nothing to do looks again or goes to sleep. It spins
 * as long as news come within the limit, gives up when they do not, and tries again now and then.
 */
final class Spinning {

  private static final int MISSES = 4;

  /** When spinning did not pay, every so many sleeps it is tried once more. */
  private static final int PROBE = 16;

  private final long limit;
  private long lastNews;
  private int misses;
  private int sleeps;

  Spinning(Duration limit) {
    long nanos;
    try {
      nanos = limit.toNanos();
    } catch (ArithmeticException e) {
      nanos = Long.MAX_VALUE;
    }
    this.limit = nanos;
  }

  boolean isForEver() {
    return limit == Long.MAX_VALUE;
  }

  /** Something came. */
  void news(long now) {
    if (now - lastNews <= limit) {
      misses = 0;
    }
    lastNews = now;
  }

  /** Whether to look again at once. */
  boolean goesOn(long now) {
    return isForEver() || misses < MISSES && now - lastNews < limit;
  }

  /** The loop goes to sleep. */
  void sleeps() {
    if (misses < MISSES) {
      misses++;
    } else if (++sleeps % PROBE == 0) {
      misses = MISSES - 1;
    }
  }
}
