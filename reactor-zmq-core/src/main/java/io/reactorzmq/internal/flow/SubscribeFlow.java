package io.reactorzmq.internal.flow;

import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.Subscription;
import io.reactorzmq.internal.wire.Subscriptions;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OnUndecodable;
import io.reactorzmq.options.OverflowPolicy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Scheduler;

// Past 300 lines because most of it is the contract that every flow keeps.

/**
 * The flow of SUB: counts who wants which prefix, asks every PUB for each of them once, and leaves
 * what arrives to the dispatcher.
 */
public final class SubscribeFlow<T> implements SocketFlow {

  /** PUBs that were lost and are remembered, in case they come back. */
  private static final int MAX_LOST_PEERS = 1024;

  /** A prefix that somebody wants. */
  private static final class Wish {
    final Subscription subscription;
    int subscribers;

    Wish(Subscription subscription) {
      this.subscription = subscription;
    }
  }

  private final FlowHost host;
  private final Limits own;
  private final int window;
  private final Scheduler.@Nullable Worker worker;
  private final Dispatcher<T> dispatcher;

  // Confined to the event loop.
  private final Map<ByteBuffer, Wish> byPrefix = new LinkedHashMap<>();
  private final Map<Long, Wish> byId = new HashMap<>();
  private final List<SubscribePeer<T>> peers = new ArrayList<>();

  /** Keys of lost PUBs, and how many subscribers had registered by then. */
  private final Map<String, Long> lostPeers =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Long> eldest) {
          return size() > MAX_LOST_PEERS;
        }
      };

  private long lastId;
  private long registrations;
  private volatile int subscribers;
  private boolean terminated;

  /**
   * Creates a flow without peers.
   *
   * @param host the socket
   * @param codec decodes messages
   * @param onUndecodable what to do with a message that the codec refuses
   * @param policy what a subscription's queue does that is full
   * @param bounds of each such queue
   * @param own what the socket announces as a receiver
   * @param window frames of credit to keep open for each peer
   */
  public SubscribeFlow(
      FlowHost host,
      Codec<T> codec,
      OnUndecodable onUndecodable,
      OverflowPolicy policy,
      LaneBounds bounds,
      Limits own,
      int window) {
    this.host = host;
    this.own = own;
    this.window = window;
    Scheduler callbacks = host.callbacks();
    this.worker = callbacks == null ? null : callbacks.createWorker();
    Executor delivery = worker == null ? host::afterIo : worker::schedule;
    this.dispatcher = new Dispatcher<>(host, codec, onUndecodable, policy, bounds, delivery);
  }

  // ---- subscribers

  /**
   * Subscribes to prefixes.
   *
   * @param prefixes different ones
   * @param emission makes what is emitted
   * @param <P> what is emitted
   * @return cold; cancelling unsubscribes
   */
  public <P> Flux<P> receive(byte[][] prefixes, Emission<T, P> emission) {
    return new Flux<>() {
      @Override
      public void subscribe(CoreSubscriber<? super P> actual) {
        Subscriber<T, P> subscriber =
            new Subscriber<>(SubscribeFlow.this, prefixes, actual, emission);
        actual.onSubscribe(subscriber);
        // at once: what is published from now on is for it too, if its prefix is asked for already
        dispatcher.add(subscriber);
        host.onLoop().execute(() -> begin(subscriber));
      }
    };
  }

  private void begin(Subscriber<T, ?> subscriber) {
    if (subscriber.isCancelled()) {
      dispatcher.remove(subscriber);
      return;
    }
    if (terminated) {
      dispatcher.change(subscriber::complete);
      return;
    }
    long fresh = 0;
    for (byte[] prefix : subscriber.prefixes) {
      fresh += byPrefix.containsKey(ByteBuffer.wrap(prefix)) ? 0 : 1;
    }
    if (byPrefix.size() + fresh > Subscriptions.MAX_SUBSCRIPTIONS) {
      IllegalStateException cause =
          new IllegalStateException(
              "a socket has at most %d different prefixes, this would make %d"
                  .formatted(Subscriptions.MAX_SUBSCRIPTIONS, byPrefix.size() + fresh));
      dispatcher.change(() -> subscriber.fail(cause));
      dispatcher.remove(subscriber);
      return;
    }
    subscriber.registered = true;
    subscriber.registration = ++registrations;
    subscribers++;
    List<Subscription> asked = new ArrayList<>();
    for (byte[] prefix : subscriber.prefixes) {
      want(prefix, subscriber, asked);
    }
    for (SubscribePeer<T> peer : peers) {
      peer.subscribe(asked);
      peer.openCredit();
    }
  }

  private void want(byte[] prefix, Subscriber<T, ?> subscriber, List<Subscription> asked) {
    Wish wish = byPrefix.get(ByteBuffer.wrap(prefix));
    if (wish == null) {
      wish = new Wish(new Subscription(++lastId, prefix));
      byPrefix.put(ByteBuffer.wrap(prefix), wish);
      byId.put(lastId, wish);
      asked.add(wish.subscription);
    } else {
      for (SubscribePeer<T> peer : peers) {
        if (peer.hasAcknowledged(wish.subscription.id())) {
          dispatcher.change(() -> peer.feed().cover(subscriber, 0));
        }
      }
    }
    wish.subscribers++;
  }

  /** A subscriber has cancelled or failed; any thread, any number of times. */
  void leave(Subscriber<T, ?> subscriber) {
    host.onLoop()
        .execute(
            () -> {
              if (subscriber.registered) {
                subscriber.registered = false;
                subscribers--;
                giveUp(subscriber.prefixes);
                dispatcher.remove(subscriber);
              }
            });
  }

  private void giveUp(byte[][] prefixes) {
    List<Long> unwanted = new ArrayList<>();
    for (byte[] prefix : prefixes) {
      ByteBuffer key = ByteBuffer.wrap(prefix);
      Wish wish = byPrefix.get(key);
      if (wish != null && --wish.subscribers == 0) {
        byPrefix.remove(key);
        byId.remove(wish.subscription.id());
        unwanted.add(wish.subscription.id());
      }
    }
    for (SubscribePeer<T> peer : peers) {
      peer.unsubscribe(unwanted);
    }
  }

  boolean hasSubscribers() {
    return subscribers > 0;
  }

  // ---- peers

  FlowHost host() {
    return host;
  }

  Dispatcher<T> dispatcher() {
    return dispatcher;
  }

  Limits own() {
    return own;
  }

  int window() {
    return window;
  }

  void opened(SubscribePeer<T> peer) {
    // not when it joined: the connection whose place it takes was still there then
    Long lostAt = lostPeers.remove(peer.key());
    peer.feed().reconnected(lostAt == null ? 0 : lostAt);
    peers.add(peer);
    dispatcher.add(peer.feed());
    peer.subscribe(byPrefix.values().stream().map(wish -> wish.subscription).toList());
    if (registrations > 0) {
      peer.openCredit();
    }
  }

  void acknowledged(SubscribePeer<T> peer, long id, long from) {
    Wish wish = byId.get(id);
    if (wish != null) {
      byte[] prefix = wish.subscription.prefix();
      dispatcher.covered(peer.feed(), prefix, from);
      host.emit(
          new SocketEvent.Subscribed(peer.info(), new String(prefix, StandardCharsets.UTF_8)));
    }
  }

  void gone(SubscribePeer<T> peer) {
    peers.remove(peer);
    dispatcher.remove(peer.feed());
    lostPeers.put(peer.key(), registrations);
  }

  // ---- the socket's life

  @Override
  public PeerFlow join(PeerLink link) {
    return new SubscribePeer<>(this, link);
  }

  @Override
  public void peerArrived() {
    // it matters when its OPEN has come
  }

  @Override
  public void peerLeft() {
    // see gone
  }

  @Override
  public void close() {
    // subscriptions go on until what is on its way is delivered
  }

  @Override
  public boolean isDrained() {
    return true;
  }

  @Override
  public boolean isTaken() {
    return subscribers == 0 || dispatcher.undelivered() == 0;
  }

  @Override
  public long terminate() {
    return 0;
  }

  @Override
  public void finish(Runnable done) {
    terminated = true;
    dispatcher.terminate(
        () -> {
          if (worker != null) {
            worker.dispose(); // in its own last turn, so that no turn is ever lost with it
          }
          host.onLoop().execute(done);
        });
  }

  @Override
  public Counters counters() {
    return new Counters(
        0,
        dispatcher.receivedMessages(),
        dispatcher.undecodableMessages(),
        dispatcher.undelivered(),
        dispatcher.discardedMessages(),
        0,
        0,
        0,
        0,
        0,
        dispatcher.droppedMessages(),
        dispatcher.missedMessages());
  }
}
