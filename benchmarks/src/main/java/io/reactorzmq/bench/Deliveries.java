package io.reactorzmq.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts what each subscriber is given, and ends the process if one of them was not given the next
 * message of the publisher: every one of them has to get every message, in order. One thread at a
 * time writes for each subscriber, any thread reads.
 */
final class Deliveries {

  /** What messages begin with where the topic is a part of them. */
  static final String TOPIC = "bench.";

  private static final byte[] TOPIC_BYTES = TOPIC.getBytes(StandardCharsets.UTF_8);

  /** The topic, and a number at the end. */
  static final int MIN_SIZE = TOPIC_BYTES.length + Long.BYTES;

  private static final VarHandle NUMBER =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Counts are so far apart that no two are in one cache line. */
  private static final int STRIDE = 16;

  private final int size;
  private final int subscribers;
  private final AtomicLongArray counts;
  private final long[] next;
  private final CountDownLatch all;

  /**
   * Creates a counter at zero.
   *
   * @param size what every message must have, in bytes
   * @param subscribers how many there are
   */
  Deliveries(int size, int subscribers) {
    this.size = size;
    this.subscribers = subscribers;
    this.counts = new AtomicLongArray(STRIDE * (subscribers + 1));
    this.next = new long[STRIDE * (subscribers + 1)];
    this.all = new CountDownLatch(subscribers);
  }

  int subscribers() {
    return subscribers;
  }

  /** A new message, which says its number. */
  static byte[] message(int size, long number) {
    byte[] message = new byte[size];
    System.arraycopy(TOPIC_BYTES, 0, message, 0, TOPIC_BYTES.length);
    NUMBER.set(message, size - Long.BYTES, number);
    return message;
  }

  /** What a message says is its number. */
  static long number(byte[] message) {
    return (long) NUMBER.get(message, message.length - Long.BYTES);
  }

  /** A subscriber was given a message. */
  void count(int subscriber, byte[] message) {
    int place = STRIDE * (subscriber + 1);
    long before = counts.getPlain(place);
    long number = message.length == size ? number(message) : -1;
    if (before == 0) {
      next[place] = number; // whoever subscribes late begins late
      all.countDown();
    }
    if (number < 0 || number != next[place]) {
      fail(subscriber, message.length + " bytes with number " + number + ", not " + next[place]);
    }
    next[place] = number + 1;
    counts.setRelease(place, before + 1);
  }

  /** A subscriber was given what it should not have been. */
  static void fail(int subscriber, String what) {
    System.err.println("subscriber " + subscriber + " was given " + what);
    Runtime.getRuntime().halt(1);
  }

  /** What all subscribers were given. */
  private long sum() {
    long sum = 0;
    for (int i = 1; i <= subscribers; i++) {
      sum += counts.getAcquire(STRIDE * i);
    }
    return sum;
  }

  /** Waits until all have had one, and for the warm-up, then counts; says BEGIN and END. */
  void measure(Interval interval) throws InterruptedException {
    interval.measure(all, this::sum);
  }
}
