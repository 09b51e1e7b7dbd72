package io.reactorzmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.IllegalReferenceCountException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Elements that lie apart, compared with a walk over every index. */
class StridesTest {

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);

  @AfterEach
  void nothingIsLeft() {
    assertThat(allocator.metric().usedDirectMemory()).isZero();
    assertThat(allocator.metric().usedHeapMemory()).isZero();
  }

  private static byte[] random(Random random, int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  /** One element after the other, by the index of each axis. */
  private static byte[] naive(
      Shape shape, int itemSize, long[] strides, byte[] source, long offset) {
    byte[] result = new byte[Math.toIntExact(shape.elements()) * itemSize];
    for (int i = 0; i < shape.elements(); i++) {
      long at = offset;
      int rest = i;
      for (int axis = shape.rank() - 1; axis >= 0; axis--) {
        at += rest % (int) shape.dim(axis) * strides[axis];
        rest /= (int) shape.dim(axis);
      }
      System.arraycopy(source, (int) at, result, i * itemSize, itemSize);
    }
    return result;
  }

  private record Case(DType dtype, Shape shape, long[] strides, byte[] source, long offset) {
    byte[] expected() {
      return naive(shape, dtype.itemSize(), strides, source, offset);
    }
  }

  private static Case random(Random random) {
    DType dtype = DType.values()[random.nextInt(DType.values().length)];
    int itemSize = dtype.itemSize();
    int rank = random.nextInt(6);
    long[] dims = new long[rank];
    long[] strides = new long[rank];
    long low = 0;
    long high = 0;
    long dense = itemSize;
    for (int axis = rank - 1; axis >= 0; axis--) {
      dims[axis] = 1 + random.nextInt(4);
      strides[axis] =
          switch (random.nextInt(5)) {
            case 0 -> 0;
            case 1 -> -dense;
            case 2 -> random.nextInt(81) - 40;
            case 3 -> itemSize * (random.nextInt(9) - 4);
            default -> dense; // axes that lie as one
          };
      dense *= dims[axis];
      low += Math.min(0, (dims[axis] - 1) * strides[axis]);
      high += Math.max(0, (dims[axis] - 1) * strides[axis]);
    }
    // not a byte more than needed
    byte[] source = random(random, Math.toIntExact(high - low) + itemSize);
    return new Case(dtype, Shape.of(dims), strides, source, -low);
  }

  @ParameterizedTest
  @EnumSource(names = {"HEAP", "DIRECT", "WITHIN", "COMPOSITE"})
  void anyShapeAndAnyStrides(Layout layout) {
    Random random = new Random(7);
    for (int i = 0; i < 1500; i++) {
      Case each = random(random);
      ByteBuf source = layout.segments(each.source, 1).get(0);
      Tensor tensor =
          Tensor.ofStrided(each.dtype, each.shape, each.strides, source, each.offset, allocator);
      assertThat(source.refCnt()).isZero();
      assertThat(tensor.dtype()).isSameAs(each.dtype);
      assertThat(tensor.shape()).isEqualTo(each.shape);
      assertThat(tensor.toBytes()).as("%s", each).isEqualTo(each.expected());
      assertThat(tensor.isDirect()).isTrue();
      assertThat(tensor.isContiguous()).isTrue();
      assertThat(tensor.release()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HEAP", "DIRECT", "WITHIN", "COMPOSITE"})
  void intoSeveralSegments(Layout layout) {
    Random random = new Random(8);
    for (int i = 0; i < 500; i++) {
      Case each = random(random);
      int itemSize = each.dtype.itemSize();
      ByteBuf source = layout.segments(each.source, 1).get(0);
      List<ByteBuf> segments = new ArrayList<>();
      for (int left = Math.toIntExact(each.shape.bytes(each.dtype)); left > 0; ) {
        int n = Math.min(left, itemSize * (1 + random.nextInt(5)));
        segments.add(Unpooled.buffer(n).writerIndex(n));
        left -= n;
      }
      Tensor target = Tensor.of(each.dtype, each.shape, segments.toArray(ByteBuf[]::new));
      Strides.gather(each.strides, source, each.offset, target);
      assertThat(target.toBytes()).as("%s", each).isEqualTo(each.expected());
      source.release();
    }
  }

  @Test
  void aTransposedMatrix() {
    ByteBuf source = Tensor.of(new int[] {1, 2, 3, 4, 5, 6}, 2, 3).segments().get(0);
    Tensor transposed =
        Tensor.ofStrided(DType.I32, Shape.of(3, 2), new long[] {4, 12}, source, 0, allocator);
    assertThat(transposed).hasToString("Tensor I32 [3, 2] [[1, 4], [2, 5], [3, 6]]");
    transposed.release();
  }

  @Test
  void backwardsAndRepeated() {
    ByteBuf source = Tensor.of(new short[] {1, 2, 3}).segments().get(0);
    Tensor tensor =
        Tensor.ofStrided(DType.I16, Shape.of(2, 3), new long[] {0, -2}, source, 4, allocator);
    assertThat(tensor.toShorts()).containsExactly(new short[] {3, 2, 1, 3, 2, 1});
    tensor.release();
  }

  @Test
  void aScalarAndNothing() {
    ByteBuf source = Unpooled.buffer().writeByte(9).writeByte(7);
    Tensor scalar =
        Tensor.ofStrided(DType.U8, Shape.scalar(), new long[0], source.retain(), 1, allocator);
    assertThat(scalar.toInts()).containsExactly(7);
    scalar.release();
    Tensor empty =
        Tensor.ofStrided(
            DType.U8, Shape.of(3, 0), new long[] {Long.MAX_VALUE, 5}, source, 99, allocator);
    assertThat(empty.toInts()).isEmpty();
    assertThat(source.refCnt()).isZero();
  }

  @Test
  void anAxisOfOneMayHaveAnyStride() {
    ByteBuf source = Unpooled.buffer().writeByte(9).writeByte(7);
    Tensor tensor =
        Tensor.ofStrided(
            DType.U8,
            Shape.of(1, 2, 1),
            new long[] {Long.MIN_VALUE, 1, Long.MAX_VALUE},
            source,
            0,
            allocator);
    assertThat(tensor.toInts()).containsExactly(9, 7);
    tensor.release();
  }

  @Test
  void manyElementsFarApart() {
    int rows = 1000;
    int columns = 300;
    byte[] bytes = random(new Random(9), rows * columns * 2);
    long[] strides = {2, 2 * columns};
    Tensor tensor =
        Tensor.ofStrided(
            DType.BF16,
            Shape.of(columns, rows),
            strides,
            Unpooled.wrappedBuffer(bytes),
            0,
            allocator);
    assertThat(tensor.toBytes()).isEqualTo(naive(Shape.of(columns, rows), 2, strides, bytes, 0));
    tensor.release();
  }

  private void assertRefused(Shape shape, long[] strides, int bytes, long offset) {
    ByteBuf source = Unpooled.buffer().writeZero(bytes + 3).skipBytes(3);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.ofStrided(DType.I32, shape, strides, source, offset, allocator))
        .withMessageContainingAll(
            "I32 " + shape, Arrays.toString(strides), "offset " + offset, bytes + " bytes");
    assertThat(source.refCnt()).as("stays with the caller").isOne();
    source.release();
  }

  @Test
  void notAByteOutsideOfTheSource() {
    Shape shape = Shape.of(3, 2);
    ByteBuf source = Unpooled.buffer().writeZero(24);
    Tensor.ofStrided(DType.I32, shape, new long[] {8, 4}, source, 0, allocator).release();
    assertRefused(shape, new long[] {8, 4}, 23, 0);
    assertRefused(shape, new long[] {8, 4}, 24, 1);
    assertRefused(shape, new long[] {8, 4}, 24, -1);
    assertRefused(shape, new long[] {9, 4}, 24, 0);
    assertRefused(shape, new long[] {-8, 4}, 24, 15);
    assertRefused(shape, new long[] {8, -4}, 24, 3);
    assertRefused(Shape.scalar(), new long[0], 3, 0);
    assertRefused(Shape.scalar(), new long[0], 0, 0);
    assertRefused(Shape.scalar(), new long[0], 4, -1);
  }

  @Test
  void noOverflowGetsAnElementInside() {
    assertRefused(Shape.scalar(), new long[0], 8, Long.MAX_VALUE);
    assertRefused(Shape.scalar(), new long[0], 8, Long.MIN_VALUE);
    assertRefused(Shape.of(2), new long[] {Long.MAX_VALUE}, 8, 4);
    assertRefused(Shape.of(2), new long[] {Long.MIN_VALUE}, 8, 4);
    assertRefused(Shape.of(5), new long[] {1L << 62}, 8, 0);
    assertRefused(Shape.of(3, 3), new long[] {1L << 62, -(1L << 62)}, 8, 0);
    assertRefused(Shape.of(1L << 32), new long[] {1L << 32}, 8, 0);
    assertRefused(Shape.of(1L << 60), new long[] {4}, 8, 0);
  }

  @Test
  void thereAreAsManyStridesAsAxes() {
    ByteBuf source = Unpooled.buffer().writeZero(8);
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Tensor.ofStrided(DType.I32, Shape.of(2), new long[] {4, 4}, source, 0, allocator))
        .withMessageContainingAll("1 axes", "2 strides");
    assertThat(source.refCnt()).isOne();
  }

  @Test
  void aReleasedSourceIsRefused() {
    ByteBuf source = Unpooled.buffer().writeZero(8);
    source.release();
    for (Shape shape : List.of(Shape.of(2), Shape.of(0))) {
      assertThatThrownBy(
              () -> Tensor.ofStrided(DType.I32, shape, new long[] {4}, source, 0, allocator))
          .isInstanceOf(IllegalReferenceCountException.class);
    }
  }

  @Test
  void withoutMemoryTheSourceStaysWithItsCaller() {
    ByteBuf source = Unpooled.buffer().writeZero(8);
    OutOfMemoryError none = new OutOfMemoryError("none");
    ByteBufAllocator poor =
        new SparseAllocator() {
          @Override
          protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            throw none;
          }
        };
    assertThatThrownBy(
            () -> Tensor.ofStrided(DType.I32, Shape.of(2), new long[] {4}, source, 0, poor))
        .isSameAs(none);
    assertThat(source.refCnt()).isOne();
  }

  @Test
  void aFailureWhileCopyingLeavesNothingBehind() {
    ByteBuf source = Unpooled.buffer().writeZero(8);
    ByteBuf robbed =
        Unpooled.compositeBuffer().addComponents(true, source, Unpooled.buffer().writeZero(8));
    source.release();
    assertThatThrownBy(
            () -> Tensor.ofStrided(DType.I32, Shape.of(2), new long[] {8}, robbed, 0, allocator))
        .isInstanceOf(IllegalReferenceCountException.class);
    assertThat(robbed.refCnt()).isOne();
  }
}
