package io.reactorzmq.bench;

import java.util.Locale;
import org.HdrHistogram.Histogram;

/**
 * How long requests took, in nanoseconds.
 *
 * @param count of requests
 * @param p50 median
 * @param p90 90th percentile
 * @param p99 99th percentile
 * @param p999 99.9th percentile
 * @param max the longest
 */
record Latency(long count, long p50, long p90, long p99, long p999, long max) {

  static Latency of(Histogram times) {
    return new Latency(
        times.getTotalCount(),
        times.getValueAtPercentile(50),
        times.getValueAtPercentile(90),
        times.getValueAtPercentile(99),
        times.getValueAtPercentile(99.9),
        times.getMaxValue());
  }

  /** What {@link #words()} says. */
  static Latency parse(Words words) {
    return new Latency(
        words.get("count"),
        words.get("p50"),
        words.get("p90"),
        words.get("p99"),
        words.get("p999"),
        words.get("max"));
  }

  /** As {@code key=value}, for the harness. */
  String words() {
    return String.format(
        Locale.ROOT,
        "count=%d p50=%d p90=%d p99=%d p999=%d max=%d",
        count,
        p50,
        p90,
        p99,
        p999,
        max);
  }

  /** As cells of a table, in microseconds. */
  String cells() {
    return String.format(
        Locale.ROOT,
        "%,d | %,.1f | %,.1f | %,.1f | %,.1f | %,.1f",
        count,
        p50 / 1e3,
        p90 / 1e3,
        p99 / 1e3,
        p999 / 1e3,
        max / 1e3);
  }

  String json() {
    return String.format(
        Locale.ROOT,
        "{\"count\":%d,\"p50\":%d,\"p90\":%d,\"p99\":%d,\"p999\":%d,\"max\":%d}",
        count,
        p50,
        p90,
        p99,
        p999,
        max);
  }
}
