package io.reactorzmq.bench.micro;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A PUB with 10,000 subscriptions, spread over eight subscribers. Each message is of another topic
 * than the one before and matches one of them.
 */
public class FanOutTopicsBenchmark extends MicroBenchmark {

  private PubRig rig;

  /** Makes the publisher, and checks what its subscribers are given. */
  @Setup
  public void setUp() {
    rig = PubRig.ofManyTopics(10_000, 8);
    rig.checkFrames(PER_FRAME);
  }

  /** Checks that nothing was lost. */
  @TearDown(Level.Iteration)
  public void check() {
    rig.check();
  }

  /** 250 messages between two drains. */
  @Benchmark
  @OperationsPerInvocation(PER_FRAME)
  public void publish() {
    rig.publish(PER_FRAME);
  }
}
