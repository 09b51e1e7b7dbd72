package io.reactorzmq.bench.micro;

import io.netty.util.concurrent.AbstractScheduledEventExecutor;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * An event loop that its only thread turns by hand. That thread can pretend to be another one, so
 * that what producers do and what the loop does is measured together, without a hand-over between
 * processors.
 */
final class HandLoop extends AbstractScheduledEventExecutor {

  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private boolean elsewhere;

  /** Runs something as if it came from another thread. */
  void elsewhere(Runnable work) {
    elsewhere = true;
    try {
      work.run();
    } finally {
      elsewhere = false;
    }
  }

  /** Runs all that is due, and what that brings about. */
  void run() {
    for (Runnable task; (task = tasks.poll()) != null; ) {
      task.run();
    }
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
  }

  @Override
  public boolean inEventLoop(Thread thread) {
    return !elsewhere;
  }

  @Override
  @Deprecated
  public void shutdown() {
    tasks.clear();
  }

  @Override
  public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
    tasks.clear();
    return terminationFuture();
  }

  @Override
  public Future<?> terminationFuture() {
    return newSucceededFuture(null);
  }

  @Override
  public boolean isShuttingDown() {
    return false;
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public boolean isTerminated() {
    return false;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return false;
  }
}
