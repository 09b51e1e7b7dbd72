package io.reactorzmq.internal.flow;

import io.reactorzmq.error.ClosedException;
import io.reactorzmq.internal.wire.PrefixTrie;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;

/**
 * Knows which subscribers have been told that their subscriptions are in force, and completes those
 * who wait for so many of them. Confined to the event loop, but for {@link #await}.
 */
final class SubscriberWatch {

  private static final class Waiter {
    final byte[] topic;
    final int n;
    final MonoSink<Void> sink;

    /** It may be given up before it begins. */
    boolean cancelled;

    Waiter(byte[] topic, int n, MonoSink<Void> sink) {
      this.topic = topic;
      this.n = n;
      this.sink = sink;
    }
  }

  private final Executor loop;
  private final Executor completions;
  private final PrefixTrie<Object> acknowledged = new PrefixTrie<>();
  private final List<Waiter> waiters = new ArrayList<>();
  private boolean closed;

  SubscriberWatch(Executor loop, Executor completions) {
    this.loop = loop;
    this.completions = completions;
  }

  /** Completes when so many subscribers have asked for the topic. */
  Mono<Void> await(byte[] topic, int n) {
    return Mono.create(
        sink -> {
          Waiter waiter = new Waiter(topic, n, sink);
          sink.onCancel(() -> loop.execute(() -> giveUp(waiter)));
          loop.execute(() -> begin(waiter));
        });
  }

  private void giveUp(Waiter waiter) {
    waiter.cancelled = true;
    waiters.remove(waiter);
  }

  private void begin(Waiter waiter) {
    if (waiter.cancelled) {
      return;
    }
    if (closed) {
      fail(waiter);
    } else if (isSatisfied(waiter)) {
      completions.execute(waiter.sink::success);
    } else {
      waiters.add(waiter);
    }
  }

  private boolean isSatisfied(Waiter waiter) {
    Set<Object> subscribers = new HashSet<>();
    acknowledged.match(waiter.topic, waiter.topic.length, subscribers::add);
    return subscribers.size() >= waiter.n;
  }

  /** A subscriber has been told that what it asked for is in force. */
  void add(byte[] prefix, Object subscriber) {
    acknowledged.add(prefix, subscriber);
    List<Waiter> satisfied = new ArrayList<>();
    waiters.removeIf(waiter -> isSatisfied(waiter) && satisfied.add(waiter));
    satisfied.forEach(waiter -> completions.execute(waiter.sink::success));
  }

  void remove(byte[] prefix, Object subscriber) {
    acknowledged.remove(prefix, subscriber);
  }

  /** Nobody else will subscribe. */
  void close() {
    closed = true;
    List<Waiter> left = List.copyOf(waiters);
    waiters.clear();
    left.forEach(this::fail);
  }

  private void fail(Waiter waiter) {
    completions.execute(() -> waiter.sink.error(new ClosedException("the socket is closed")));
  }
}
