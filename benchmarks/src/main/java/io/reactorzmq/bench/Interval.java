package io.reactorzmq.bench;

import java.util.concurrent.CountDownLatch;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The time in which a measuring process counts: it waits for the first message and for the warm-up
 * behind it, says BEGIN, waits again and says END with what it has counted.
 *
 * @param warmup seconds
 * @param seconds counted
 */
record Interval(int warmup, int seconds) {

  /** From two arguments of a process. */
  static Interval parse(String warmup, String seconds) {
    return new Interval(Integer.parseInt(warmup), Integer.parseInt(seconds));
  }

  /** Counts messages. */
  void measure(CountDownLatch first, LongSupplier messages) throws InterruptedException {
    measure(first, messages, () -> {}, () -> "");
  }

  /**
   * Counts messages, and measures something else meanwhile.
   *
   * @param first opens when the warm-up begins
   * @param messages so far
   * @param atBegin runs when the counting begins
   * @param atEnd what else to say at the end, as {@code key=value} with spaces between
   */
  void measure(
      CountDownLatch first, LongSupplier messages, Runnable atBegin, Supplier<String> atEnd)
      throws InterruptedException {
    first.await();
    Thread.sleep(1000L * warmup);
    atBegin.run();
    long from = System.nanoTime();
    long before = messages.getAsLong();
    System.out.println("BEGIN");
    Thread.sleep(1000L * seconds);
    long counted = messages.getAsLong() - before;
    long nanos = System.nanoTime() - from;
    System.out.println(("END messages=" + counted + " nanos=" + nanos + " " + atEnd.get()).trim());
  }
}
