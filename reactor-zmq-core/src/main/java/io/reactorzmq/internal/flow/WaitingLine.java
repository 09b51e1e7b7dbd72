package io.reactorzmq.internal.flow;

import org.jspecify.annotations.Nullable;

/**
 * The requests of one peer that wait for their turn, first come first served. Any of them can leave
 * the line at once, however long it is: each knows its neighbours.
 */
final class WaitingLine<Q, R> {

  private @Nullable Serving<Q, R> first;
  private @Nullable Serving<Q, R> last;

  boolean isEmpty() {
    return first == null;
  }

  void add(Serving<Q, R> serving) {
    Serving<Q, R> before = last;
    serving.before = before;
    serving.after = null;
    last = serving;
    if (before == null) {
      first = serving;
    } else {
      before.after = serving;
    }
  }

  /** The one whose turn is next; it stays in line. */
  @Nullable Serving<Q, R> peek() {
    return first;
  }

  /** Takes out one that is in line. */
  void remove(Serving<Q, R> serving) {
    Serving<Q, R> before = serving.before;
    Serving<Q, R> after = serving.after;
    serving.before = null;
    serving.after = null;
    if (before == null) {
      first = after;
    } else {
      before.after = after;
    }
    if (after == null) {
      last = before;
    } else {
      after.before = before;
    }
  }

  void clear() {
    first = null;
    last = null;
  }
}
