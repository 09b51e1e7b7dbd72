package io.reactorzmq.cli;

import io.reactorzmq.cli.line.Input;
import io.reactorzmq.cli.line.LineInput;
import io.reactorzmq.cli.line.LineReader;
import io.reactorzmq.error.CodecException;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.LongSupplier;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Sends stdin, or files, through a socket. The socket asks for values as its peers have room, and
 * while they have none stdin is not read.
 *
 * @param <T> lines, or what files hold
 */
final class Sending<T> implements AutoCloseable {

  private final Session session;
  private final Input<? extends T> input;
  private final LongSupplier encoded;
  private boolean failed;
  private boolean notWanted;

  /**
   * Creates what has not begun.
   *
   * @param encoded how many values the socket has taken
   */
  Sending(Session session, Input<? extends T> input, LongSupplier encoded) {
    this.session = session;
    this.input = input;
    this.encoded = encoded;
  }

  /** The lines of stdin. */
  static LineInput stdin(Session session, SendOptions options) {
    LineReader reader = new LineReader(session.shell().in(), session.options().maxLineBytes());
    return new LineInput(reader, options.interval(), session.stopped());
  }

  /**
   * Blocks until the socket has taken all values, or linger is over since the end of the input, or
   * enough was received.
   *
   * @param socket takes the values and completes when it has them
   */
  void run(Function<Flux<? extends T>, Mono<Void>> socket) {
    Duration linger = session.options().linger();
    Mono<Void> lingered =
        linger.isNegative() ? Mono.never() : input.ended().then(Mono.delay(linger)).then();
    try {
      Mono.firstWithSignal(
              socket.apply(input.values()),
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
        ? input.nameOf(encoded.getAsLong() + 1) + ": " + sentence
        : sentence;
  }

  /** Whether stdin had no line. */
  boolean wasEmpty() {
    return input.read() == 0;
  }

  /** Values read that the socket did not take because linger was over. */
  long notTaken() {
    return failed || notWanted ? 0 : input.read() - encoded.getAsLong();
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
