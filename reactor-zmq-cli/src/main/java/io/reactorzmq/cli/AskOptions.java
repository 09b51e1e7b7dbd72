package io.reactorzmq.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of a socket that asks. They say how much it asks, and how long it waits. */
final class AskOptions {

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      defaultValue = "64",
      description = "How many requests wait for their replies at a time (default 64).")
  private int inFlight;

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      defaultValue = "infinite",
      converter = Durations.Any.class,
      description = {
        "A request without a reply after this time has failed, whether it waits for a replier or a"
            + " reply, for example 100ms, 1s, 2m (default infinite)."
      })
  private Duration timeout = Durations.FOREVER;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Make N requests at most, of the first N lines, and leave.")
  private @Nullable Long count;

  void check(SocketOptions options) {
    options.atLeastOne("--in-flight", inFlight);
    if (timeout.isZero()) {
      throw options.bad("--timeout is 0, must be longer");
    }
    if (count != null) {
      options.atLeastOne("--count", count);
    }
  }

  int inFlight() {
    return inFlight;
  }

  Duration timeout() {
    return timeout;
  }

  long count() {
    return count == null ? Long.MAX_VALUE : count;
  }
}
