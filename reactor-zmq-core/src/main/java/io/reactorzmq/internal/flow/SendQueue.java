package io.reactorzmq.internal.flow;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What waits at a sender to be routed, in order: items, and small values as they are, each with the
 * {@code sendAll} that it came from. So a small value costs no object. Confined to the event loop.
 *
 * @param <T> the values
 */
final class SendQueue<T> {

  private static final int FIRST_CAPACITY = 64;

  /** Two places for each entry: what it is, and where it came from. */
  private @Nullable Object[] ring = new Object[2 * FIRST_CAPACITY];

  private int head;
  private int size;
  private @Nullable SendAll<T> source;

  boolean isEmpty() {
    return size == 0;
  }

  int size() {
    return size;
  }

  void add(SendItem<T> item) {
    addLast(item, null);
  }

  void addSmall(T value, @Nullable SendAll<T> from) {
    addLast(value, from);
  }

  private void addLast(Object entry, @Nullable SendAll<T> from) {
    growIfFull();
    put(head + 2 * size, entry, from);
    size++;
  }

  /** Puts an item back. */
  void addFirst(SendItem<T> item) {
    addFirst(item, null);
  }

  /** Puts a small value back. */
  void addFirstSmall(T value, @Nullable SendAll<T> from) {
    addFirst(value, from);
  }

  private void addFirst(Object entry, @Nullable SendAll<T> from) {
    growIfFull();
    head = head - 2 & ring.length - 1;
    put(head, entry, from);
    size++;
  }

  private void put(int at, @Nullable Object entry, @Nullable SendAll<T> from) {
    int place = at & ring.length - 1;
    ring[place] = entry;
    ring[place + 1] = from;
  }

  private void growIfFull() {
    int length = ring.length;
    if (2 * size == length) {
      @Nullable Object[] larger = Arrays.copyOfRange(ring, head, head + 2 * length);
      System.arraycopy(ring, 0, larger, length - head, head);
      Arrays.fill(larger, length, larger.length, null);
      ring = larger;
      head = 0;
    }
  }

  /** Takes the first one: an item, or a small value, of which {@link #source()} tells more. */
  @SuppressWarnings("unchecked") // what stands behind an entry is where it came from
  @Nullable Object poll() {
    if (size == 0) {
      return null;
    }
    Object entry = ring[head];
    source = (SendAll<T>) ring[head + 1];
    put(head, null, null);
    head = head + 2 & ring.length - 1;
    size--;
    return entry;
  }

  /** Where the small value came from that was polled last; null if from no {@code sendAll}. */
  @Nullable SendAll<T> source() {
    return source;
  }

  /** The same where there are only items. */
  @SuppressWarnings("unchecked")
  @Nullable SendItem<T> pollItem() {
    return (SendItem<T>) poll();
  }

  /** Removes items, asked for in their order. */
  @SuppressWarnings("unchecked") // an item is one of this queue's
  void removeItems(Predicate<SendItem<T>> condition) {
    for (int left = size; left > 0; left--) {
      Object entry = poll();
      SendAll<T> from = source;
      if (!(entry instanceof SendItem<?> item) || !condition.test((SendItem<T>) item)) {
        addLast(Objects.requireNonNull(entry), from);
      }
    }
    source = null;
  }
}
