package io.reactorzmq.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Bare connections by turns: in each round every contender measures all, by processes that stay and
 * are stopped while it is the turn of others.
 */
final class Duplex implements AutoCloseable {

  static final String UCX = "ucx_perftest";

  /** In their order. */
  static final List<String> CONTENDERS = List.of("tcp", "tcp-busy", "rdma", "rdma-spin", UCX);

  private final Options options;
  private final List<DuplexContender> contenders = new ArrayList<>();

  private Duplex(Options options) throws IOException {
    this.options = options;
    try {
      for (String name : options.contenders()) {
        contenders.add(new DuplexContender(options, name));
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /**
   * Those that work here.
   *
   * @param names of contenders
   * @param unnamed whether nobody has asked for them, so that ucx_perftest may be missing
   * @throws IllegalArgumentException if one that was asked for does not work
   */
  static List<String> possible(List<String> names, boolean unnamed) {
    List<String> possible = new ArrayList<>(names);
    if (!UcxPerftest.isInstalled() && possible.contains(UCX)) {
      if (!unnamed) {
        throw new IllegalArgumentException(UCX + " is not installed");
      }
      possible.remove(UCX);
    }
    possible.stream()
        .filter(name -> !name.equals(UCX))
        .map(Carrier::parse)
        .forEach(Carrier::require);
    return possible;
  }

  static void measure(Options options) throws IOException {
    try (Duplex duplex = new Duplex(options)) {
      long warm = System.nanoTime() + options.warmup() * 1_000_000_000L;
      int warmups = 0;
      do {
        duplex.round(warmups++, false);
      } while (System.nanoTime() < warm || warmups < 2);
      for (int number = 1; number <= options.rounds(); number++) {
        duplex.round(number, true);
      }
      System.out.print(options.json() ? duplex.json() : duplex.table());
    }
  }

  /** Each round begins with another contender. */
  private void round(int number, boolean counted) throws IOException {
    for (int i = 0; i < contenders.size(); i++) {
      contenders.get((i + number) % contenders.size()).run(counted);
    }
    if (!options.json()) {
      System.out.printf("%s %d%n", counted ? "round" : "warm-up", number);
    }
  }

  /** What others are compared with. */
  private List<DuplexContender> bases() {
    List<DuplexContender> bases =
        contenders.stream().filter(c -> c.name().equals("tcp") || c.name().equals(UCX)).toList();
    return bases.isEmpty() ? contenders.subList(0, 1) : bases;
  }

  private String table() {
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%nduplex, %d rounds of %d ms each after %d s; %s%n%n",
                options.rounds(),
                options.slice(),
                options.warmup(),
                Machine.text()));
    for (DuplexContender contender : contenders) {
      if (!contender.transport().isEmpty()) {
        String[] words = contender.transport().split(" ", 2);
        text.append(
            String.format(
                Locale.ROOT,
                "%s: %s, frames of %,d bytes%n",
                contender.name(),
                words[1],
                Long.parseLong(words[0])));
      }
    }
    table(text, "| there and back | contender | p50 us (quartiles) | p99 us |", true);
    table(text, "| one way | contender | GB/s (quartiles) | |", false);
    return text.append(Machine.caveat(options.contenders())).toString();
  }

  private void table(StringBuilder text, String head, boolean roundTrips) {
    text.append(String.format("%n%s bytes allocated for a frame, dialler, listener |", head));
    StringBuilder rule = new StringBuilder("|---|---|---:|---:|---:|");
    for (DuplexContender base : bases()) {
      text.append(roundTrips ? " time to " : " rate to ").append(base.name()).append(" |");
      rule.append("---:|");
    }
    text.append("\n").append(rule).append("\n");
    for (DuplexCell cell : DuplexCell.ALL) {
      if ((cell.kind() == DuplexCell.Kind.ROUND_TRIP) == roundTrips) {
        for (DuplexContender contender : contenders) {
          if (!contender.figures(cell).isEmpty()) {
            text.append(row(cell, contender, roundTrips)).append("\n");
          }
        }
      }
    }
  }

  private String row(DuplexCell cell, DuplexContender contender, boolean roundTrip) {
    List<DuplexFigure> figures = contender.figures(cell);
    double unit = roundTrip ? 1e3 : 1e9;
    Spread value = spread(figures, DuplexFigure::value);
    boolean ucx = contender.name().equals(UCX);
    StringBuilder row =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "| %s | %s | %,.2f (%,.2f-%,.2f) | %s | %s |",
                cell.text(),
                contender.name(),
                value.median() / unit,
                value.low() / unit,
                value.high() / unit,
                roundTrip && !ucx ? one(spread(figures, DuplexFigure::p99).median() / unit) : "",
                ucx
                    ? ""
                    : one(spread(figures, DuplexFigure::dialler).median())
                        + ", "
                        + one(spread(figures, DuplexFigure::listener).median())));
    for (DuplexContender base : bases()) {
      row.append(ratio(figures, base.figures(cell)));
    }
    return row.toString();
  }

  /** Within the same round each. */
  private static String ratio(List<DuplexFigure> figures, List<DuplexFigure> base) {
    if (base.isEmpty()) {
      return " |";
    }
    Spread ratio =
        Spread.of(
            IntStream.range(0, figures.size())
                .mapToDouble(i -> figures.get(i).value() / base.get(i).value())
                .toArray());
    return String.format(
        Locale.ROOT, " %.2f (%.2f-%.2f) |", ratio.median(), ratio.low(), ratio.high());
  }

  private static Spread spread(List<DuplexFigure> figures, ToDoubleFunction<DuplexFigure> value) {
    return Spread.of(figures.stream().mapToDouble(value).toArray());
  }

  private static String one(double number) {
    return String.format(Locale.ROOT, "%,.1f", number);
  }

  private String json() {
    List<String> rows = new ArrayList<>();
    for (DuplexCell cell : DuplexCell.ALL) {
      for (DuplexContender contender : contenders) {
        rows.add(
            String.format(
                Locale.ROOT,
                "{\"measured\":\"%s\",\"contender\":\"%s\",\"figures\":%s}",
                cell.text(),
                contender.name(),
                contender.figures(cell).stream().map(DuplexFigure::json).toList()));
      }
    }
    return String.format(
        Locale.ROOT,
        "{\"work\":\"%s\",%s,\"rows\":[%s]}%n",
        options.work(),
        Machine.json(),
        String.join(",", rows));
  }

  @Override
  public void close() throws IOException {
    for (DuplexContender contender : contenders) {
      contender.close();
    }
  }
}
