package io.reactorzmq.internal.flow;

import io.reactorzmq.internal.wire.SmallBatch;
import io.reactorzmq.internal.wire.SmallValues;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jctools.queues.atomic.SpscAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

/**
 * What threads hand to a sender's event loop, in the order of each of them: objects, and batches in
 * which they put small values together. A batch stands in line once, and is added to until it is
 * full or an object stands behind it.
 */
final class Inbox<T> {

  /** Who takes what is in line, on the event loop. */
  interface Taker {

    /** Takes an object. */
    void take(Object entry);

    /** Takes as much of a batch as there is room for. */
    void takeFrom(SmallBatch batch);

    /**
     * Takes over a batch of which something is left, as it is full or something is behind it, and
     * gives it back to be recycled.
     */
    void keep(SmallBatch batch);
  }

  /** Any value that is put together with others fits, with its table. */
  private static final int SMALLEST_BATCH = 512;

  private static final int LARGEST_BATCH = 16 * 1024;

  /** Batches kept to be used again. */
  private static final int SPARES = 8;

  private static final SmallBatch NONE = new SmallBatch(0);

  /** Stands for the next batch while a thread begins it. */
  private static final SmallBatch BEGINNING = new SmallBatch(0);

  private final Queue<Object> line = new MpscUnboundedAtomicArrayQueue<>(512);
  private final @Nullable SmallValues<T> values;

  /** The batch that was begun last. */
  private final AtomicReference<SmallBatch> last = new AtomicReference<>(NONE);

  /** From the event loop to whoever begins a batch, which is one thread at a time. */
  private final Queue<SmallBatch> spares = new SpscAtomicArrayQueue<>(SPARES);

  /** Objects so far: to a batch that was begun before one of them nothing is added. */
  private final AtomicLong objects = new AtomicLong();

  /**
   * How many objects there were at the last small value, that one included if it was offered. A
   * hint: threads may overwrite each other's.
   */
  private long objectsAtSmall = -1;

  /** Of whoever begins a batch. */
  private int capacity = SMALLEST_BATCH;

  /** The batch that is being framed, by whom it is not used again; of the event loop. */
  @Nullable SmallBatch inHand;

  /**
   * Creates an empty one.
   *
   * @param values what is put together; null if everything is an object
   */
  Inbox(@Nullable SmallValues<T> values) {
    this.values = values;
  }

  // ---- any thread

  void offer(Object entry) {
    line.offer(entry);
    // behind the offer, so that who sees it adds to no batch before; and none was before the first
    if (last.get() != NONE) {
      objects.incrementAndGet();
    }
  }

  /**
   * Copies a small value, unless it comes between objects: then a batch would have it alone.
   *
   * @return false if it is to be offered
   * @throws RuntimeException if it cannot be copied
   */
  boolean add(T value, int size) {
    SmallValues<T> known = values;
    if (known == null || size > SmallValues.MAX_BATCHED) {
      return false;
    }
    int needed = known.bytes(value, size);
    for (; ; ) {
      SmallBatch batch = Objects.requireNonNull(last.get());
      if (batch == BEGINNING) {
        Thread.yield();
        continue;
      }
      long now = objects.get();
      boolean isCurrent = batch == NONE || batch.generation() == now;
      if (isCurrent && batch.add(known, value, size, needed)) {
        return true;
      }
      if (!isCurrent && objectsAtSmall != now) {
        objectsAtSmall = now + 1;
        return false;
      }
      if (last.compareAndSet(batch, BEGINNING)) {
        begin(batch);
      }
    }
  }

  /** Puts an empty batch in line behind the one before. */
  private void begin(SmallBatch before) {
    SmallBatch next = before;
    try {
      if (!before.isFresh()) { // else it was taken meanwhile, or there was none
        before.seal();
        adaptTo(before.used());
      }
      SmallBatch spare = spares.poll();
      next = spare != null && spare.capacity() >= capacity ? spare : new SmallBatch(capacity);
      next.begin(objects.get());
      line.offer(next);
      next.open(); // not before it stands in line, as what is added does then
    } finally {
      last.set(next);
    }
  }

  /** Most batches are to be full, and few where objects come in between to be nearly empty. */
  private void adaptTo(int used) {
    if (used > capacity / 2) {
      capacity = Math.min(2 * capacity, LARGEST_BATCH);
    } else if (used < capacity / 8) {
      capacity = Math.max(capacity / 2, SMALLEST_BATCH);
    }
  }

  // ---- event loop

  /** Takes what is there, but for a batch that is added to and nothing is behind. */
  void takeAll(Taker taker) {
    for (Object first; (first = line.peek()) != null; ) {
      if (!(first instanceof SmallBatch batch)) {
        line.remove();
        taker.take(first);
        continue;
      }
      taker.takeFrom(batch);
      if (line.peek() != batch) {
        continue; // taking from it called back, and all was taken over
      }
      if (batch.isComplete()) {
        if (batch.next() > 0) {
          taker.keep(batch);
          line.remove();
        } else {
          line.remove();
          recycle(batch);
        }
      } else if (batch.isFresh() || batch.isSealed() || !hasOthersBehind(batch)) {
        return; // something is being written, and whoever does it signals; or more is added
      } else {
        batch.seal();
      }
    }
  }

  /** A batch is done with. */
  void recycle(SmallBatch batch) {
    if (batch != inHand) {
      batch.renew();
      spares.offer(batch);
    }
  }

  /** Whether nothing is in line, but for a batch that is empty and can be added to. */
  boolean isEmpty() {
    Object first = line.peek();
    return first == null
        || first instanceof SmallBatch batch && isTaken(batch) && !hasOthersBehind(batch);
  }

  /** Whether something can be taken; what is being written cannot. */
  boolean hasMore() {
    Object first = line.peek();
    return first != null
        && (!(first instanceof SmallBatch batch)
            || batch.next() > 0
            || isTaken(batch) && hasOthersBehind(batch));
  }

  /** Whether something that is first in line is not there yet. */
  boolean isBeingWritten() {
    return line.peek() instanceof SmallBatch batch && batch.next() == 0 && !isTaken(batch);
  }

  private static boolean isTaken(SmallBatch batch) {
    return !batch.isFresh() && batch.isAllTaken();
  }

  /** Whether something is, or may be, or soon will be behind a batch. */
  private boolean hasOthersBehind(SmallBatch batch) {
    return batch.isSealed() || batch.generation() != objects.get();
  }
}
