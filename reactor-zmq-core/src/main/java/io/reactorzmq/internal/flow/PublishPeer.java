package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.Subscription;
import io.reactorzmq.internal.wire.Subscriptions;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One SUB as a PUB sees it: its subscriptions by their ids, and the lane for what matches them.
 * Each subscription is acknowledged once it is in force. Confined to the event loop, but for the
 * counters.
 */
final class PublishPeer<T> implements PeerFlow {

  private final PublishFlow<T> flow;
  private final PeerLink link;
  private final Map<Long, byte[]> subscriptions = new HashMap<>();

  /** In force, and not acknowledged. */
  private final Set<Long> unacknowledged = new LinkedHashSet<>();

  private boolean acknowledging;
  private volatile @Nullable SubscriberLane<T> lane;

  PublishPeer(PublishFlow<T> flow, PeerLink link) {
    this.flow = flow;
    this.link = link;
  }

  @Override
  public boolean sends() {
    return true;
  }

  @Override
  public boolean receives() {
    return false;
  }

  @Override
  public void opened(Limits peer) {
    lane = flow.fanOut().open(link, flow.writer(link, peer));
  }

  /** What a subscriber sends upstream is no concern of ours; the demand that it took is. */
  @Override
  public void read(ByteBuf payload) {
    payload.release();
    link.more(1);
  }

  // ---- subscriptions

  @Override
  public void control(Kind kind, ByteBuf payload) {
    SubscriberLane<T> open = lane;
    if (open == null) {
      throw new ProtocolException("a payload of kind " + kind + " came before OPEN");
    }
    if (kind == Kind.SUBSCRIBE) {
      Subscriptions.readSubscribe(payload).forEach(each -> subscribe(open, each));
      acknowledge();
    } else if (kind == Kind.UNSUBSCRIBE) {
      for (long id : Subscriptions.readUnsubscribe(payload)) {
        unsubscribe(open, id);
      }
    } else {
      PeerFlow.super.control(kind, payload);
    }
  }

  private void subscribe(SubscriberLane<T> open, Subscription subscription) {
    if (subscriptions.size() == Subscriptions.MAX_SUBSCRIPTIONS) {
      throw new ProtocolException(
          "more than " + Subscriptions.MAX_SUBSCRIPTIONS + " subscriptions on one connection");
    }
    if (subscriptions.putIfAbsent(subscription.id(), subscription.prefix()) != null) {
      throw new ProtocolException("the subscription " + subscription.id() + " exists already");
    }
    flow.fanOut().subscribe(subscription.prefix(), open);
    unacknowledged.add(subscription.id());
  }

  /** One of an unknown id is given up already. */
  private void unsubscribe(SubscriberLane<T> open, long id) {
    byte[] prefix = subscriptions.remove(id);
    if (prefix == null) {
      return;
    }
    flow.fanOut().unsubscribe(prefix, open);
    if (!unacknowledged.remove(id)) {
      flow.watch().remove(prefix, this);
      flow.host().emit(new SocketEvent.Unsubscribed(link.origin(), text(prefix)));
    }
  }

  private static String text(byte[] prefix) {
    return new String(prefix, StandardCharsets.UTF_8);
  }

  /** One payload at a time, so that what waits for the peer's demand stays bounded. */
  private void acknowledge() {
    SubscriberLane<T> open = lane;
    if (acknowledging || unacknowledged.isEmpty() || open == null) {
      return;
    }
    acknowledging = true;
    long[] ids = new long[Math.min(unacknowledged.size(), Subscriptions.MAX_IDS)];
    Iterator<Long> waiting = unacknowledged.iterator();
    for (int i = 0; i < ids.length; i++) {
      ids[i] = waiting.next();
    }
    link.control(
        Subscriptions.subscribed(flow.allocator(), open.nextNumber(), ids, ids.length),
        () -> acknowledged(ids));
  }

  private void acknowledged(long[] ids) {
    acknowledging = false;
    for (long id : ids) {
      byte[] prefix = unacknowledged.remove(id) ? subscriptions.get(id) : null;
      if (prefix != null) {
        flow.watch().add(prefix, this);
        flow.host().emit(new SocketEvent.Subscribed(link.origin(), text(prefix)));
      }
    }
    acknowledge();
  }

  private void forget(SubscriberLane<T> open) {
    subscriptions.forEach(
        (id, prefix) -> {
          flow.fanOut().unsubscribe(prefix, open);
          if (!unacknowledged.contains(id)) {
            flow.watch().remove(prefix, this);
          }
        });
    subscriptions.clear();
    unacknowledged.clear();
  }

  // ---- the peer's life

  @Override
  public void demanded() {
    SubscriberLane<T> open = lane;
    if (open != null) {
      open.settle();
      flow.fanOut().signal();
    }
  }

  @Override
  public void endOfData() {
    // a SUB sends none
  }

  @Override
  public void endSending() {
    close(true);
  }

  /** What was kept for it is not lost: it does not want it any more. */
  @Override
  public void peerLeaves() {
    close(false);
  }

  private void close(boolean wanted) {
    SubscriberLane<T> open = lane;
    if (open != null) {
      forget(open);
      flow.fanOut().close(open, wanted);
    }
  }

  @Override
  public void leave() {
    SubscriberLane<T> open = lane;
    if (open != null) {
      open.stop();
    }
  }

  @Override
  public boolean isSent() {
    SubscriberLane<T> open = lane;
    return open == null || open.isIdle();
  }

  @Override
  public boolean mayStopReceiving() {
    return true;
  }

  @Override
  public boolean isTaken() {
    return true;
  }

  @Override
  public long gone(String reason) {
    close(true);
    return inFlight();
  }

  @Override
  public long sent() {
    SubscriberLane<T> open = lane;
    return open == null ? 0 : open.sent();
  }

  @Override
  public long received() {
    return 0;
  }

  @Override
  public long inFlight() {
    SubscriberLane<T> open = lane;
    return open == null ? 0 : open.inFlight();
  }

  @Override
  public long queued() {
    SubscriberLane<T> open = lane;
    return open == null ? 0 : open.waiting();
  }

  @Override
  public long dropped() {
    SubscriberLane<T> open = lane;
    return open == null ? 0 : open.dropped();
  }
}
