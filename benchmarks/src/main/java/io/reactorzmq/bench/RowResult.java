package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What all rounds of a row gave: the runs of each contender, and ratios within pairs of runs. */
final class RowResult {

  private final Row row;
  private final Map<String, List<Sample>> samples = new LinkedHashMap<>();
  private final Map<Schedule.Match, List<Double>> ratios = new LinkedHashMap<>();
  private final Map<String, String> absent = new LinkedHashMap<>();
  private final Set<String> failed = new HashSet<>();
  private final Map<String, List<String>> repeated = new LinkedHashMap<>();

  RowResult(Row row) {
    this.row = row;
  }

  Row row() {
    return row;
  }

  void add(String contender, Sample sample) {
    samples.computeIfAbsent(contender, c -> new ArrayList<>()).add(sample);
  }

  /** A ratio within one pair of runs, ours divided by the peer's. */
  void add(Schedule.Match match, double ratio) {
    ratios.computeIfAbsent(match, m -> new ArrayList<>()).add(ratio);
  }

  /** Says why a contender has no figures, or no more of them. */
  void absent(String contender, String why) {
    absent.put(contender, why);
  }

  /** Says that a contender failed, and has no more figures. */
  void failed(String contender, String why) {
    failed.add(contender);
    absent(contender, why);
  }

  /** Says that a run of a contender was done once more, and why the first did not count. */
  void repeated(String contender, String why) {
    repeated.computeIfAbsent(contender, c -> new ArrayList<>()).add(why);
  }

  /** Why runs of a contender that were done once more did not count at first. */
  List<String> repeated(String contender) {
    return repeated.getOrDefault(contender, List.of());
  }

  /** What a reader should know beside the figures: who has none, and which runs were repeated. */
  Map<String, String> remarks() {
    Map<String, String> remarks = new LinkedHashMap<>();
    for (String contender : row.contenders()) {
      List<String> of = new ArrayList<>();
      List<String> again = repeated(contender);
      if (!again.isEmpty()) {
        of.add(
            "runs that did not count and were done again: " + again.size() + ", " + again.get(0));
      }
      if (absent.containsKey(contender)) {
        of.add(absent.get(contender));
      }
      if (!of.isEmpty()) {
        remarks.put(contender, String.join("; ", of));
      }
    }
    return remarks;
  }

  /** Whether a contender that could run has failed. */
  boolean hasFailed() {
    return !failed.isEmpty();
  }

  boolean hasFailed(String contender) {
    return failed.contains(contender);
  }

  /** The contenders that have no figures or failed, and why. */
  Map<String, String> absent() {
    return absent;
  }

  /** The contenders that have figures, in the order of the row. */
  List<String> contenders() {
    return row.contenders().stream().filter(samples::containsKey).toList();
  }

  List<Sample> samples(String contender) {
    return samples.getOrDefault(contender, List.of());
  }

  /** Of each pair of runs, in their order; empty if they are not compared. */
  List<Double> ratios(String ours, String peer) {
    return ratios.getOrDefault(new Schedule.Match(ours, peer), List.of());
  }

  @Nullable Spread ratio(String ours, String peer) {
    List<Double> all = ratios(ours, peer);
    return all.isEmpty() ? null : Spread.of(all);
  }

  /** Of all runs of a contender; null if it has none. */
  @Nullable Spread spread(String contender, Metric metric) {
    return spread(contender, metric::of);
  }

  /** Of a figure that not every run has; null if none has it. */
  @Nullable Spread spread(String contender, Function<Sample, @Nullable Double> figure) {
    List<Double> values = new ArrayList<>();
    for (Sample sample : samples(contender)) {
      Double value = figure.apply(sample);
      if (value != null) {
        values.add(value);
      }
    }
    return values.isEmpty() ? null : Spread.of(values);
  }

  /** Takes the ratios of runs next to each other in the order in which they were. */
  void compare(List<String> order, Map<Integer, Sample> runs) {
    List<Schedule.Match> matches = row.matches();
    Map<Schedule.Match, Boolean> taken = new LinkedHashMap<>();
    for (int i = 0; i + 1 < order.size(); i++) {
      if (!runs.containsKey(i) || !runs.containsKey(i + 1)) {
        continue;
      }
      for (boolean oursFirst : new boolean[] {true, false}) {
        int our = oursFirst ? i : i + 1;
        int peer = oursFirst ? i + 1 : i;
        Schedule.Match match = new Schedule.Match(order.get(our), order.get(peer));
        if (matches.contains(match) && taken.putIfAbsent(match, true) == null) {
          Double mine = row.metric().of(Objects.requireNonNull(runs.get(our)));
          Double theirs = row.metric().of(Objects.requireNonNull(runs.get(peer)));
          if (mine != null && theirs != null) {
            add(match, mine / theirs);
          }
        }
      }
    }
  }
}
