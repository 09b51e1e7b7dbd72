package io.reactorzmq.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Transfers by turns: in each round every contender transfers once, all of them by processes that
 * stay, and what is compared are times of the same round.
 */
final class Transfers implements AutoCloseable {

  private final Options options;
  private final List<TransferPair> pairs = new ArrayList<>();

  private Transfers(Options options) throws IOException {
    this.options = options;
    Transfer.Way way = options.work().way();
    try {
      for (String name : options.contenders()) {
        String kind = Carrier.bare(name);
        pairs.add(
            new TransferPair(
                options,
                name,
                new Transfer(way, kind, options.size(), options.count(), options.piece())));
      }
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  static void measure(Options options) throws IOException {
    try (Transfers transfers = new Transfers(options)) {
      long warm = System.nanoTime() + options.warmup() * 1_000_000_000L;
      int warmups = 0;
      do {
        transfers.round(warmups++, false);
      } while (System.nanoTime() < warm || warmups < 2);
      for (int number = 1; number <= options.rounds(); number++) {
        transfers.round(number, true);
      }
      System.out.print(options.json() ? transfers.json() : transfers.table());
    }
  }

  /** Each round begins with another contender. */
  private void round(int number, boolean counted) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < pairs.size(); i++) {
      TransferPair pair = pairs.get((i + number) % pairs.size());
      double took = pair.run(counted);
      line.append(String.format(Locale.ROOT, "  %s %.1f", pair.name(), took / 1e6));
    }
    if (!options.json()) {
      System.out.printf("%s %d, ms:%s%n", counted ? "round" : "warm-up", number, line);
    }
  }

  /**
   * What others are compared with: every plain socket, or else the first contender; and those over
   * TCP that are there over something else as well.
   */
  private List<TransferPair> bases() {
    List<TransferPair> bases =
        pairs.stream().filter(pair -> isRaw(pair) || isCarriedAnew(pair)).toList();
    return bases.isEmpty() ? pairs.subList(0, 1) : bases;
  }

  private static boolean isRaw(TransferPair pair) {
    return pair.transfer().kind().startsWith(Transfer.RAW);
  }

  private boolean isCarriedAnew(TransferPair pair) {
    return pair.carrier() == Carrier.TCP
        && pairs.stream()
            .anyMatch(other -> other != pair && other.transfer().equals(pair.transfer()));
  }

  private static Spread ratios(TransferPair pair, TransferPair base) {
    double[] ratios = new double[pair.nanos().size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = pair.nanos().get(i) / base.nanos().get(i);
    }
    return Spread.of(ratios);
  }

  /** How much longer each value takes, in nanoseconds. */
  private Spread extra(TransferPair pair) {
    double[] extra = new double[pair.nanos().size()];
    for (int i = 0; i < extra.length; i++) {
      extra[i] = (pair.nanos().get(i) - pairs.get(0).nanos().get(i)) / options.count();
    }
    return Spread.of(extra);
  }

  private String table() throws IOException {
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "%n%s, %,d of %,d bytes, %d rounds after %d s; plain sockets %,d bytes at a time; "
                    + "%s%n%n",
                options.work(),
                options.count(),
                options.size(),
                options.rounds(),
                options.warmup(),
                options.piece(),
                Machine.text()));
    StringBuilder rule = new StringBuilder("|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    text.append(
        "| contender | median ms (quartiles) | first ms | GB/s | ns each | more than the first, ns |");
    text.append(" sender ms cpu | receiver ms cpu | sender, receiver beyond, MiB |");
    for (TransferPair base : bases()) {
      text.append(" to ").append(base.name()).append(" |");
      rule.append("---:|");
    }
    text.append("\n").append(rule).append("\n");
    for (TransferPair pair : pairs) {
      text.append(row(pair)).append("\n");
    }
    return text.append(Machine.caveat(options.contenders())).toString();
  }

  private String row(TransferPair pair) throws IOException {
    Spread nanos = Spread.of(pair.nanos());
    Spread extra = extra(pair);
    StringBuilder row =
        new StringBuilder(
            String.format(
                Locale.ROOT,
                "| %s | %,.1f (%,.1f-%,.1f) | %,.1f | %.2f | %,.0f | %,.0f (%,.0f-%,.0f) |"
                    + " %,.0f | %,.0f | %,.0f, %,.0f |",
                pair.name(),
                nanos.median() / 1e6,
                nanos.low() / 1e6,
                nanos.high() / 1e6,
                pair.first() / 1e6,
                (double) options.size() * options.count() / nanos.median(),
                nanos.median() / options.count(),
                extra.median(),
                extra.low(),
                extra.high(),
                pair.sendCpu() / 1e6,
                pair.receiveCpu() / 1e6,
                pair.sendBeyond() / 1048576.0,
                pair.receiveBeyond() / 1048576.0));
    for (TransferPair base : bases()) {
      Spread ratio = ratios(pair, base);
      row.append(
          String.format(
              Locale.ROOT, " %.2f (%.2f-%.2f) |", ratio.median(), ratio.low(), ratio.high()));
    }
    return row.toString();
  }

  private String json() throws IOException {
    List<String> contenders = new ArrayList<>();
    for (TransferPair pair : pairs) {
      contenders.add(
          String.format(
              Locale.ROOT,
              "{\"contender\":\"%s\",\"first\":%.0f,\"nanos\":%s,\"sendCpuNanos\":%.0f,\"receiveCpuNanos\":%.0f,"
                  + "\"sendBeyond\":%d,\"receiveBeyond\":%d}",
              pair.name(),
              pair.first(),
              pair.nanos(),
              pair.sendCpu(),
              pair.receiveCpu(),
              pair.sendBeyond(),
              pair.receiveBeyond()));
    }
    return String.format(
        Locale.ROOT,
        "{\"work\":\"%s\",\"size\":%d,\"count\":%d,\"piece\":%d,%s,\"contenders\":[%s]}%n",
        options.work(),
        options.size(),
        options.count(),
        options.piece(),
        Machine.json(),
        String.join(",", contenders));
  }

  @Override
  public void close() throws IOException {
    for (TransferPair pair : pairs) {
      pair.close();
    }
  }
}
