package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What became of a target.
 *
 * @param target what was expected
 * @param outcome whether it is met
 * @param why it was not judged; empty if it was
 * @param measured ratios or amounts; null if there are none
 * @param count of them
 */
record Verdict(Target target, Outcome outcome, String why, @Nullable Spread measured, int count) {

  /** Fewer say too little to judge by. */
  static final int ENOUGH = 7;

  /** Whether a target is met. */
  enum Outcome {
    /** It is. */
    MET("met"),
    /** It is not. */
    NOT_MET("not met"),
    /** It was measured where it says nothing, or too seldom. */
    REPORTED("reported only"),
    /** A contender did not run. */
    MISSING("not measured");

    private final String text;

    Outcome(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** Of all targets of the rows that ran. */
  static List<Verdict> of(List<RowResult> results, int processors) {
    List<Verdict> verdicts = new ArrayList<>();
    for (RowResult result : results) {
      for (Target target : Targets.ALL) {
        if (target.row().equals(result.row().name())
            && result.row().contenders().contains(target.ours())) {
          verdicts.add(judge(target, result, processors));
        }
      }
    }
    return verdicts;
  }

  static Verdict judge(Target target, RowResult result, int processors) {
    Spread measured =
        target.isRatio()
            ? result.ratio(target.ours(), target.peer())
            : result.spread(target.ours(), target.metric());
    if (measured == null) {
      return new Verdict(target, Outcome.MISSING, why(target, result), null, 0);
    }
    int count =
        target.isRatio()
            ? result.ratios(target.ours(), target.peer()).size()
            : result.samples(target.ours()).size();
    if (processors < result.row().needs()) {
      String few = "fewer than " + result.row().needs() + " processors";
      return new Verdict(target, Outcome.REPORTED, few, measured, count);
    }
    if (count < ENOUGH) {
      String few = "fewer than " + ENOUGH + (target.isRatio() ? " pairs" : " runs");
      return new Verdict(target, Outcome.REPORTED, few, measured, count);
    }
    Outcome outcome = target.isMetBy(measured) ? Outcome.MET : Outcome.NOT_MET;
    return new Verdict(target, outcome, "", measured, count);
  }

  private static String why(Target target, RowResult result) {
    for (String contender : List.of(target.ours(), target.peer())) {
      String why = result.absent().get(contender);
      if (why != null) {
        return contender + ": " + why;
      }
    }
    return "it was not asked for";
  }

  /** Median and quartiles. */
  String measuredText() {
    if (measured == null) {
      return "";
    }
    return target.isRatio()
        ? String.format(
            Locale.ROOT, "%.2fx (%.2f-%.2f)", measured.median(), measured.low(), measured.high())
        : target.metric().format(measured.median())
            + " ("
            + target.metric().format(measured.low())
            + " - "
            + target.metric().format(measured.high())
            + ")";
  }
}
