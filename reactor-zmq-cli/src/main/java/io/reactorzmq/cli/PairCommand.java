package io.reactorzmq.cli;

import io.reactorzmq.PairSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.cli.line.Input;
import io.reactorzmq.cli.tensor.TensorInput;
import io.reactorzmq.cli.tensor.TensorMessage;
import io.reactorzmq.cli.tensor.TensorMessageCodec;
import io.reactorzmq.cli.tensor.Transfer;
import io.reactorzmq.event.SocketEvent.Disconnected;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import reactor.core.publisher.Mono;

/**
 * {@code zmq pair}: stdin to another PAIR socket, and what that one sends to stdout. After the end
 * of stdin it stays for answers.
 */
@Command(
    name = "pair",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Sends each line of stdin to one other pair socket and prints what it receives, both at once."
          + " A tab separates the parts of a message. With --tensor it sends files instead of lines,"
          + " with --tensor-dir it saves messages of tensors as files instead of printing.",
      "",
      "After the end of stdin it stays until its peer leaves, or nothing was received for a while"
          + " (--wait), or --count messages were received. If stdin was empty, as with </dev/null,"
          + " it only receives, and --wait has no effect. It leaves when all it sent is consumed, as"
          + " --linger allows.",
      "",
      "An interrupt ends the input early and it leaves; a second one ends the tool at once."
    },
    footerHeading = Help.EXIT_CODES_HEADING,
    footer = {Help.OK, Help.FAILED, Help.BAD_ARGUMENTS, Help.UNACCOUNTED})
final class PairCommand implements Callable<Integer> {

  private final Shell shell;
  @Mixin private final SocketOptions options = new SocketOptions();
  @Mixin private final SendOptions sendOptions = new SendOptions();
  @Mixin private final ReceiveOptions receiveOptions = new ReceiveOptions();
  @Mixin private final TensorFilesOption files = new TensorFilesOption();
  @Mixin private final TensorDirOption dir = new TensorDirOption();
  @Mixin private final ProgressOption progressOption = new ProgressOption();

  @Option(
      names = "--wait",
      paramLabel = "DURATION",
      defaultValue = "1s",
      converter = Durations.Any.class,
      description = {
        "How long to stay after the end of stdin while nothing is received, for example 100ms, 1s,"
            + " 2m, infinite (default 1s)."
      })
  private Duration wait = Durations.FOREVER;

  PairCommand(Shell shell) {
    this.shell = shell;
  }

  @Override
  public Integer call() throws IOException {
    options.requireOneEndpoint();
    long count = receiveOptions.count(options);
    TensorArguments.check(options, files, dir, progressOption);
    try (Session session = new Session(shell, options)) {
      if (!dir.isGiven()) {
        TensorMessageCodec ofTensors = new TensorMessageCodec(null);
        return talk(session, count, new TalkCodec(session.codec(), ofTensors, false), null);
      }
      try (Saving saving = dir.open(session)) {
        TalkCodec codec = new TalkCodec(session.codec(), saving.codec(), true);
        return saving.exitCode(talk(session, count, codec, saving));
      }
    }
  }

  private int talk(Session session, long count, TalkCodec codec, @Nullable Saving saving)
      throws IOException {
    List<Supplier<Transfer>> transfers = new ArrayList<>();
    Input<?> input;
    if (files.isGiven()) {
      TensorInput opened = files.open(session, sendOptions);
      transfers.add(opened::transfer);
      input = opened;
    } else {
      input = Sending.stdin(session, sendOptions);
    }
    if (saving != null) {
      transfers.add(saving::transfer);
    }
    try (Sending<Object> sending = new Sending<>(session, input, codec::encoded);
        Progress progress = progressOption.start(session, transfers)) {
      PairSocket<Object> socket =
          session.open(options.apply(Zmq.pair().codec(codec), session.resources()));
      if (saving == null) {
        session.print(socket.receive().cast(byte[].class), count);
      } else {
        saving.tell(progress);
        session.print(saving.lines(socket.receive().cast(TensorMessage.class)), count);
      }
      sending.run(socket::sendAll);
      stay(session, socket, sending);
      return sending.exitCode(session.close(socket, sending.notTaken()));
    }
  }

  /** After the end of the input: as long as there is something to receive. */
  private void stay(Session session, PairSocket<Object> socket, Sending<Object> sending) {
    if (sending.hasFailed()) {
      return;
    }
    if (receiveOptions.isBounded()) {
      session.stopped().block();
      return;
    }
    Mono<Void> end = session.stopped().or(peerLeft(socket));
    if (sending.wasEmpty() || wait.isNegative()) {
      end.block();
      return;
    }
    long before;
    do {
      before = socket.metrics().received();
    } while (Boolean.FALSE.equals(end.thenReturn(true).timeout(wait, Mono.just(false)).block())
        && (socket.metrics().received() != before || socket.metrics().undelivered() > 0));
  }

  private static Mono<Void> peerLeft(PairSocket<Object> socket) {
    return socket
        .events()
        .filter(event -> event instanceof Disconnected gone && gone.cause() == null)
        .filter(event -> socket.peers().isEmpty())
        .next()
        .then();
  }
}
