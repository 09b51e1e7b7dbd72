package io.reactorzmq.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of the sockets that receive. They say when enough was received. */
final class ReceiveOptions {

  @Option(
      names = "--count",
      paramLabel = "N",
      description = {
        "Leave in good order after N messages. What is under way by then is printed too, so that"
            + " nothing is lost; --hwm 1 keeps that to one message."
      })
  private @Nullable Long count;

  boolean isBounded() {
    return count != null;
  }

  /** How many messages are enough. */
  long count(SocketOptions options) {
    if (count == null) {
      return Long.MAX_VALUE;
    }
    if (count < 1) {
      throw options.bad("--count is " + count + ", must be at least 1");
    }
    return count;
  }
}
