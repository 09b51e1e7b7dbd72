package io.reactorzmq.bench.micro;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs benchmarks on threads of the kind that event loops have: on others Netty's allocator keeps
 * no buffers at hand. JMH creates it by its name.
 */
public final class LoopThreads extends ThreadPoolExecutor {

  /**
   * Creates the threads.
   *
   * @param threads how many
   * @param prefix of their names
   */
  public LoopThreads(int threads, String prefix) {
    super(
        threads,
        threads,
        0,
        TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(),
        new DefaultThreadFactory(prefix));
  }
}
