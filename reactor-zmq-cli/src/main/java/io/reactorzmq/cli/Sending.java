package io.reactorzmq.cli;

import io.reactorzmq.cli.line.LineInput;
import io.reactorzmq.cli.line.LineReader;
import io.reactorzmq.error.CodecException;
import java.time.Duration;
import java.util.function.Function;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Sends stdin through a socket. The socket asks for lines as its peers have room, and while they
 * have none stdin is not read.
 */
final class Sending implements AutoCloseable {

  private final Session session;
  private final LineInput input;
  private boolean failed;
  private boolean notWanted;

  Sending(Session session, SendOptions options) {
    this.session = session;
    LineReader reader = new LineReader(session.shell().in(), session.options().maxLineBytes());
    this.input = new LineInput(reader, options.interval(), session.stopped());
  }

  /**
   * Blocks until the socket has taken all lines, or linger is over since the end of the input, or
   * enough was received.
   *
   * @param socket takes the lines and completes when it has them
   */
  void run(Function<Flux<byte[]>, Mono<Void>> socket) {
    Duration linger = session.options().linger();
    Mono<Void> lingered =
        linger.isNegative() ? Mono.never() : input.ended().then(Mono.delay(linger)).then();
    try {
      Mono.firstWithSignal(
              socket.apply(input.lines()),
              lingered,
              session.hadEnough().doOnSuccess(nothing -> notWanted = true))
          .block();
    } catch (RuntimeException e) {
      failed = true;
      session.say(sentence(Exceptions.unwrap(e)));
    }
  }

  private String sentence(Throwable failure) {
    String sentence = Failures.sentence(failure);
    return failure instanceof CodecException
        ? "line " + (session.codec().encoded() + 1) + ": " + sentence
        : sentence;
  }

  /** Whether stdin had no line. */
  boolean wasEmpty() {
    return input.linesRead() == 0;
  }

  /** Lines read that the socket did not take because linger was over. */
  long notTaken() {
    return failed || notWanted ? 0 : input.linesRead() - session.codec().encoded();
  }

  boolean hasFailed() {
    return failed;
  }

  /** The exit code, where closing alone would make it another one. */
  int exitCode(int closing) {
    return failed ? ExitCode.FAILED : closing;
  }

  @Override
  public void close() {
    input.dispose();
  }
}
