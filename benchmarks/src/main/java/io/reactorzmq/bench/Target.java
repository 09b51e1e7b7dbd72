package io.reactorzmq.bench;

import java.util.Locale;

/**
 * What a row is expected to show: a ratio to a peer, or an amount.
 *
 * @param row its name
 * @param ours the contender it is about
 * @param peer what it is compared with; empty for an amount by itself
 * @param metric of which; the ratio is ours divided by the peer's
 * @param atLeast whether it must not be less than the bound, or else not more
 * @param bound of the ratio or of the amount
 */
record Target(String row, String ours, String peer, Metric metric, boolean atLeast, double bound) {

  /** How far the worse quartile may be beyond the bound. */
  private static final double TOLERANCE = 0.1;

  /** Whether measured values meet it: the median does, and the worse quartile nearly. */
  boolean isMetBy(Spread spread) {
    return atLeast
        ? spread.median() >= bound && spread.low() >= (1 - TOLERANCE) * bound
        : spread.median() <= bound && spread.high() <= (1 + TOLERANCE) * bound;
  }

  boolean isRatio() {
    return !peer.isEmpty();
  }

  /** What is expected, in a few words. */
  String text() {
    String bounded =
        isRatio() ? String.format(Locale.ROOT, "%.1fx %s", bound, peer) : metric.format(bound);
    return metric + (atLeast ? " at least " : " at most ") + bounded;
  }
}
