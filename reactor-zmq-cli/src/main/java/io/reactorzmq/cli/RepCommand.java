package io.reactorzmq.cli;

import io.reactorzmq.RepSocket;
import io.reactorzmq.RepSpec;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * {@code zmq rep}: answers the requests of REQ sockets with the lines of stdin, or with themselves.
 * Ends when it is told to, or has nothing left to answer with.
 */
@Command(
    name = "rep",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Prints each request as a line and answers it: the first request printed with the first line"
          + " of stdin, the second one with the second, and so on; with --echo each with itself,"
          + " and stdin is not read. A tab separates the parts of a message. It takes turns between"
          + " the req sockets it is connected with. While nobody reads stdout, it takes no request.",
      "",
      "With --tensor-dir it saves the tensors of each request as a file instead, and answers with the"
          + " same tensors if --echo is given, otherwise with none: the answer says that they are"
          + " saved. Stdin is not read.",
      "",
      "A line is for one request only. If whoever asked has given up or is gone when the line comes,"
          + " the line is not used, and stderr says so.",
      "",
      "It leaves when the last line of stdin is used, after --count requests, at an interrupt, or"
          + " when stdout is closed. An interrupt ends stdin early; a second one ends the tool at"
          + " once. A request that was printed but got no line fails. One that comes too late to be"
          + " printed fails too, but is told that it may be sent again."
    },
    footerHeading = Help.EXIT_CODES_HEADING,
    footer = {
      "  0  all is well: every request was answered, or told that it is not",
      Help.FAILED,
      Help.BAD_ARGUMENTS,
      Help.UNACCOUNTED
    })
final class RepCommand implements Callable<Integer> {

  private final Shell shell;
  @Mixin private final SocketOptions options = new SocketOptions();
  @Mixin private final AnswerOptions answerOptions = new AnswerOptions();
  @Mixin private final TensorDirOption dir = new TensorDirOption();
  @Mixin private final ProgressOption progressOption = new ProgressOption();

  RepCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws IOException {
    answerOptions.check(options);
    TensorArguments.check(options, dir, progressOption);
    try (Session session = new Session(shell, options)) {
      if (!dir.isGiven()) {
        return answer(
            session,
            new Request.Decoder(session.codec()),
            Codec.message(),
            answerOptions.echo() ? Answers.echo() : new LineAnswers(session));
      }
      try (Saving saving = dir.open(session);
          Progress progress = progressOption.start(session, List.of(saving::transfer))) {
        saving.tell(progress);
        SavedAnswers answers = new SavedAnswers(session, saving, answerOptions.echo());
        return answer(session, saving.codec(), saving.codec(), answers);
      }
    }
  }

  private <Q, R> int answer(
      Session session, Codec<Q> requests, Codec<R> replies, Answers<Q, R> answers) {
    try (Answering<Q, R> answering = new Answering<>(session, answerOptions, answers)) {
      RepSpec<Q, R> spec =
          options.apply(
              Zmq.rep()
                  .codec(requests, replies)
                  .handle(answering)
                  .concurrency(answerOptions.concurrency()),
              session.resources());
      answering.begin();
      RepSocket socket = session.open(spec);
      session.stopped().block();
      return answering.exitCode(
          session.close(socket, report -> answering.losses(report)), socket.metrics());
    }
  }
}
