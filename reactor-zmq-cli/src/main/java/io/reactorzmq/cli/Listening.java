package io.reactorzmq.cli;

import io.reactorzmq.Published;
import io.reactorzmq.SubSocket;
import io.reactorzmq.cli.line.Format;
import io.reactorzmq.cli.line.TopicLine;
import io.reactorzmq.cli.tensor.TensorMessage;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.SocketMetrics;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.publisher.SynchronousSink;
import reactor.core.scheduler.Schedulers;

/**
 * Prints what a SUB receives, and tells of each message that it missed exactly once: before the
 * line that follows, or, if none does for a while, after the last one.
 *
 * @param <T> lines, or tensors
 */
final class Listening<T> implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Session session;
  private final SubSocket<T> socket;
  private final SubscribeOptions options;
  private final Output<T> output;
  private final Sinks.Empty<Void> ended = Sinks.empty();
  private final Disposable.Swap watch = Disposables.swap();
  private volatile boolean failed;

  // Guarded by this object.
  private long printed;

  /** Messages missed, as far as that was told. */
  private long told;

  /** How many of them were told before a line came that might tell of them again. */
  private long toldEarly;

  private long printedBefore;
  private boolean over;

  Listening(Session session, SubSocket<T> socket, SubscribeOptions options, Output<T> output) {
    this.session = session;
    this.socket = socket;
    this.options = options;
    this.output = output;
  }

  /** What becomes of a message. */
  interface Output<T> {

    /** Messages on their way to be printed, beside those that wait in the socket. */
    int ahead();

    /** The line to print; null for none. Takes the message. */
    byte @Nullable [] line(Published<T> message);

    /** Releases a message that is not wanted. */
    void discard(T value);
  }

  /** Prints the message behind its topic. */
  record Lines(Format format) implements Output<byte[]> {
    @Override
    public int ahead() {
      return 32;
    }

    @Override
    public byte[] line(Published<byte[]> message) {
      return new TopicLine(message.topic(), message.value()).print(format);
    }

    @Override
    public void discard(byte[] value) {
      // the garbage collector's
    }
  }

  /** Saves the message. */
  record Files(Saving saving) implements Output<TensorMessage> {
    @Override
    public int ahead() {
      return 1;
    }

    @Override
    public byte @Nullable [] line(Published<TensorMessage> message) {
      return saving.line(message.topic(), message.value());
    }

    @Override
    public void discard(TensorMessage value) {
      saving.codec().discard(value);
    }
  }

  void begin() {
    Flux<byte[]> lines =
        socket
            .receive(options.prefixes())
            .publishOn(session.printing(), output.ahead())
            .take(options.count())
            .<byte[]>handle(this::line)
            .onErrorResume(this::failed)
            .doOnDiscard(Published.class, this::discard)
            .doOnCancel(this::notWanted) // nobody reads stdout
            .doFinally(
                end -> {
                  ended.tryEmitEmpty();
                  session.stop();
                });
    session.print(lines, Long.MAX_VALUE);
    watch.update(
        Flux.interval(PATIENCE, Schedulers.boundedElastic())
            .onBackpressureDrop()
            .subscribe(tick -> tellIfQuiet()));
  }

  private Mono<byte[]> failed(Throwable cause) {
    failed = true;
    session.say(Failures.sentence(cause));
    return Mono.empty();
  }

  private synchronized void notWanted() {
    over = true;
  }

  private void line(Published<T> message, SynchronousSink<byte[]> sink) {
    count(message.missedBefore());
    byte[] line = output.line(message);
    if (line != null) {
      sink.next(line);
    }
  }

  @SuppressWarnings("unchecked") // nothing else that is discarded is published
  private void discard(Published<?> message) {
    output.discard((T) message.value());
  }

  private synchronized void count(long missed) {
    if (missed < 0) {
      told = Math.max(told, missedSoFar(socket.metrics())); // whatever is known is part of it
      toldEarly = 0;
      say("messages", "before", printed + 1, ", nobody knows how many");
    } else {
      long early = Math.min(missed, toldEarly);
      toldEarly -= early;
      tell(missed - early, "before", printed + 1);
    }
    if (++printed == options.count()) {
      over = true; // what is missed from now on was not wanted
    }
  }

  private static long missedSoFar(SocketMetrics metrics) {
    return metrics.missed() + metrics.dropped();
  }

  private void tell(long missed, String where, long line) {
    if (missed > 0) {
      told += missed;
      say(missed == 1 ? "1 message" : missed + " messages", where, line, "");
    }
  }

  private void say(String what, String where, long line, String more) {
    session.say("missed " + what + " " + where + " line " + line + more);
  }

  /** Nothing was printed since the last time, and nothing waits to be printed. */
  private synchronized void tellIfQuiet() {
    SocketMetrics metrics = socket.metrics();
    boolean quiet = printed == printedBefore && metrics.undelivered() == 0;
    printedBefore = printed;
    if (quiet && metrics.received() == printed) {
      tellRest(metrics);
    }
  }

  private void tellRest(SocketMetrics metrics) {
    if (over) {
      return;
    }
    long rest = missedSoFar(metrics) - told;
    if (rest > 0) {
      toldEarly += rest;
      tell(rest, "after", printed);
    }
  }

  /** A sentence about what is lost, once the socket is closed; what was missed is told. */
  String losses(CloseReport report) {
    Duration linger = session.options().linger();
    try {
      if (linger.isNegative()) {
        ended.asMono().block();
      } else {
        ended.asMono().block(linger.compareTo(PATIENCE) > 0 ? linger : PATIENCE);
      }
    } catch (IllegalStateException e) {
      return "stdout is not read, messages were received but not printed";
    }
    watch.dispose();
    synchronized (this) {
      if (!failed) {
        tellRest(socket.metrics());
      }
      over = true;
    }
    return Session.losses(report, 0);
  }

  /** The exit code, where closing alone would make it another one. */
  int exitCode(int closing) {
    return failed ? ExitCode.FAILED : closing;
  }

  @Override
  public void close() {
    watch.dispose();
  }
}
