package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.IllegalReferenceCountException;
import java.util.Arrays;

/**
 * Puts elements that lie apart one behind the other. Axes that lie as one, such as the rows of a
 * matrix without gaps, are walked as one.
 */
final class Strides {

  private final long[] dims;
  private final long[] steps;
  private int rank;

  private Strides(Shape shape, long[] strideBytes, int itemSize) {
    this.dims = new long[shape.rank() + 1];
    this.steps = new long[shape.rank() + 1];
    for (int axis = 0; axis < strideBytes.length; axis++) {
      if (shape.dim(axis) > 1) {
        add(shape.dim(axis), strideBytes[axis]);
      }
    }
    if (rank == 0) {
      add(1, itemSize);
    }
  }

  private void add(long dim, long step) {
    if (rank > 0 && steps[rank - 1] == dim * step) {
      dims[rank - 1] *= dim;
      steps[rank - 1] = step;
    } else {
      dims[rank] = dim;
      steps[rank] = step;
      rank++;
    }
  }

  static Tensor gather(
      DType dtype,
      Shape shape,
      long[] strideBytes,
      ByteBuf source,
      long offset,
      ByteBufAllocator allocator) {
    requireWithin(dtype, shape, strideBytes, source, offset);
    Tensor target = Tensor.allocate(dtype, shape, allocator);
    try {
      gather(strideBytes, source, offset, target);
    } catch (Throwable e) {
      target.release();
      throw e;
    }
    return target;
  }

  /** Into memory that is there already, of elements that were found to lie within the source. */
  static void gather(long[] strideBytes, ByteBuf source, long offset, Tensor target) {
    if (target.elements() > 0) {
      int itemSize = target.dtype().itemSize();
      new Strides(target.shape(), strideBytes, itemSize)
          .walk(offset, new Gatherer(source, itemSize, target));
    }
  }

  private void walk(long offset, Gatherer gatherer) {
    int inner = rank - 1;
    long[] index = new long[inner];
    long at = offset;
    int axis;
    do {
      gatherer.copy(at, dims[inner], steps[inner]);
      for (axis = inner - 1; axis >= 0; axis--) {
        if (++index[axis] < dims[axis]) {
          at += steps[axis];
          break;
        }
        index[axis] = 0;
        at -= (dims[axis] - 1) * steps[axis];
      }
    } while (axis >= 0);
  }

  private static void requireWithin(
      DType dtype, Shape shape, long[] strideBytes, ByteBuf source, long offset) {
    if (strideBytes.length != shape.rank()) {
      throw new IllegalArgumentException(
          "the shape %s has %d axes, there are %d strides: %s"
              .formatted(shape, shape.rank(), strideBytes.length, Arrays.toString(strideBytes)));
    }
    if (source.refCnt() <= 0) {
      throw new IllegalReferenceCountException(source.refCnt());
    }
    boolean within = true;
    if (shape.elements() > 0) {
      try {
        long first = offset;
        long last = offset;
        for (int axis = 0; axis < strideBytes.length; axis++) {
          long reach = Math.multiplyExact(shape.dim(axis) - 1, strideBytes[axis]);
          first = Math.addExact(first, Math.min(reach, 0));
          last = Math.addExact(last, Math.max(reach, 0));
        }
        within = first >= 0 && last <= source.readableBytes() - dtype.itemSize();
      } catch (ArithmeticException e) {
        within = false;
      }
    }
    if (!within) {
      throw new IllegalArgumentException(
          "not all elements of %s %s with strides %s from offset %d lie within the %d bytes of the"
                  .formatted(
                      dtype, shape, Arrays.toString(strideBytes), offset, source.readableBytes())
              + " source");
    }
  }
}
