package io.reactorzmq.internal.flow;

import io.reactorzmq.internal.wire.SmallBatch;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What waits at a sender to be routed, in order: items, batches, and small values as they are, each
 * with its size and the {@code sendAll} that it came from. So a small value costs no object.
 * Confined to the event loop.
 *
 * @param <T> the values
 */
final class SendQueue<T> {

  private static final int FIRST_CAPACITY = 64;

  // One ring in three arrays, whose length is a power of two.
  private @Nullable Object[] entries = new Object[FIRST_CAPACITY];
  private @Nullable SendAll<T>[] sources = sources(FIRST_CAPACITY);
  private int[] sizes = new int[FIRST_CAPACITY];

  private int head;
  private int count;
  private @Nullable SendAll<T> source;
  private int smallSize;

  @SuppressWarnings({"unchecked", "rawtypes"}) // nothing else is put in
  private static <T> @Nullable SendAll<T>[] sources(int length) {
    return new SendAll[length];
  }

  boolean isEmpty() {
    return count == 0;
  }

  int size() {
    return count;
  }

  void add(SendItem<T> item) {
    addLast(item, null, 0);
  }

  void add(SmallBatch batch) {
    addLast(batch, null, 0);
  }

  /** Puts a batch back of which some is left. */
  void addFirst(SmallBatch batch) {
    addFirst(batch, null, 0);
  }

  /** Adds a small value, whose size is not asked for again. */
  void addSmall(T value, int bytes, @Nullable SendAll<T> from) {
    addLast(value, from, bytes);
  }

  private void addLast(Object entry, @Nullable SendAll<T> from, int bytes) {
    growIfFull();
    if (from != null) {
      from.queued();
    }
    put(head + count, entry, from, bytes);
    count++;
  }

  /** Puts an item back. */
  void addFirst(SendItem<T> item) {
    addFirst(item, null, 0);
  }

  /** Puts a small value back. */
  void addFirstSmall(T value, int bytes, @Nullable SendAll<T> from) {
    addFirst(value, from, bytes);
  }

  private void addFirst(Object entry, @Nullable SendAll<T> from, int bytes) {
    growIfFull();
    if (from != null) {
      from.queued();
    }
    head = head - 1 & entries.length - 1;
    put(head, entry, from, bytes);
    count++;
  }

  private void put(int at, @Nullable Object entry, @Nullable SendAll<T> from, int bytes) {
    int place = at & entries.length - 1;
    entries[place] = entry;
    sources[place] = from;
    sizes[place] = bytes;
  }

  private void growIfFull() {
    int length = entries.length;
    if (count == length) {
      @Nullable Object[] oldEntries = entries;
      @Nullable SendAll<T>[] oldSources = sources;
      int[] oldSizes = sizes;
      int from = head;
      entries = new Object[2 * length];
      sources = sources(2 * length);
      sizes = new int[2 * length];
      head = 0;
      for (int i = 0; i < length; i++) {
        int old = from + i & length - 1;
        put(i, oldEntries[old], oldSources[old], oldSizes[old]);
      }
    }
  }

  /**
   * Takes the first one: an item, a batch, or a small value, of which the next two methods tell
   * more.
   */
  @Nullable Object poll() {
    if (count == 0) {
      return null;
    }
    Object entry = entries[head];
    source = sources[head];
    if (source != null) {
      source.unqueued();
    }
    smallSize = sizes[head];
    put(head, null, null, 0);
    head = head + 1 & entries.length - 1;
    count--;
    return entry;
  }

  /** Where the small value came from that was polled last; null if from no {@code sendAll}. */
  @Nullable SendAll<T> source() {
    return source;
  }

  /** The bytes of the small value that was polled last. */
  int smallSize() {
    return smallSize;
  }

  /** The same where there are only items. */
  @SuppressWarnings("unchecked")
  @Nullable SendItem<T> pollItem() {
    return (SendItem<T>) poll();
  }

  /** Removes items, asked for in their order, and batches of which nothing is left. */
  @SuppressWarnings("unchecked") // an item is one of this queue's
  void removeItems(Predicate<SendItem<T>> condition) {
    for (int left = count; left > 0; left--) {
      Object entry = poll();
      SendAll<T> from = source;
      int bytes = smallSize;
      boolean isRemoved =
          entry instanceof SendItem<?> item && condition.test((SendItem<T>) item)
              || entry instanceof SmallBatch batch && batch.next() == 0;
      if (!isRemoved) {
        addLast(Objects.requireNonNull(entry), from, bytes);
      }
    }
    source = null;
  }
}
