package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Elements of tensors from and to primitive arrays. Those of the array's own type are copied in
 * bulk, others one by one.
 */
final class Elements {

  private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;

  private Elements() {}

  /** Writes elements of an array, as bytes. */
  @FunctionalInterface
  interface Source {
    void copy(int from, int count, ByteBuffer target);
  }

  // ---- from arrays

  static Tensor of(float[] values, Shape shape) {
    return filled(
        DType.F32, shape, values.length, (i, n, to) -> to.asFloatBuffer().put(values, i, n));
  }

  static Tensor of(double[] values, Shape shape) {
    return filled(
        DType.F64, shape, values.length, (i, n, to) -> to.asDoubleBuffer().put(values, i, n));
  }

  static Tensor of(long[] values, Shape shape) {
    return filled(
        DType.I64, shape, values.length, (i, n, to) -> to.asLongBuffer().put(values, i, n));
  }

  static Tensor of(int[] values, Shape shape) {
    return filled(
        DType.I32, shape, values.length, (i, n, to) -> to.asIntBuffer().put(values, i, n));
  }

  static Tensor of(short[] values, Shape shape) {
    return filled(
        DType.I16, shape, values.length, (i, n, to) -> to.asShortBuffer().put(values, i, n));
  }

  static Tensor of(byte[] values, Shape shape) {
    return filled(DType.I8, shape, values.length, (i, n, to) -> to.put(values, i, n));
  }

  static Tensor of(boolean[] values, Shape shape) {
    return filled(
        DType.BOOL,
        shape,
        values.length,
        (from, count, to) -> {
          for (int i = 0; i < count; i++) {
            to.put(i, (byte) (values[from + i] ? 1 : 0));
          }
        });
  }

  static Tensor ofFloats(DType dtype, Shape shape, float[] values) {
    if (dtype == DType.F32) {
      return of(values, shape);
    }
    if (dtype.kind() != DType.Kind.FLOAT || dtype == DType.F64) {
      throw new IllegalArgumentException(
          "floats become F32, F16, BF16, F8_E4M3 or F8_E5M2, not " + dtype);
    }
    return filled(
        dtype,
        shape,
        values.length,
        (from, count, to) -> {
          for (int i = 0; i < count; i++) {
            Scalars.putFloat(dtype, to, i * dtype.itemSize(), values[from + i]);
          }
        });
  }

  private static Tensor filled(DType dtype, Shape shape, int count, Source source) {
    long bytes = (long) count * dtype.itemSize();
    int segment = bytes > MAX_ARRAY ? Tensor.SEGMENT_BYTES : MAX_ARRAY;
    return filled(dtype, shape, count, source, segment);
  }

  /** In segments of so many bytes at most. */
  static Tensor filled(DType dtype, Shape shape, int count, Source source, int segmentBytes) {
    if (count != shape.elements()) {
      throw new IllegalArgumentException(
          "the shape %s has %d elements, the array has %d"
              .formatted(shape, shape.elements(), count));
    }
    List<ByteBuf> segments = new ArrayList<>();
    int perSegment = segmentBytes / dtype.itemSize();
    for (int from = 0; from < count; ) {
      int n = Math.min(perSegment, count - from);
      byte[] memory = new byte[n * dtype.itemSize()];
      source.copy(from, n, ByteBuffer.wrap(memory).order(ByteOrder.LITTLE_ENDIAN));
      segments.add(Unpooled.wrappedBuffer(memory));
      from += n;
    }
    return Tensor.of(dtype, shape, segments.toArray(ByteBuf[]::new));
  }

  // ---- to arrays

  static byte[] toBytes(Tensor tensor) {
    List<ByteBuf> segments = tensor.segments();
    byte[] bytes = new byte[length(tensor, tensor.bytes(), "bytes")];
    int at = 0;
    for (ByteBuf each : segments) {
      int n = each.readableBytes();
      each.readBytes(bytes, at, n);
      at += n;
    }
    return bytes;
  }

  static float[] toFloats(Tensor tensor) {
    tensor.requireDType(
        "toFloats()", DType.F32, DType.F16, DType.BF16, DType.F8_E4M3, DType.F8_E5M2, DType.C64);
    DType dtype = real(tensor.dtype());
    Runs runs = Runs.of(tensor);
    float[] floats = new float[parts(tensor)];
    for (int at = 0; at < floats.length; ) {
      ByteBuffer run = runs.next();
      if (dtype == DType.F32) {
        FloatBuffer view = run.asFloatBuffer();
        int n = view.remaining();
        view.get(floats, at, n);
        at += n;
      } else {
        for (int i = 0; i < run.limit(); i += dtype.itemSize()) {
          floats[at++] = Scalars.floatAt(dtype, run, i);
        }
      }
    }
    return floats;
  }

  static double[] toDoubles(Tensor tensor) {
    if (List.of(DType.BOOL, DType.I64, DType.U64).contains(tensor.dtype())) {
      throw new IllegalStateException(
          "toDoubles() is of any type but BOOL, I64 and U64, the tensor is of " + tensor.dtype());
    }
    DType dtype = real(tensor.dtype());
    Runs runs = Runs.of(tensor);
    double[] doubles = new double[parts(tensor)];
    for (int at = 0; at < doubles.length; ) {
      ByteBuffer run = runs.next();
      if (dtype == DType.F64) {
        DoubleBuffer view = run.asDoubleBuffer();
        int n = view.remaining();
        view.get(doubles, at, n);
        at += n;
      } else {
        for (int i = 0; i < run.limit(); i += dtype.itemSize()) {
          doubles[at++] = Scalars.doubleAt(dtype, run, i);
        }
      }
    }
    return doubles;
  }

  static long[] toLongs(Tensor tensor) {
    tensor.requireDType(
        "toLongs()",
        DType.I64,
        DType.U64,
        DType.I32,
        DType.U32,
        DType.I16,
        DType.U16,
        DType.I8,
        DType.U8);
    DType dtype = tensor.dtype();
    Runs runs = Runs.of(tensor);
    long[] longs = new long[parts(tensor)];
    for (int at = 0; at < longs.length; ) {
      ByteBuffer run = runs.next();
      if (dtype.itemSize() == Long.BYTES) {
        LongBuffer view = run.asLongBuffer();
        int n = view.remaining();
        view.get(longs, at, n);
        at += n;
      } else {
        for (int i = 0; i < run.limit(); i += dtype.itemSize()) {
          longs[at++] = Scalars.longAt(dtype, run, i);
        }
      }
    }
    return longs;
  }

  static int[] toInts(Tensor tensor) {
    tensor.requireDType("toInts()", DType.I32, DType.U32, DType.I16, DType.U16, DType.I8, DType.U8);
    DType dtype = tensor.dtype();
    Runs runs = Runs.of(tensor);
    int[] ints = new int[parts(tensor)];
    for (int at = 0; at < ints.length; ) {
      ByteBuffer run = runs.next();
      if (dtype.itemSize() == Integer.BYTES) {
        IntBuffer view = run.asIntBuffer();
        int n = view.remaining();
        view.get(ints, at, n);
        at += n;
      } else {
        for (int i = 0; i < run.limit(); i += dtype.itemSize()) {
          ints[at++] = (int) Scalars.longAt(dtype, run, i);
        }
      }
    }
    return ints;
  }

  static short[] toShorts(Tensor tensor) {
    tensor.requireDType(
        "toShorts()", DType.I16, DType.U16, DType.F16, DType.BF16, DType.I8, DType.U8);
    DType dtype = tensor.dtype();
    Runs runs = Runs.of(tensor);
    short[] shorts = new short[parts(tensor)];
    for (int at = 0; at < shorts.length; ) {
      ByteBuffer run = runs.next();
      if (dtype.itemSize() == Short.BYTES) {
        ShortBuffer view = run.asShortBuffer();
        int n = view.remaining();
        view.get(shorts, at, n);
        at += n;
      } else {
        for (int i = 0; i < run.limit(); i++) {
          shorts[at++] = (short) Scalars.longAt(dtype, run, i);
        }
      }
    }
    return shorts;
  }

  static boolean[] toBooleans(Tensor tensor) {
    tensor.requireDType("toBooleans()", DType.BOOL);
    Runs runs = Runs.of(tensor);
    boolean[] booleans = new boolean[parts(tensor)];
    for (int at = 0; at < booleans.length; ) {
      ByteBuffer run = runs.next();
      for (int i = 0; i < run.limit(); i++) {
        booleans[at++] = run.get(i) != 0;
      }
    }
    return booleans;
  }

  /** The type of both parts of a complex number. */
  private static DType real(DType dtype) {
    return switch (dtype) {
      case C64 -> DType.F32;
      case C128 -> DType.F64;
      default -> dtype;
    };
  }

  /** How many numbers there are, of which a complex one is two. */
  private static int parts(Tensor tensor) {
    return length(tensor, tensor.bytes() / real(tensor.dtype()).itemSize(), "numbers");
  }

  private static int length(Tensor tensor, long count, String what) {
    if (count > MAX_ARRAY) {
      throw new IllegalStateException(
          "the %d %s of %s do not fit one array, %d do; use segments() or retainedSlice(from, to)"
              .formatted(count, what, tensor.info(""), MAX_ARRAY));
    }
    return (int) count;
  }

  /** Whether two tensors of as many bytes have the same ones; a released one has none. */
  static boolean sameBytes(Tensor one, Tensor other) {
    try {
      return Runs.same(one, other);
    } catch (IllegalReferenceCountException e) {
      return false; // it, or its memory, is released
    }
  }
}
