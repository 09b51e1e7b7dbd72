package io.reactorzmq.cli;

import io.reactorzmq.ReqSocket;
import io.reactorzmq.ReqSpec;
import io.reactorzmq.Zmq;
import io.reactorzmq.cli.line.Input;
import io.reactorzmq.cli.line.LineInput;
import io.reactorzmq.cli.tensor.TensorInput;
import io.reactorzmq.cli.tensor.TensorMessageCodec;
import io.reactorzmq.cli.tensor.Transfer;
import io.reactorzmq.message.Codec;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
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
      "With --tensor it sends files instead, and with --tensor-dir it saves the replies, which must"
          + " then be tensors, under the numbers of their requests. Without --tensor-dir a reply of"
          + " tensors to a file is printed as their names, types, shapes and first elements.",
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
  @Mixin private final TensorFilesOption files = new TensorFilesOption();
  @Mixin private final TensorDirOption dir = new TensorDirOption();
  @Mixin private final ProgressOption progressOption = new ProgressOption();

  ReqCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws IOException {
    askOptions.check(options);
    TensorArguments.check(options, files, dir, progressOption);
    try (Session session = new Session(shell, options)) {
      if (!files.isGiven()) {
        LineInput input = Sending.stdin(session, sendOptions);
        return ask(session, input, session.codec(), session.codec(), List.of());
      }
      TensorInput input = files.open(session, sendOptions);
      TensorMessageCodec codec = new TensorMessageCodec(null);
      Codec<byte[]> replies = new Replies(session.codec(), codec);
      return ask(session, input, codec, replies, List.of(input::transfer));
    }
  }

  /** Prints the replies, or saves them. */
  private <Q> int ask(
      Session session,
      Input<Q> input,
      Codec<Q> requests,
      Codec<byte[]> replies,
      List<Supplier<Transfer>> sent)
      throws IOException {
    if (!dir.isGiven()) {
      return progressOption.during(
          session, sent, () -> ask(session, input, requests, replies, (number, line) -> line));
    }
    List<Supplier<Transfer>> both = new ArrayList<>(sent);
    try (Saving saving = dir.open(session)) {
      both.add(saving::transfer);
      try (Progress progress = progressOption.start(session, both)) {
        saving.tell(progress);
        return ask(session, input, requests, saving.codec(), saving::reply);
      }
    }
  }

  private <Q, R> int ask(
      Session session,
      Input<Q> input,
      Codec<Q> requests,
      Codec<R> replies,
      Asking.Output<R> output) {
    try (Asking<Q, R> asking = new Asking<>(session, askOptions, input, output)) {
      ReqSpec<Q, R> spec =
          options
              .apply(Zmq.req().codec(requests, replies), session.resources())
              .maxPendingSends(Integer.MAX_VALUE) // --in-flight bounds them
              .linger(Asking.farewell(options.linger()));
      ReqSocket<Q, R> socket = session.open(spec);
      asking.run(socket);
      return asking.exitCode(session.close(socket, report -> asking.losses()));
    }
  }
}
