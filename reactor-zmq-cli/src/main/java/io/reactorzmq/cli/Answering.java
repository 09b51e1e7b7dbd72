package io.reactorzmq.cli;

import io.reactorzmq.error.RemoteException;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.SocketMetrics;
import io.reactorzmq.message.Message;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * Prints requests and answers them, until there are no more answers. The socket calls it on the
 * thread that prints, and nothing in here is used by another one while the socket is open.
 */
final class Answering implements Function<Request, Mono<Message>>, AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Session session;
  private final long count;
  private final @Nullable LineAnswers lines;
  private final Sinks.Many<byte[]> printed = Sinks.many().unicast().onBackpressureError();
  private long taken;
  private long ended;
  private long refused;

  Answering(Session session, AnswerOptions options) {
    this.session = session;
    this.count = options.count();
    this.lines = options.echo() ? null : new LineAnswers(session);
  }

  /** Before the socket is open. */
  void begin() {
    session.print(printed.asFlux(), Long.MAX_VALUE);
    if (lines != null) {
      lines.begin();
    }
  }

  @Override
  public Mono<Message> apply(Request request) {
    if (taken == count) {
      return refuse("has answered as many requests as it should");
    }
    if (lines != null && lines.areUsedUp()) {
      return refuse("has no line of stdin left to answer with");
    }
    taken++;
    printed.tryEmitNext(request.line()); // fails if nobody reads it, which the printer has told
    Mono<Message> answer = lines == null ? Mono.just(request.echo()) : lines.next();
    return answer.doFinally(end -> ended());
  }

  /** It was neither printed nor will it be answered, so another replier may well be asked. */
  private Mono<Message> refuse(String why) {
    refused++;
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
    if (lines != null && lines.unanswered() > 0) {
      session.say("requests printed that stdin had no line for: " + lines.unanswered());
    }
    return Session.losses(report, 0);
  }

  /** The exit code, where closing alone would make it another one. */
  int exitCode(int closing, SocketMetrics metrics) {
    boolean failed = lines != null && lines.hasFailed() || metrics.dropped() > 0;
    return failed ? ExitCode.FAILED : closing;
  }

  @Override
  public void close() {
    if (lines != null) {
      lines.close();
    }
  }
}
