package io.reactorzmq.tensor;

import java.util.Arrays;

/**
 * How many elements a tensor has along each axis, the last axis varying fastest. Immutable; no axis
 * at all is a scalar of one element, an axis of 0 makes an empty tensor.
 */
public final class Shape {

  /** A shape has this many axes at most. */
  public static final int MAX_RANK = 255;

  private static final Shape SCALAR = new Shape(new long[0], 1);

  private final long[] dims;
  private final long elements;

  private Shape(long[] dims, long elements) {
    this.dims = dims;
    this.elements = elements;
  }

  /**
   * The shape of a single element.
   *
   * @return rank 0
   */
  public static Shape scalar() {
    return SCALAR;
  }

  /**
   * A shape.
   *
   * @param dims elements along each axis, 0 or more; at most {@link #MAX_RANK} axes
   * @return the shape
   * @throws IllegalArgumentException if an axis is negative, there are too many, or a tensor of
   *     this shape would have more than 2^63 - 1 elements, axes of 0 not counted
   */
  public static Shape of(long... dims) {
    return dims.length == 0 ? SCALAR : owning(dims.clone());
  }

  /** As {@link #of}, of an array that nobody else has. */
  static Shape owning(long[] dims) {
    if (dims.length > MAX_RANK) {
      throw new IllegalArgumentException(
          "a shape has at most " + MAX_RANK + " axes, not " + dims.length);
    }
    // axes of 0 are left out, so that no slice of an empty tensor has a size that overflows
    long product = 1;
    boolean empty = false;
    for (int axis = 0; axis < dims.length; axis++) {
      long dim = dims[axis];
      if (dim < 0) {
        throw new IllegalArgumentException("axis " + axis + " of a shape is " + dim + ", below 0");
      }
      empty |= dim == 0;
      if (dim > 1) {
        if (product > Long.MAX_VALUE / dim) {
          throw new IllegalArgumentException(
              "the shape " + Arrays.toString(dims) + " has more than 2^63 - 1 elements");
        }
        product *= dim;
      }
    }
    return new Shape(dims, empty ? 0 : product);
  }

  /**
   * The number of axes.
   *
   * @return 0 to {@link #MAX_RANK}
   */
  public int rank() {
    return dims.length;
  }

  /**
   * The elements along one axis.
   *
   * @param axis 0 to {@code rank() - 1}
   * @return 0 or more
   */
  public long dim(int axis) {
    return dims[axis];
  }

  /**
   * The elements along each axis.
   *
   * @return a new array
   */
  public long[] dims() {
    return dims.clone();
  }

  /**
   * How many elements a tensor of this shape has.
   *
   * @return 1 for a scalar, 0 if any axis is 0
   */
  public long elements() {
    return elements;
  }

  /**
   * What a tensor of this shape takes.
   *
   * @param dtype of each element
   * @return bytes
   * @throws IllegalArgumentException if that is more than 2^63 - 1
   */
  public long bytes(DType dtype) {
    if (elements > Long.MAX_VALUE / dtype.itemSize()) {
      throw new IllegalArgumentException(
          "a tensor " + dtype + " " + this + " has more than 2^63 - 1 bytes");
    }
    return elements * dtype.itemSize();
  }

  /** The shape of a part of the first axis. */
  Shape withFirst(long dim) {
    long[] changed = dims.clone();
    changed[0] = dim;
    return owning(changed);
  }

  /** The shape of one step along the first axis. */
  Shape withoutFirst() {
    return owning(Arrays.copyOfRange(dims, 1, dims.length));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(dims, shape.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /** For example {@code [2, 3]}; {@code []} for a scalar. */
  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
