package io.reactorzmq.rdma.internal;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The loops of this JVM by number: UCX gives back a number where Java has an object. A number is
 * free again when its loop has ended.
 */
final class LoopNumbers {

  private static final int MOST = 4096;
  private static final AtomicReferenceArray<UcxLoop> LOOPS = new AtomicReferenceArray<>(MOST);

  private LoopNumbers() {}

  static int give(UcxLoop loop) {
    for (int number = 0; number < MOST; number++) {
      if (LOOPS.compareAndSet(number, null, loop)) {
        return number;
      }
    }
    throw new IllegalStateException("more than " + MOST + " event loops use RDMA");
  }

  static UcxLoop get(int number) {
    UcxLoop loop = LOOPS.get(number);
    if (loop == null) {
      throw new IllegalStateException("a callback for a loop that has ended");
    }
    return loop;
  }

  static void free(int number) {
    LOOPS.lazySet(number, null);
  }
}
