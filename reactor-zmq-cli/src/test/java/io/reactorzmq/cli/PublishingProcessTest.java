package io.reactorzmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code zmq pub} and {@code zmq sub} as processes: their streams and their signals. */
class PublishingProcessTest extends Processes {

  @TempDir Path dir;

  @Test
  void fileToFilesEachGetsWhatItAskedForInOrder() throws Exception {
    int lines = 50_000;
    Path in = Files.writeString(dir.resolve("in"), numbers(lines).replace("\n", "\tx\n"));
    Process pub =
        start(
            zmq("pub", "--bind", ANY_PORT, "--overflow", "wait", "--wait-subscribers", "2")
                .redirectInput(in.toFile()));
    BufferedReader errors = pub.errorReader();
    String endpoint = endpoint(errors);
    Path all = dir.resolve("all");
    Path some = dir.resolve("some");
    Process whole =
        start(
            zmq("sub", "--connect", endpoint, "--overflow", "wait", "--count", "" + lines)
                .redirectOutput(all.toFile()));
    Process part =
        start(
            zmq("sub --overflow wait --subscribe 1 --subscribe 12 --connect", endpoint)
                .redirectOutput(some.toFile()));
    assertThat(exitCode(pub)).isZero();
    assertThat(exitCode(whole)).isZero();
    signal("INT", part);
    assertThat(exitCode(part)).isZero();
    assertThat(Files.mismatch(in, all)).isEqualTo(-1);
    List<String> ones = Files.readAllLines(in).stream().filter(l -> l.startsWith("1")).toList();
    assertThat(Files.readAllLines(some)).isEqualTo(ones);
    assertThat(errors.lines()).isEmpty();
    assertThat(part.errorReader().lines()).isEmpty();
  }

  private static ProcessBuilder zmq(String options, String last) {
    return Processes.zmq((options + " " + last).split(" "));
  }

  @Test
  void anInterruptClosesInGoodOrder() throws Exception {
    Process pub = start(zmq("pub --topic t --wait-subscribers 1 --bind", ANY_PORT));
    BufferedReader errors = pub.errorReader();
    Process sub = start(zmq("sub --connect", endpoint(errors)));
    type(pub, "1\n2\n");
    BufferedReader printed = sub.inputReader();
    assertThat(printed.readLine()).isEqualTo("t\t1");
    assertThat(printed.readLine()).isEqualTo("t\t2");
    signal("INT", pub);
    assertThat(exitCode(pub)).isZero();
    signal("TERM", sub);
    assertThat(exitCode(sub)).isZero();
    assertThat(printed.lines()).isEmpty();
    assertThat(errors.lines()).isEmpty();
  }

  @Test
  void aSecondInterruptEndsTheWaitForSubscribers() throws Exception {
    String said = null;
    Process pub = null;
    while (said == null) { // one that was interrupted before it read the line leaves at once
      pub = start(zmq("pub --topic t --wait-subscribers 1 --bind", ANY_PORT));
      BufferedReader errors = pub.errorReader();
      endpoint(errors);
      type(pub, "1\n");
      signal("INT", pub);
      said = errors.readLine();
    }
    assertThat(said).contains("interrupt once more to leave at once");
    signal("INT", pub);
    assertThat(exitCode(pub)).isEqualTo(130);
  }

  @Test
  void aSubscriberThatStandsStillHoldsUpNobodyAndHearsOfItsGap() throws Exception {
    int lines = 500_000;
    Path in = Files.writeString(dir.resolve("in"), numbers(lines));
    Process pub =
        start(
            zmq("pub --topic t --wait-subscribers 1 --bind", ANY_PORT).redirectInput(in.toFile()));
    BufferedReader errors = pub.errorReader();
    Process sub = start(zmq("sub --overflow wait --connect", endpoint(errors)));
    assertThat(errors.readLine()).contains("zmq pub: dropped a message: ", "does not keep up");
    Path out = dir.resolve("out");
    try (BufferedReader printed = sub.inputReader()) {
      Thread leaving = new Thread(() -> leave(pub, sub));
      leaving.start();
      Files.write(out, (Iterable<String>) printed.lines()::iterator);
      leaving.join();
    }
    assertThat(exitCode(sub)).isZero();
    long missed =
        sub.errorReader()
            .lines()
            .mapToLong(line -> Long.parseLong(line.replaceAll(".* missed (\\d+) m.*", "$1")))
            .sum();
    assertThat(Files.readAllLines(out).size() + missed).isEqualTo(lines);
    assertThat(errors.readLine())
        .isEqualTo("zmq pub: messages dropped on their way to subscribers: " + missed);
  }

  private static void leave(Process pub, Process sub) {
    try {
      assertThat(exitCode(pub)).isZero();
      signal("INT", sub);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
