package io.reactorzmq.cli;

import io.reactorzmq.PushSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.cli.line.Input;
import io.reactorzmq.cli.line.LineCodec;
import io.reactorzmq.cli.tensor.TensorInput;
import io.reactorzmq.cli.tensor.TensorMessageCodec;
import io.reactorzmq.message.Codec;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code zmq push}: stdin, or files, to PULL sockets. Ends when all of it is consumed. */
@Command(
    name = "push",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Sends each line of stdin to one of the pull sockets it is connected with, in rotation among"
          + " those with room. A tab separates the parts of a message. While nobody has room, stdin"
          + " is not read. With --tensor it sends files instead.",
      "",
      "At the end of stdin it waits until everything is consumed, as --linger allows. An interrupt"
          + " ends the input early; a second one ends the tool at once."
    },
    footerHeading = Help.EXIT_CODES_HEADING,
    footer = {Help.OK, Help.FAILED, Help.BAD_ARGUMENTS, Help.UNACCOUNTED})
final class PushCommand implements Callable<Integer> {

  private final Shell shell;
  @Mixin private final SocketOptions options = new SocketOptions();
  @Mixin private final SendOptions sendOptions = new SendOptions();
  @Mixin private final TensorFilesOption files = new TensorFilesOption();
  @Mixin private final ProgressOption progressOption = new ProgressOption();

  PushCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws IOException {
    TensorArguments.check(options, files, progressOption);
    try (Session session = new Session(shell, options)) {
      if (!files.isGiven()) {
        LineCodec codec = session.codec();
        return push(session, Sending.stdin(session, sendOptions), codec, codec::encoded);
      }
      TensorInput input = files.open(session, sendOptions);
      TensorMessageCodec codec = new TensorMessageCodec(null);
      return progressOption.during(
          session, List.of(input::transfer), () -> push(session, input, codec, codec::encoded));
    }
  }

  private <T> int push(Session session, Input<T> input, Codec<T> codec, LongSupplier encoded) {
    try (Sending<T> sending = new Sending<>(session, input, encoded)) {
      PushSocket<T> socket =
          session.open(options.apply(Zmq.push().codec(codec), session.resources()));
      sending.run(socket::sendAll);
      return sending.exitCode(session.close(socket, sending.notTaken()));
    }
  }
}
