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
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;

/**
 * One PUB as a SUB sees it: what it has been asked for and has acknowledged. What comes from it is
 * its feed. Confined to the event loop, but for the counters.
 */
final class SubscribePeer<T> implements PeerFlow {

  private final SubscribeFlow<T> flow;
  private final PeerLink link;
  private final Feed<T> feed;
  private final Inlet<Numbered> inlet;

  // Confined to the event loop.
  private final Map<Long, Subscription> wanted = new LinkedHashMap<>();
  private final Set<Long> unwanted = new LinkedHashSet<>();
  private final Set<Long> told = new HashSet<>();
  private final Set<Long> acknowledged = new HashSet<>();
  private boolean telling;
  private boolean opened;
  private boolean ended;

  SubscribePeer(SubscribeFlow<T> flow, PeerLink link) {
    this.flow = flow;
    this.link = link;
    this.feed = new Feed<>(link.origin());
    Limits announced = link.announced(flow.own());
    this.inlet =
        new Inlet<>(
            flow.dispatcher(),
            FrameReader.ofNumbered(announced).into(flow.dispatcher().target(), flow.host().aside()),
            flow.host().budget(),
            link,
            announced,
            flow.window(),
            feed);
  }

  PeerInfo info() {
    return link.origin();
  }

  Feed<T> feed() {
    return feed;
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

  // ---- counters; any thread

  @Override
  public long sent() {
    return 0;
  }

  @Override
  public long received() {
    return feed.received();
  }

  @Override
  public long inFlight() {
    return 0;
  }

  @Override
  public long missed() {
    return feed.missed();
  }
}
