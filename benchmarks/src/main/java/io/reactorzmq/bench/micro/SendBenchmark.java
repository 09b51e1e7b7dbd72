package io.reactorzmq.bench.micro;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A PUSH from its entrance to its frames: encoding, queueing, routing and framing 64-byte messages
 * for one peer that always has credit.
 */
public class SendBenchmark extends MicroBenchmark {

  private static final int STREAM = 10_000;

  /** What is sent. */
  public enum Values {
    /** An array by {@code Codec.bytes()}, always the same. */
    BYTES,

    /** A message by {@code Codec.zeroCopy()}, always the same. */
    MESSAGES
  }

  /** What is sent. */
  @Param({"BYTES", "MESSAGES"})
  Values values = Values.BYTES;

  private PushRig<?> rig;

  /** Makes the sender, and checks what a peer is given. */
  @Setup
  public void setUp() {
    rig = values == Values.BYTES ? PushRig.ofBytes() : PushRig.ofMessages();
    rig.checkFrames(PER_FRAME);
  }

  /** Checks that nothing was lost. */
  @TearDown(Level.Iteration)
  public void check() {
    rig.check();
  }

  /** Frames of 250, from the event loop. */
  @Benchmark
  @OperationsPerInvocation(PER_FRAME)
  public void tryEmit() {
    rig.tryEmit(PER_FRAME);
  }

  /** Frames of 250, as from another thread. */
  @Benchmark
  @OperationsPerInvocation(PER_FRAME)
  public void tryEmitElsewhere() {
    rig.tryEmitElsewhere(PER_FRAME);
  }

  /** A frame for each message: what a frame and a drain cost comes on top. */
  @Benchmark
  public void tryEmitOne() {
    rig.tryEmit(1);
  }

  /** A stream of 10,000 from the event loop. */
  @Benchmark
  @OperationsPerInvocation(STREAM)
  public void sendAll() {
    rig.sendAll(STREAM);
  }
}
