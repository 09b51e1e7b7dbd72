package io.reactorzmq.bench;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/** Counts received messages: one thread writes at a time, any thread reads. */
final class Counter {

  private final int size;
  private final AtomicLong messages = new AtomicLong();
  private final CountDownLatch first = new CountDownLatch(1);

  /**
   * Creates a counter at zero.
   *
   * @param size what every message must have, in bytes
   */
  Counter(int size) {
    this.size = size;
  }

  /** Counts a message of a number of bytes. */
  void count(int bytes) {
    if (bytes != size) {
      System.err.println("a message has " + bytes + " bytes instead of " + size);
      Runtime.getRuntime().halt(1);
    }
    long before = messages.getPlain();
    messages.setRelease(before + 1);
    if (before == 0) {
      first.countDown();
    }
  }

  void awaitFirst() throws InterruptedException {
    first.await();
  }

  long messages() {
    return messages.get();
  }
}
