package io.reactorzmq.internal.flow;

import io.netty.util.concurrent.AbstractScheduledEventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/** An event loop that a test turns by hand, and whose clock moves only when told. */
final class ManualLoop extends AbstractScheduledEventExecutor {

  private static final int ENDLESS = 1_000_000;

  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private MockTicker ticker;
  private volatile boolean down;
  private volatile Thread running;

  /** Runs everything that is due, and what that brings about. */
  void run() {
    Thread outer = running;
    running = Thread.currentThread();
    try {
      runAll();
    } finally {
      running = outer;
    }
  }

  /** Whether nothing is to be run at once. */
  boolean isIdle() {
    return tasks.isEmpty();
  }

  /** Runs one task. */
  void runOne() {
    tasks.remove().run();
  }

  private void runAll() {
    for (int i = 0; i < ENDLESS; i++) {
      Runnable task = tasks.poll();
      if (task == null) {
        task = pollScheduledTask(ticker().nanoTime());
      }
      if (task == null) {
        return;
      }
      task.run();
    }
    throw new AssertionError("the tasks never end");
  }

  /** Lets time pass and runs what falls due, when it does. */
  void advance(Duration time) {
    run();
    for (long left = time.toNanos(); left > 0; ) {
      long next = nextScheduledTaskNano();
      long step = next < 0 ? left : Math.min(left, Math.max(next, 1));
      ticker().advance(step, TimeUnit.NANOSECONDS);
      left -= step;
      run();
    }
  }

  /** Tasks that wait to be run now. */
  int waiting() {
    return tasks.size();
  }

  /** Whether a timer is set. */
  boolean hasTimer() {
    run();
    return nextScheduledTaskNano() >= 0;
  }

  @Override
  public MockTicker ticker() {
    if (ticker == null) {
      ticker = Ticker.newMockTicker();
    }
    return ticker;
  }

  @Override
  public void execute(Runnable task) {
    if (down) {
      throw new RejectedExecutionException("the loop has ended");
    }
    tasks.add(task);
  }

  @Override
  public boolean inEventLoop(Thread thread) {
    return running == thread;
  }

  @Override
  @Deprecated
  public void shutdown() {
    down = true;
  }

  @Override
  public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
    down = true;
    return terminationFuture();
  }

  @Override
  public Future<?> terminationFuture() {
    return newSucceededFuture(null);
  }

  @Override
  public boolean isShuttingDown() {
    return down;
  }

  @Override
  public boolean isShutdown() {
    return down;
  }

  @Override
  public boolean isTerminated() {
    return down;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return down;
  }
}
