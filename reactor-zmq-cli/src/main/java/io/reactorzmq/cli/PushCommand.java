package io.reactorzmq.cli;

import io.reactorzmq.PushSocket;
import io.reactorzmq.Zmq;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code zmq push}: stdin to PULL sockets. Ends when all of stdin is consumed. */
@Command(
    name = "push",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Sends each line of stdin to one of the pull sockets it is connected with, in rotation among"
          + " those with room. A tab separates the parts of a message. While nobody has room, stdin"
          + " is not read.",
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

  PushCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    try (Session session = new Session(shell, options);
        Sending sending = new Sending(session, sendOptions)) {
      PushSocket<byte[]> socket =
          session.open(options.apply(Zmq.push().codec(session.codec()), session.resources()));
      sending.run(socket::sendAll);
      return sending.exitCode(session.close(socket, sending.notTaken()));
    }
  }
}
