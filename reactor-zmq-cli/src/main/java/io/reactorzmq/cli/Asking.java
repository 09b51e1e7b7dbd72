package io.reactorzmq.cli;

import io.reactorzmq.ReqSocket;
import io.reactorzmq.cli.line.Input;
import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.PeerUnavailableException;
import io.reactorzmq.error.RemoteException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Makes a request of each line of stdin, or of each file, and prints the replies in the order of
 * the requests. So many are under way at a time, and nothing is taken beyond that.
 *
 * @param <Q> lines, or what files hold
 * @param <R> replies
 */
final class Asking<Q, R> implements AutoCloseable {

  /** Replies on their way to be printed. */
  private static final int AHEAD = 32;

  private static final Duration FAREWELL = Duration.ofSeconds(1);

  private final Session session;
  private final AskOptions options;
  private final Input<Q> input;
  private final Output<R> output;
  private final Sinks.Empty<Void> allTaken = Sinks.empty();
  private final Sinks.Empty<Void> ended = Sinks.empty();
  private final AtomicLong asked = new AtomicLong();
  private final AtomicLong printed = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private volatile boolean inputFailed;

  Asking(Session session, AskOptions options, Input<Q> input, Output<R> output) {
    this.session = session;
    this.options = options;
    this.input = input;
    this.output = output;
  }

  /** What becomes of a reply. */
  interface Output<R> {

    /**
     * The line to print.
     *
     * @param request its number
     * @param reply this takes it
     * @throws Failures.Failure if it cannot be had
     */
    byte[] line(long request, R reply);
  }

  /**
   * The linger of the socket itself, which is closed when every request has ended or may wait no
   * longer. Repliers that do not even confirm that a request was given up are not waited for.
   */
  static Duration farewell(Duration linger) {
    return linger.isNegative() || linger.compareTo(FAREWELL) > 0 ? FAREWELL : linger;
  }

  /** Blocks until every request has ended, or linger is over since the end of the input. */
  void run(ReqSocket<Q, R> socket) {
    Duration linger = session.options().linger();
    Mono<Void> inputEnded =
        Mono.firstWithSignal(input.ended(), session.stopped(), allTaken.asMono());
    Mono<Void> lingered =
        linger.isNegative() ? Mono.never() : inputEnded.then(Mono.delay(linger)).then().cache();
    Mono<Void> enough = Mono.firstWithSignal(session.stopped(), lingered);
    Flux<byte[]> replies =
        input
            .values()
            .onErrorResume(this::inputFailed)
            .take(options.count())
            .takeUntilOther(enough)
            .doOnTerminate(allTaken::tryEmitEmpty)
            .flatMapSequential(value -> ask(socket, value), options.inFlight(), 1)
            .publishOn(session.printing(), AHEAD)
            .doOnNext(reply -> printed.incrementAndGet())
            .doFinally(end -> ended.tryEmitEmpty());
    session.print(replies, Long.MAX_VALUE);
    Mono.firstWithSignal(ended.asMono(), lingered).block();
  }

  private Mono<Q> inputFailed(Throwable cause) {
    inputFailed = true;
    session.say(Failures.sentence(cause));
    return Mono.empty();
  }

  /** Timed where replies arrive: one that waits to be printed has come in time. */
  private Mono<byte[]> ask(ReqSocket<Q, R> socket, Q value) {
    long number = asked.incrementAndGet();
    Mono<R> reply = socket.request(value);
    Duration timeout = options.timeout();
    return (timeout.isNegative() ? reply : reply.timeout(timeout, session.printing()))
        .map(answer -> output.line(number, answer))
        .onErrorResume(cause -> failed(number, cause));
  }

  private Mono<byte[]> failed(long number, Throwable cause) {
    if (!(cause instanceof ClosedException)) {
      failed.incrementAndGet(); // otherwise linger was over
    }
    session.say(input.nameOf(number) + ": " + sentence(cause));
    return Mono.empty();
  }

  private String sentence(Throwable cause) {
    if (cause instanceof TimeoutException) {
      return "no reply within " + Durations.print(options.timeout());
    }
    if (cause instanceof ClosedException) {
      return "no reply before --linger was over";
    }
    if (cause instanceof PeerUnavailableException gone) {
      return gone.maybeProcessed()
          ? "its replier is gone, and may have processed it"
          : "its replier is gone, and never had all of it";
    }
    String sentence = Failures.sentence(cause);
    return cause instanceof RemoteException ? "the replier says: " + sentence : sentence;
  }

  /** What became of nothing, once the socket is closed and has failed what had no reply. */
  String losses() {
    try {
      ended.asMono().block(FAREWELL);
    } catch (IllegalStateException e) {
      // stdout is not read: what is not printed is counted
    }
    List<String> losses = new ArrayList<>();
    if (failed.get() > 0) {
      losses.add("requests that failed: " + failed + " of " + asked);
    }
    long unanswered = asked.get() - printed.get() - failed.get();
    if (unanswered > 0) {
      losses.add("requests left without a reply: " + unanswered + " of " + asked);
    }
    long unasked = asked.get() >= options.count() || inputFailed ? 0 : input.read() - asked.get();
    if (unasked > 0) {
      losses.add(input.plural() + " read but not sent: " + unasked);
    }
    return String.join("; ", losses);
  }

  /** The exit code, where closing alone would make it another one. */
  int exitCode(int closing) {
    return failed.get() > 0 || inputFailed ? ExitCode.FAILED : closing;
  }

  @Override
  public void close() {
    input.dispose();
  }
}
