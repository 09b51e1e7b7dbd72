package io.reactorzmq.bench.micro;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * How all micro-benchmarks are measured, unless JMH's options say otherwise. An operation is one
 * message, whatever an invocation does.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(
    value = 1,
    jvmArgsPrepend = {
      "-Xms512m",
      "-Xmx512m",
      "-Djmh.executor=CUSTOM",
      "-Djmh.executor.class=io.reactorzmq.bench.micro.LoopThreads"
    })
public abstract class MicroBenchmark {

  /** Messages that a frame takes by default. */
  static final int PER_FRAME = 250;

  /** Fails unless so many came as were sent. */
  static void require(String what, long came, long sent) {
    if (came != sent) {
      throw new IllegalStateException(what + ": " + came + " came of " + sent);
    }
  }
}
