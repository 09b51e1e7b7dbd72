package io.reactorzmq.bench;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;

/** What a result was measured on. */
final class Machine {

  /** Two processes that spin, each with a loop, and something for everybody else. */
  private static final int ENOUGH = 4;

  private static final double LOAD_BEFORE = load();

  private Machine() {}

  /** To be called before anything is started: notes the load. */
  static void begin() {
    if (LOAD_BEFORE < 0) {
      System.err.println("this system does not tell its load");
    }
  }

  private static double load() {
    return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
  }

  private static int processors() {
    return Runtime.getRuntime().availableProcessors();
  }

  /** In a few words. */
  static String text() {
    return String.format(
        Locale.ROOT,
        "JDK %s, %d processors, load %.1f before and %.1f after",
        Runtime.version(),
        processors(),
        LOAD_BEFORE,
        load());
  }

  /** What to think of the rows of contenders that spin, as a line; empty if nothing is to say. */
  static String caveat(List<String> contenders) {
    boolean any =
        contenders.stream()
            .anyMatch(
                name -> name.contains("rdma") || name.contains("busy") || name.contains("ucx"));
    return any && processors() < ENOUGH
        ? String.format(
            Locale.ROOT,
            "%nFewer than %d processors: rows of rdma, tcp-busy and ucx_perftest are reported only,"
                + " they say nothing about a machine where a loop that spins has a processor.%n",
            ENOUGH)
        : "";
  }

  static String json() {
    return String.format(
        Locale.ROOT,
        "\"jdk\":\"%s\",\"processors\":%d,\"loadBefore\":%.2f,\"loadAfter\":%.2f",
        Runtime.version(),
        processors(),
        LOAD_BEFORE,
        load());
  }
}
