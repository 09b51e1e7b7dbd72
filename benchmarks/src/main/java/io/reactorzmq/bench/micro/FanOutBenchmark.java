package io.reactorzmq.bench.micro;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A PUB from {@code tryPublish} to the frames of its subscribers, 64-byte messages of one topic. An
 * operation is one message published, to however many.
 */
public class FanOutBenchmark extends MicroBenchmark {

  /** Subscribers that all asked for the topic. */
  @Param({"1", "8", "64"})
  int lanes;

  private PubRig rig;

  /** Makes the publisher, and checks what its subscribers are given. */
  @Setup
  public void setUp() {
    rig = PubRig.ofOneTopic(lanes);
    rig.checkFrames(PER_FRAME);
  }

  /** Checks that nothing was lost. */
  @TearDown(Level.Iteration)
  public void check() {
    rig.check();
  }

  /** Frames of 250. */
  @Benchmark
  @OperationsPerInvocation(PER_FRAME)
  public void publish() {
    rig.publish(PER_FRAME);
  }
}
