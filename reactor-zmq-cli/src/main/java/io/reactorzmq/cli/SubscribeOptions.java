package io.reactorzmq.cli;

import io.reactorzmq.Zmq;
import io.reactorzmq.options.OverflowPolicy;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of a socket that subscribes. They say to what, and how much of it. */
final class SubscribeOptions {

  @Option(
      names = "--subscribe",
      paramLabel = "PREFIX",
      description = {
        "Receive the messages whose topic begins with it. May be given several times: a message that"
            + " several of them match is printed once (default: everything)."
      })
  private final List<String> prefixes = new ArrayList<>();

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Leave in good order after N messages; no more than that are printed.")
  private @Nullable Long count;

  @Option(
      names = "--overflow",
      paramLabel = Overflow.NAMES,
      defaultValue = "drop_latest",
      converter = Overflow.class,
      description = {
        "What happens to a message when as many as --hwm says wait to be printed:",
        Overflow.DROP_LATEST,
        Overflow.DROP_OLDEST,
        Overflow.CONFLATE,
        "disconnect: the tool fails;",
        "wait: nothing is dropped here, and nothing more is taken from the publishers, whose own"
            + " --overflow decides."
      })
  private OverflowPolicy overflow = OverflowPolicy.DROP_LATEST;

  void check(SocketOptions options) {
    if (count != null) {
      options.atLeastOne("--count", count);
    }
    try {
      Zmq.sub().receive(prefixes());
    } catch (IllegalArgumentException e) {
      throw options.bad("--subscribe: " + e.getMessage());
    }
  }

  String[] prefixes() {
    return prefixes.toArray(String[]::new);
  }

  long count() {
    return count == null ? Long.MAX_VALUE : count;
  }

  OverflowPolicy overflow() {
    return overflow;
  }
}
