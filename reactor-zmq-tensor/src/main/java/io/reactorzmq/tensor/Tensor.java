package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCounted;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

// Past 300 lines because one value type has one file: most of it is what its methods promise.

/**
 * Elements of one type in row-major order, little-endian, in memory that is referred to and never
 * copied unless a method says so. Reference-counted; whoever is given a tensor releases it exactly
 * once.
 *
 * <p>The data lies in one segment, or in several if it has more than 2 GiB or came so. Each segment
 * holds whole elements. A tensor over heap memory, such as those made of arrays, may also be left
 * to the garbage collector; a tensor in direct memory is sent without being copied.
 *
 * <p>Views show the memory itself. It must not change once the tensor was given to a socket, until
 * the send completes; nor may a tensor that was received be written to if others received it too,
 * from a SUB or by {@link #retain()}. Reading a released tensor throws {@link
 * IllegalReferenceCountException}.
 *
 * <p>A factory method that throws leaves all references with its caller.
 */
public final class Tensor extends AbstractReferenceCounted {

  /** A larger tensor that is allocated here has segments of this size. */
  static final int SEGMENT_BYTES = 1 << 30;

  private final DType dtype;
  private final Shape shape;
  private final ByteBuf[] segments;
  private final @Nullable Runnable onReleased;

  private Tensor(DType dtype, Shape shape, ByteBuf[] segments, @Nullable Runnable onReleased) {
    this.dtype = dtype;
    this.shape = shape;
    this.segments = segments;
    this.onReleased = onReleased;
  }

  // ---- making one

  /**
   * A tensor over memory as it lies. Takes over one reference of each buffer.
   *
   * @param dtype what each element is
   * @param shape how many
   * @param data what the buffers have readable, one behind the other, is the data: whole elements
   *     in each; empty ones are released at once
   * @return the tensor
   * @throws IllegalArgumentException if the bytes are more or fewer than the shape needs, or an
   *     element lies in two buffers
   */
  public static Tensor of(DType dtype, Shape shape, ByteBuf... data) {
    return new Tensor(dtype, shape, checked(dtype, shape, List.of(data)), null);
  }

  /**
   * As {@link #of(DType, Shape, ByteBuf...)}, over what each NIO buffer has remaining. Direct
   * buffers and mapped files are sent without being copied.
   *
   * @param dtype what each element is
   * @param shape how many
   * @param data the data in little-endian order, whatever the order of the buffers is set to
   * @return the tensor; its release is optional
   */
  public static Tensor of(DType dtype, Shape shape, ByteBuffer... data) {
    return of(dtype, shape, wrapped(data));
  }

  /**
   * As {@link #of(DType, Shape, ByteBuf...)}, over memory that the caller wants back.
   *
   * @param dtype what each element is
   * @param shape how many
   * @param data the data; one reference of each is taken over
   * @param onReleased runs exactly once, on any thread, when the last reference to the tensor is
   *     released and no socket reads it any more; what it throws goes to Reactor's hook for dropped
   *     errors
   * @return the tensor
   */
  public static Tensor wrap(
      DType dtype, Shape shape, List<? extends ByteBuf> data, Runnable onReleased) {
    Objects.requireNonNull(onReleased, "onReleased");
    return new Tensor(dtype, shape, checked(dtype, shape, data), onReleased);
  }

  /**
   * A tensor to be filled, by its views.
   *
   * @param dtype what each element is
   * @param shape how many
   * @param allocator gives direct memory, in segments of 1 GiB if one is not enough
   * @return a tensor of undefined content, the caller's to release
   */
  public static Tensor allocate(DType dtype, Shape shape, ByteBufAllocator allocator) {
    long bytes = shape.bytes(dtype);
    List<ByteBuf> data = new ArrayList<>();
    try {
      for (long left = bytes; left > 0; ) {
        int size = (int) Math.min(left, bytes > Integer.MAX_VALUE - 8 ? SEGMENT_BYTES : left);
        data.add(allocator.directBuffer(size, size).writerIndex(size));
        left -= size;
      }
    } catch (Throwable e) {
      data.forEach(ByteBuf::release);
      throw e;
    }
    return new Tensor(dtype, shape, data.toArray(ByteBuf[]::new), null);
  }

  /**
   * The elements of a source with strides, such as a transposed matrix or every second row, put one
   * behind the other into new memory. This copies. Takes over one reference of the source.
   *
   * @param dtype what each element is
   * @param shape how many along each axis
   * @param strideBytes from one element to the next along each axis, in bytes; 0 repeats an
   *     element, below 0 goes backwards
   * @param source what it has readable
   * @param offset of the element at index 0 of all axes, in bytes from the reader index
   * @param allocator gives direct memory
   * @return a tensor in memory of its own, the caller's to release
   * @throws IllegalArgumentException if there are not as many strides as axes, or any element lies
   *     outside of the source
   */
  public static Tensor ofStrided(
      DType dtype,
      Shape shape,
      long[] strideBytes,
      ByteBuf source,
      long offset,
      ByteBufAllocator allocator) {
    Tensor gathered = Strides.gather(dtype, shape, strideBytes, source, offset, allocator);
    source.release();
    return gathered;
  }

  /**
   * An F32 tensor of a copy of an array.
   *
   * @param values the elements
   * @param dims the shape; none: one axis
   * @return a tensor on the heap, whose release is optional
   */
  public static Tensor of(float[] values, long... dims) {
    return Elements.of(values, shape(values.length, dims));
  }

  /**
   * An F64 tensor of a copy of an array.
   *
   * @param values the elements
   * @param dims the shape; none: one axis
   * @return a tensor on the heap, whose release is optional
   */
  public static Tensor of(double[] values, long... dims) {
    return Elements.of(values, shape(values.length, dims));
  }

  /**
   * An I64 tensor of a copy of an array.
   *
   * @param values the elements
   * @param dims the shape; none: one axis
   * @return a tensor on the heap, whose release is optional
   */
  public static Tensor of(long[] values, long... dims) {
    return Elements.of(values, shape(values.length, dims));
  }

  /**
   * An I32 tensor of a copy of an array.
   *
   * @param values the elements
   * @param dims the shape; none: one axis
   * @return a tensor on the heap, whose release is optional
   */
  public static Tensor of(int[] values, long... dims) {
    return Elements.of(values, shape(values.length, dims));
  }

  /**
   * An I16 tensor of a copy of an array.
   *
   * @param values the elements
   * @param dims the shape; none: one axis
   * @return a tensor on the heap, whose release is optional
   */
  public static Tensor of(short[] values, long... dims) {
    return Elements.of(values, shape(values.length, dims));
  }

  /**
   * An I8 tensor of a copy of an array.
   *
   * @param values the elements
   * @param dims the shape; none: one axis
   * @return a tensor on the heap, whose release is optional
   */
  public static Tensor of(byte[] values, long... dims) {
    return Elements.of(values, shape(values.length, dims));
  }

  /**
   * A BOOL tensor of a copy of an array.
   *
   * @param values the elements
   * @param dims the shape; none: one axis
   * @return a tensor on the heap, whose release is optional
   */
  public static Tensor of(boolean[] values, long... dims) {
    return Elements.of(values, shape(values.length, dims));
  }

  /**
   * A tensor of floats in another format, each rounded to the nearest value, halfway to the even
   * one. What is too large becomes infinite, in F8_E4M3 NaN.
   *
   * @param dtype F16, BF16, F32, F8_E4M3 or F8_E5M2
   * @param shape how many
   * @param values the elements
   * @return a tensor on the heap, whose release is optional
   * @throws IllegalArgumentException if the type is another one or the number of values is wrong
   */
  public static Tensor ofFloats(DType dtype, Shape shape, float... values) {
    return Elements.ofFloats(dtype, shape, values);
  }

  private static Shape shape(int values, long[] dims) {
    return dims.length == 0 ? Shape.of(values) : Shape.of(dims);
  }

  private static ByteBuf[] wrapped(ByteBuffer[] data) {
    ByteBuf[] buffers = new ByteBuf[data.length];
    for (int i = 0; i < data.length; i++) {
      buffers[i] = Unpooled.wrappedBuffer(data[i].duplicate()); // its order is big-endian again
    }
    return buffers;
  }

  private static ByteBuf[] checked(DType dtype, Shape shape, List<? extends ByteBuf> data) {
    long expected = shape.bytes(dtype);
    long sum = 0;
    List<ByteBuf> full = new ArrayList<>(data.size());
    for (ByteBuf each : data) {
      int bytes = each.readableBytes();
      if (bytes % dtype.itemSize() != 0) {
        throw new IllegalArgumentException(
            "a segment of %d bytes does not hold whole elements of %d bytes (%s)"
                .formatted(bytes, dtype.itemSize(), dtype));
      }
      sum += bytes;
      if (bytes > 0) {
        full.add(each);
      }
    }
    if (sum != expected) {
      throw new IllegalArgumentException(
          "a tensor %s %s has %d bytes, not %d".formatted(dtype, shape, expected, sum));
    }
    data.stream().filter(each -> !each.isReadable()).forEach(ByteBuf::release);
    return full.toArray(ByteBuf[]::new);
  }

  // ---- what it is

  /**
   * What each element is.
   *
   * @return the type
   */
  public DType dtype() {
    return dtype;
  }

  /**
   * How many elements there are along each axis.
   *
   * @return the shape
   */
  public Shape shape() {
    return shape;
  }

  /**
   * How many elements there are.
   *
   * @return 0 or more
   */
  public long elements() {
    return shape.elements();
  }

  /**
   * What the data takes.
   *
   * @return bytes
   */
  public long bytes() {
    return shape.bytes(dtype);
  }

  // ---- its memory

  /**
   * The data as it lies in memory, one behind the other: none for an empty tensor. Each is a view
   * for reading and writing that lives as long as the tensor does and is not to be released.
   *
   * @return new views with indices of their own
   */
  public List<ByteBuf> segments() {
    requireAlive();
    List<ByteBuf> views = new ArrayList<>(segments.length);
    for (ByteBuf each : segments) {
      views.add(each.slice());
    }
    return views;
  }

  /**
   * Whether all of the data lies in one run of memory.
   *
   * @return true also for an empty tensor
   */
  public boolean isContiguous() {
    return segments.length == 0 || segments.length == 1 && isOneRun(segments[0]);
  }

  static boolean isOneRun(ByteBuf data) {
    return data.nioBufferCount() == 1 || data.nioBuffers().length == 1;
  }

  /**
   * Whether all of the data lies in direct memory, from which it is sent without being copied.
   *
   * @return true also for an empty tensor
   */
  public boolean isDirect() {
    for (ByteBuf each : segments) {
      if (!each.isDirect()) {
        return false;
      }
    }
    return true;
  }

  /**
   * The same elements in one run of memory. Copies them unless they lie so.
   *
   * @param allocator gives direct memory for the copy
   * @return this tensor, retained, or a copy; the caller's to release
   * @throws IllegalStateException if that would be more than 2^31 - 9 bytes in one run
   */
  public Tensor contiguous(ByteBufAllocator allocator) {
    if (isContiguous()) {
      return retain();
    }
    long bytes = bytes();
    if (bytes > Integer.MAX_VALUE - 8) {
      throw new IllegalStateException(
          "%d bytes do not fit one run of memory, %d do; use segments()"
              .formatted(bytes, Integer.MAX_VALUE - 8));
    }
    ByteBuf copy = allocator.directBuffer((int) bytes, (int) bytes);
    try {
      for (ByteBuf each : segments()) {
        copy.writeBytes(each);
      }
    } catch (Throwable e) {
      copy.release();
      throw e;
    }
    return new Tensor(dtype, shape, new ByteBuf[] {copy}, null);
  }

  /**
   * The bytes of any type, as a view.
   *
   * @return little-endian, from the first element to the last
   * @throws IllegalStateException if the data does not lie in one run of memory
   */
  public ByteBuffer bytesView() {
    requireAlive();
    if (!isContiguous()) {
      throw new IllegalStateException(
          "the data of %s lies in several runs of memory; use segments() or contiguous(allocator)"
              .formatted(info("")));
    }
    ByteBuffer view =
        segments.length == 0 ? ByteBuffer.allocate(0) : segments[0].nioBuffer().slice();
    return view.order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * The elements of an F32 tensor, as a view.
   *
   * @return of all elements
   * @throws IllegalStateException if the type is another one, or the data does not lie in one run
   */
  public FloatBuffer floatsView() {
    return view(DType.F32).asFloatBuffer();
  }

  /**
   * The elements of an F64 tensor, as a view.
   *
   * @return of all elements
   * @throws IllegalStateException if the type is another one, or the data does not lie in one run
   */
  public DoubleBuffer doublesView() {
    return view(DType.F64).asDoubleBuffer();
  }

  /**
   * The elements of an I64 or U64 tensor, as a view.
   *
   * @return of all elements
   * @throws IllegalStateException if the type is another one, or the data does not lie in one run
   */
  public LongBuffer longsView() {
    return view(DType.I64, DType.U64).asLongBuffer();
  }

  /**
   * The elements of an I32 or U32 tensor, as a view.
   *
   * @return of all elements
   * @throws IllegalStateException if the type is another one, or the data does not lie in one run
   */
  public IntBuffer intsView() {
    return view(DType.I32, DType.U32).asIntBuffer();
  }

  /**
   * The elements of an I16, U16, F16 or BF16 tensor, as a view of their bits.
   *
   * @return of all elements
   * @throws IllegalStateException if the type is another one, or the data does not lie in one run
   */
  public ShortBuffer shortsView() {
    return view(DType.I16, DType.U16, DType.F16, DType.BF16).asShortBuffer();
  }

  private ByteBuffer view(DType... suitable) {
    requireDType("this view", suitable);
    return bytesView();
  }

  void requireDType(String what, DType... suitable) {
    if (!List.of(suitable).contains(dtype)) {
      throw new IllegalStateException(
          "%s is of %s, the tensor is of %s".formatted(what, List.of(suitable), dtype));
    }
  }

  /** The memory itself, for a message that is to have references of its own. */
  ByteBuf[] retainedSegments() {
    requireAlive();
    for (ByteBuf each : segments) {
      each.retain();
    }
    return segments;
  }

  int segmentCount() {
    return segments.length;
  }

  /** Whether somebody waits for the memory. */
  boolean isLent() {
    return onReleased != null;
  }

  private void requireAlive() {
    int references = refCnt();
    if (references <= 0) {
      throw new IllegalReferenceCountException(references);
    }
  }

  // ---- its elements as arrays, which copies

  /**
   * The bytes as they lie, of any type.
   *
   * @return a new array
   * @throws IllegalStateException if they do not fit one array, as with all of these methods
   */
  public byte[] toBytes() {
    return Elements.toBytes(this);
  }

  /**
   * The elements as floats, converted exactly.
   *
   * @return a new array; of a C64 tensor real and imaginary parts in turn
   * @throws IllegalStateException unless the type is F32, F16, BF16, F8_E4M3, F8_E5M2 or C64
   */
  public float[] toFloats() {
    return Elements.toFloats(this);
  }

  /**
   * The elements as doubles, converted exactly.
   *
   * @return a new array; of a complex tensor real and imaginary parts in turn
   * @throws IllegalStateException if the type is BOOL, I64 or U64
   */
  public double[] toDoubles() {
    return Elements.toDoubles(this);
  }

  /**
   * The elements as longs.
   *
   * @return a new array; of a U64 tensor the bits, see {@link Long#toUnsignedString(long)}
   * @throws IllegalStateException unless the type is an integer
   */
  public long[] toLongs() {
    return Elements.toLongs(this);
  }

  /**
   * The elements as ints.
   *
   * @return a new array; of a U32 tensor the bits, see {@link Integer#toUnsignedLong(int)}
   * @throws IllegalStateException unless the type is an integer of at most 32 bits
   */
  public int[] toInts() {
    return Elements.toInts(this);
  }

  /**
   * The elements as shorts.
   *
   * @return a new array; of a U16, F16 or BF16 tensor the bits
   * @throws IllegalStateException unless the type has 16 bits or is an integer of 8
   */
  public short[] toShorts() {
    return Elements.toShorts(this);
  }

  /**
   * The elements as truth values.
   *
   * @return a new array
   * @throws IllegalStateException unless the type is BOOL
   */
  public boolean[] toBooleans() {
    return Elements.toBooleans(this);
  }

  // ---- parts of it, which share its memory

  /**
   * A range of the first axis, which is not copied.
   *
   * @param from the first one
   * @param to behind the last one
   * @return a tensor with a reference of its own, the caller's to release
   * @throws IllegalStateException if this is a scalar
   * @throws IndexOutOfBoundsException if the range is not within the axis
   */
  public Tensor retainedSlice(long from, long to) {
    requireAxis();
    Objects.checkFromToIndex(from, to, shape.dim(0));
    return retainedRange(shape.withFirst(to - from), from == 0 ? 0 : from * rowBytes());
  }

  /**
   * One step along the first axis, which is not copied: a row of a matrix, an element of a vector.
   *
   * @param index which one
   * @return a tensor of one axis less with a reference of its own, the caller's to release
   * @throws IllegalStateException if this is a scalar
   * @throws IndexOutOfBoundsException if the index is not within the axis
   */
  public Tensor retainedAt(long index) {
    requireAxis();
    Objects.checkIndex(index, shape.dim(0));
    return retainedRange(shape.withoutFirst(), index * rowBytes());
  }

  /**
   * The same elements in another shape, not copied.
   *
   * @param other of as many elements
   * @return a tensor with a reference of its own, the caller's to release
   * @throws IllegalArgumentException if the shape has more or fewer elements
   */
  public Tensor retainedReshape(Shape other) {
    if (other.elements() != elements()) {
      throw new IllegalArgumentException(
          "the shape %s has %d elements, %s has %d"
              .formatted(shape, elements(), other, other.elements()));
    }
    return retainedRange(other, 0);
  }

  private void requireAxis() {
    if (shape.rank() == 0) {
      throw new IllegalStateException("a scalar has no first axis");
    }
  }

  private long rowBytes() {
    return shape.withoutFirst().bytes(dtype);
  }

  private Tensor retainedRange(Shape part, long from) {
    requireAlive();
    List<ByteBuf> views = new ArrayList<>(segments.length);
    long skip = from;
    long left = part.bytes(dtype);
    for (ByteBuf each : segments) {
      int bytes = each.readableBytes();
      if (left > 0 && skip < bytes) {
        int length = (int) Math.min(left, bytes - skip);
        views.add(each.retainedSlice(each.readerIndex() + (int) skip, length));
        left -= length;
        skip = 0;
      } else {
        skip -= Math.min(skip, bytes);
      }
    }
    Runnable last = onReleased == null ? null : retain()::release; // who waits, waits for the part
    return new Tensor(dtype, part, views.toArray(ByteBuf[]::new), last);
  }

  /** What is known of it under some name. */
  TensorInfo info(String name) {
    return new TensorInfo(name, dtype, shape);
  }

  // ---- reference counting

  @Override
  public Tensor retain() {
    super.retain();
    return this;
  }

  @Override
  public Tensor retain(int increment) {
    super.retain(increment);
    return this;
  }

  @Override
  public Tensor touch() {
    return touch(null);
  }

  @Override
  public Tensor touch(@Nullable Object hint) {
    for (ByteBuf each : segments) {
      each.touch(hint);
    }
    return this;
  }

  @Override
  protected void deallocate() {
    RuntimeException failure = null;
    for (ByteBuf each : segments) {
      failure = release(each, failure);
    }
    if (onReleased != null) {
      try {
        onReleased.run();
      } catch (Throwable e) {
        Exceptions.throwIfFatal(e);
        Operators.onErrorDropped(e, Context.empty());
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** One that was released too often must not keep the others from being released. */
  static @Nullable RuntimeException release(
      ReferenceCounted counted, @Nullable RuntimeException earlier) {
    try {
      counted.release();
      return earlier;
    } catch (RuntimeException e) {
      return earlier == null ? e : earlier;
    }
  }

  // ---- as a value

  /**
   * Whether another tensor has the same type, shape and bytes, however they lie in memory. So NaNs
   * of the same bits are equal, and 0.0 and -0.0 are not.
   */
  @Override
  public boolean equals(@Nullable Object other) {
    return this == other
        || other instanceof Tensor tensor
            && dtype == tensor.dtype
            && shape.equals(tensor.shape)
            && Elements.sameBytes(this, tensor);
  }

  /** Of type and shape. */
  @Override
  public int hashCode() {
    return 31 * dtype.hashCode() + shape.hashCode();
  }

  /** Type, shape and some of the elements: {@code Tensor F32 [2, 2] [[1.0, 2.0], [3.0, 4.0]]}. */
  @Override
  public String toString() {
    return "Tensor " + info("") + " " + (refCnt() > 0 ? Preview.of(this) : "(released)");
  }
}
