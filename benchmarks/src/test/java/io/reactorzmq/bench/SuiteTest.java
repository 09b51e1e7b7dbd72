package io.reactorzmq.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SuiteTest {

  private static final int ROUNDS = 3;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final List<String> runs = new ArrayList<>();

  @Test
  void aRunThatIsLateIsDoneOnceMoreAndCounts() {
    RowResult result =
        row(
            contender -> {
              if (times(contender) == 1 && contender.equals("jeromq")) {
                throw late(contender);
              }
            });
    assertThat(runs).hasSize(2 * ROUNDS + 1);
    assertThat(result.samples("jeromq")).hasSize(ROUNDS);
    assertThat(result.ratios("zmq-sendall", "jeromq")).hasSize(ROUNDS);
    assertThat(result.repeated("jeromq")).containsExactly("jeromq is late");
    assertThat(result.repeated("zmq-sendall")).isEmpty();
    assertThat(result.hasFailed()).isFalse();
    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains("push-64, jeromq is run again: jeromq is late");
  }

  @Test
  void whoIsLateTwiceInARowRunsNoMore() {
    RowResult result =
        row(
            contender -> {
              if (contender.equals("jeromq")) {
                throw late(contender);
              }
            });
    assertThat(runs).filteredOn("jeromq"::equals).hasSize(2);
    assertThat(result.samples("jeromq")).isEmpty();
    assertThat(result.hasFailed("jeromq")).isTrue();
    assertThat(result.samples("zmq-sendall")).hasSize(ROUNDS);
  }

  @Test
  void whoDoesWhatIsWrongRunsNoMoreAtOnce() {
    RowResult result =
        row(
            contender -> {
              if (contender.equals("jeromq")) {
                throw new IOException("the wrong message");
              }
            });
    assertThat(runs).filteredOn("jeromq"::equals).hasSize(1);
    assertThat(result.repeated("jeromq")).isEmpty();
    assertThat(result.absent()).containsEntry("jeromq", "the wrong message");
  }

  private static Run.Late late(String contender) {
    return new Run.Late(contender + " is late", new IOException("it ended"));
  }

  private long times(String contender) {
    return runs.stream().filter(contender::equals).count();
  }

  /** What goes wrong in a run, if anything. */
  private interface Trouble {

    void of(String contender) throws IOException;
  }

  /** Runs a row of two contenders, whose runs are only written down. */
  private RowResult row(Trouble trouble) {
    Settings settings =
        Settings.parse(
            List.of("push-64", "--contenders", "zmq-sendall,jeromq", "--rounds", "" + ROUNDS));
    PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
    Suite suite =
        new Suite(
            settings,
            new Progress(out, false, 1, 1),
            (row, contender, interval) -> {
              runs.add(contender);
              trouble.of(contender);
              return Figures.rate(1000);
            });
    return suite.row(settings.rows().get(0));
  }
}
