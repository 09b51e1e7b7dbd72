package io.reactorzmq.cli;

import io.reactorzmq.PubSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.cli.line.TopicLine;
import io.reactorzmq.event.SocketMetrics;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** {@code zmq pub}: stdin to all SUB sockets that want it. Ends when they have it. */
@Command(
    name = "pub",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Sends each line of stdin to all sub sockets that asked for its topic. A line is a topic, a"
          + " tab and a message, or a message alone with --topic. A tab separates the parts of a"
          + " message. What nobody asked for goes nowhere; a subscriber that does not keep up misses"
          + " messages as --overflow says, and the others do not wait for it.",
      "",
      "A topic is UTF-8 text, in a line of --format hex digits like the rest of it. It need not be"
          + " JSON.",
      "",
      "At the end of stdin it waits until everything that was not dropped is consumed, as --linger"
          + " allows, and tells how many messages were dropped. An interrupt ends the input early; a"
          + " second one ends the tool at once."
    },
    footerHeading = Help.EXIT_CODES_HEADING,
    footer = {
      "  0  all is well: what was not dropped is known to be consumed",
      Help.FAILED,
      Help.BAD_ARGUMENTS,
      Help.UNACCOUNTED
    })
final class PubCommand implements Callable<Integer> {

  private final Shell shell;
  @Mixin private final SocketOptions options = new SocketOptions();
  @Mixin private final SendOptions sendOptions = new SendOptions();
  @Mixin private final PublishOptions publishOptions = new PublishOptions();

  PubCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    publishOptions.check(options);
    try (Session session = new Session(shell, options);
        Sending sending = new Sending(session, sendOptions)) {
      PubSocket<TopicLine> socket =
          session.open(
              options.apply(
                  Zmq.pub()
                      .codec(new TopicLine.Encoder(session.codec()))
                      .overflow(publishOptions.overflow()),
                  session.resources()));
      sending.run(lines -> publish(socket, lines));
      int closing =
          session.close(
              socket,
              report -> {
                tellOfNobody(session, socket.metrics());
                return Session.losses(report, sending.notTaken());
              });
      return sending.exitCode(closing);
    }
  }

  private Mono<Void> publish(PubSocket<TopicLine> socket, Flux<byte[]> lines) {
    Flux<TopicLine> publications = lines.map(line -> publishOptions.parse(line, options.format()));
    int subscribers = publishOptions.subscribers();
    if (subscribers > 0) {
      publications =
          publications.switchOnFirst(
              (first, all) -> {
                TopicLine line = first.get();
                return line == null
                    ? all
                    : socket.awaitSubscribers(line.topic(), subscribers).thenMany(all);
              });
    }
    return socket.publishAll(publications, TopicLine::topic);
  }

  /** What not all subscribers have, or nobody. */
  private static void tellOfNobody(Session session, SocketMetrics metrics) {
    long published = session.codec().encoded();
    if (metrics.dropped() > 0) {
      session.say("messages dropped on their way to subscribers: " + metrics.dropped());
    } else if (published > 0 && metrics.sent() == 0) {
      session.say("nobody asked for any of it; --wait-subscribers waits for somebody");
    }
  }
}
