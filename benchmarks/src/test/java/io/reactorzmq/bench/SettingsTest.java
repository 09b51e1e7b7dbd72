package io.reactorzmq.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class SettingsTest {

  private static List<String> rows(String... arguments) {
    return Settings.parse(List.of(arguments)).rows().stream().map(Row::name).toList();
  }

  @Test
  void rowsAndGroupsAreChosenInTheOrderOfTheSuite() {
    assertThat(rows("transfer", "push-1k"))
        .containsExactly("push-1k", "transfer-64m", "transfer-1g");
    assertThat(rows()).hasSameSizeAs(Rows.ALL);
  }

  @Test
  void contendersLeaveOnlyRowsThatHaveThem() {
    List<Row> rows =
        Settings.parse(List.of("push-64", "latency-64", "--contenders", "zmq-sendall,libzmq"))
            .rows();
    assertThat(rows.get(0).contenders()).containsExactly("libzmq");
    assertThat(rows.get(1).contenders()).containsExactly("zmq-sendall", "libzmq");
    assertThat(rows("push-64", "latency-64", "--contenders", "zmq-sendall"))
        .containsExactly("push-64");
  }

  @Test
  void whatIsCompiledAlreadyNeedsNoLongWarmUp() {
    Settings settings = Settings.parse(List.of("push-64", "--warmup", "20", "--seconds", "3"));
    Row row = settings.rows().get(0);
    assertThat(settings.interval(row, "jeromq")).isEqualTo(new Interval(20, 3));
    assertThat(settings.interval(row, "libzmq")).isEqualTo(new Interval(1, 3));
    assertThat(settings.runSeconds(row, "jeromq") - settings.runSeconds(row, "libzmq"))
        .isEqualTo(19);
    Settings none = Settings.parse(List.of("push-64", "--warmup", "0"));
    assertThat(none.interval(row, "libzmq").warmup()).isZero();
  }

  @Test
  void quickIsShort() {
    Settings settings = Settings.parse(List.of("--quick", "--rounds", "4"));
    assertThat(settings.rounds()).isEqualTo(4);
    assertThat(settings.interval()).isEqualTo(new Interval(1, 1));
  }

  @Test
  void whatMakesNoSenseIsRefused() {
    for (List<String> arguments :
        List.of(
            List.of("pushh"),
            List.of("--rounds", "0"),
            List.of("--rounds"),
            List.of("--round", "3"),
            List.of("--seconds", "x"),
            List.of("push", "--contenders", "libzmqq"))) {
      assertThatThrownBy(() -> Settings.parse(arguments))
          .as("%s", arguments)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void subscribersAreSharedOutAmongProcesses() {
    Launch launch = Launch.of(Figures.row("pubsub-64"), "libzmq", new Interval(3, 2));
    assertThat(launch.listening()).containsExactly(List.of("publish", "64", "64"));
    assertThat(launch.dialling())
        .containsExactly(
            List.of("subscribe", "64", "32", "3", "2"), List.of("subscribe", "64", "32", "3", "2"));
  }

  @Test
  void fourReceiveWhatOneSends() {
    Row row = Figures.row("push4-1k");
    assertThat(Launch.of(row, "libzmq", new Interval(3, 2)).listening())
        .hasSize(4)
        .containsOnly(List.of("receive", "1024", "3", "2", "4"));
    assertThat(Launch.of(row, "zmq-sendall-to-one", new Interval(3, 2)).listening())
        .containsExactly(List.of("receive", "1024", "3", "2", "1"));
  }
}
