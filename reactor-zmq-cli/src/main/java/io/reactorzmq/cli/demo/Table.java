package io.reactorzmq.cli.demo;

import java.util.List;
import java.util.Locale;

/**
 * The outcomes as a table: what was sent, what arrived, and how fast. Checksums are of the lines in
 * order where the pattern keeps the order.
 */
final class Table {

  private static final String ROW = "%-25s %9s %9s   %-16s  %-16s  %-8s %8s %9s%n";

  private Table() {}

  static String of(List<Outcome> outcomes) {
    StringBuilder table = new StringBuilder();
    table.append(
        row("", "sent", "received", "checksum sent", "received", "", "seconds", "lines/s"));
    for (Outcome outcome : outcomes) {
      table.append(
          row(
              outcome.stream() + (outcome.ordered() ? ", in order" : ""),
              String.format(Locale.ROOT, "%,d", outcome.sent().count()),
              String.format(Locale.ROOT, "%,d", outcome.received().count()),
              String.format(Locale.ROOT, "%016x", outcome.sentSum()),
              String.format(Locale.ROOT, "%016x", outcome.receivedSum()),
              outcome.isSame() ? "same" : "DIFFERS",
              String.format(Locale.ROOT, "%.2f", outcome.seconds()),
              String.format(Locale.ROOT, "%,.0f", outcome.rate())));
    }
    return table.toString();
  }

  private static String row(Object... cells) {
    return String.format(Locale.ROOT, ROW, cells);
  }
}
