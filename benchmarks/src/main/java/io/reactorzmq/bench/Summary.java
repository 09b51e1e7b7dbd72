package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/** Medians over the rounds, and ratios to the first contender. */
record Summary(Options options, Map<String, List<Round>> results) {

  /**
   * A ratio to the first contender.
   *
   * @param ofMedians the median of one divided by the median of the other
   * @param min the smallest ratio within a round
   * @param max the largest ratio within a round
   */
  private record Ratio(double ofMedians, double min, double max) {}

  private static double median(List<Round> rounds, ToDoubleFunction<Round> value) {
    double[] sorted = rounds.stream().mapToDouble(value).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private Ratio ratio(List<Round> rounds) {
    List<Round> base = results.values().iterator().next();
    double min = Double.MAX_VALUE;
    double max = 0;
    for (int i = 0; i < rounds.size(); i++) {
      double ratio = rounds.get(i).perSecond() / base.get(i).perSecond();
      min = Math.min(min, ratio);
      max = Math.max(max, ratio);
    }
    return new Ratio(median(rounds, Round::perSecond) / median(base, Round::perSecond), min, max);
  }

  private static double sendCpu(Round round) {
    return (double) round.sendCpu() / round.messages();
  }

  private static double receiveCpu(Round round) {
    return (double) round.receiveCpu() / round.messages();
  }

  String table() {
    return options.work().isTimed() ? latencies() : rates();
  }

  private String heading() {
    String what =
        switch (options.work()) {
          case MESSAGES -> "";
          case PUBSUB -> ", %d subscribers".formatted(options.subscribers());
          default -> ", %d outstanding".formatted(options.outstanding());
        };
    return """

        %d bytes%s, %d rounds of %d s after %d s; %s

        """
        .formatted(
            options.size(),
            what,
            options.rounds(),
            options.seconds(),
            options.warmup(),
            Machine.text());
  }

  private String rates() {
    StringBuilder text = new StringBuilder(heading());
    text.append(
        options.work().isOneWay()
            ? "| contender | median msg/s | MB/s | min | max | sender ns/msg | receiver ns/msg |"
            : "| contender | median req/s | MB/s | min | max | requester ns/req | replier ns/req |");
    text.append(
        """
         ratio (min-max) |
        |---|---:|---:|---:|---:|---:|---:|---:|
        """);
    results.forEach(
        (name, rounds) -> {
          double[] rates = rounds.stream().mapToDouble(Round::perSecond).sorted().toArray();
          double rate = median(rounds, Round::perSecond);
          Ratio ratio = ratio(rounds);
          text.append(
              String.format(
                  Locale.ROOT,
                  "| %s | %,.0f | %,.0f | %,.0f | %,.0f | %,.0f | %,.0f | %.2f (%.2f-%.2f) |%n",
                  name,
                  rate,
                  rate * options.size() / 1e6,
                  rates[0],
                  rates[rates.length - 1],
                  median(rounds, Summary::sendCpu),
                  median(rounds, Summary::receiveCpu),
                  ratio.ofMedians,
                  ratio.min,
                  ratio.max));
        });
    return text.append(Machine.caveat(options.contenders())).toString();
  }

  private String latencies() {
    StringBuilder text = new StringBuilder(heading());
    text.append(
        """
        | contender | requests | p50 us | p90 us | p99 us | p99.9 us | max us | requester ns/req | replier ns/req | \
        p50 us (quartiles) | p50 to the first (quartiles) |
        |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
        """);
    results.forEach(
        (name, rounds) -> {
          Spread half = Spread.of(rounds.stream().map(Summary::p50).toList());
          Spread ratio = p50Ratios(rounds);
          text.append(
              String.format(
                  Locale.ROOT,
                  "| %s | %s | %,.0f | %,.0f | %,.1f (%,.1f-%,.1f) | %.2f (%.2f-%.2f) |%n",
                  name,
                  latency(rounds).cells(),
                  median(rounds, Summary::sendCpu),
                  median(rounds, Summary::receiveCpu),
                  half.median() / 1e3,
                  half.low() / 1e3,
                  half.high() / 1e3,
                  ratio.median(),
                  ratio.low(),
                  ratio.high()));
        });
    return text.append(Machine.caveat(options.contenders())).toString();
  }

  private static double p50(Round round) {
    return Objects.requireNonNull(round.latency()).p50();
  }

  /** Of the same round each. */
  private Spread p50Ratios(List<Round> rounds) {
    List<Round> base = results.values().iterator().next();
    double[] ratios = new double[rounds.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = p50(rounds.get(i)) / p50(base.get(i));
    }
    return Spread.of(ratios);
  }

  /** The medians of the percentiles, the largest of all rounds, and how many there were in all. */
  private static Latency latency(List<Round> rounds) {
    List<Latency> all = rounds.stream().map(r -> Objects.requireNonNull(r.latency())).toList();
    return new Latency(
        all.stream().mapToLong(Latency::count).sum(),
        (long) median(rounds, r -> Objects.requireNonNull(r.latency()).p50()),
        (long) median(rounds, r -> Objects.requireNonNull(r.latency()).p90()),
        (long) median(rounds, r -> Objects.requireNonNull(r.latency()).p99()),
        (long) median(rounds, r -> Objects.requireNonNull(r.latency()).p999()),
        all.stream().mapToLong(Latency::max).max().orElse(0));
  }

  String json() {
    List<String> contenders = new ArrayList<>();
    results.forEach(
        (name, rounds) -> {
          Ratio ratio = ratio(rounds);
          List<String> rates =
              rounds.stream().map(r -> String.format(Locale.ROOT, "%.0f", r.perSecond())).toList();
          contenders.add(
              String.format(
                  Locale.ROOT,
                  """
                  {"contender":"%s","perSecond":[%s],"median":%.0f,"sendCpuNanos":%.1f,\
                  "receiveCpuNanos":%.1f,"ratio":%.3f,"minRatio":%.3f,"maxRatio":%.3f%s}""",
                  name,
                  String.join(",", rates),
                  median(rounds, Round::perSecond),
                  median(rounds, Summary::sendCpu),
                  median(rounds, Summary::receiveCpu),
                  ratio.ofMedians,
                  ratio.min,
                  ratio.max,
                  options.work().isTimed() ? ",\"latency\":" + latency(rounds).json() : ""));
        });
    return String.format(
        Locale.ROOT,
        "{\"work\":\"%s\",\"size\":%d,\"outstanding\":%d,\"subscribers\":%d,\"rounds\":%d,\"seconds\":%d,\"warmup\":%d,%s,"
            + "\"contenders\":[%s]}%n",
        options.work(),
        options.size(),
        options.outstanding(),
        options.subscribers(),
        options.rounds(),
        options.seconds(),
        options.warmup(),
        Machine.json(),
        String.join(",", contenders));
  }
}
