package io.reactorzmq.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.bench.Verdict.Outcome;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class VerdictTest {

  private static final Target AT_LEAST = target(Metric.RATE, true);
  private static final Target AT_MOST = target(Metric.P50, false);

  private static Target target(Metric metric, boolean atLeast) {
    return new Target("push-64", "zmq-sendall", "libzmq", metric, atLeast, 2.0);
  }

  @Test
  void theMedianMustMeetItAndTheWorseQuartileNearly() {
    assertThat(AT_LEAST.isMetBy(new Spread(1.8, 2.0, 9))).isTrue();
    assertThat(AT_LEAST.isMetBy(new Spread(1.79, 2.0, 9))).isFalse();
    assertThat(AT_LEAST.isMetBy(new Spread(1.99, 1.99, 9))).isFalse();
    assertThat(AT_MOST.isMetBy(new Spread(0.1, 2.0, 2.2))).isTrue();
    assertThat(AT_MOST.isMetBy(new Spread(0.1, 2.0, 2.21))).isFalse();
    assertThat(AT_MOST.isMetBy(new Spread(0.1, 2.01, 2.01))).isFalse();
  }

  @Test
  void sevenPairsDecide() {
    assertThat(outcome(Figures.pairs("push-64", 1.5), 2)).isEqualTo(Outcome.MET);
    assertThat(outcome(Figures.pairs("push-64", 1.4), 2)).isEqualTo(Outcome.NOT_MET);
  }

  @Test
  void sixDoNot() {
    RowResult result = new RowResult(Figures.row("push-64"));
    for (int i = 0; i < 6; i++) {
      result.add(new Schedule.Match("zmq-sendall", "libzmq"), 2);
    }
    assertThat(outcome(result, 2)).isEqualTo(Outcome.REPORTED);
  }

  @Test
  void aRowThatNeedsProcessorsIsReportedOnlyWithoutThem() {
    RowResult result = Figures.pairs("push4-1k", 3);
    assertThat(outcome(result, 3)).isEqualTo(Outcome.REPORTED);
    assertThat(outcome(result, 4)).isEqualTo(Outcome.MET);
  }

  @Test
  void aPeerThatIsMissingIsNamed() {
    RowResult result = new RowResult(Figures.row("push-64"));
    result.add("zmq-sendall", Figures.rate(1));
    result.absent("libzmq", "not installed");
    Verdict verdict = Verdict.judge(target("push-64"), result, 8);
    assertThat(verdict.outcome()).isEqualTo(Outcome.MISSING);
    assertThat(verdict.why()).isEqualTo("libzmq: not installed");
  }

  private static Outcome outcome(RowResult result, int processors) {
    return Verdict.judge(target(result.row().name()), result, processors).outcome();
  }

  private static Target target(String row) {
    return Targets.ALL.stream()
        .filter(target -> target.row().equals(row) && target.ours().equals("zmq-sendall"))
        .filter(target -> target.peer().equals("libzmq"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void everyTargetIsOfContendersThatAreCompared() {
    Set<List<String>> seen = new HashSet<>();
    for (Target target : Targets.ALL) {
      Row row = Figures.row(target.row());
      assertThat(row.ours()).as("%s", target).contains(target.ours());
      if (target.isRatio()) {
        assertThat(row.matches())
            .as("%s", target)
            .contains(new Schedule.Match(target.ours(), target.peer()));
        assertThat(target.metric()).as("%s", target).isEqualTo(row.metric());
      }
      assertThat(target.atLeast()).as("%s", target).isEqualTo(target.metric().isMoreBetter());
      assertThat(
              seen.add(
                  List.of(target.row(), target.ours(), target.peer(), target.metric().toString())))
          .as("%s", target)
          .isTrue();
    }
  }
}
