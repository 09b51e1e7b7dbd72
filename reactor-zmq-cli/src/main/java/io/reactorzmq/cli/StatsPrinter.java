package io.reactorzmq.cli;

import io.reactorzmq.ZmqSocket;
import io.reactorzmq.event.SocketMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * Prints a socket's rates, drops and peers once a second. A last line, at the end, has the average
 * over the whole run.
 */
final class StatsPrinter {

  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final double NANOS = 1e9;

  private static final Set<String> SENDERS = Set.of("PUSH", "PUB");
  private static final Set<String> RECEIVERS = Set.of("PULL", "SUB");

  private final ZmqSocket socket;
  private final Consumer<String> sentences;
  private final long startNanos = System.nanoTime();
  private long lastNanos = startNanos;
  private long lastSent;
  private long lastReceived;

  StatsPrinter(ZmqSocket socket, Consumer<String> sentences) {
    this.socket = socket;
    this.sentences = sentences;
  }

  /** Begins. The result, disposed of, prints the last line. */
  Disposable start() {
    Disposable ticks =
        Flux.interval(PERIOD, Schedulers.boundedElastic())
            .onBackpressureDrop()
            .subscribe(tick -> print(false));
    return () -> {
      ticks.dispose();
      print(true);
    };
  }

  private synchronized void print(boolean last) {
    SocketMetrics now = socket.metrics();
    long nanos = System.nanoTime();
    double seconds = Math.max(1, nanos - (last ? startNanos : lastNanos)) / NANOS;
    List<String> line = new ArrayList<>();
    line.add(String.format(Locale.ROOT, "%.1f s", (nanos - startNanos) / NANOS));
    if (!RECEIVERS.contains(socket.type())) {
      line.add(moved("sent", now.sent(), last ? 0 : lastSent, seconds));
      line.add(count("queued", now.queuedMessages()) + ", " + count("in flight", now.inFlight()));
    }
    if (!SENDERS.contains(socket.type())) {
      line.add(moved("received", now.received(), last ? 0 : lastReceived, seconds));
      line.add(count("not printed yet", now.undelivered()));
    }
    if (socket.type().equals("SUB")) {
      line.add(count("missed", now.missed()));
    }
    line.add(
        count("dropped", now.dropped() + now.discarded() + now.undecodable())
            + ", "
            + count("unconfirmed", now.unconfirmed()));
    line.add(count("peers", now.peers().size()) + ", " + count("reconnects", now.reconnects()));
    if (now.fallbacks() > 0) {
      line.add(count("fallbacks", now.fallbacks()));
    }
    lastNanos = nanos;
    lastSent = now.sent();
    lastReceived = now.received();
    sentences.accept(String.join("; ", line));
  }

  private static String moved(String what, long now, long before, double seconds) {
    return String.format(Locale.ROOT, "%s %,d (%,.0f/s)", what, now, (now - before) / seconds);
  }

  private static String count(String what, long number) {
    return String.format(Locale.ROOT, "%s %,d", what, number);
  }
}
