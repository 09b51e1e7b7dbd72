package io.reactorzmq.internal.wire;

import io.reactorzmq.message.Message;
import java.util.NoSuchElementException;

/**
 * What ends in a frame, each an object of its own.
 *
 * @param <E> as the reader's
 */
final class EndedElements<E> extends Ended<E> {

  private static final EndedElements<?> NONE = new EndedElements<>(new Object[0], 0, false);

  private final Object[] elements;
  private int next;

  EndedElements(Object[] elements, int size, boolean beganBefore) {
    super(size, beganBefore);
    this.elements = elements;
  }

  @SuppressWarnings("unchecked") // there is nothing in it
  static <E> Ended<E> none() {
    return (Ended<E>) NONE;
  }

  @Override
  public boolean hasNext() {
    return next < size();
  }

  @Override
  @SuppressWarnings("unchecked") // of the kind that the reader's factory method says
  public E take() {
    if (next == size()) {
      throw new NoSuchElementException();
    }
    Object element = elements[next];
    elements[next++] = null; // may be large, and the rest may wait for long
    return (E) element;
  }

  @Override
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
