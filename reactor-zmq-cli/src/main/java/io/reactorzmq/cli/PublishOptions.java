package io.reactorzmq.cli;

import io.reactorzmq.cli.line.Format;
import io.reactorzmq.cli.line.TopicLine;
import io.reactorzmq.options.OverflowPolicy;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of a socket that publishes. They say under which topic, and for whom. */
final class PublishOptions {

  @Option(
      names = "--topic",
      paramLabel = "TOPIC",
      description = {
        "Publish every line as a whole under this topic. Without it, what stands in front of the"
            + " first tab of a line is its topic and the rest is the message; a line without a tab"
            + " is an error.",
        "With --tensor it is the topic of every file, in place of the file's name."
      })
  private @Nullable String topic;

  @Option(
      names = "--wait-subscribers",
      paramLabel = "N",
      description = {
        "Publish nothing before N subscribers have asked for the topic of the first line."
            + " Without it, whoever comes late misses what was published before."
      })
  private @Nullable Integer subscribers;

  @Option(
      names = "--overflow",
      paramLabel = Overflow.NAMES,
      defaultValue = "drop_latest",
      converter = Overflow.class,
      description = {
        "What happens to a message when as many as --hwm says wait for a subscriber:",
        Overflow.DROP_LATEST,
        Overflow.DROP_OLDEST,
        Overflow.CONFLATE,
        "disconnect: the connection with the subscriber is closed;",
        "wait: nothing is dropped, and stdin is not read until the slowest one has room."
      })
  private OverflowPolicy overflow = OverflowPolicy.DROP_LATEST;

  void check(SocketOptions options) {
    if (subscribers != null) {
      options.atLeastOne("--wait-subscribers", subscribers);
    }
  }

  TopicLine parse(byte[] line, Format format) {
    return topic == null ? TopicLine.parse(line, format) : new TopicLine(topic, line);
  }

  /** The topic of everything; null if there is none. */
  @Nullable String topic() {
    return topic;
  }

  /** How many subscribers to wait for. */
  int subscribers() {
    return subscribers == null ? 0 : subscribers;
  }

  OverflowPolicy overflow() {
    return overflow;
  }
}
