package io.reactorzmq.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of a socket that answers. They say with what, and how much of it. */
final class AnswerOptions {

  @Option(
      names = "--echo",
      description = "Answer each request with itself, instead of the lines of stdin.")
  private boolean echo;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = {
        "Take N requests, and leave in good order when they are answered. Those that come"
            + " meanwhile are told that they may be sent again, to another one."
      })
  private @Nullable Long count;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      defaultValue = "256",
      description = {
        "How many requests are printed and wait for their line at a time (default 256); with 1, each"
            + " is answered before the next one is printed."
      })
  private int concurrency;

  void check(SocketOptions options) {
    options.atLeastOne("--concurrency", concurrency);
    if (count != null) {
      options.atLeastOne("--count", count);
    }
  }

  boolean echo() {
    return echo;
  }

  long count() {
    return count == null ? Long.MAX_VALUE : count;
  }

  int concurrency() {
    return concurrency;
  }
}
