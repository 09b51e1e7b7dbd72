package io.reactorzmq.tensor.file;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Copies of data that does not lie as tensors do: of the other byte order, or column after column.
 */
final class RowMajor {

  /** Unpooled: what is read from files is large and stays long. */
  static final UnpooledByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(true);

  private RowMajor() {}

  /** Memory of the size that a header tells, which was checked against the file. */
  static Tensor allocate(DType dtype, Shape shape, Place place) throws IOException {
    try {
      return Tensor.allocate(dtype, shape, ALLOCATOR);
    } catch (OutOfMemoryError e) {
      throw noMemory(dtype, shape, place, e);
    }
  }

  private static IOException noMemory(
      DType dtype, Shape shape, Place place, OutOfMemoryError cause) {
    return new IOException(
        "%s: no memory for the %d bytes of %s %s, -XX:MaxDirectMemorySize limits it"
            .formatted(place, shape.bytes(dtype), dtype, shape),
        cause);
  }

  /**
   * The tensor itself if it lies as the header of a tensor says it should, else a copy.
   *
   * @param raw bytes as they lie in the file; passes to this method, whether it throws or not
   */
  static Tensor of(NpyHeader header, Tensor raw, Place place) throws IOException {
    Tensor tensor = raw;
    try {
      if (header.bigEndian()) {
        Tensor swapped = allocate(header.dtype(), header.shape(), place);
        swap(tensor.segments(), swapped.segments(), componentBytes(header.dtype()));
        tensor.release();
        tensor = swapped;
      }
      if (header.fortranOrder()) {
        Tensor rows = rows(tensor, place);
        tensor.release();
        tensor = rows;
      }
      return tensor;
    } catch (Throwable e) {
      tensor.release();
      throw e;
    }
  }

  private static int componentBytes(DType dtype) {
    boolean complex = dtype == DType.C64 || dtype == DType.C128;
    return complex ? dtype.itemSize() / 2 : dtype.itemSize();
  }

  /** Both have segments of the same sizes. */
  private static void swap(List<ByteBuf> from, List<ByteBuf> to, int componentBytes) {
    for (int i = 0; i < from.size(); i++) {
      ByteBuffer source = from.get(i).nioBuffer().order(ByteOrder.BIG_ENDIAN);
      ByteBuffer target = to.get(i).nioBuffer().order(ByteOrder.LITTLE_ENDIAN);
      switch (componentBytes) {
        case 2 -> target.asShortBuffer().put(source.asShortBuffer());
        case 4 -> target.asIntBuffer().put(source.asIntBuffer());
        default -> target.asLongBuffer().put(source.asLongBuffer());
      }
    }
  }

  private static Tensor rows(Tensor columns, Place place) throws IOException {
    DType dtype = columns.dtype();
    Shape shape = columns.shape();
    List<ByteBuf> segments = columns.segments();
    if (segments.size() > 1) {
      throw place.fault(
          "%d bytes in Fortran order, but at most %d can be put into row-major order"
              .formatted(columns.bytes(), Mappings.MAX_CONTIGUOUS_BYTES));
    }
    long[] strides = new long[shape.rank()];
    long stride = dtype.itemSize();
    for (int axis = 0; axis < strides.length; axis++) {
      strides[axis] = stride;
      stride *= shape.dim(axis);
    }
    ByteBuf source = segments.get(0).retain();
    try {
      return Tensor.ofStrided(dtype, shape, strides, source, 0, ALLOCATOR);
    } catch (OutOfMemoryError e) {
      source.release();
      throw noMemory(dtype, shape, place, e);
    } catch (Throwable e) {
      source.release();
      throw e;
    }
  }
}
