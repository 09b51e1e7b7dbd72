package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.OverflowException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.wire.Numbered;
import io.reactorzmq.internal.wire.PrefixTrie;
import io.reactorzmq.internal.wire.Subscriptions;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OnUndecodable;
import io.reactorzmq.options.OverflowPolicy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

// Past 300 lines because the drain loop of a receiver is one state machine.

/**
 * The drain loop of a SUB: takes one message a turn from each publisher that has any, and hands it
 * to every subscriber that it matches. Messages come from the event loop, turns run on the delivery
 * executor, one at a time; they own all state but the counters.
 */
final class Dispatcher<T> implements Inlet.Taker<Numbered>, Runnable {

  /** After this many messages in a turn others get the thread, and credit goes back. */
  private static final int TURN = 256;

  private final FlowHost host;
  private final Codec<T> codec;
  private final @Nullable AssemblyTarget target;
  private final OnUndecodable onUndecodable;
  private final OverflowPolicy policy;
  private final LaneBounds bounds;
  private final Executor delivery;
  private final Queue<Runnable> changes = new MpscUnboundedAtomicArrayQueue<>(64);
  private final Queue<Subscriber<T, ?>> woken = new MpscUnboundedAtomicArrayQueue<>(64);
  private final Queue<Inlet<Numbered>> arrivals = new MpscUnboundedAtomicArrayQueue<>(64);
  private final AtomicInteger wip = new AtomicInteger();

  private final PrefixTrie<Subscriber<T, ?>> subscriptions = new PrefixTrie<>();
  private final Set<Subscriber<T, ?>> subscribers = new LinkedHashSet<>();
  private final Set<Feed<T>> feeds = new LinkedHashSet<>();
  private final ArrayDeque<Inlet<Numbered>> line = new ArrayDeque<>();

  /** Inlets whose next message waits for a full queue. */
  private final List<Inlet<Numbered>> blocked = new ArrayList<>();

  private final List<Inlet<Numbered>> touched = new ArrayList<>();

  /** Whom the message at hand is for; its publisher's list. */
  private List<Subscriber<T, ?>> hits = new ArrayList<>();

  private final Consumer<Subscriber<T, ?>> hitting = this::hit;

  /** The beginning of the topic at hand, as far as any prefix reaches. */
  private final byte[] topic = new byte[Subscriptions.MAX_PREFIX_BYTES];

  private final ByteBuf topicTarget = Unpooled.wrappedBuffer(topic);
  private long stamp;

  /** How often anything changed that decides whom a topic is for. */
  private long changed;

  /** Messages queued less messages taken in, in this turn. */
  private long change;

  private final AtomicLong undelivered = new AtomicLong();
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong undecodable = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong missed = new AtomicLong();
  private final AtomicLong discarded = new AtomicLong();
  private volatile @Nullable Runnable onTerminated;
  private volatile boolean terminated;

  Dispatcher(
      FlowHost host,
      Codec<T> codec,
      OnUndecodable onUndecodable,
      OverflowPolicy policy,
      LaneBounds bounds,
      Executor delivery) {
    this.host = host;
    this.codec = codec;
    this.target = codec.assemblyTarget();
    this.onUndecodable = onUndecodable;
    this.policy = policy;
    this.bounds = bounds;
    this.delivery = delivery;
  }

  Codec<T> codec() {
    return codec;
  }

  /** Where the codec wants parts to lie; null: in their frames. */
  @Nullable AssemblyTarget target() {
    return target;
  }

  /** A message has to wait. What is in memory of the codec's choice stays there. */
  void detach(Arrival<T> arrival) {
    if (target == null || !target.takesWholeParts()) {
      arrival.detach();
    }
  }

  OverflowPolicy policy() {
    return policy;
  }

  LaneBounds bounds() {
    return bounds;
  }

  // ---- any thread

  @Override
  public void ready(Inlet<Numbered> inlet, int messages) {
    undelivered.addAndGet(messages);
    if (inlet.list()) {
      arrivals.add(inlet);
    }
    signal();
  }

  /** A subscriber has new demand. */
  void wake(Subscriber<T, ?> subscriber) {
    woken.add(subscriber);
    signal();
  }

  /** Runs something in a turn, before the messages that come after it. */
  void change(Runnable task) {
    changes.add(task);
    signal();
  }

  private void signal() {
    if (wip.getAndIncrement() == 0) {
      schedule();
    }
  }

  private void schedule() {
    try {
      delivery.execute(this);
    } catch (RejectedExecutionException e) {
      run(); // the thread has ended, and the socket with it: only completing and releasing is left
    }
  }

  /**
   * Ends the socket: releases what nobody took and completes the subscribers.
   *
   * @param done runs at the end of the turn that does it
   */
  void terminate(Runnable done) {
    onTerminated = done;
    terminated = true;
    signal();
  }

  // ---- turns

  @Override
  public void run() {
    int before = wip.get();
    for (; ; ) {
      if (!turn()) {
        schedule(); // wip stays above zero, so that no one else does
        return;
      }
      before = wip.addAndGet(-before);
      if (before == 0) {
        return;
      }
    }
  }

  /** False if there was more to do than one turn may. */
  private boolean turn() {
    runChanges();
    if (terminated) {
      finish();
      return true;
    }
    for (Subscriber<T, ?> subscriber; (subscriber = woken.poll()) != null; ) {
      subscriber.work();
    }
    for (Inlet<Numbered> inlet; (inlet = arrivals.poll()) != null; ) {
      line.add(inlet);
    }
    line.addAll(blocked); // whatever it was that a queue got room by
    blocked.clear();
    boolean complete = dispatch();
    report();
    return complete;
  }

  private void runChanges() {
    for (Runnable task; (task = changes.poll()) != null; ) {
      task.run();
      changed++;
    }
  }

  private boolean dispatch() {
    int turns = 0;
    Inlet<Numbered> inlet = line.poll();
    while (inlet != null && turns < TURN) {
      Feed<T> feed = feedOf(inlet);
      Numbered next = feed.held;
      feed.held = null;
      if (next == null) {
        next = inlet.poll();
      }
      if (next == null) {
        inlet.unlist();
        if (!inlet.isEmpty() && inlet.list()) {
          line.add(inlet);
        }
        inlet = line.poll();
        continue;
      }
      if (!dispatch(feed, next)) {
        feed.held = next;
        blocked.add(inlet);
        inlet = line.poll();
        continue;
      }
      change--;
      if (inlet.takenMessages++ == 0) {
        touched.add(inlet);
      }
      turns++;
      if (!line.isEmpty()) { // to put it in line again would cost a memory barrier
        line.add(inlet);
        inlet = line.poll();
      }
    }
    if (inlet != null) {
      line.addFirst(inlet);
    }
    return turns < TURN;
  }

  @SuppressWarnings("unchecked") // a SUB's inlets have their feeds for origin
  private Feed<T> feedOf(Inlet<Numbered> inlet) {
    return (Feed<T>) inlet.origin();
  }

  /** False if the message has to wait for a full queue. */
  private boolean dispatch(Feed<T> feed, Numbered next) {
    long before = feed.lost();
    runChanges(); // who subscribed before this was published, even while others were delivered
    long lost = feed.arrived(next);
    if (lost != 0) {
      missed.lazySet(missed.getPlain() + feed.lost() - before);
      host.emit(new SocketEvent.Gap(feed.info(), lost));
    }
    Message message = next.message();
    if (message == null) {
      return true;
    }
    find(feed, message);
    if (hits.isEmpty()) {
      message.release(); // nobody wants it any more
      return true;
    }
    if (policy == OverflowPolicy.WAIT && !allHaveRoom(message.size())) {
      return false;
    }
    feed.taken();
    Arrival<T> arrival = new Arrival<>(feed.info(), feed.topic(), message, hits.size());
    for (int i = 0; i < hits.size(); i++) {
      Subscriber<T, ?> subscriber = hits.get(i);
      subscriber.offer(arrival, feed.coverage(subscriber), feed.lost(), feed.unknown());
    }
    return true;
  }

  /** A topic is often the same as that of the message before, and then for the same subscribers. */
  private void find(Feed<T> feed, Message message) {
    int length = Math.min(message.partSize(0), topic.length);
    topicTarget.clear();
    message.copyTo(0, 0, length, topicTarget);
    hits = feed.hits;
    if (feed.found(changed, topic, length, message)) {
      return;
    }
    hits.clear();
    stamp++;
    subscriptions.match(topic, length, hitting);
  }

  private void hit(Subscriber<T, ?> subscriber) {
    if (subscriber.stamp != stamp) {
      subscriber.stamp = stamp;
      hits.add(subscriber);
    }
  }

  private boolean allHaveRoom(long size) {
    for (int i = 0; i < hits.size(); i++) {
      if (!hits.get(i).hasRoom(size)) {
        return false;
      }
    }
    return true;
  }

  /** Tells the inlets what was taken, so that credit goes back. */
  private void report() {
    for (Inlet<Numbered> inlet : touched) {
      int messages = inlet.takenMessages;
      long bytes = inlet.drainTakenBytes();
      inlet.takenMessages = 0;
      host.onLoop().execute(() -> inlet.taken(messages, bytes));
    }
    touched.clear();
    if (change != 0) {
      long moved = change;
      change = 0;
      if (undelivered.addAndGet(moved) == 0) {
        host.onLoop().execute(host::moved);
      }
    }
  }

  private void finish() {
    long given = 0;
    line.addAll(blocked);
    blocked.clear();
    for (Inlet<Numbered> inlet; (inlet = arrivals.poll()) != null; ) {
      line.add(inlet);
    }
    for (Inlet<Numbered> inlet; (inlet = line.poll()) != null; ) {
      Feed<T> feed = feedOf(inlet);
      Numbered held = feed.held;
      feed.held = null;
      inlet.unlist();
      for (Numbered next = held == null ? inlet.poll() : held; next != null; next = inlet.poll()) {
        Numbered.release(next);
        given++;
      }
    }
    undelivered.addAndGet(-given);
    for (Subscriber<T, ?> subscriber : List.copyOf(subscribers)) {
      given += subscriber.queued();
      subscriber.complete();
    }
    subscribers.clear();
    discarded.addAndGet(given);
    report();
    Runnable done = onTerminated;
    if (done != null) {
      onTerminated = null;
      done.run();
    }
  }

  // ---- what changes between messages

  void add(Subscriber<T, ?> subscriber) {
    change(
        () -> {
          if (terminated) {
            subscriber.complete();
            return;
          }
          subscribers.add(subscriber);
          for (byte[] prefix : subscriber.prefixes) {
            subscriptions.add(prefix, subscriber);
          }
        });
  }

  void remove(Subscriber<T, ?> subscriber) {
    change(
        () -> {
          for (byte[] prefix : subscriber.prefixes) {
            subscriptions.remove(prefix, subscriber);
          }
          subscribers.remove(subscriber);
          feeds.forEach(feed -> feed.forget(subscriber));
          subscriber.release();
          host.onLoop().execute(host::moved);
        });
  }

  void add(Feed<T> feed) {
    change(() -> feeds.add(feed));
  }

  void remove(Feed<T> feed) {
    change(() -> feeds.remove(feed));
  }

  /** From a number of this publisher on, all who want the prefix get what it matches. */
  void covered(Feed<T> feed, byte[] prefix, long from) {
    change(() -> subscriptions.at(prefix).forEach(subscriber -> feed.cover(subscriber, from)));
  }

  // ---- what subscribers report

  void queued(int more) {
    change += more;
  }

  void received() {
    received.lazySet(received.getPlain() + 1);
  }

  void overflowing(OverflowException cause) {
    host.emit(new SocketEvent.Dropped(cause));
  }

  void dropped(int messages) {
    dropped.lazySet(dropped.getPlain() + messages);
  }

  /** The codec refuses a message; reported by the first subscriber that wanted it. */
  void undecodable(
      Subscriber<T, ?> subscriber, Arrival<T> arrival, CodecException cause, boolean first) {
    if (first) {
      undecodable.lazySet(undecodable.getPlain() + 1);
      host.undecodable(arrival.origin, cause);
    }
    if (onUndecodable == OnUndecodable.FAIL) {
      subscriber.fail(cause);
    }
  }

  // ---- counters; any thread

  long undelivered() {
    return undelivered.get();
  }

  long receivedMessages() {
    return received.get();
  }

  long undecodableMessages() {
    return undecodable.get();
  }

  long droppedMessages() {
    return dropped.get();
  }

  long missedMessages() {
    return missed.get();
  }

  long discardedMessages() {
    return discarded.get();
  }
}
