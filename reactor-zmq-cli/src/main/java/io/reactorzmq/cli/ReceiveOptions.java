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
    return count == null ? Long.MAX_VALUE : options.atLeastOne("--count", count);
  }
}
