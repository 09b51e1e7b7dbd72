package io.reactorzmq.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Every example runs to its end and does what it says. */
@Timeout(30)
class ExamplesTest {

  @Test
  void weatherAnswersEveryQuestionWhileAStationLeaves() {
    List<String> lines = Output.of(() -> Weather.main(new String[] {"1200"}));

    assertThat(lines.subList(0, 3))
        .containsExactly(
            "300 answers, north closes", "north left nothing behind", "nobody knows Atlantis");
    assertThat(lines.get(3))
        .matches("1200 of 1200 questions answered by \\{north=\\d+, south=\\d+}");
    assertThat(lines.get(4)).matches("[1-9]\\d* asked again");
  }

  @Test
  void tickerTellsASlowSubscriberWhatItMissed() {
    List<String> lines = Output.of(() -> Ticker.main(new String[] {"200"}));

    assertThat(lines.get(0)).isEqualTo("one symbol, in time: 200 prices and missed 0");
    Matcher slow =
        Pattern.compile("all symbols, slowly: (\\d+) prices and missed (\\d+)")
            .matcher(lines.get(1));
    assertThat(slow.matches()).as(lines.get(1)).isTrue();
    int received = Integer.parseInt(slow.group(1));
    int missed = Integer.parseInt(slow.group(2));
    assertThat(missed).as(lines.get(1)).isPositive();
    assertThat(received + missed).as(lines.get(1)).isEqualTo(600);
  }

  @Test
  void pushPullReceivesEveryOrderInOrder() {
    List<String> lines = Output.of(() -> PushPull.main(new String[] {"bread", "butter"}));

    assertThat(lines.get(0)).matches("orders go to tcp://127\\.0\\.0\\.1:\\d+");
    assertThat(lines.subList(1, lines.size()))
        .containsExactly(
            "received Order[id=1, item=bread]",
            "received Order[id=2, item=butter]",
            "2 of 2 orders received");
  }

  @Test
  void pairAnswersEveryQuestion() {
    assertThat(Output.of(() -> Pair.main(new String[] {"3"})))
        .containsExactly("1 x 1 = 1", "2 x 2 = 4", "3 x 3 = 9", "3 answers to 3 questions");
  }

  @Test
  void inferenceServerClassifiesEveryRowAsPlainJavaDoes() {
    assertThat(Output.of(() -> InferenceServer.main(new String[] {"64"})))
        .containsExactly(
            "3 clients send 64 batches each",
            3 * 2 * 32 * 33 / 2 + " rows classified, each as in plain Java",
            "refused: features are F32 [0 to 1024, 4], not F32 [2, 5]");
  }

  @Test
  void pipelineLosesNothingWhileWorkersAndSourceComeAndGo() {
    List<String> lines = Output.of(() -> WorkerPipeline.main(new String[] {"8000"}));

    assertThat(lines)
        .as("the source is restarted")
        .containsSubsequence(
            "source: sending jobs 1 to 4000",
            "source is closed, opening it again",
            "source: sending jobs 4001 to 8000",
            "sink: 8000 results");
    assertThat(lines)
        .as("a worker is replaced")
        .containsSubsequence(
            "worker-1 started",
            "sink: 2000 results",
            "worker-4 started",
            "source: worker-4 connected",
            "sink: 8000 results");
    assertThat(lines).filteredOn(line -> line.contains("left, ")).hasSize(4);
    assertThat(lines).filteredOn(line -> line.endsWith("nothing left behind")).hasSize(6);
    assertThat(lines.get(lines.size() - 1))
        .matches(
            "8000 results, 0 of them twice, \\{worker-1=\\d+, worker-2=\\d+, worker-3=\\d+,"
                + " worker-4=\\d+} from 8000 jobs");
  }

  @Test
  void pipelineNoticesWhatIsMissing() {
    WorkerPipeline.Tally tally = new WorkerPipeline.Tally();
    tally.add(new Result(1, 0, "w"));
    assertThat(tally.isComplete(2)).isFalse();
    tally.add(new Result(1, 0, "w"));
    assertThat(tally.isComplete(2)).as("twice").isFalse();
  }

  @Test
  void anExampleEndsByItselfAsAProcess() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Pair.class.getName())
            .redirectErrorStream(true)
            .redirectOutput(new File("target/pair-example.log"))
            .start();

    assertThat(process.waitFor(25, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }
}
