package io.reactorzmq.cli.line;

import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * One thread for work that blocks, such as reading stdin and writing stdout. A daemon: a read that
 * never ends does not keep the process.
 */
public final class BlockingThread {

  private static final int TTL_SECONDS = 60;

  private BlockingThread() {}

  /**
   * Starts a thread.
   *
   * @param name shown in thread dumps
   * @return runs one task after the other, in order
   */
  public static Scheduler named(String name) {
    return Schedulers.newBoundedElastic(1, Integer.MAX_VALUE, name, TTL_SECONDS, true);
  }
}
