package io.reactorzmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tool as a process: its streams, its signals, its memory. */
class ProcessTest extends Processes {

  @TempDir Path dir;

  @Test
  void fileToFileAllLinesInOrder() throws Exception {
    int lines = 200_000;
    Path in = Files.writeString(dir.resolve("in"), numbers(lines));
    Path out = dir.resolve("out");
    Process pull =
        start(zmq("pull", "--bind", ANY_PORT, "--count", "" + lines).redirectOutput(out.toFile()));
    Process push = start(zmq("push", "--connect", endpoint(pull)).redirectInput(in.toFile()));
    assertThat(exitCode(push)).isZero();
    assertThat(exitCode(pull)).isZero();
    assertThat(Files.mismatch(in, out)).isEqualTo(-1);
    assertThat(push.errorReader().lines()).isEmpty();
  }

  @Test
  void anInterruptClosesWithLinger() throws Exception {
    Process pull = start(zmq("pull", "--bind", ANY_PORT));
    BufferedReader errors = pull.errorReader();
    Process push = start(zmq("push", "--connect", endpoint(errors)));
    type(push, "1\n2\n");
    assertThat(pull.inputReader().readLine()).isEqualTo("1");
    signal("INT", push);
    assertThat(exitCode(push)).isZero();
    signal("TERM", pull);
    assertThat(exitCode(pull)).isZero();
    assertThat(pull.inputReader().lines()).containsExactly("2");
    assertThat(errors.lines()).isEmpty();
  }

  @Test
  void aSecondInterruptEndsItAtOnce() throws Exception {
    Process push = start(zmq("push", "--bind", ANY_PORT));
    BufferedReader errors = push.errorReader();
    Process pull = start(zmq("pull", "--connect", endpoint(errors)));
    type(push, "1\n");
    assertThat(pull.inputReader().readLine()).isEqualTo("1");
    signal("STOP", pull);
    type(push, "2\n");
    signal("INT", push);
    assertThat(errors.readLine()).contains("interrupt once more to leave at once");
    signal("INT", push);
    assertThat(exitCode(push)).isEqualTo(130);
  }

  @Test
  void aClosedPipeEndsItQuietly() throws Exception {
    Process push = start(zmq("push", "--bind", ANY_PORT));
    BufferedReader errors = push.errorReader();
    Process pull = start(zmq("pull", "--connect", endpoint(errors)));
    type(push, "1\n");
    assertThat(pull.inputReader().readLine()).isEqualTo("1");
    pull.inputReader().close();
    patiently()
        .until(
            () -> {
              type(push, "2\n");
              return !pull.isAlive();
            });
    assertThat(exitCode(pull)).isZero();
    assertThat(pull.errorReader().lines()).isEmpty();
  }

  @Test
  void itDoesNotOutliveTheParentItNames() throws Exception {
    Process parent = start(zmq("pull", "--bind", ANY_PORT));
    Process child = start(zmq("pull", "--bind", ANY_PORT, "--parent", "" + parent.pid()));
    endpoint(child);
    parent.destroyForcibly();
    assertThat(exitCode(child)).isEqualTo(1);
  }

  @Test
  void aPullerThatStandsStillMakesStdinStandStillAndNothingGrows() throws Exception {
    Process pull =
        start(zmq("pull", "--bind", ANY_PORT).redirectOutput(ProcessBuilder.Redirect.DISCARD));
    Process push = start(small(zmq("push", "--connect", endpoint(pull))));
    AtomicLong written = new AtomicLong();
    Thread typist = new Thread(() -> typeForEver(push, written));
    typist.setDaemon(true);
    typist.start();

    patiently().until(() -> written.get() > 50_000_000);
    signal("STOP", pull);
    long[] before = {0};
    patiently()
        .during(Duration.ofMillis(500))
        .until(() -> before[0] == (before[0] = written.get()));
    signal("CONT", pull);
    long stoodStillAt = written.get();
    patiently().until(() -> written.get() > stoodStillAt + 50_000_000);
    assertThat(push.isAlive()).isTrue();
  }
}
