package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import reactor.core.scheduler.Schedulers;

/** Where work that takes long runs, and that what follows is never forgotten. */
class ElasticAsideTest {

  @Test
  void workRunsWhereBlockingIsAllowedAndTheRestOnTheLoop() throws Exception {
    AtomicReference<Thread> worker = new AtomicReference<>();
    AtomicReference<Boolean> mayBlock = new AtomicReference<>();
    CompletableFuture<Runnable> queued = new CompletableFuture<>();
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    new ElasticAside(queued::complete)
        .run(
            () -> {
              worker.set(Thread.currentThread());
              mayBlock.set(!Schedulers.isInNonBlockingThread());
            },
            () -> done.complete(true));
    Runnable then = queued.get(15, TimeUnit.SECONDS);
    assertThat(worker.get()).isNotNull().isNotSameAs(Thread.currentThread());
    assertThat(mayBlock.get()).isTrue();
    assertThat(done).as("the loop runs it").isNotDone();
    then.run();
    assertThat(done).isCompletedWithValue(true);
  }

  @Test
  void itNeedsNoneOfTheThreadsThatUsersBlock() throws Exception {
    int threads = Schedulers.DEFAULT_BOUNDED_ELASTIC_SIZE;
    CountDownLatch blocked = new CountDownLatch(threads);
    CountDownLatch end = new CountDownLatch(1);
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    for (int i = 0; i < threads; i++) {
      Schedulers.boundedElastic()
          .schedule(
              () -> {
                blocked.countDown();
                try {
                  end.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
    }
    try {
      assertThat(blocked.await(15, TimeUnit.SECONDS)).isTrue();
      new ElasticAside(Runnable::run).run(() -> {}, () -> done.complete(true));
      assertThat(done.get(15, TimeUnit.SECONDS)).isTrue();
    } finally {
      end.countDown();
    }
  }

  @Test
  void whatFollowsRunsAlsoWhereTheLoopHasEnded() throws Exception {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    new ElasticAside(
            task -> {
              throw new RejectedExecutionException("ended");
            })
        .run(() -> {}, () -> done.complete(true));
    assertThat(done.get(15, TimeUnit.SECONDS)).isTrue();
  }
}
