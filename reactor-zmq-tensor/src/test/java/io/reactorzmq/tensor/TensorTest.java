package io.reactorzmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.IllegalReferenceCountException;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

// Past 300 lines because it goes through the methods of one value type.

/** How tensors are made, what memory they show, and in how many segments it lies. */
class TensorTest {

  private static final ByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

  private static byte[] counting(int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }

  @Test
  void isMadeOverBuffersWithoutCopying() {
    ByteBuf first = Unpooled.directBuffer().writeIntLE(1).writeIntLE(2).skipBytes(4);
    ByteBuf second = Unpooled.directBuffer().writeIntLE(3);
    Tensor tensor = Tensor.of(DType.I32, Shape.of(2, 1), first, second);
    first.setIntLE(4, 5);
    assertThat(tensor.toInts()).containsExactly(5, 3);
    assertThat(tensor.dtype()).isSameAs(DType.I32);
    assertThat(tensor.shape()).isEqualTo(Shape.of(2, 1));
    assertThat(tensor.elements()).isEqualTo(2);
    assertThat(tensor.bytes()).isEqualTo(8);
    assertThat(tensor.isDirect()).isTrue();
    assertThat(tensor.isContiguous()).isFalse();
    tensor.release();
    assertThat(first.refCnt()).isZero();
    assertThat(second.refCnt()).isZero();
  }

  @Test
  void isMadeOverNioBuffersWithoutCopying() {
    ByteBuffer direct = ByteBuffer.allocateDirect(12).order(ByteOrder.LITTLE_ENDIAN);
    direct.putInt(0, 9).putInt(4, 1).putInt(8, 2).position(4);
    ByteBuffer heap = ByteBuffer.wrap(new byte[] {3, 0, 0, 0});
    Tensor tensor = Tensor.of(DType.U32, Shape.of(3), direct, heap);
    assertThat(tensor.toInts()).containsExactly(1, 2, 3);
    heap.put(0, (byte) 7);
    direct.putInt(8, 6);
    assertThat(tensor.toInts()).containsExactly(1, 6, 7);
    assertThat(direct.position()).as("left as it was").isEqualTo(4);
    assertThat(tensor.isDirect()).isFalse();
    tensor.release();
    assertThat(direct.getInt(8)).as("not freed").isEqualTo(6);
  }

  @Test
  void theBytesAreThoseOfTheShape() {
    for (int bytes : new int[] {0, 8, 12, 20, 24}) {
      ByteBuf memory = Unpooled.directBuffer().writeZero(bytes);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Tensor.of(DType.F32, Shape.of(2, 2), memory))
          .withMessageContainingAll("F32 [2, 2]", "16 bytes", "not " + bytes);
      assertThat(memory.refCnt()).as("stays with its caller").isOne();
      memory.release();
    }
    ByteBuf memory = Unpooled.buffer().writeZero(8);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(DType.F32, Shape.of(Long.MAX_VALUE), memory));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.wrap(DType.F64, Shape.of(2), List.of(memory), () -> {}));
    assertThat(memory.refCnt()).isOne();
  }

  @Test
  void noElementLiesInTwoBuffers() {
    ByteBuf first = Unpooled.directBuffer().writeZero(6);
    ByteBuf second = Unpooled.directBuffer().writeZero(2);
    ByteBuf empty = Unpooled.directBuffer();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(DType.F32, Shape.of(2), empty, first, second))
        .withMessageContainingAll("6 bytes", "4 bytes", "F32");
    for (ByteBuf each : List.of(first, second, empty)) {
      assertThat(each.refCnt()).isOne();
      each.release();
    }
  }

  @Test
  void emptyBuffersAreReleasedAtOnce() {
    ByteBuf empty = Unpooled.directBuffer();
    ByteBuf full = Unpooled.directBuffer().writeByte(1);
    Tensor tensor = Tensor.of(DType.I8, Shape.of(1), empty, full);
    assertThat(empty.refCnt()).isZero();
    assertThat(tensor.segments()).hasSize(1);
    assertThat(tensor.isContiguous()).isTrue();
    tensor.release();
    ByteBuf other = Unpooled.directBuffer();
    assertThat(Tensor.of(DType.I8, Shape.of(0, 3), other).segments()).isEmpty();
    assertThat(other.refCnt()).isZero();
  }

  @Test
  void anArrayHasOneAxisUnlessItIsGivenOthers() {
    assertThat(Tensor.of(new float[3]).shape()).isEqualTo(Shape.of(3));
    assertThat(Tensor.of(new double[4], 2, 2).shape()).isEqualTo(Shape.of(2, 2));
    assertThat(Tensor.of(new boolean[0]).shape()).isEqualTo(Shape.of(0));
    assertThat(Tensor.of(new int[1], 1, 1, 1, 1, 1, 1, 1, 1).shape().rank()).isEqualTo(8);
  }

  @Test
  void allocatedMemoryIsDirectAndToBeFilled() {
    Tensor tensor = Tensor.allocate(DType.F32, Shape.of(2, 3), ALLOCATOR);
    assertThat(tensor.isDirect()).isTrue();
    assertThat(tensor.isContiguous()).isTrue();
    tensor.floatsView().put(new float[] {1, 2, 3, 4, 5, 6});
    assertThat(tensor.toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
    tensor.release();
    assertThat(Tensor.allocate(DType.C128, Shape.of(5, 0), ALLOCATOR).segments()).isEmpty();
    Tensor scalar = Tensor.allocate(DType.C128, Shape.scalar(), ALLOCATOR);
    assertThat(scalar.bytes()).isEqualTo(16);
    scalar.release();
  }

  @Test
  void moreThanTwoGigabytesLieInSegmentsOfOne() {
    SparseAllocator sparse = new SparseAllocator();
    Tensor tensor = Tensor.allocate(DType.I64, Shape.of(3, (1L << 27) + 1), sparse);
    assertThat(tensor.bytes()).isEqualTo((3L << 30) + 24);
    assertThat(tensor.segments())
        .extracting(ByteBuf::readableBytes)
        .containsExactly(1 << 30, 1 << 30, 1 << 30, 24);
    assertThatIllegalStateException()
        .isThrownBy(() -> tensor.contiguous(ALLOCATOR))
        .withMessageContainingAll("3221225496", "2147483639", "segments()");
    assertThatIllegalStateException().isThrownBy(tensor::longsView);

    tensor.segments().get(1).setLongLE(8, 77);
    Tensor row = tensor.retainedAt(1);
    assertThat(row.bytes()).isEqualTo((1L << 30) + 8);
    assertThat(row.segments())
        .extracting(ByteBuf::readableBytes)
        .containsExactly((1 << 30) - 8, 16);
    assertThat(row).asString().startsWith("Tensor I64 [134217729] [77, 0, 0, ..., 0, 0, 0]");
    tensor.segments().get(3).setLongLE(16, 99);
    Tensor last = tensor.retainedSlice(2, 3);
    assertThat(last).asString().endsWith("0, 0, 99]]");
    last.release();
    row.release();
    assertThat(sparse.given).extracting(ByteBuf::refCnt).containsOnly(1);
    tensor.release();
    assertThat(sparse.given).extracting(ByteBuf::refCnt).containsOnly(0);
  }

  @Test
  void whereMemoryEndsNothingIsKept() {
    OutOfMemoryError none = new OutOfMemoryError("none");
    SparseAllocator sparse =
        new SparseAllocator() {
          @Override
          protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            if (given.size() == 2) {
              throw none;
            }
            return super.newDirectBuffer(initialCapacity, maxCapacity);
          }
        };
    assertThatThrownBy(() -> Tensor.allocate(DType.U8, Shape.of(1L << 62), sparse)).isSameAs(none);
    assertThat(sparse.given).extracting(ByteBuf::refCnt).containsExactly(0, 0);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.allocate(DType.U16, Shape.of(1L << 62), sparse));
  }

  @Test
  void segmentsAreViewsWithIndicesOfTheirOwn() {
    Tensor tensor = Layout.SEVERAL.of(DType.I16, Shape.of(3), counting(6));
    List<ByteBuf> segments = tensor.segments();
    assertThat(segments).extracting(ByteBuf::readableBytes).containsExactly(2, 4);
    segments.get(1).setByte(0, 50);
    segments.forEach(each -> each.skipBytes(2));
    assertThat(tensor.toBytes()).containsExactly(0, 1, 50, 3, 4, 5);
    assertThat(tensor.segments()).extracting(ByteBuf::readableBytes).containsExactly(2, 4);
    tensor.release();
  }

  @ParameterizedTest
  @EnumSource
  void contiguousIsOneRunOfMemory(Layout layout) {
    Tensor tensor = layout.of(DType.I16, Shape.of(5, 2), counting(20));
    boolean one = EnumSet.of(Layout.HEAP, Layout.DIRECT, Layout.WITHIN).contains(layout);
    assertThat(tensor.isContiguous()).isEqualTo(one);
    if (!one) {
      assertThatIllegalStateException()
          .isThrownBy(tensor::bytesView)
          .withMessageContainingAll("I16 [5, 2]", "segments()", "contiguous(allocator)");
    }
    Tensor contiguous = tensor.contiguous(ALLOCATOR);
    assertThat(contiguous.isContiguous()).isTrue();
    assertThat(contiguous).isEqualTo(tensor);
    if (one) {
      assertThat(contiguous).isSameAs(tensor);
    } else {
      assertThat(contiguous.isDirect()).isTrue();
    }
    assertThat(tensor.release()).isEqualTo(!one);
    byte[] bytes = new byte[20];
    contiguous.bytesView().get(bytes);
    assertThat(bytes).isEqualTo(counting(20));
    assertThat(contiguous.release()).isTrue();
  }

  @Test
  void withoutMemoryThereIsNoCopy() {
    Tensor tensor = Layout.SEVERAL.of(DType.I16, Shape.of(3), counting(6));
    OutOfMemoryError none = new OutOfMemoryError("none");
    SparseAllocator poor =
        new SparseAllocator() {
          @Override
          protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            throw none;
          }
        };
    assertThatThrownBy(() -> tensor.contiguous(poor)).isSameAs(none);
    assertThat(tensor.refCnt()).isOne();
    tensor.release();
  }

  private record View(Function<Tensor, Buffer> of, Set<DType> types) {}

  private static final List<View> VIEWS =
      List.of(
          new View(Tensor::floatsView, EnumSet.of(DType.F32)),
          new View(Tensor::doublesView, EnumSet.of(DType.F64)),
          new View(Tensor::longsView, EnumSet.of(DType.I64, DType.U64)),
          new View(Tensor::intsView, EnumSet.of(DType.I32, DType.U32)),
          new View(Tensor::shortsView, EnumSet.of(DType.I16, DType.U16, DType.F16, DType.BF16)),
          new View(Tensor::bytesView, EnumSet.allOf(DType.class)));

  @ParameterizedTest
  @EnumSource
  void viewsAreOfTheirTypesOnly(DType dtype) {
    Tensor tensor = Layout.WITHIN.of(dtype, Shape.of(3), counting(3 * dtype.itemSize()));
    Tensor empty = Tensor.allocate(dtype, Shape.of(0), ALLOCATOR);
    for (View view : VIEWS) {
      if (view.types.contains(dtype)) {
        Buffer all = view.of.apply(tensor);
        boolean bytes = all instanceof ByteBuffer;
        assertThat(all.remaining()).isEqualTo(bytes ? 3 * dtype.itemSize() : 3);
        assertThat(all.position()).isZero();
        assertThat(view.of.apply(empty).capacity()).isZero();
      } else {
        assertThatIllegalStateException()
            .isThrownBy(() -> view.of.apply(tensor))
            .withMessageContainingAll("this view", "the tensor is of " + dtype);
      }
    }
    assertThat(tensor.bytesView().order()).isSameAs(ByteOrder.LITTLE_ENDIAN);
    tensor.release();
  }

  @Test
  void viewsShowTheMemoryItselfLittleEndian() {
    ByteBuf memory = Unpooled.buffer().writeBytes(counting(8));
    assertThat(Tensor.of(DType.I16, Shape.of(4), memory).shortsView().get(1))
        .isEqualTo((short) 0x0302);
    assertThat(Tensor.of(DType.I32, Shape.of(2), memory).intsView().get(1)).isEqualTo(0x07060504);
    assertThat(Tensor.of(DType.I64, Shape.of(1), memory).longsView().get())
        .isEqualTo(0x0706050403020100L);
    Tensor floats = Tensor.of(DType.F32, Shape.of(2), memory);
    floats.floatsView().put(1, 1f);
    assertThat(memory.getIntLE(4)).isEqualTo(0x3F800000);
    Tensor.of(DType.F64, Shape.of(1), memory).doublesView().put(0, 1.0);
    assertThat(memory.getLongLE(0)).isEqualTo(0x3FF0000000000000L);
    floats.bytesView().putShort(0, (short) 0x0102);
    assertThat(memory.getByte(0)).isEqualTo((byte) 2);
  }

  @Test
  void aReleasedTensorCannotBeRead() {
    Tensor tensor = Layout.DIRECT.of(DType.F32, Shape.of(1, 1), counting(4));
    Tensor empty = Tensor.of(new float[0]);
    tensor.release();
    empty.release();
    for (Consumer<Tensor> each :
        List.<Consumer<Tensor>>of(
            Tensor::bytesView,
            Tensor::floatsView,
            Tensor::segments,
            Tensor::toBytes,
            Tensor::toFloats,
            Tensor::retainedSegments,
            t -> t.contiguous(ALLOCATOR),
            t -> t.retainedSlice(0, 0),
            t -> t.retainedReshape(t.shape()),
            Tensor::retain,
            Tensor::release)) {
      assertReleased(tensor, each);
      assertReleased(empty, each);
    }
    assertReleased(tensor, t -> t.retainedAt(0));
    assertThat(tensor.shape()).isEqualTo(Shape.of(1, 1));
    assertThat(tensor.bytes()).isEqualTo(4);
  }

  private static void assertReleased(Tensor tensor, Consumer<Tensor> read) {
    assertThatThrownBy(() -> read.accept(tensor))
        .isInstanceOf(IllegalReferenceCountException.class);
  }

  @Test
  void bytesOfAnyTypeSurviveEightAxes() {
    for (DType dtype : DType.values()) {
      byte[] bytes = counting(256 * dtype.itemSize());
      long[] dims = new long[8];
      Arrays.fill(dims, 2);
      for (Layout layout : Layout.values()) {
        Tensor tensor = layout.of(dtype, Shape.of(dims), bytes);
        assertThat(tensor.toBytes()).isEqualTo(bytes);
        tensor.release();
      }
    }
  }
}
