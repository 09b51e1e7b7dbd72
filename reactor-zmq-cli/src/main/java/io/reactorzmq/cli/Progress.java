package io.reactorzmq.cli;

import io.reactorzmq.cli.tensor.Transfer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;

/**
 * Tells how far tensors are, on a line of stderr that changes in place: bytes, percent and the rate
 * of the last seconds. What is small and quick is over before it is told of, unless it always is.
 */
final class Progress implements AutoCloseable {

  private static final Duration PERIOD = Duration.ofMillis(250);
  private static final int RATE_SAMPLES = 12;
  private static final long LARGE = 64L << 20;
  private static final long SLOW_NANOS = 1_000_000_000;
  private static final double NANOS = 1e9;
  private static final String[] UNITS = {"B", "KiB", "MiB", "GiB", "TiB"};

  private final Session session;
  private final List<Direction> directions = new ArrayList<>();
  private final boolean always;
  private final Disposable.Swap ticks = Disposables.swap();

  Progress(Session session, List<Supplier<Transfer>> transfers, boolean always) {
    this.session = session;
    this.always = always;
    transfers.forEach(each -> directions.add(new Direction(each)));
  }

  void start() {
    if (!directions.isEmpty()) {
      ticks.update(
          Flux.interval(PERIOD, Schedulers.boundedElastic())
              .onBackpressureDrop()
              .subscribe(tick -> update()));
    }
  }

  /** Tells how far it is now, if that is to be told. */
  synchronized void update() {
    List<String> texts = new ArrayList<>();
    for (Direction each : directions) {
      String text = each.text(System.nanoTime());
      if (!text.isEmpty()) {
        texts.add(text);
      }
    }
    if (texts.isEmpty()) {
      session.status().clear();
    } else {
      session.status().show(session.options().command() + ": " + String.join("; ", texts));
    }
  }

  /** Takes the line away until the next time. */
  void hide() {
    session.status().clear();
  }

  @Override
  public void close() {
    ticks.dispose();
    if (always) {
      update();
    }
    hide();
  }

  private record Sample(long nanos, long moved) {}

  /** What goes one way. */
  private final class Direction {
    private final Supplier<Transfer> transfer;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private long beginNanos;

    Direction(Supplier<Transfer> transfer) {
      this.transfer = transfer;
    }

    /** Empty if there is nothing to tell. */
    String text(long now) {
      Transfer state = Objects.requireNonNull(transfer.get());
      if (state.total() == 0) {
        samples.clear();
        return "";
      }
      if (samples.isEmpty()) {
        beginNanos = now;
      }
      samples.add(new Sample(now, state.moved()));
      if (samples.size() > RATE_SAMPLES) {
        samples.remove();
      }
      boolean worthTelling = state.total() > LARGE || now - beginNanos > SLOW_NANOS;
      if (!always && !worthTelling) {
        return "";
      }
      Sample oldest = samples.element();
      double seconds = (now - oldest.nanos) / NANOS;
      return line(state, seconds > 0 ? (state.moved() - oldest.moved) / seconds : 0);
    }
  }

  static String line(Transfer state, double bytesPerSecond) {
    long percent = (long) Math.floor(100.0 * state.done() / state.total());
    String text =
        "%s %s of %s (%d %%)"
            .formatted(
                state.doing(),
                bytes(state.done(), state.total()),
                bytes(state.total(), state.total()) + " " + unit(state.total()),
                percent);
    long rate = (long) bytesPerSecond;
    return rate == 0 ? text : text + ", " + bytes(rate, rate) + " " + unit(rate) + "/s";
  }

  private static int power(long bytes) {
    return Math.min(UNITS.length - 1, Math.max(0, 63 - Long.numberOfLeadingZeros(bytes | 1)) / 10);
  }

  private static String unit(long bytes) {
    return UNITS[power(bytes)];
  }

  /** In the unit that another number has. */
  private static String bytes(long bytes, long unitOf) {
    int power = power(unitOf);
    return power == 0
        ? Long.toString(bytes)
        : String.format(Locale.ROOT, "%.1f", bytes / Math.pow(1024, power));
  }
}
