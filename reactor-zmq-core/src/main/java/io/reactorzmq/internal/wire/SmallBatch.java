package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Small values that several threads have copied one behind the other, as they stand in a frame. To
 * whoever frames them they are bytes in one place, of which it copies many at once, and not objects
 * that it fetches one by one from the processor that made them.
 *
 * <p>Any thread adds until there is no room or the batch is sealed, one thread takes. A value's
 * first byte, which is never zero, is written last: what begins with zero is not there yet.
 */
public final class SmallBatch {

  private static final int SEALED = Integer.MIN_VALUE;

  /** Nobody adds yet. */
  private static final int FRESH = -1;

  /** One byte of a value that could not be copied; no small value has so many parts. */
  private static final byte VOID = Byte.MAX_VALUE;

  /** Such a byte as a value: it takes one byte, which no value does, and has no size. */
  private static final long VOID_VALUE = 1;

  private static final VarHandle BYTE = MethodHandles.arrayElementVarHandle(byte[].class);
  private static final VarHandle STATE;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(SmallBatch.class, "state", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final byte[] bytes;

  /** How many bytes are taken by what was added, and whether that is all. */
  private volatile int state = FRESH;

  private volatile long generation;

  // The rest is of the thread that takes.

  /** Where the next value begins, and what is known of it. */
  private int at;

  private int nextBytes;
  private int nextSize;

  /** The sizes of all that was taken. */
  private int taken;

  /**
   * Creates a fresh one.
   *
   * @param capacity bytes, tables included
   */
  public SmallBatch(int capacity) {
    this.bytes = new byte[capacity];
  }

  /**
   * What it has room for.
   *
   * @return bytes, tables included
   */
  public int capacity() {
    return bytes.length;
  }

  // ---- any thread

  /**
   * Says to whom a fresh one belongs, before others know it.
   *
   * @param generation what tells the batches of a queue apart
   */
  public void begin(long generation) {
    this.generation = generation;
  }

  /** Lets any thread add to a fresh one. */
  public void open() {
    state = 0;
  }

  /**
   * What it was begun with.
   *
   * @return the generation
   */
  public long generation() {
    return generation;
  }

  /**
   * Adds a value.
   *
   * @param values know how to copy it
   * @param value a small value
   * @param size its size
   * @param needed bytes, its table included
   * @return false if there is no room, or the batch is sealed or fresh
   */
  public <T> boolean add(SmallValues<T> values, T value, int size, int needed) {
    int used;
    do {
      used = state;
      if (used < 0 || needed > bytes.length - used) {
        return false;
      }
    } while (!STATE.compareAndSet(this, used, used + needed));
    write(values, value, size, used, needed);
    return true;
  }

  private <T> void write(SmallValues<T> values, T value, int size, int from, int needed) {
    byte first = VOID;
    try {
      first = values.copyTo(value, size, bytes, from + 1);
    } finally {
      if (first == VOID) { // it was thrown; whoever takes must get past it
        Arrays.fill(bytes, from + 1, from + needed, VOID);
      }
      BYTE.setRelease(bytes, from, first);
    }
  }

  /** Lets nobody add any more; without effect on a fresh one. */
  public void seal() {
    STATE.getAndBitwiseOr(this, SEALED);
  }

  /**
   * How much was added to it.
   *
   * @return bytes, tables included; 0 for a fresh one
   */
  public int used() {
    int now = state;
    return now == FRESH ? 0 : now & ~SEALED;
  }

  /**
   * Whether it was sealed after it was open.
   *
   * @return true if nobody will add
   */
  public boolean isSealed() {
    int now = state;
    return now < 0 && now != FRESH;
  }

  /**
   * Whether it is not open yet.
   *
   * @return true if whoever begins it has not ended that
   */
  public boolean isFresh() {
    return state == FRESH;
  }

  // ---- the thread that takes

  /**
   * Looks at the next value.
   *
   * @return what it takes of a frame, its table included; 0 if there is none yet
   */
  public int next() {
    long value = valueAt(at);
    while (value == VOID_VALUE) {
      value = valueAt(++at);
    }
    nextBytes = (int) value;
    nextSize = (int) (value >>> Integer.SIZE);
    return nextBytes;
  }

  /**
   * The size of a value, and in the lower half what it takes with its table; 0 if none is there.
   */
  private long valueAt(int from) {
    if (from == bytes.length) {
      return 0;
    }
    byte parts = (byte) BYTE.getAcquire(bytes, from);
    if (parts == 0) {
      return 0;
    }
    if (parts == VOID) {
      return VOID_VALUE;
    }
    int index = from + 1;
    int size = 0;
    for (int i = 0; i < parts; i++) {
      byte next = bytes[index++];
      size += next & 0x7f;
      for (int shift = 7; next < 0; shift += 7) {
        next = bytes[index++];
        size += (next & 0x7f) << shift;
      }
    }
    return (long) size << Integer.SIZE | (index - from + size);
  }

  /**
   * The size of the value that was looked at.
   *
   * @return bytes, without its table
   */
  public int nextSize() {
    return nextSize;
  }

  /** Takes the value that was looked at. */
  public void skip() {
    at += nextBytes;
    taken += nextSize;
  }

  /**
   * The sizes of all values taken so far.
   *
   * @return bytes, without tables
   */
  public int taken() {
    return taken;
  }

  /**
   * Takes values and copies them, as long as they fit and lie one behind the other; returns how
   * many. If this throws, nothing was taken.
   */
  int writeTo(ByteBuf out, int maxCount, int maxBytes) {
    next(); // behind what could not be copied
    int from = at;
    int to = from;
    int sizes = 0;
    int count = 0;
    for (; count < maxCount; count++) {
      long value = valueAt(to);
      int needed = (int) value;
      if (value == 0 || value == VOID_VALUE || needed > maxBytes - (to - from)) {
        break;
      }
      to += needed;
      sizes += (int) (value >>> Integer.SIZE);
    }
    out.writeBytes(bytes, from, to - from);
    at = to;
    taken += sizes;
    return count;
  }

  /**
   * Whether all was taken that was added up to now.
   *
   * @return false if something is being written
   */
  public boolean isAllTaken() {
    return next() == 0 && at == used();
  }

  /**
   * Whether all that is not taken can be, as nothing is being written.
   *
   * @return false if it is open
   */
  public boolean isComplete() {
    if (!isSealed()) {
      return false;
    }
    int to = at;
    for (long value; (value = valueAt(to)) != 0; ) {
      to += (int) value;
    }
    return to == used();
  }

  /** Makes one that is sealed, and of which all was taken, a fresh one. */
  public void renew() {
    Arrays.fill(bytes, 0, at, (byte) 0);
    at = 0;
    taken = 0;
    state = FRESH;
  }
}
