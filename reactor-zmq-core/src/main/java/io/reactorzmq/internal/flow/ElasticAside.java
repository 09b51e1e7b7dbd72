package io.reactorzmq.internal.flow;

import io.reactorzmq.internal.wire.Aside;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import reactor.core.scheduler.Schedulers;

/**
 * Runs what may take long on Reactor's elastic threads, and what follows on an event loop. Where
 * either takes no more tasks, which is when all is about to end, they run at once.
 *
 * @param loop the event loop, which queues what it is given
 */
public record ElasticAside(Executor loop) implements Aside {

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
      Schedulers.boundedElastic().schedule(both);
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
