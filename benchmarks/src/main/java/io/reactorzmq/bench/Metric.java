package io.reactorzmq.bench;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What is compared of two runs. */
enum Metric {
  /** Messages or answers in a second, of all receivers. */
  RATE("rate", true),
  /** The median of the times that requests took. */
  P50("p50", false),
  /** The median of the times that transfers took. */
  TRANSFER("time", false),
  /** What a message takes from one to the next. */
  COST("cost", false),
  /** Bytes that the sending side allocates on the heap for a message. */
  SEND_ALLOCATED("bytes/msg allocated sending", false),
  /** Bytes that the receiving side allocates on the heap for a message. */
  RECEIVE_ALLOCATED("bytes/msg allocated receiving", false),
  /** The larger of the two peaks of resident memory. */
  PEAK_MEMORY("peak memory", false);

  private final String text;
  private final boolean more;

  Metric(String text, boolean more) {
    this.text = text;
    this.more = more;
  }

  /** Whether a larger value is better. */
  boolean isMoreBetter() {
    return more;
  }

  /** What a run gave, in messages a second, nanoseconds or bytes; null if it was not measured. */
  @Nullable Double of(Sample sample) {
    return switch (this) {
      case RATE -> sample.perSecond();
      case COST -> 1e9 / sample.perSecond();
      case P50 -> sample.latency() == null ? null : (double) sample.latency().p50();
      case TRANSFER -> sample.transferNanos();
      case SEND_ALLOCATED -> sample.send().allocated();
      case RECEIVE_ALLOCATED -> sample.receive().allocated();
      case PEAK_MEMORY -> (double) Math.max(sample.send().peak(), sample.receive().peak());
    };
  }

  /** A value as a person reads it. */
  String format(double value) {
    return switch (this) {
      case RATE -> value < 1000 ? text(value, "%.1f/s") : text(value, "%,.0f/s");
      case P50 -> text(value / 1e3, "%,.1f us");
      case TRANSFER -> text(value / 1e6, "%,.1f ms");
      case COST -> text(value, "%,.0f ns");
      case SEND_ALLOCATED, RECEIVE_ALLOCATED -> text(value, "%,.0f B");
      case PEAK_MEMORY -> text(value / 1e6, "%,.0f MB");
    };
  }

  private static String text(double value, String format) {
    return String.format(Locale.ROOT, format, value);
  }

  @Override
  public String toString() {
    return text;
  }
}
