package io.reactorzmq.internal.flow;

import io.netty.util.collection.LongObjectHashMap;
import io.netty.util.collection.LongObjectMap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is open, by correlation id. Ids that count up would lie side by side in the table, where
 * each removal has to look at all behind it; so they are scattered.
 */
final class ById<V> {

  /** Odd, so no two ids fall together: 2^64 divided by the golden ratio. */
  private static final long SCATTER = 0x9E3779B97F4A7C15L;

  private final LongObjectMap<V> values = new LongObjectHashMap<>();

  @Nullable V get(long id) {
    return values.get(id * SCATTER);
  }

  void put(long id, V value) {
    values.put(id * SCATTER, value);
  }

  @Nullable V remove(long id) {
    return values.remove(id * SCATTER);
  }

  int size() {
    return values.size();
  }

  boolean isEmpty() {
    return values.isEmpty();
  }

  /** What is there now, in no order. */
  List<V> snapshot() {
    return new ArrayList<>(values.values());
  }

  void clear() {
    values.clear();
  }
}
