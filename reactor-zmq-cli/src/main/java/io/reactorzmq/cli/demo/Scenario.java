package io.reactorzmq.cli.demo;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;

/**
 * One pattern, shown between processes. An implementation has no state but what it is made with.
 */
interface Scenario {

  /** What happens, as a headline. */
  String title();

  /** How many lines are enough to tell a rate. */
  long enoughLines();

  /**
   * Runs it.
   *
   * @param stage starts processes and moves lines
   * @return one outcome per stream of messages
   * @throws IOException with a sentence, if a process fails
   */
  List<Outcome> run(Stage stage) throws IOException, InterruptedException, ExecutionException;
}
