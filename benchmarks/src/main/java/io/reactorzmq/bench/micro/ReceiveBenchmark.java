package io.reactorzmq.bench.micro;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A PULL from its frames to its subscriber: reading, queueing, decoding and emitting 64-byte
 * messages, and returning the credit.
 */
public class ReceiveBenchmark extends MicroBenchmark {

  /** What is received. */
  public enum Values {
    /** New arrays by {@code Codec.bytes()}. */
    BYTES,

    /** Views of the frame by {@code Codec.zeroCopy()}, which the subscriber releases. */
    MESSAGES
  }

  /** What is received. */
  @Param({"BYTES", "MESSAGES"})
  Values values = Values.BYTES;

  /** How many values the subscriber asks for at a time. */
  @Param({"unbounded", "32"})
  String demand = "unbounded";

  private PullRig<?> rig;

  /** Makes the receiver, and checks what its subscriber is given. */
  @Setup
  public void setUp() {
    long n = demand.equals("unbounded") ? Long.MAX_VALUE : Long.parseLong(demand);
    rig = values == Values.BYTES ? PullRig.ofBytes(n) : PullRig.ofMessages(n);
    rig.checkValues();
  }

  /** Checks that nothing was lost. */
  @TearDown(Level.Iteration)
  public void check() {
    rig.check();
  }

  /** Frames of 250. */
  @Benchmark
  @OperationsPerInvocation(PER_FRAME)
  public void receive() {
    rig.full();
  }

  /** A frame for each message: what a frame and a turn cost comes on top. */
  @Benchmark
  public void receiveOne() {
    rig.single();
  }
}
