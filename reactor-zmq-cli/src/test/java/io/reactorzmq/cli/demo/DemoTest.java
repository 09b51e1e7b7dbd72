package io.reactorzmq.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorzmq.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DemoTest {

  private final StringWriter told = new StringWriter();

  @TempDir Path dir;

  @Test
  void everythingArrivesBetweenTheProcesses() throws IOException {
    Path file = file("first\n\nwith\ttabs\t\n\u00ff\0\r\nlast");
    List<Scenario> scenarios =
        List.of(
            new PushPull(5_000),
            new PairTalk(2_000),
            new ReqRep(4_000),
            new PubSub(4_000),
            new SlowSub(4_000),
            new TensorFilesEcho(4_000));
    assertThat(demo(Main.class, scenarios).run(List.of(file))).as(told.toString()).isTrue();
    assertThat(told.toString())
        .contains("$ ./zmq push --bind tcp://127.0.0.1:0", "5,000     5,000", "2,000     2,000")
        .containsPattern("PUSH to 3 PULL .* same")
        .containsPattern("PAIR, there, in order .* same")
        .containsPattern("PAIR, back, in order .* same")
        .containsPattern("REQ to REP, in order .* same")
        .containsPattern("SUB, all topics, in order .* same")
        .containsPattern("SUB, 1 and 12, in order .* same")
        .containsPattern("SUB, 12 and 3, in order .* same")
        .containsPattern("SUB, a late one, in order +2,000 +2,000 .* same")
        .containsPattern("SUB, slow, in order .* same")
        .containsPattern("Tensors, there, in order +2 +2 .* same")
        .containsPattern("Tensors, back, in order +2 +2 .* same")
        .containsPattern("published [0-9,]+: it received [0-9,]+ and missed [1-9][0-9,]*, in ")
        .containsPattern("([0-9]+) requests failed .* \\1 of them were answered when asked again");
    assertThat(ProcessHandle.current().children().filter(ProcessHandle::isAlive)).isEmpty();
  }

  @Test
  void aProcessThatFailsFailsTheDemonstrationWithWhatItSaid() throws IOException {
    List<Scenario> scenarios =
        List.of(
            new PushPull(1),
            new PairTalk(1),
            new ReqRep(1),
            new PubSub(1),
            new SlowSub(1),
            new TensorFilesEcho(1));
    assertThat(demo(OutOfOrder.class, scenarios).run(List.of(file("a\n")))).isFalse();
    assertThat(told.toString())
        .contains("FAILED: zmq push --bind tcp://127.0.0.1:0 --verbose ended with code 7")
        .contains("FAILED: zmq pair --bind tcp://127.0.0.1:0")
        .contains("FAILED: zmq rep --echo --bind tcp://127.0.0.1:0")
        .contains("FAILED: zmq pub --bind tcp://127.0.0.1:0 --overflow wait --verbose ended")
        .contains("FAILED: zmq pub --bind tcp://127.0.0.1:0 --topic t")
        .contains("FAILED: zmq rep --echo --bind tcp://127.0.0.1:0 --tensor-dir ")
        .contains("out of order]");
  }

  /** A tool that does not work. */
  static final class OutOfOrder {
    public static void main(String[] args) {
      System.err.println("out of order");
      System.exit(7);
    }
  }

  @Test
  void aCorpusRepeatsItsFilesUntilThereAreEnoughLines() throws IOException {
    Corpus corpus = Corpus.of(List.of(file("a\nb\n"), file("c")), 7);
    LineSum sum = new LineSum();
    corpus.forEach(sum::add);
    assertThat(sum.count()).isEqualTo(9).isEqualTo(corpus.lines());
    assertThat(corpus).hasToString("9 lines: 2 files, 3 times");
    assertThat(Corpus.of(List.of(file("a\nb\n")), 1)).hasToString("2 lines: 1 file, once");
  }

  @Test
  void filesWithoutALineAreRefused() {
    assertThatThrownBy(() -> Corpus.of(List.of(file("")), 1))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("there is no line in ");
  }

  @Test
  void theSourcesAreFound() throws IOException {
    assertThat(Sources.find())
        .anyMatch(file -> file.endsWith("cli/demo/DemoTest.java"))
        .anyMatch(file -> file.endsWith("pom.xml"))
        .noneMatch(file -> file.toString().contains("/target/"));
  }

  @Test
  void aDifferenceIsSeen() {
    assertThat(outcome(false, sum("a", "b"), sum("b", "a")).isSame()).isTrue();
    assertThat(outcome(true, sum("a", "b"), sum("a", "b")).isSame()).isTrue();
    assertThat(outcome(true, sum("a", "b"), sum("b", "a")).isSame()).isFalse();
    assertThat(outcome(false, sum("a", "b"), sum("a")).isSame()).isFalse();
    assertThat(outcome(false, sum("a", "b"), sum("a", "a")).isSame()).isFalse();
    assertThat(outcome(false, sum("a", ""), sum("a", "", "")).isSame()).isFalse();
    assertThat(outcome(false, sum("ab"), sum("ba")).isSame()).isFalse();
    assertThat(Table.of(List.of(outcome(false, sum("ab"), sum("ba"))))).contains("DIFFERS");
  }

  @Test
  void sumsOfSeveralReceiversAddUp() {
    LineSum both = new LineSum();
    both.add(sum("b"));
    both.add(sum("c", "a"));
    assertThat(outcome(false, sum("a", "b", "c"), both).isSame()).isTrue();
  }

  private Demo demo(Class<?> main, List<Scenario> scenarios) {
    return new Demo(main, new PrintWriter(told), scenarios);
  }

  private Path file(String text) throws IOException {
    Path file = Files.createTempFile(dir, "lines", ".txt");
    return Files.write(file, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static Outcome outcome(boolean ordered, LineSum sent, LineSum received) {
    return new Outcome("test", ordered, sent, received, 1);
  }

  private static LineSum sum(String... lines) {
    LineSum sum = new LineSum();
    for (String line : lines) {
      sum.add(line.getBytes(StandardCharsets.UTF_8));
    }
    return sum;
  }
}
