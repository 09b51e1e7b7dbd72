package io.reactorzmq.internal.transport;

import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;
import java.util.concurrent.RejectedExecutionException;

/** Runs tasks on the event loop of a socket and its connections. */
public final class Loops {

  private Loops() {}

  /**
   * Runs a task after the loop has looked at its channels: one that repeats itself through {@code
   * execute} would keep the loop from reading for up to a second.
   *
   * @param eventLoop whose thread this is called on
   * @param task runs soon, and on the loop
   */
  public static void runAfterIo(EventLoop eventLoop, Runnable task) {
    if (eventLoop instanceof SingleThreadEventLoop loop) {
      loop.executeAfterEventLoopIteration(() -> loop.execute(task));
    } else {
      eventLoop.execute(task);
    }
  }

  /**
   * Lets a loop look again for a while before it sleeps, where that has paid lately.
   *
   * @param eventLoop whose thread this is called on; it has just got what more will soon follow
   */
  public static void expectMore(EventLoop eventLoop) {
    AdaptiveSpin.expectMore(eventLoop);
  }

  /** Runs a task now if this is the loop's thread or the loop has ended, otherwise on the loop. */
  public static void run(EventLoop eventLoop, Runnable task) {
    if (eventLoop.inEventLoop()) {
      task.run();
      return;
    }
    try {
      eventLoop.execute(task);
    } catch (RejectedExecutionException e) {
      // The loop has ended and with it every connection on it; nothing runs beside this thread.
      task.run();
    }
  }
}
