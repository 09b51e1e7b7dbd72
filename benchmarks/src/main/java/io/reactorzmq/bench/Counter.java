package io.reactorzmq.bench;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Checks and counts received messages, and ends the process at one that is not what was sent. One
 * thread writes at a time, any thread reads.
 */
final class Counter {

  private final int size;
  private final int mask;
  private final boolean inOrder;
  private final AtomicLong messages = new AtomicLong();
  private final CountDownLatch first = new CountDownLatch(1);

  /**
   * Creates a counter at zero.
   *
   * @param size what every message must have, in bytes
   * @param inOrder whether all messages of the sender come here, so that each must be the next of
   *     its {@link Ring}
   */
  Counter(int size, boolean inOrder) {
    this.size = size;
    this.mask = Ring.length(size) - 1;
    this.inOrder = inOrder;
  }

  /** Checks that a message is of the ring, and the next one of it, and counts it. */
  void count(byte[] message) {
    if (message.length == 0) {
      fail("a message is empty");
    }
    count(message.length, message[0], message[message.length - 1]);
  }

  /** The same for a message that is no array, by its length and its first and last byte. */
  void count(int length, byte first, byte last) {
    long number = messages.getPlain();
    if (length != size) {
      fail("a message has " + length + " bytes instead of " + size);
    }
    if (first != last) {
      fail("a message begins with " + first + " and ends with " + last);
    }
    if (inOrder && (first & mask) != (number & mask)) {
      fail("message " + number + " of the ring is " + first);
    }
    counted(number);
  }

  /** Counts what was checked elsewhere. */
  void count() {
    counted(messages.getPlain());
  }

  private void counted(long before) {
    messages.setRelease(before + 1);
    if (before == 0) {
      first.countDown();
    }
  }

  /** The first message has come. */
  CountDownLatch first() {
    return first;
  }

  long messages() {
    return messages.getAcquire();
  }

  int size() {
    return size;
  }

  private static void fail(String what) {
    System.err.println(what);
    Runtime.getRuntime().halt(1);
  }
}
