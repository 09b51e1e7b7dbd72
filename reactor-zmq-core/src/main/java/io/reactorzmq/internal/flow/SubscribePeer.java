package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.internal.wire.FrameReader;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.Numbered;
import io.reactorzmq.internal.wire.Subscription;
import io.reactorzmq.internal.wire.Subscriptions;
import io.reactorzmq.message.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

// Past 300 lines because the two halves of one connection are told apart by their threads only.

/**
 * One PUB as a SUB sees it. On the event loop: what it has been asked for and has acknowledged. In
 * the dispatcher's turns: the number of the next message, and what each subscriber has missed.
 */
final class SubscribePeer<T> implements PeerFlow {

  private final SubscribeFlow<T> flow;
  private final PeerLink link;
  private final Inlet<Numbered> inlet;

  // Confined to the event loop.
  private final Map<Long, Subscription> wanted = new LinkedHashMap<>();
  private final Set<Long> unwanted = new LinkedHashSet<>();
  private final Set<Long> told = new HashSet<>();
  private final Set<Long> acknowledged = new HashSet<>();
  private boolean telling;
  private boolean opened;
  private boolean ended;

  /** Subscribers up to this one had an earlier connection with the same PUB, which was lost. */
  private long reconnectedFor;

  // Confined to the dispatcher.
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

  SubscribePeer(SubscribeFlow<T> flow, PeerLink link) {
    this.flow = flow;
    this.link = link;
    this.inlet =
        new Inlet<>(
            flow.dispatcher(),
            FrameReader.ofNumbered(flow.own()),
            flow.host().budget(),
            link,
            flow.own(),
            flow.window(),
            this);
  }

  PeerInfo info() {
    return link.origin();
  }

  @Override
  public String toString() {
    return link.origin().toString();
  }

  @Override
  public boolean sends() {
    return false;
  }

  @Override
  public boolean receives() {
    return true;
  }

  @Override
  public void opened(Limits peer) {
    opened = true;
    flow.opened(this);
    tell();
  }

  /** An earlier connection with the same PUB was lost when so many subscribers had registered. */
  void reconnected(long registrations) {
    reconnectedFor = registrations;
  }

  /** The first subscriber came. */
  void openCredit() {
    inlet.open();
  }

  @Override
  public void read(ByteBuf payload) {
    if (ended) {
      payload.release();
      throw new ProtocolException("data came after END");
    }
    inlet.read(payload);
  }

  // ---- subscriptions, on the event loop

  /** Asks for what comes together in one go, as far as a payload goes. */
  void subscribe(List<Subscription> subscriptions) {
    subscriptions.forEach(each -> wanted.put(each.id(), each));
    tell();
  }

  /** Gives up what goes together in one go. */
  void unsubscribe(List<Long> ids) {
    for (Long id : ids) {
      acknowledged.remove(id);
      if (wanted.remove(id) == null && told.remove(id)) {
        unwanted.add(id);
      }
    }
    tell();
  }

  boolean hasAcknowledged(long id) {
    return acknowledged.contains(id);
  }

  /** One payload at a time, so that what waits for the peer's demand stays bounded. */
  private void tell() {
    if (telling || !opened || unwanted.isEmpty() && wanted.isEmpty()) {
      return;
    }
    telling = true;
    // what is given up goes first, or the peer might have more than it allows for a while
    link.control(unwanted.isEmpty() ? subscribing() : unsubscribing(), this::toldSome);
  }

  private void toldSome() {
    telling = false;
    tell();
  }

  private ByteBuf unsubscribing() {
    long[] ids = new long[Math.min(unwanted.size(), Subscriptions.MAX_IDS)];
    Iterator<Long> ending = unwanted.iterator();
    for (int i = 0; i < ids.length; i++) {
      ids[i] = ending.next();
      ending.remove();
    }
    return Subscriptions.unsubscribe(flow.host().allocator(), ids, ids.length);
  }

  private ByteBuf subscribing() {
    Queue<Subscription> batch = new ArrayDeque<>();
    Iterator<Subscription> waiting = wanted.values().iterator();
    while (waiting.hasNext() && batch.size() < Subscriptions.MAX_IDS) {
      batch.add(waiting.next());
    }
    List<Subscription> all = List.copyOf(batch);
    ByteBuf payload = Subscriptions.subscribe(flow.host().allocator(), batch);
    for (Subscription each : all.subList(0, all.size() - batch.size())) {
      wanted.remove(each.id());
      told.add(each.id());
    }
    return payload;
  }

  @Override
  public void control(Kind kind, ByteBuf payload) {
    if (kind != Kind.SUBSCRIBED) {
      PeerFlow.super.control(kind, payload);
      return;
    }
    Subscriptions.Subscribed subscribed = Subscriptions.readSubscribed(payload);
    for (long id : subscribed.ids()) {
      if (told.contains(id) && acknowledged.add(id)) { // it may have been given up meanwhile
        flow.acknowledged(this, id, subscribed.next());
      }
    }
  }

  // ---- the peer's life, on the event loop

  @Override
  public void demanded() {
    // nothing but control payloads goes to a PUB
  }

  @Override
  public void endOfData() {
    ended = true;
    inlet.endOfData();
  }

  @Override
  public void endSending() {
    // see demanded
  }

  @Override
  public void leave() {
    // LEAVE says it all
  }

  @Override
  public boolean isSent() {
    return true;
  }

  @Override
  public boolean mayStopReceiving() {
    return true;
  }

  @Override
  public boolean isTaken() {
    return inlet.isSettled() || !flow.hasSubscribers();
  }

  @Override
  public long gone(String reason) {
    inlet.dispose();
    if (opened) {
      opened = false;
      flow.gone(this);
    }
    return 0;
  }

  String key() {
    return link.key();
  }

  // ---- the dispatcher's turns

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

  @Override
  public long sent() {
    return 0;
  }

  @Override
  public long received() {
    return received.get();
  }

  @Override
  public long inFlight() {
    return 0;
  }

  @Override
  public long missed() {
    return missed.get();
  }
}
