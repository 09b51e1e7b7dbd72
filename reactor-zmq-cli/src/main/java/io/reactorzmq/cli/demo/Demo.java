package io.reactorzmq.cli.demo;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

/**
 * Plays every scenario on the lines of some files and compares what arrived with what was sent. A
 * new pattern is one more {@link Scenario} in the list.
 */
public final class Demo {

  private final Class<?> main;
  private final PrintWriter out;
  private final List<Scenario> scenarios;

  /**
   * Creates a demonstration.
   *
   * @param main the tool's main class
   * @param out where to tell about it
   */
  public Demo(Class<?> main, PrintWriter out) {
    this(
        main,
        out,
        List.of(
            new PushPull(300_000),
            new PairTalk(100_000),
            new ReqRep(40_000),
            new PubSub(100_000),
            new SlowSub(100_000),
            new TensorFilesEcho(100_000)));
  }

  Demo(Class<?> main, PrintWriter out, List<Scenario> scenarios) {
    this.main = main;
    this.out = out;
    this.scenarios = scenarios;
  }

  /**
   * Plays it.
   *
   * @param files whose lines to send
   * @return whether everything arrived, and as it was sent
   * @throws IOException if a file cannot be read
   */
  public boolean run(List<Path> files) throws IOException {
    List<Outcome> outcomes = new ArrayList<>();
    boolean complete = true;
    for (Scenario scenario : scenarios) {
      Corpus corpus = Corpus.of(files, scenario.enoughLines());
      out.println(scenario.title() + ", " + corpus);
      try (Tool tool = new Tool(main);
          Stage stage = new Stage(tool, corpus, out)) {
        complete &= play(scenario, stage, tool, outcomes);
      }
    }
    out.println();
    out.print(Table.of(outcomes));
    out.flush();
    return complete && outcomes.stream().allMatch(Outcome::isSame);
  }

  private boolean play(Scenario scenario, Stage stage, Tool tool, List<Outcome> outcomes) {
    try {
      outcomes.addAll(scenario.run(stage));
      return true;
    } catch (IOException e) {
      out.println("  FAILED: " + e.getMessage());
    } catch (ExecutionException e) {
      out.println("  FAILED: " + e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    tool.failures().forEach(failure -> out.println("  " + failure));
    return false;
  }
}
