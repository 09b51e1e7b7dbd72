package io.reactorzmq.bench;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Objects;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/** Numbers requests, checks and counts their answers, and takes the time if it is wanted. */
final class Answers {

  private static final VarHandle NUMBER =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final Counter counter;
  private final int size;
  private final @Nullable Recorder times;

  /**
   * Creates a counter at zero.
   *
   * @param counter of answers, whose size they must have
   * @param timed whether to record how long each took
   */
  Answers(Counter counter, boolean timed) {
    this.counter = counter;
    this.size = counter.size();
    this.times = timed ? new Recorder(3) : null;
  }

  /** Writes a request's number into its first bytes and returns when it begins. */
  long number(byte[] request, long number) {
    NUMBER.set(request, 0, number);
    return times == null ? 0 : System.nanoTime();
  }

  /** An answer has come. */
  void answered(byte[] answer, long number, long begun) {
    if (times != null) {
      times.recordValue(System.nanoTime() - begun);
    }
    if (answer.length != size) {
      fail(new IllegalStateException("an answer has " + answer.length + " bytes"));
    }
    counter.count();
    long got = (long) NUMBER.get(answer, 0);
    if (got != number) {
      fail(new IllegalStateException("the request " + number + " was answered with " + got));
    }
  }

  /** What was recorded since it was asked last. */
  Histogram times() {
    return Objects.requireNonNull(times).getIntervalHistogram();
  }

  static void fail(Throwable cause) {
    cause.printStackTrace();
    Runtime.getRuntime().halt(1);
  }
}
