package io.reactorzmq.bench;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Says on standard error what is running and how long it is going to take: in one line that changes
 * on a terminal, otherwise in a line for each row.
 */
final class Progress {

  private final PrintStream out;
  private final boolean terminal;
  private final long begun = System.nanoTime();
  private final int rows;
  private double expected;
  private double expectedSoFar;
  private int row;

  /**
   * Begins.
   *
   * @param out where to
   * @param terminal whether a line can be written over
   * @param rows how many there are
   * @param expected seconds of all
   */
  Progress(PrintStream out, boolean terminal, int rows, double expected) {
    this.out = out;
    this.terminal = terminal;
    this.rows = rows;
    this.expected = expected;
  }

  /** A row begins, which was expected to take some seconds and now is to take others. */
  void row(Row next, double expectedBefore, double expectedNow) {
    row++;
    expected += expectedNow - expectedBefore;
    if (!terminal) {
      out.println("row " + row + " of " + rows + ", " + next.name() + "; " + time() + " ...");
    }
  }

  /** A run begins. */
  void run(Row of, String contender, int round, int rounds) {
    if (terminal) {
      String text =
          "row %d of %d, %s: round %d of %d, %s; %s"
              .formatted(row, rows, of.name(), round + 1, rounds, contender, time());
      out.print("\r\033[K" + text);
      out.flush();
    }
  }

  /** A run has ended that was expected to take some seconds. */
  void ran(double seconds) {
    expectedSoFar += seconds;
  }

  /** Says something that stays. */
  void say(String text) {
    clear();
    out.println(text);
  }

  void end() {
    clear();
    out.println("measured for " + minutes(elapsed()));
  }

  private void clear() {
    if (terminal) {
      out.print("\r\033[K");
    }
  }

  private double elapsed() {
    return (System.nanoTime() - begun) / 1e9;
  }

  private String time() {
    double elapsed = elapsed();
    double pace = expectedSoFar > 0 ? elapsed / expectedSoFar : 1;
    double left = pace * Math.max(0, expected - expectedSoFar);
    return minutes(elapsed) + " so far, about " + minutes(left) + " left";
  }

  /** Such as 2:05, or 1:02:05. */
  static String minutes(double seconds) {
    long whole = Math.round(seconds);
    return whole < 3600
        ? String.format(Locale.ROOT, "%d:%02d", whole / 60, whole % 60)
        : String.format(Locale.ROOT, "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  }
}
