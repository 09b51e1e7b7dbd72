package io.reactorzmq.cli;

import io.reactorzmq.ReqSocket;
import io.reactorzmq.ReqSpec;
import io.reactorzmq.Zmq;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * {@code zmq req}: the lines of stdin as requests to REP sockets, their replies to stdout. Ends
 * when every request has ended.
 */
@Command(
    name = "req",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Sends each line of stdin as a request to one of the rep sockets it is connected with, in"
          + " rotation among those with room, and prints the replies in the order of the requests. A"
          + " tab separates the parts of a message. While --in-flight requests wait for their"
          + " replies, or nobody reads stdout, no further line is taken.",
      "",
      "A request that fails is reported on stderr with the number of its line, and the others go on."
          + " Nothing is sent twice: whether a request that failed may be sent again, its replier"
          + " knows.",
      "",
      "At the end of stdin it waits until every request has its reply or has failed, as --linger"
          + " allows. An interrupt ends the input early; a second one ends the tool at once."
    },
    footerHeading = Help.EXIT_CODES_HEADING,
    footer = {Help.ANSWERED, Help.FAILED, Help.BAD_ARGUMENTS, Help.UNANSWERED})
final class ReqCommand implements Callable<Integer> {

  private final Shell shell;
  @Mixin private final SocketOptions options = new SocketOptions();
  @Mixin private final SendOptions sendOptions = new SendOptions();
  @Mixin private final AskOptions askOptions = new AskOptions();

  ReqCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() {
    askOptions.check(options);
    try (Session session = new Session(shell, options);
        Asking asking = new Asking(session, sendOptions, askOptions)) {
      ReqSpec<byte[], byte[]> spec =
          options
              .apply(Zmq.req().codec(session.codec()), session.resources())
              .maxPendingSends(Integer.MAX_VALUE) // --in-flight bounds them
              .linger(Asking.farewell(options.linger()));
      ReqSocket<byte[], byte[]> socket = session.open(spec);
      asking.run(socket);
      return asking.exitCode(session.close(socket, report -> asking.losses()));
    }
  }
}
