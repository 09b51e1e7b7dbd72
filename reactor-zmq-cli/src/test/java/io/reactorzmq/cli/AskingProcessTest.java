package io.reactorzmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code zmq req} and {@code zmq rep} as processes: what is killed, what stands still. */
class AskingProcessTest extends Processes {

  @TempDir Path dir;

  @Test
  void whatAKilledReplierLeavesFailsWithItsNumberAndTheOthersAreAnswered() throws Exception {
    Process doomed = start(zmq("rep", "--bind", ANY_PORT));
    Process req = start(zmq("req", "--connect", endpoint(doomed), "--bind", ANY_PORT));
    BufferedReader errors = req.errorReader();
    String endpoint = endpoint(errors);
    type(req, "1\n2\n");
    assertThat(doomed.inputReader().readLine()).isEqualTo("1");
    assertThat(doomed.inputReader().readLine()).isEqualTo("2");
    doomed.destroyForcibly();
    List<String> failures = new ArrayList<>(); // only when it knows, the next one goes elsewhere
    while (failures.size() < 2) {
      String line = errors.readLine();
      if (line.contains("its replier is gone")) {
        failures.add(line);
      }
    }
    start(zmq("rep", "--connect", endpoint, "--echo"));
    type(req, "3\n");
    assertThat(req.inputReader().readLine()).isEqualTo("3");
    req.getOutputStream().close();
    assertThat(exitCode(req)).isEqualTo(1);
    assertThat(failures)
        .containsExactly(
            "zmq req: line 1: its replier is gone, and may have processed it",
            "zmq req: line 2: its replier is gone, and may have processed it");
    assertThat(errors.lines()).contains("zmq req: requests that failed: 2 of 3");
  }

  @Test
  void anInterruptWaitsForTheReplyAndASecondOneDoesNot() throws Exception {
    Process rep = start(zmq("rep", "--bind", ANY_PORT));
    String endpoint = endpoint(rep);
    Process first = start(zmq("req", "--connect", endpoint));
    type(first, "1\n");
    BufferedReader requests = rep.inputReader();
    assertThat(requests.readLine()).isEqualTo("1");
    Process second = start(zmq("req", "--connect", endpoint));
    type(second, "2\n");
    assertThat(requests.readLine()).isEqualTo("2");
    for (Process req : List.of(first, second)) {
      signal("INT", req);
      assertThat(req.errorReader().readLine()).contains("interrupt once more to leave at once");
    }
    signal("INT", first);
    assertThat(exitCode(first)).isEqualTo(130);
    type(rep, "one\ntwo\n");
    assertThat(exitCode(second)).isZero();
    assertThat(second.inputReader().lines()).containsExactly("two");
  }

  @Test
  void aClosedPipeEndsItQuietly() throws Exception {
    Process rep =
        start(
            zmq("rep", "--bind", ANY_PORT, "--echo")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD));
    Path in = Files.writeString(dir.resolve("in"), numbers(500_000));
    Process req = start(zmq("req", "--connect", endpoint(rep)).redirectInput(in.toFile()));
    assertThat(req.inputReader().readLine()).isEqualTo("1");
    req.inputReader().close();
    assertThat(exitCode(req)).isZero();
    assertThat(req.errorReader().lines()).isEmpty();
  }

  @Test
  void aReplierThatStandsStillMakesStdinStandStillAndNothingGrows() throws Exception {
    Process rep =
        start(
            small(zmq("rep", "--bind", ANY_PORT, "--echo"))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD));
    Process req =
        start(
            small(zmq("req", "--connect", endpoint(rep)))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD));
    AtomicLong written = new AtomicLong();
    Thread typist = new Thread(() -> typeForEver(req, written));
    typist.setDaemon(true);
    typist.start();

    patiently().until(() -> written.get() > 5_000_000);
    signal("STOP", rep);
    long[] before = {0};
    patiently()
        .during(Duration.ofMillis(500))
        .until(() -> before[0] == (before[0] = written.get()));
    signal("CONT", rep);
    long stoodStillAt = written.get();
    patiently().until(() -> written.get() > stoodStillAt + 5_000_000);
    assertThat(req.isAlive() && rep.isAlive()).isTrue();
  }
}
