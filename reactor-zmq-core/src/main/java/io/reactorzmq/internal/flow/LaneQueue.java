package io.reactorzmq.internal.flow;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The messages that wait in a subscriber's lane, oldest first, each with its number. Holds a
 * reference to each.
 */
final class LaneQueue<T> {

  private static final int FIRST_CAPACITY = 16;

  private @Nullable Object[] items = new Object[FIRST_CAPACITY];
  private long[] numbers = new long[FIRST_CAPACITY];
  private int head;
  private int size;
  private long bytes;

  /** How many were ever taken out, so that places stay valid while the head moves. */
  private long taken;

  /** Where the message of each topic waits; null if topics do not matter. */
  private final @Nullable Map<ByteBuffer, Long> places;

  LaneQueue(boolean byTopic) {
    places = byTopic ? new HashMap<>() : null;
  }

  int size() {
    return size;
  }

  long bytes() {
    return bytes;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** Takes over a reference. */
  void add(SendItem<T> item, long number) {
    if (size == items.length) {
      grow();
    }
    if (places != null) {
      places.put(topic(item), taken + size);
    }
    int at = index(size);
    items[at] = item;
    numbers[at] = number;
    size++;
    bytes += item.size();
  }

  /** The index of the item that so many are in front of; the capacity is a power of two. */
  private int index(int offset) {
    return head + offset & items.length - 1;
  }

  private void grow() {
    int old = items.length;
    @Nullable Object[] moreItems = new Object[2 * old];
    long[] moreNumbers = new long[2 * old];
    for (int i = 0; i < size; i++) {
      moreItems[i] = items[index(i)];
      moreNumbers[i] = numbers[index(i)];
    }
    items = moreItems;
    numbers = moreNumbers;
    head = 0;
  }

  private static ByteBuffer topic(SendItem<?> item) {
    return ByteBuffer.wrap(Objects.requireNonNull(item.message()).bytes(0));
  }

  /**
   * Puts an item in the place of the one of its topic that waits, taking over a reference.
   *
   * @return the one that it replaces, the caller's now; null if there is none, and nothing is done
   */
  @Nullable SendItem<T> replace(SendItem<T> item) {
    Long place = places == null ? null : places.get(topic(item));
    if (place == null) {
      return null;
    }
    int at = index((int) (place - taken));
    SendItem<T> older = at(at);
    items[at] = item;
    bytes += item.size() - Objects.requireNonNull(older).size();
    return older;
  }

  @SuppressWarnings("unchecked") // only such items are put in
  private @Nullable SendItem<T> at(int index) {
    return (SendItem<T>) items[index];
  }

  /** The oldest item, or null. */
  @Nullable SendItem<T> peek() {
    return at(head);
  }

  /** The number of the oldest item. */
  long number() {
    return numbers[head];
  }

  /** Takes the oldest item out, with its reference; null if there is none. */
  @Nullable SendItem<T> poll() {
    SendItem<T> item = peek();
    if (item != null) {
      if (places != null) {
        places.remove(topic(item));
      }
      items[head] = null;
      head = index(1);
      size--;
      taken++;
      bytes -= item.size();
    }
    return item;
  }
}
