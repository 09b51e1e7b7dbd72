package io.reactorzmq.bench;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

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

  /**
   * Waits for the first message and the warm-up after it, then counts; says BEGIN and END.
   *
   * @param warmup seconds
   * @param seconds counted
   * @param atBegin runs when the counting begins
   * @param atEnd what else to say at the end
   */
  void measure(int warmup, int seconds, Runnable atBegin, Supplier<String> atEnd)
      throws InterruptedException {
    measure(first, messages::get, warmup, seconds, atBegin, atEnd);
  }

  /** The same for whatever is counted, from when the first of it has come. */
  static void measure(
      CountDownLatch first,
      LongSupplier messages,
      int warmup,
      int seconds,
      Runnable atBegin,
      Supplier<String> atEnd)
      throws InterruptedException {
    first.await();
    Thread.sleep(1000L * warmup);
    atBegin.run();
    long from = System.nanoTime();
    long before = messages.getAsLong();
    System.out.println("BEGIN");
    Thread.sleep(1000L * seconds);
    long counted = messages.getAsLong() - before;
    System.out.println("END " + counted + " " + (System.nanoTime() - from) + " " + atEnd.get());
  }
}
