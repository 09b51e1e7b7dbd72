package io.reactorzmq.internal.peer;

import io.netty.channel.EventLoop;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * Runs tasks on a socket's event loop, at once when called on it. After the loop has ended tasks
 * run on the caller's thread, so that what comes late is still released and signalled.
 */
final class LoopExecutor implements Executor {

  private final EventLoop loop;

  LoopExecutor(EventLoop loop) {
    this.loop = loop;
  }

  @Override
  public void execute(Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
      return;
    }
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      task.run();
    }
  }
}
