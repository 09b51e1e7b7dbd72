package io.reactorzmq.internal.flow;

import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.internal.wire.Numbered;
import io.reactorzmq.message.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * What comes from one PUB, as the dispatcher sees it: the number of the next message, whom the
 * topic at hand is for, and what each subscriber has missed. Confined to the dispatcher's turns,
 * but for the counters.
 */
final class Feed<T> {

  private final PeerInfo info;

  /** Subscribers up to this one had an earlier connection with the same PUB, which was lost. */
  private long reconnectedFor;

  private final Map<Subscriber<T, ?>, Coverage> coverages = new IdentityHashMap<>();

  /** Those of them that begin with a number that is still to come. */
  private final List<Coverage> coming = new ArrayList<>();

  private long expected = 1;
  private long lost;
  private int unknown = 1;

  // What was found for the last topic, and since which change of subscriptions that is so.
  private byte[] lastTopic = {};
  private String lastTopicText = "";
  private long lastChanged = -1;
  final List<Subscriber<T, ?>> hits = new ArrayList<>();

  private @Nullable Subscriber<T, ?> lastSubscriber;
  private @Nullable Coverage lastCoverage;

  /** A message that waits for a full queue. */
  @Nullable Numbered held;

  private final AtomicLong received = new AtomicLong();
  private final AtomicLong missed = new AtomicLong();

  Feed(PeerInfo info) {
    this.info = info;
  }

  PeerInfo info() {
    return info;
  }

  @Override
  public String toString() {
    return info.toString();
  }

  /**
   * An earlier connection with the same PUB was lost when so many subscribers had registered.
   * Called on the event loop, before anything comes.
   */
  void reconnected(long registrations) {
    reconnectedFor = registrations;
  }

  /**
   * Notes the number of what has come.
   *
   * @return how many messages were lost before it; -1 if the peer does not know
   */
  long arrived(Numbered next) {
    if (next.number() < expected) {
      return 0; // it has waited, and was noted before
    }
    long news = next.number() - expected;
    if (news > 0) {
      for (Coverage coverage : coming) {
        coverage.discount(Math.max(0, Math.min(next.number(), coverage.from) - expected));
      }
      lost += news;
      missed.lazySet(missed.getPlain() + news);
    }
    expected = next.message() == null ? next.number() : next.number() + 1;
    if (!coming.isEmpty()) {
      coming.removeIf(coverage -> coverage.from <= expected);
    }
    if (next.gap()) {
      unknown++;
      return -1;
    }
    return news;
  }

  long lost() {
    return lost;
  }

  int unknown() {
    return unknown;
  }

  /** A message was handed to its subscribers. */
  void taken() {
    received.lazySet(received.getPlain() + 1);
  }

  /**
   * Takes note of the topic of a message.
   *
   * @param changed how often subscriptions have changed
   * @param topic the beginning of the topic
   * @param length how much of it that is
   * @param message the message
   * @return whether {@link #hits} are those of this topic already
   */
  boolean found(long changed, byte[] topic, int length, Message message) {
    boolean sameTopic =
        length == message.partSize(0)
            && Arrays.equals(topic, 0, length, lastTopic, 0, lastTopic.length);
    if (!sameTopic) {
      lastTopic = message.bytes(0);
      lastTopicText = new String(lastTopic, StandardCharsets.UTF_8);
    }
    boolean same = sameTopic && lastChanged == changed;
    lastChanged = changed;
    return same;
  }

  /** The topic noted last. */
  String topic() {
    return lastTopicText;
  }

  /** From a number on, whatever matches goes to this subscriber too. */
  void cover(Subscriber<T, ?> subscriber, long from) {
    if (coverages.containsKey(subscriber)) {
      return;
    }
    boolean missedSome = subscriber.registration <= reconnectedFor;
    Coverage coverage = new Coverage(from, lost, missedSome ? unknown - 1 : unknown);
    coverages.put(subscriber, coverage);
    if (from > expected) {
      coming.add(coverage);
    }
  }

  Coverage coverage(Subscriber<T, ?> subscriber) {
    Coverage last = lastCoverage;
    if (subscriber == lastSubscriber && last != null) {
      return last;
    }
    Coverage coverage = coverages.get(subscriber);
    if (coverage == null) {
      cover(subscriber, expected); // it is matched by what another one asked for
      coverage = Objects.requireNonNull(coverages.get(subscriber));
    }
    lastSubscriber = subscriber;
    lastCoverage = coverage;
    return coverage;
  }

  void forget(Subscriber<T, ?> subscriber) {
    Coverage coverage = coverages.remove(subscriber);
    coming.remove(coverage);
    hits.remove(subscriber); // searched for again before the next message
    if (lastSubscriber == subscriber) {
      lastSubscriber = null;
      lastCoverage = null;
    }
  }

  // ---- counters; any thread

  long received() {
    return received.get();
  }

  long missed() {
    return missed.get();
  }
}
