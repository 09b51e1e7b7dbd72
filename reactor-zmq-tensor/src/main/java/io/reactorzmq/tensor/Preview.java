package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.util.IllegalReferenceCountException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Some of a tensor's elements as text, in brackets by axis. Reads only the elements that it shows.
 */
final class Preview {

  /** Of an axis with more than twice as many: the first ones and the last ones. */
  private static final int ENDS = 3;

  /** With so many characters no further element begins. */
  private static final int FULL = 200;

  private final StringBuilder text = new StringBuilder();
  private final DType dtype;
  private final List<ByteBuf> segments;
  private final long[] dims;
  private final ByteBuffer element;

  private Preview(Tensor tensor) {
    this.dtype = tensor.dtype();
    this.segments = tensor.segments();
    this.dims = tensor.shape().dims();
    this.element = ByteBuffer.allocate(dtype.itemSize()).order(ByteOrder.LITTLE_ENDIAN);
  }

  static String of(Tensor tensor) {
    if (tensor.elements() == 0) {
      return "[]";
    }
    try {
      Preview preview = new Preview(tensor);
      preview.axis(0, 0, tensor.elements());
      return preview.text.toString();
    } catch (IllegalReferenceCountException e) {
      return "(released)";
    }
  }

  /**
   * Appends what lies under one index of each axis before.
   *
   * @param from the first of its elements
   * @param count how many elements that is
   * @return whether there was room for it
   */
  private boolean axis(int axis, long from, long count) {
    if (text.length() + axis >= FULL) { // the brackets still to be closed counted in
      text.append("...");
      return false;
    }
    if (axis == dims.length) {
      text.append(textOf(from));
      return true;
    }
    text.append('[');
    long dim = dims[axis];
    long each = count / dim;
    boolean room = true;
    for (long i = 0; i < dim && room; i++) {
      if (i > 0) {
        text.append(", ");
      }
      if (i == ENDS && dim > 2 * ENDS) {
        text.append("..., ");
        i = dim - ENDS;
      }
      room = axis(axis + 1, from + i * each, each);
    }
    text.append(']');
    return room;
  }

  private String textOf(long index) {
    long skip = index * dtype.itemSize();
    for (ByteBuf segment : segments) {
      int bytes = segment.readableBytes();
      if (skip < bytes) {
        segment.getBytes((int) skip, element.array());
        return Scalars.textAt(dtype, element, 0);
      }
      skip -= bytes;
    }
    throw new IndexOutOfBoundsException(index);
  }
}
