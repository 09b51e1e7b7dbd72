package io.reactorzmq.cli;

import java.time.Duration;
import picocli.CommandLine.Option;

/** The options of the sockets that send. They say how fast stdin is read at most. */
final class SendOptions {

  @Option(
      names = "--interval",
      paramLabel = "DURATION",
      defaultValue = "0",
      converter = Durations.Finite.class,
      description = "Pause between two messages sent, for example 100ms or 1s (default none).")
  private Duration interval = Duration.ZERO;

  Duration interval() {
    return interval;
  }
}
