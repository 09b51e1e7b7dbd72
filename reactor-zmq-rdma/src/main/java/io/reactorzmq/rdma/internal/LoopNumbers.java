package io.reactorzmq.rdma.internal;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Who drives each worker of this JVM, by the worker's number: UCX gives back a number where Java
 * has an object.
 */
final class LoopNumbers {

  private static final int MOST = 4096;
  private static final AtomicReferenceArray<UcxLoop> LOOPS = new AtomicReferenceArray<>(MOST);
  private static final AtomicInteger GIVEN = new AtomicInteger();

  private LoopNumbers() {}

  static int give(UcxLoop loop) {
    int number = GIVEN.getAndIncrement();
    if (number >= MOST) {
      throw new IllegalStateException("more than " + MOST + " event loops use RDMA at a time");
    }
    LOOPS.set(number, loop);
    return number;
  }

  /** How many were given. */
  static int given() {
    return GIVEN.get();
  }

  static UcxLoop get(int number) {
    return LOOPS.get(number);
  }

  static void change(int number, UcxLoop loop) {
    LOOPS.set(number, loop);
  }
}
