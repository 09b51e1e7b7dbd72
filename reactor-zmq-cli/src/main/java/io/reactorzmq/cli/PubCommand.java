package io.reactorzmq.cli;

import io.reactorzmq.PubSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.cli.line.Input;
import io.reactorzmq.cli.line.LineCodec;
import io.reactorzmq.cli.line.TopicLine;
import io.reactorzmq.cli.tensor.TensorInput;
import io.reactorzmq.cli.tensor.TensorMessage;
import io.reactorzmq.cli.tensor.TensorMessageCodec;
import io.reactorzmq.event.SocketMetrics;
import io.reactorzmq.message.Codec;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.LongSupplier;
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
      "With --tensor it sends files instead, each under --topic or else under its own name without"
          + " the ending.",
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
  @Mixin private final TensorFilesOption files = new TensorFilesOption();
  @Mixin private final ProgressOption progressOption = new ProgressOption();

  PubCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws IOException {
    publishOptions.check(options);
    TensorArguments.check(options, files, progressOption);
    try (Session session = new Session(shell, options)) {
      if (!files.isGiven()) {
        LineCodec codec = session.codec();
        return new Publishing<>(new TopicLine.Encoder(codec), TopicLine::topic, codec::encoded)
            .run(
                session,
                Sending.stdin(session, sendOptions),
                line -> publishOptions.parse(line, options.format()));
      }
      TensorInput input = files.open(session, sendOptions);
      TensorMessageCodec codec = new TensorMessageCodec(null);
      return progressOption.during(
          session,
          List.of(input::transfer),
          () ->
              new Publishing<>(codec, this::topic, codec::encoded)
                  .run(session, input, message -> message));
    }
  }

  private String topic(TensorMessage message) {
    String given = publishOptions.topic();
    return given == null ? message.name() : given;
  }

  /** One run of it. */
  private final class Publishing<P> {
    private final Codec<P> codec;
    private final Function<P, String> topic;
    private final LongSupplier encoded;

    Publishing(Codec<P> codec, Function<P, String> topic, LongSupplier encoded) {
      this.codec = codec;
      this.topic = topic;
      this.encoded = encoded;
    }

    <T> int run(Session session, Input<T> input, Function<T, P> publication) {
      try (Sending<T> sending = new Sending<>(session, input, encoded)) {
        PubSocket<P> socket =
            session.open(
                options.apply(
                    Zmq.pub().codec(codec).overflow(publishOptions.overflow()),
                    session.resources()));
        sending.run(values -> publish(socket, values.map(publication)));
        int closing =
            session.close(
                socket,
                report -> {
                  tellOfNobody(session, socket.metrics(), encoded.getAsLong());
                  return Session.losses(report, sending.notTaken());
                });
        return sending.exitCode(closing);
      }
    }

    private Mono<Void> publish(PubSocket<P> socket, Flux<P> all) {
      int subscribers = publishOptions.subscribers();
      Flux<P> publications =
          subscribers == 0
              ? all
              : all.switchOnFirst(
                  (signal, those) -> {
                    P first = signal.get();
                    return first == null
                        ? those
                        : socket.awaitSubscribers(topic.apply(first), subscribers).thenMany(those);
                  });
      return socket.publishAll(publications, topic);
    }
  }

  /** What not all subscribers have, or nobody. */
  private static void tellOfNobody(Session session, SocketMetrics metrics, long published) {
    if (metrics.dropped() > 0) {
      session.say("messages dropped on their way to subscribers: " + metrics.dropped());
    } else if (published > 0 && metrics.sent() == 0) {
      session.say("nobody asked for any of it; --wait-subscribers waits for somebody");
    }
  }
}
