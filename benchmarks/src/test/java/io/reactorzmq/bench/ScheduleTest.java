package io.reactorzmq.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScheduleTest {

  @Test
  void everyTwoThatAreComparedRunOneAfterTheOther() {
    for (Row row : Rows.ALL) {
      for (int round = 0; round < 8; round++) {
        List<String> order = Schedule.of(row.contenders(), row.matches(), round);
        assertThat(order).as(row.name()).containsAll(row.contenders());
        for (Schedule.Match match : row.matches()) {
          assertThat(adjacent(order, match)).as("%s of %s", match, order).isTrue();
        }
      }
    }
  }

  private static boolean adjacent(List<String> order, Schedule.Match match) {
    for (int i = 0; i + 1 < order.size(); i++) {
      if (match.has(order.get(i)) && match.other(order.get(i)).equals(order.get(i + 1))) {
        return true;
      }
    }
    return false;
  }

  @Test
  void anOddRoundReversesTheOneBefore() {
    Row row = Figures.row("push-64");
    List<String> even = new ArrayList<>(Schedule.of(row.contenders(), row.matches(), 4));
    Collections.reverse(even);
    assertThat(Schedule.of(row.contenders(), row.matches(), 5)).isEqualTo(even);
  }

  @Test
  void oneRunServesTheComparisonsOnBothSides() {
    Row row = Figures.row("requests-64");
    assertThat(Schedule.of(row.contenders(), row.matches(), 0))
        .containsExactly("libzmq", "zmq-req", "jeromq", "grpc", "zmq-req", "rsocket");
  }

  @Test
  void whoIsComparedWithNobodyRunsOnce() {
    Row row = Figures.row("allocation");
    assertThat(Schedule.of(row.contenders(), row.matches(), 0))
        .containsExactly("zmq-sendall", "zmq-tryemit", "zmq-sendall-zerocopy");
  }

  @Test
  void ofOneReceiverEachIsComparedWithItself() {
    assertThat(Figures.row("push4-1k").matches())
        .contains(new Schedule.Match("zmq-tryemit", "zmq-tryemit-to-one"))
        .doesNotContain(new Schedule.Match("zmq-sendall", "zmq-tryemit-to-one"));
  }
}
