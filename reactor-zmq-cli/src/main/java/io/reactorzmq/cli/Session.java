package io.reactorzmq.cli;

import io.reactorzmq.SocketSpec;
import io.reactorzmq.ZmqSocket;
import io.reactorzmq.cli.line.BlockingThread;
import io.reactorzmq.cli.line.LineCodec;
import io.reactorzmq.cli.line.LineOutput;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.SocketEvent.HandshakeFailed;
import io.reactorzmq.options.ZmqResources;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Scannable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * One run of a command: its socket from the opening to the report. The socket works on one event
 * loop; stdin and stdout, which block, have a thread each.
 */
final class Session implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Shell shell;
  private final SocketOptions options;
  private final StatusLine status;
  private final LineCodec codec;
  private final Scheduler printing = BlockingThread.named("zmq-out");
  private final ZmqResources resources;
  private final Sinks.Empty<Void> stop = Sinks.empty();
  private final Sinks.Empty<Void> enough = Sinks.empty();
  private final List<Disposable> watchers = new ArrayList<>();
  private Mono<Void> reported = Mono.empty();
  private @Nullable Printer printer;

  /** The socket calls back on the thread that prints. */
  Session(Shell shell, SocketOptions options) {
    this(shell, options, true);
  }

  /**
   * Begins.
   *
   * @param callsPrinter whether the socket calls back on the thread that prints, so that it takes
   *     in nothing while that one hangs in a write; otherwise it does on its event loop
   */
  Session(Shell shell, SocketOptions options, boolean callsPrinter) {
    this.shell = shell;
    this.options = options;
    this.status = new StatusLine(shell.err());
    this.codec = new LineCodec(options.format());
    ZmqResources.Builder builder = ZmqResources.builder().eventLoops(1);
    this.resources = (callsPrinter ? builder.callbacks(printing) : builder).build();
    if (options.parent() != null) {
      endWith(options.parent());
    }
    watchers.add(
        shell
            .interrupted()
            .doOnSuccess(nothing -> stop.tryEmitEmpty())
            .then(Mono.delay(PATIENCE, Schedulers.boundedElastic()))
            .subscribe(late -> say("leaving in good order; interrupt once more to leave at once")));
  }

  /** However the parent ends. */
  private static void endWith(long parent) {
    ProcessHandle.of(parent)
        .map(ProcessHandle::onExit)
        .orElseGet(() -> CompletableFuture.completedFuture(null))
        .thenRun(() -> Runtime.getRuntime().halt(ExitCode.FAILED));
  }

  Shell shell() {
    return shell;
  }

  SocketOptions options() {
    return options;
  }

  LineCodec codec() {
    return codec;
  }

  StatusLine status() {
    return status;
  }

  ZmqResources resources() {
    return resources;
  }

  /** The thread that prints. */
  Scheduler printing() {
    return printing;
  }

  /**
   * Opens the socket, and begins to report what happens to it. A handshake that our own leaving
   * cuts short is nothing to report.
   */
  <K extends ZmqSocket> K open(SocketSpec<?, K> spec) {
    K socket = spec.openNow();
    reported =
        Flux.from(socket.events())
            .filter(event -> !(event instanceof HandshakeFailed) || !socket.isDisposed())
            .publishOn(Schedulers.boundedElastic())
            .doOnNext(new EventPrinter(options, this::say))
            .then()
            .cache();
    watchers.add(reported.subscribe());
    if (options.stats()) {
      watchers.add(new StatsPrinter(socket, this::say).start());
    }
    return socket;
  }

  /** Prints what is received until the socket is closed. */
  void print(Flux<byte[]> lines, long count) {
    printer = new Printer(new LineOutput(shell.out()), printing, count, this::enough);
    lines.subscribe(printer);
  }

  /** Nothing more is wanted: enough was received, or nobody reads stdout. */
  private void enough() {
    enough.tryEmitEmpty();
    stop.tryEmitEmpty();
  }

  /** Completes when what stdin still has is not wanted any more. */
  Mono<Void> hadEnough() {
    return enough.asMono();
  }

  /** It is time to leave. */
  void stop() {
    stop.tryEmitEmpty();
  }

  /** Completes when it is time to leave: the user says so, or enough was received. */
  Mono<Void> stopped() {
    return stop.asMono();
  }

  boolean isStopped() {
    return stop.scanOrDefault(Scannable.Attr.TERMINATED, false);
  }

  /**
   * Leaves in good order.
   *
   * @param notTaken lines of the input that the socket did not take
   * @return the exit code
   */
  int close(ZmqSocket socket, long notTaken) {
    return close(socket, report -> losses(report, notTaken));
  }

  /**
   * Leaves in good order.
   *
   * @param lost what is to be said of losses when the socket is closed, empty if there are none
   * @return the exit code
   */
  int close(ZmqSocket socket, Function<CloseReport, String> lost) {
    CloseReport report = Objects.requireNonNull(socket.disposeLater().block());
    awaitLastReports(); // what is said of losses sums them up
    String losses = lost.apply(report);
    if (printer != null && printer.failure() != null) {
      say("cannot write to stdout: " + printer.failure().getMessage());
      return ExitCode.FAILED;
    }
    if (printer != null && printer.isOutputClosed()) {
      return ExitCode.OK; // whoever closed it wants no more, and no comment
    }
    if (losses.isEmpty()) {
      return ExitCode.OK;
    }
    say(losses);
    return ExitCode.UNACCOUNTED;
  }

  private void awaitLastReports() {
    try {
      reported.block(PATIENCE);
    } catch (IllegalStateException e) {
      // stderr is not read; nothing that is missing there changes the exit code
    }
  }

  static String losses(CloseReport report, long notTaken) {
    List<String> losses = new ArrayList<>();
    long unsent = report.unsent() + notTaken;
    if (unsent > 0) {
      losses.add(unsent + " not sent");
    }
    if (report.unconfirmed() > 0) {
      losses.add(report.unconfirmed() + " sent but not known to be consumed");
    }
    if (report.discarded() > 0) {
      losses.add(report.discarded() + " received but not printed");
    }
    return losses.isEmpty() ? "" : "messages lost at the end: " + String.join(", ", losses);
  }

  /** Prints a sentence on stderr. */
  void say(String sentence) {
    status.say(options.command() + ": " + sentence);
  }

  @Override
  public void close() {
    watchers.forEach(Disposable::dispose);
    resources.disposeLater().onErrorComplete().block(PATIENCE.multipliedBy(5));
    printing.dispose();
  }
}
