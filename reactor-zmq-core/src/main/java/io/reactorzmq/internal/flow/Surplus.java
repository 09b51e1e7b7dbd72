package io.reactorzmq.internal.flow;

import io.reactorzmq.error.ClosedException;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * What joins the routers of a socket that lives on several event loops: deals new values out to
 * them in turn, and keeps those for which a router has no room until one of them has. Safe for any
 * thread, once every router has joined.
 *
 * <p>Nothing is ever left where nobody looks: a router says that it is full before it looks here
 * for the last time, and what comes in signals every router that has not said so.
 */
final class Surplus<T> {

  private record Member<T>(CreditRouter<T> router, Runnable moved) {}

  private final List<Member<T>> members = new ArrayList<>();
  private final Deque<SendItem<T>> waiting = new ConcurrentLinkedDeque<>();
  private final AtomicInteger turn = new AtomicInteger();

  /**
   * Adds a router, before the first value comes.
   *
   * @param router of a loop of its own, perhaps
   * @param moved tells its socket that something has moved that closing may wait for; any thread
   */
  void join(CreditRouter<T> router, Runnable moved) {
    members.add(new Member<>(router, moved));
  }

  /** The number of the router whose turn it is, among those with room if there are any. */
  int next() {
    int n = members.size();
    int start = Math.floorMod(turn.getAndIncrement(), n);
    for (int i = 0; i < n; i++) {
      int index = (start + i) % n;
      if (!members.get(index).router.isFull()) {
        return index;
      }
    }
    return start;
  }

  boolean isFirst(CreditRouter<T> router) {
    return first() == router;
  }

  /** The router that has a connection to every peer, if anyone has. */
  CreditRouter<T> first() {
    return members.get(0).router;
  }

  boolean hasPeers() {
    for (int i = 0; i < members.size(); i++) {
      if (members.get(i).router.hasOwnPeers()) {
        return true;
      }
    }
    return false;
  }

  /** Takes a new value, behind those that wait. */
  void add(SendItem<T> item) {
    waiting.addLast(item);
    signal();
  }

  /** Takes back what a router has in its queue, before what waits; it must be full by now. */
  void addAll(SendQueue<T> queue) {
    List<SendItem<T>> pinned = new ArrayList<>();
    List<SendItem<T>> others = new ArrayList<>();
    for (SendItem<T> item; (item = queue.pollItem()) != null; ) {
      if (item.isPinned) {
        pinned.add(item);
      } else if (!item.isClaimed()) {
        others.add(item);
      }
    }
    pinned.forEach(queue::add);
    for (int i = others.size() - 1; i >= 0; i--) {
      waiting.addFirst(others.get(i));
    }
    if (!others.isEmpty()) {
      signal();
    }
  }

  private void signal() {
    for (int i = 0; i < members.size(); i++) {
      CreditRouter<T> router = members.get(i).router;
      if (!router.isFull()) {
        router.signal();
      }
    }
  }

  @Nullable SendItem<T> poll() {
    return waiting.poll();
  }

  /** Values that wait, with those that were cancelled and not let go yet. */
  int size() {
    return waiting.size();
  }

  /** Lets go of those that were cancelled. */
  void sweep() {
    waiting.removeIf(SendItem::isClaimed);
  }

  /** Fails those that wait un-encoded: the socket is closing. */
  void failPending(ClosedException cause) {
    List<SendItem<T>> failed = new ArrayList<>();
    waiting.removeIf(item -> item.isPending() && item.claim() && failed.add(item));
    failed.forEach(item -> item.drop(cause));
  }

  /** Drops all that waits; returns how many messages that were. */
  long terminate(ClosedException cause) {
    long dropped = 0;
    for (SendItem<T> item; (item = waiting.poll()) != null; ) {
      if (item.claim()) {
        item.drop(cause);
        dropped++;
      }
    }
    return dropped;
  }

  /** Tells every part of the socket that nothing is queued any more. */
  void tellDrained() {
    members.forEach(member -> member.moved.run());
  }
}
