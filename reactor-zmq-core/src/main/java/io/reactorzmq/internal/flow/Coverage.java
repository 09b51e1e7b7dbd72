package io.reactorzmq.internal.flow;

/**
 * What one subscriber has missed of one publisher: totals of what was lost, and how much of that
 * the subscriber has been told. Confined to the dispatcher.
 */
final class Coverage {

  /** From this number of the publisher's on its losses concern the subscriber. */
  final long from;

  /** How much of {@code Feed.lost} and of {@link #dropped} has been told. */
  private long told;

  /** How many times the publisher did not know what was lost, as far as that has been told. */
  private int toldUnknown;

  /** Messages that the subscriber's full queue refused, so far. */
  private long dropped;

  /** Messages that were taken out of the queue again and not told yet. */
  private long takenOut;

  Coverage(long from, long told, int toldUnknown) {
    this.from = from;
    this.told = told;
    this.toldUnknown = toldUnknown;
  }

  /** What the publisher lost before {@link #from}. */
  void discount(long messages) {
    told += messages;
  }

  void refused() {
    dropped++;
  }

  void takenOut() {
    takenOut++;
  }

  /** All that was missed when the publisher had lost so much. */
  long missed(long lost) {
    return lost + dropped;
  }

  /** How much of that has not been told; -1 if nobody knows. It is told now. */
  long tell(long missed, int unknown) {
    boolean known = unknown <= toldUnknown;
    long news = Math.max(0, missed - told) + takenOut;
    told = Math.max(told, missed);
    toldUnknown = Math.max(toldUnknown, unknown);
    takenOut = 0;
    return known ? news : -1;
  }
}
