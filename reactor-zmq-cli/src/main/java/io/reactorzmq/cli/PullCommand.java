package io.reactorzmq.cli;

import io.reactorzmq.PullSocket;
import io.reactorzmq.Zmq;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code zmq pull}: PUSH sockets to stdout. Ends when it is told to, or has printed enough. */
@Command(
    name = "pull",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Prints each message received as a line, taking turns between the push sockets it is"
          + " connected with. A tab separates the parts of a message. While nobody reads stdout,"
          + " nothing is taken from them.",
      "",
      "It ends after --count messages, at an interrupt, or when stdout is closed. Leaving, it prints"
          + " what is under way; a second interrupt ends it at once."
    },
    footerHeading = Help.EXIT_CODES_HEADING,
    footer = {Help.OK, Help.FAILED, Help.BAD_ARGUMENTS, Help.UNACCOUNTED})
final class PullCommand implements Callable<Integer> {

  private final Shell shell;
  @Mixin private final SocketOptions options = new SocketOptions();
  @Mixin private final ReceiveOptions receiveOptions = new ReceiveOptions();

  PullCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    long count = receiveOptions.count(options);
    try (Session session = new Session(shell, options)) {
      PullSocket<byte[]> socket =
          session.open(options.apply(Zmq.pull().codec(session.codec()), session.resources()));
      session.print(socket.receive(), count);
      session.stopped().doOnSuccess(nothing -> socket.dispose()).block();
      return session.close(socket, 0);
    }
  }
}
