package io.reactorzmq.internal.flow;

import io.reactorzmq.internal.wire.Aside;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * Runs what may take long on elastic threads, and what follows on an event loop. Where either takes
 * no more tasks, which is when all is about to end, they run at once.
 *
 * @param loop the event loop, which queues what it is given
 */
public record ElasticAside(Executor loop) implements Aside {

  private static final int IDLE_SECONDS = 10;

  /** Not Reactor's own: who blocks one of those may be waiting for the message itself. */
  private static final Scheduler THREADS =
      Schedulers.newBoundedElastic(
          Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE,
          Integer.MAX_VALUE,
          "zmq-memory",
          IDLE_SECONDS,
          true);

  @Override
  public void run(Runnable work, Runnable then) {
    Runnable both =
        () -> {
          try {
            work.run();
          } finally {
            next(then);
          }
        };
    try {
      THREADS.schedule(both);
    } catch (RejectedExecutionException e) {
      both.run();
    }
  }

  private void next(Runnable then) {
    try {
      loop.execute(then);
    } catch (RejectedExecutionException e) {
      then.run();
    }
  }
}
