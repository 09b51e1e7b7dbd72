package io.reactorzmq.cli;

import io.reactorzmq.error.RemoteException;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.SocketMetrics;
import java.time.Duration;
import java.util.function.Function;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Prints requests and answers them, until there are no more answers. The socket calls it on the
 * thread that prints, and nothing in here is used by another one while the socket is open.
 *
 * @param <Q> requests
 * @param <R> answers
 */
final class Answering<Q, R> implements Function<Q, Mono<R>>, AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Session session;
  private final long count;
  private final Answers<Q, R> answers;
  private final Sinks.Many<byte[]> printed = Sinks.many().unicast().onBackpressureError();
  private long taken;
  private long ended;
  private long refused;

  Answering(Session session, AnswerOptions options, Answers<Q, R> answers) {
    this.session = session;
    this.count = options.count();
    this.answers = answers;
  }

  /** Before the socket is open. */
  void begin() {
    session.print(printed.asFlux(), Long.MAX_VALUE);
    answers.begin();
  }

  @Override
  public Mono<R> apply(Q request) {
    if (taken == count) {
      return refuse(request, "has answered as many requests as it should");
    }
    if (answers.areUsedUp()) {
      return refuse(request, "has no line of stdin left to answer with");
    }
    taken++;
    // printing fails if nobody reads it, which the printer has told
    return answers.answer(request, printed::tryEmitNext).doFinally(end -> ended());
  }

  /** It was neither printed nor will it be answered, so another replier may well be asked. */
  private Mono<R> refuse(Q request, String why) {
    refused++;
    answers.discard(request);
    return Mono.error(new RemoteException(RemoteException.Code.HANDLER, true, why));
  }

  private void ended() {
    if (++ended == count) {
      session.stop();
    }
  }

  /**
   * A sentence about what is lost, once the socket is closed; what else there is to say is said.
   */
  String losses(CloseReport report) {
    Duration linger = session.options().linger();
    Mono<Void> flushed =
        Mono.<Void>fromRunnable(printed::tryEmitComplete).subscribeOn(session.printing());
    try {
      if (linger.isNegative()) {
        flushed.block();
      } else {
        flushed.block(linger.compareTo(PATIENCE) > 0 ? linger : PATIENCE);
      }
    } catch (IllegalStateException e) {
      return "stdout is not read, requests were left without an answer";
    }
    if (refused > 0) {
      session.say("requests refused at the end, which may be sent again: " + refused);
    }
    if (answers.unanswered() > 0) {
      session.say("requests printed that stdin had no line for: " + answers.unanswered());
    }
    return Session.losses(report, 0);
  }

  /** The exit code, where closing alone would make it another one. */
  int exitCode(int closing, SocketMetrics metrics) {
    boolean failed = answers.hasFailed() || metrics.dropped() > 0;
    return failed ? ExitCode.FAILED : closing;
  }

  @Override
  public void close() {
    answers.close();
  }
}
