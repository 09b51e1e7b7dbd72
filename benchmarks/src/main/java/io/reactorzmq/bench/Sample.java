package io.reactorzmq.bench;

import org.jspecify.annotations.Nullable;

/**
 * What one run of one contender gave.
 *
 * @param perSecond messages, answers or transfers in a second, of all processes that count
 * @param latency how long requests took, if that was measured
 * @param transferNanos how long a transfer took, the median of the run, if that was measured
 * @param send what the sending, publishing or requesting side took meanwhile
 * @param receive what the other side took meanwhile; nothing if it is in the same process
 */
record Sample(
    double perSecond,
    @Nullable Latency latency,
    @Nullable Double transferNanos,
    Side send,
    Side receive) {

  /**
   * What one side took, all its processes together.
   *
   * @param cpu processor time for each message, in nanoseconds
   * @param allocated bytes on the heap for each message; null if it is no Java
   * @param gcMillis that collectors of garbage took; null if it is no Java
   * @param peak of resident memory since the processes began, in bytes
   */
  record Side(double cpu, @Nullable Double allocated, @Nullable Double gcMillis, long peak) {

    static final Side NOTHING = new Side(0, null, null, 0);
  }
}
