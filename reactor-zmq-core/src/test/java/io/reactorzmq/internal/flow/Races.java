package io.reactorzmq.internal.flow;

import java.util.concurrent.CompletionService;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Runs things at the same time, many times over. */
final class Races {

  /** What a thread does. */
  interface Task {
    void run(int number) throws Exception;
  }

  /** One round of a race: two things that happen at once, and what must hold afterwards. */
  interface Round {
    void first() throws Exception;

    void second() throws Exception;

    void after() throws Exception;
  }

  /** What makes the rounds. */
  interface Rounds {
    Round next(int number) throws Exception;
  }

  private Races() {}

  /** Lets others run; for loops that wait, which a test's timeout must be able to end. */
  static void pause() throws InterruptedException {
    Thread.yield();
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }

  /** Runs the task on so many threads at once and waits for all, or for the first failure. */
  static void inParallel(int threads, Task task) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      CyclicBarrier start = new CyclicBarrier(threads);
      CompletionService<Void> results = new ExecutorCompletionService<>(pool);
      for (int i = 0; i < threads; i++) {
        int number = i;
        results.submit(
            () -> {
              start.await();
              task.run(number);
              return null;
            });
      }
      for (int i = 0; i < threads; i++) {
        results.take().get();
      }
    } finally {
      pool.shutdownNow();
    }
  }

  /**
   * Runs rounds one after the other, the two halves of each on two threads that start within a few
   * nanoseconds, each in turn a little later than the other.
   */
  static void repeat(int times, Rounds rounds) throws Exception {
    Round[] round = new Round[1];
    AtomicInteger arrivals = new AtomicInteger();
    AtomicBoolean failed = new AtomicBoolean();
    inParallel(
        2,
        thread -> {
          try {
            for (int i = 0; i < times && !failed.get(); i++) {
              if (thread == 0) {
                round[0] = rounds.next(i);
              }
              meet(arrivals, 4 * i + 2, failed);
              for (int delay = thread == i % 2 ? i / 2 % 50 : 0; delay > 0; delay--) {
                Thread.onSpinWait();
              }
              if (thread == 0) {
                round[0].first();
              } else {
                round[0].second();
              }
              meet(arrivals, 4 * i + 4, failed);
              if (thread == 0) {
                round[0].after();
              }
            }
          } catch (Exception | Error e) {
            failed.set(true);
            throw e;
          }
        });
  }

  private static void meet(AtomicInteger arrivals, int all, AtomicBoolean failed)
      throws InterruptedException {
    arrivals.incrementAndGet();
    for (int spins = 0; arrivals.get() < all && !failed.get(); spins++) {
      if (spins < 1000) {
        Thread.onSpinWait();
      } else {
        pause(); // the other thread has no processor
      }
    }
  }
}
