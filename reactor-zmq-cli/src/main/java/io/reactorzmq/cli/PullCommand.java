package io.reactorzmq.cli;

import io.reactorzmq.PullSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import reactor.core.publisher.Flux;

/** {@code zmq pull}: PUSH sockets to stdout. Ends when it is told to, or has printed enough. */
@Command(
    name = "pull",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Prints each message received as a line, taking turns between the push sockets it is"
          + " connected with. A tab separates the parts of a message. While nobody reads stdout,"
          + " nothing is taken from them. With --tensor-dir it saves messages of tensors as files"
          + " instead.",
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
  @Mixin private final TensorDirOption dir = new TensorDirOption();
  @Mixin private final ProgressOption progressOption = new ProgressOption();

  PullCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws IOException {
    long count = receiveOptions.count(options);
    TensorArguments.check(options, dir, progressOption);
    try (Session session = new Session(shell, options)) {
      if (!dir.isGiven()) {
        return pull(session, session.codec(), lines -> lines, count);
      }
      try (Saving saving = dir.open(session);
          Progress progress = progressOption.start(session, List.of(saving::transfer))) {
        saving.tell(progress);
        return saving.exitCode(pull(session, saving.codec(), saving::lines, count));
      }
    }
  }

  private <T> int pull(
      Session session, Codec<T> codec, Function<Flux<T>, Flux<byte[]>> lines, long count) {
    PullSocket<T> socket =
        session.open(options.apply(Zmq.pull().codec(codec), session.resources()));
    session.print(lines.apply(socket.receive()), count);
    session.stopped().doOnSuccess(nothing -> socket.dispose()).block();
    return session.close(socket, 0);
  }
}
