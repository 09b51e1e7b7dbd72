package io.reactorzmq.internal.wire;

import io.reactorzmq.message.Message;
import java.util.NoSuchElementException;

/**
 * The messages or records that end in one frame, in order. Whoever takes one owns it; one thread at
 * a time.
 *
 * @param <E> as the reader's
 */
public final class Ended<E> {

  private static final Ended<?> NONE = new Ended<>(new Object[0], 0, false);

  private final Object[] elements;
  private final int size;
  private final boolean beganBefore;
  private int next;

  Ended(Object[] elements, int size, boolean beganBefore) {
    this.elements = elements;
    this.size = size;
    this.beganBefore = beganBefore;
  }

  @SuppressWarnings("unchecked") // there is nothing in it
  static <E> Ended<E> none() {
    return (Ended<E>) NONE;
  }

  /**
   * How many there were in the beginning.
   *
   * @return 0 or more
   */
  public int size() {
    return size;
  }

  /**
   * Whether the first one came in more than one frame.
   *
   * @return false if all of them began in this frame
   */
  public boolean beganBefore() {
    return beganBefore;
  }

  /**
   * Whether another one can be taken.
   *
   * @return false at the end
   */
  public boolean hasNext() {
    return next < size;
  }

  /**
   * Takes the next one.
   *
   * @return the taker's
   * @throws NoSuchElementException at the end
   */
  @SuppressWarnings("unchecked") // of the kind that the reader's factory method says
  public E take() {
    if (next == size) {
      throw new NoSuchElementException();
    }
    Object element = elements[next];
    elements[next++] = null; // may be large, and the rest may wait for long
    return (E) element;
  }

  /** Releases what was not taken. */
  void release() {
    while (hasNext()) {
      Object element = take();
      if (element instanceof WireRecord record) {
        WireRecord.release(record);
      } else if (element instanceof Numbered numbered) {
        Numbered.release(numbered);
      } else if (element instanceof Message message) {
        message.release();
      }
    }
  }
}
