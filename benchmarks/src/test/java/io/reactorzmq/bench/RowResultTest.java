package io.reactorzmq.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RowResultTest {

  private static final List<String> ORDER =
      List.of("libzmq", "zmq-req", "jeromq", "grpc", "zmq-req", "rsocket");

  @Test
  void ratiosAreOfNeighboursAndOursIsDividedByThePeer() {
    RowResult result = new RowResult(Figures.row("latency-64"));
    result.compare(
        ORDER,
        Map.of(
            0, Figures.latency(10),
            1, Figures.latency(20),
            2, Figures.latency(40),
            3, Figures.latency(30),
            4, Figures.latency(60),
            5, Figures.latency(15)));
    assertThat(result.ratios("zmq-req", "libzmq")).containsExactly(2.0);
    assertThat(result.ratios("zmq-req", "jeromq")).containsExactly(0.5);
    assertThat(result.ratios("zmq-req", "grpc")).containsExactly(2.0);
    assertThat(result.ratios("zmq-req", "rsocket")).containsExactly(4.0);
  }

  @Test
  void aRunThatFailedIsComparedWithNobody() {
    RowResult result = new RowResult(Figures.row("latency-64"));
    result.compare(ORDER, Map.of(0, Figures.latency(10), 2, Figures.latency(40)));
    assertThat(result.ratios("zmq-req", "libzmq")).isEmpty();
    assertThat(result.ratio("zmq-req", "jeromq")).isNull();
  }

  @Test
  void aRoundGivesOneRatioOfEachTwo() {
    RowResult result = new RowResult(Figures.row("prefixes"));
    result.compare(
        List.of("zmq", "zmq-to-one", "zmq"),
        Map.of(0, Figures.rate(100), 1, Figures.rate(200), 2, Figures.rate(400)));
    assertThat(result.ratios("zmq", "zmq-to-one")).containsExactly(2.0);
  }

  @Test
  void aFigureThatOnlySomeRunsHaveIsOfThose() {
    RowResult result = new RowResult(Figures.row("push-64"));
    result.add("libzmq", Figures.rate(1));
    result.add("libzmq", Figures.latency(8));
    Spread spread = Objects.requireNonNull(result.spread("libzmq", Metric.RECEIVE_ALLOCATED));
    assertThat(spread.median()).isEqualTo(25);
    assertThat(result.spread("libzmq", Metric.TRANSFER)).isNull();
  }

  @Test
  void quartilesAreInterpolated() {
    Spread spread = Spread.of(List.of(4.0, 1.0, 3.0, 2.0));
    assertThat(spread).isEqualTo(new Spread(1.75, 2.5, 3.25));
    assertThat(Spread.of(List.of(7.0))).isEqualTo(new Spread(7, 7, 7));
  }
}
