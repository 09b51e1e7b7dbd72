package io.reactorzmq.bench;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the processes of one side had taken at a moment.
 *
 * @param nanos when it was
 * @param cpu processor time so far, in nanoseconds
 * @param allocated bytes on the heap so far; null if one of them is no Java
 * @param gcMillis that collectors of garbage took so far; null if one of them is no Java
 */
record Usage(long nanos, long cpu, @Nullable Long allocated, @Nullable Long gcMillis) {

  static Usage of(List<ChildProcess> processes) throws IOException {
    boolean java = !processes.isEmpty() && processes.stream().allMatch(ChildProcess::isJava);
    long nanos = System.nanoTime();
    long cpu = processes.stream().mapToLong(ChildProcess::cpu).sum();
    if (!java) {
      return new Usage(nanos, cpu, null, null);
    }
    for (ChildProcess process : processes) {
      process.say("MARK");
    }
    long allocated = 0;
    long millis = 0;
    for (ChildProcess process : processes) {
      Words words = Words.parse(process.expect("MARK "));
      allocated += words.get("allocated");
      millis += words.get("gcMillis");
    }
    return new Usage(nanos, cpu, allocated, millis);
  }

  /**
   * What was taken for each message since a moment before.
   *
   * @param before the moment
   * @param perSecond messages
   * @param peak of resident memory, which is passed on
   */
  Sample.Side since(Usage before, double perSecond, long peak) {
    double messages = perSecond * (nanos - before.nanos) / 1e9;
    return new Sample.Side(
        (cpu - before.cpu) / messages,
        allocated == null || before.allocated == null
            ? null
            : (allocated - before.allocated) / messages,
        gcMillis == null || before.gcMillis == null ? null : (double) (gcMillis - before.gcMillis),
        peak);
  }
}
