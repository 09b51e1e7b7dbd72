package io.reactorzmq.internal.wire;

import java.util.NoSuchElementException;

/**
 * The messages or records that end in one frame, in order. Whoever takes one owns it; one thread at
 * a time.
 *
 * @param <E> as the reader's
 */
public abstract sealed class Ended<E> permits EndedElements, PackedMessages {

  private final int size;
  private final boolean beganBefore;

  Ended(int size, boolean beganBefore) {
    this.size = size;
    this.beganBefore = beganBefore;
  }

  /**
   * How many there were in the beginning.
   *
   * @return 0 or more
   */
  public final int size() {
    return size;
  }

  /**
   * Whether the first one came in more than one frame.
   *
   * @return false if all of them began in this frame
   */
  public final boolean beganBefore() {
    return beganBefore;
  }

  /**
   * Whether another one can be taken.
   *
   * @return false at the end
   */
  public abstract boolean hasNext();

  /**
   * Takes the next one.
   *
   * @return the taker's
   * @throws NoSuchElementException at the end
   */
  public abstract E take();

  /** Releases what was not taken. */
  abstract void release();
}
