package io.reactorzmq.cli;

import io.reactorzmq.SubSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.cli.line.LineCodec;
import io.reactorzmq.message.Codec;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code zmq sub}: what PUB sockets publish to stdout. Ends when it is told to. */
@Command(
    name = "sub",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Prints the messages of the pub sockets it is connected with that it has subscribed to: the"
          + " topic, a tab and the message. A tab separates the parts of a message. A message of"
          + " which the topic matches is printed once, whatever else matches it. With --tensor-dir it"
          + " saves messages of tensors as files instead.",
      "",
      "A topic is UTF-8 text. In --format hex it is printed in digits like the rest of the line.",
      "",
      "What was missed, here or at a publisher, stderr tells: how many messages, and before or after"
          + " which line printed. With --overflow wait here and at the publisher nothing is missed.",
      "",
      "It ends after --count messages, at an interrupt, or when stdout is closed. Leaving at an"
          + " interrupt, it prints what is under way; a second interrupt ends it at once."
    },
    footerHeading = Help.EXIT_CODES_HEADING,
    footer = {
      "  0  all is well: what was received is printed, what was missed is told",
      Help.FAILED,
      Help.BAD_ARGUMENTS,
      Help.UNACCOUNTED
    })
final class SubCommand implements Callable<Integer> {

  private final Shell shell;
  @Mixin private final SocketOptions options = new SocketOptions();
  @Mixin private final SubscribeOptions subscribeOptions = new SubscribeOptions();
  @Mixin private final TensorDirOption dir = new TensorDirOption();
  @Mixin private final ProgressOption progressOption = new ProgressOption();

  SubCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws IOException {
    subscribeOptions.check(options);
    TensorArguments.check(options, dir, progressOption);
    try (Session session = new Session(shell, options, false)) {
      if (!dir.isGiven()) {
        LineCodec codec = session.codec();
        return listen(session, codec, new Listening.Lines(codec.format()));
      }
      try (Saving saving = dir.open(session);
          Progress progress = progressOption.start(session, List.of(saving::transfer))) {
        saving.tell(progress);
        return saving.exitCode(listen(session, saving.codec(), new Listening.Files(saving)));
      }
    }
  }

  private <T> int listen(Session session, Codec<T> codec, Listening.Output<T> output) {
    SubSocket<T> socket =
        session.open(
            options.apply(
                Zmq.sub().codec(codec).overflow(subscribeOptions.overflow()), session.resources()));
    try (Listening<T> listening = new Listening<>(session, socket, subscribeOptions, output)) {
      listening.begin();
      session.stopped().doOnSuccess(nothing -> socket.dispose()).block();
      return listening.exitCode(session.close(socket, report -> listening.losses(report)));
    }
  }
}
