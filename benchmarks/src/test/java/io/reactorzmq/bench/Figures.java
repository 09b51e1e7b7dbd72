package io.reactorzmq.bench;

import java.util.List;
import java.util.Map;

/** Results for tests, made up. */
final class Figures {

  private Figures() {}

  static Row row(String name) {
    return Rows.ALL.stream().filter(row -> row.name().equals(name)).findFirst().orElseThrow();
  }

  static Sample rate(double perSecond) {
    return new Sample(
        perSecond,
        null,
        null,
        new Sample.Side(100, 24.0, 1.0, 100_000_000),
        new Sample.Side(200, null, null, 200_000_000));
  }

  static Sample latency(long p50) {
    return new Sample(
        1e9 / p50,
        new Latency(1000, p50, 2 * p50, 3 * p50, 4 * p50, 5 * p50),
        null,
        new Sample.Side(100, 24.0, 1.0, 100_000_000),
        new Sample.Side(200, 25.0, 2.0, 200_000_000));
  }

  /** Seven pairs of each of ours and libzmq, all with one ratio. */
  static RowResult pairs(String row, double ratio) {
    RowResult result = new RowResult(row(row));
    for (int i = 0; i < Verdict.ENOUGH; i++) {
      result.compare(
          List.of("zmq-sendall", "libzmq", "zmq-tryemit"),
          Map.of(0, rate(1000 * ratio), 1, rate(1000), 2, rate(1000 * ratio)));
      for (String contender : List.of("zmq-sendall", "zmq-tryemit")) {
        result.add(contender, rate(1000 * ratio));
      }
      result.add("libzmq", rate(1000));
    }
    return result;
  }

  static Environment environment(int processors) {
    return new Environment(
        "2026-01-02T03:04:05Z",
        processors,
        "a <fast> processor",
        0.5,
        1.5,
        "Linux 1.2.3",
        "17.0.1 (somebody)",
        "G1",
        "-Done=two",
        1000,
        7,
        3,
        2,
        Map.of("libzmq", "4.3.4", "jeromq", "0.6.0"));
  }
}
