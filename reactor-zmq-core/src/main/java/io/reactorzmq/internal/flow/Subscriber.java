package io.reactorzmq.internal.flow;

import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.OverflowException;
import io.reactorzmq.options.OverflowPolicy;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * One subscription to a SUB's {@code receive()}: its demand, and the bounded queue of what it has
 * not asked for yet. Confined to the {@link Dispatcher}, but for {@code request} and {@code
 * cancel}.
 */
final class Subscriber<T, P> implements Subscription {

  /** A message that waits. Of several of one topic the last one waits, if the policy says so. */
  private static final class Entry<T> {
    Arrival<T> arrival;
    Coverage coverage;
    long missed;
    int unknown;

    Entry(Arrival<T> arrival, Coverage coverage, long missed, int unknown) {
      this.arrival = arrival;
      this.coverage = coverage;
      this.missed = missed;
      this.unknown = unknown;
    }
  }

  final byte[][] prefixes;
  private final SubscribeFlow<T> flow;
  private final Dispatcher<T> dispatcher;
  private final CoreSubscriber<? super P> actual;
  private final Emission<T, P> emission;
  private final AtomicLong requested = new AtomicLong();
  private final AtomicBoolean woken = new AtomicBoolean();
  private final ArrayDeque<Entry<T>> queue = new ArrayDeque<>();
  private final @Nullable Map<String, Entry<T>> byTopic;
  private long queuedBytes;
  private boolean dropping;
  private boolean done;
  private volatile boolean cancelled;

  /** The message that this subscriber was last found for; see {@link Dispatcher}. */
  long stamp;

  /** Whether its prefixes are counted; the event loop's. */
  boolean registered;

  /** Its place among all subscribers that the socket ever had; the event loop's, set once. */
  volatile long registration = Long.MAX_VALUE;

  Subscriber(
      SubscribeFlow<T> flow,
      byte[][] prefixes,
      CoreSubscriber<? super P> actual,
      Emission<T, P> emission) {
    this.flow = flow;
    this.dispatcher = flow.dispatcher();
    this.prefixes = prefixes;
    this.actual = actual;
    this.emission = emission;
    this.byTopic = dispatcher.policy() == OverflowPolicy.CONFLATE ? new HashMap<>() : null;
  }

  // ---- any thread

  @Override
  public void request(long n) {
    if (Operators.validate(n)) {
      requested.accumulateAndGet(n, Operators::addCap);
      if (woken.compareAndSet(false, true)) {
        dispatcher.wake(this);
      }
    }
  }

  @Override
  public void cancel() {
    cancelled = true;
    flow.leave(this);
  }

  boolean isCancelled() {
    return cancelled;
  }

  // ---- the dispatcher

  private boolean isOver() {
    return done || cancelled;
  }

  /** Whether a message of this size would be taken, and none dropped for it. */
  boolean hasRoom(long size) {
    return isOver()
        || queue.isEmpty() && requested.get() > 0
        || dispatcher.bounds().allow(queue.size(), queuedBytes, size);
  }

  int queued() {
    return queue.size();
  }

  /** A message has come: emits it, queues it, or does what the policy says. */
  void offer(Arrival<T> arrival, Coverage coverage, long lost, int unknown) {
    if (!queue.isEmpty() && requested.get() > 0) {
      work(); // it has asked for more in this turn, and what waits comes first
    }
    if (isOver()) {
      arrival.drop(dispatcher.codec());
    } else if (queue.isEmpty() && requested.get() > 0) {
      emit(arrival, coverage, coverage.missed(lost), unknown);
    } else {
      enqueue(arrival, coverage, lost, unknown);
    }
  }

  private void enqueue(Arrival<T> arrival, Coverage coverage, long lost, int unknown) {
    Entry<T> older = byTopic == null ? null : byTopic.get(arrival.topic);
    if (older != null) {
      older.coverage.takenOut();
      queuedBytes += arrival.size - older.arrival.size;
      drop(older.arrival);
      dispatcher.detach(arrival);
      older.arrival = arrival;
      older.coverage = coverage;
      older.missed = coverage.missed(lost);
      older.unknown = unknown;
      return;
    }
    if (!dispatcher.bounds().allow(queue.size(), queuedBytes, arrival.size)) {
      switch (dispatcher.policy()) {
        case DROP_OLDEST, CONFLATE -> {
          reportLoss();
          makeRoom(arrival);
        }
        case DISCONNECT -> {
          OverflowException cause = new OverflowException(full());
          drop(arrival);
          dispatcher.dropped(queue.size());
          fail(cause);
          return;
        }
        default -> {
          reportLoss();
          coverage.refused();
          drop(arrival);
          return;
        }
      }
    }
    dispatcher.detach(arrival);
    Entry<T> entry = new Entry<>(arrival, coverage, coverage.missed(lost), unknown);
    queue.add(entry);
    queuedBytes += arrival.size;
    dispatcher.queued(1);
    if (byTopic != null) {
      byTopic.put(arrival.topic, entry);
    }
  }

  private void makeRoom(Arrival<T> arrival) {
    Entry<T> oldest;
    while (!dispatcher.bounds().allow(queue.size(), queuedBytes, arrival.size)
        && (oldest = poll()) != null) {
      oldest.coverage.takenOut();
      drop(oldest.arrival);
    }
  }

  private void drop(Arrival<T> arrival) {
    arrival.drop(dispatcher.codec());
    dispatcher.dropped(1);
  }

  private String full() {
    return "a subscription does not keep up: "
        + queue.size()
        + " messages with "
        + queuedBytes
        + " bytes wait for it (highWaterMark, highWaterMarkBytes, overflow "
        + dispatcher.policy()
        + ")";
  }

  /** Reports the first loss of a run. */
  private void reportLoss() {
    if (!dropping) {
      dropping = true;
      dispatcher.overflowing(new OverflowException(full()));
    }
  }

  private @Nullable Entry<T> poll() {
    Entry<T> entry = queue.poll();
    if (entry != null) {
      queuedBytes -= entry.arrival.size;
      dispatcher.queued(-1);
      if (byTopic != null) {
        byTopic.remove(entry.arrival.topic);
      }
    }
    return entry;
  }

  /** Emits what waits, as far as there is demand. */
  void work() {
    woken.set(false);
    Entry<T> entry;
    while (!isOver() && requested.get() > 0 && (entry = poll()) != null) {
      emit(entry.arrival, entry.coverage, entry.missed, entry.unknown);
    }
  }

  private void emit(Arrival<T> arrival, Coverage coverage, long missed, int unknown) {
    boolean first = !arrival.isDecoded();
    T value;
    try {
      value = arrival.take(dispatcher.codec());
    } catch (CodecException e) {
      dispatcher.undecodable(this, arrival, e, first);
      return;
    }
    long news = coverage.tell(missed, unknown);
    if (requested.get() != Long.MAX_VALUE) {
      requested.decrementAndGet();
    }
    dispatcher.received();
    dropping = false;
    try {
      actual.onNext(emission.of(arrival.topic, value, news));
    } catch (Throwable e) {
      // a subscriber must not throw; it is dropped so that the socket does not hang
      cancel();
      Operators.onErrorDropped(e, actual.currentContext());
    }
  }

  /** Ends with an error, at once. */
  void fail(Throwable cause) {
    if (!isOver()) {
      done = true;
      release();
      flow.leave(this);
      actual.onError(cause);
    }
  }

  /** Ends in good order; what waits is given up. */
  void complete() {
    if (!isOver()) {
      done = true;
      release();
      actual.onComplete();
    }
  }

  /**
   * Gives up what waits.
   *
   * @return how many messages that were
   */
  int release() {
    int given = 0;
    for (Entry<T> entry; (entry = poll()) != null; given++) {
      entry.arrival.drop(dispatcher.codec());
    }
    return given;
  }
}
