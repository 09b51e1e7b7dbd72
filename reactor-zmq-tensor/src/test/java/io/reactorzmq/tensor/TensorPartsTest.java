package io.reactorzmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Parts of a tensor share its memory, also across segments. */
class TensorPartsTest {

  private static byte[] counting(int count) {
    byte[] bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      bytes[i] = (byte) i;
    }
    return bytes;
  }

  @ParameterizedTest
  @EnumSource
  void everyRangeOfTheFirstAxis(Layout layout) {
    byte[] bytes = counting(7 * 3 * 2);
    Tensor tensor = layout.of(DType.I16, Shape.of(7, 3), bytes);
    for (int from = 0; from <= 7; from++) {
      for (int to = from; to <= 7; to++) {
        Tensor part = tensor.retainedSlice(from, to);
        assertThat(part.shape()).isEqualTo(Shape.of(to - from, 3));
        assertThat(part.toBytes()).isEqualTo(Arrays.copyOfRange(bytes, 6 * from, 6 * to));
        assertThat(part.release()).isTrue();
      }
    }
    tensor.release();
  }

  @ParameterizedTest
  @EnumSource
  void everyIndexOfTheFirstAxis(Layout layout) {
    byte[] bytes = counting(3 * 2 * 2 * 4);
    Tensor tensor = layout.of(DType.U32, Shape.of(3, 2, 2), bytes);
    for (int i = 0; i < 3; i++) {
      Tensor matrix = tensor.retainedAt(i);
      assertThat(matrix.shape()).isEqualTo(Shape.of(2, 2));
      for (int j = 0; j < 2; j++) {
        Tensor row = matrix.retainedAt(j);
        for (int k = 0; k < 2; k++) {
          Tensor scalar = row.retainedAt(k);
          assertThat(scalar.shape()).isEqualTo(Shape.scalar());
          int at = 4 * (4 * i + 2 * j + k);
          assertThat(scalar.toBytes()).isEqualTo(Arrays.copyOfRange(bytes, at, at + 4));
          scalar.release();
        }
        row.release();
      }
      matrix.release();
    }
    assertThat(tensor.release()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void anotherShapeOfTheSameElements(Layout layout) {
    Tensor tensor = layout.of(DType.U8, Shape.of(2, 6), counting(12));
    for (Shape shape :
        new Shape[] {Shape.of(12), Shape.of(3, 4), Shape.of(1, 12, 1), Shape.of(2, 6)}) {
      Tensor other = tensor.retainedReshape(shape);
      assertThat(other.shape()).isEqualTo(shape);
      assertThat(other.toBytes()).isEqualTo(counting(12));
      other.release();
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> tensor.retainedReshape(Shape.of(13)))
        .withMessageContainingAll("[2, 6]", "12", "[13]", "13");
    tensor.release();
  }

  @Test
  void partsShareTheMemory() {
    Tensor tensor = Tensor.of(new int[] {1, 2, 3, 4}, 2, 2);
    Tensor row = tensor.retainedAt(1);
    row.intsView().put(0, 30);
    assertThat(tensor.toInts()).containsExactly(1, 2, 30, 4);
    Tensor flat = tensor.retainedReshape(Shape.of(4));
    flat.intsView().put(3, 40);
    assertThat(row.toInts()).containsExactly(30, 40);
  }

  @Test
  void aPartOutlivesTheWhole() {
    Tensor tensor = Layout.DIRECT.of(DType.I16, Shape.of(4), counting(8));
    Tensor part = tensor.retainedSlice(1, 3);
    Tensor partOfPart = part.retainedAt(1);
    tensor.release();
    part.release();
    assertThat(partOfPart.toShorts()).containsExactly((short) 0x0504);
    assertThat(partOfPart.release()).isTrue();
  }

  @Test
  void onlyTheSegmentsOfThePartAreHeld() {
    Tensor tensor = Layout.SEVERAL.of(DType.I16, Shape.of(6), counting(12)); // 1, 2 and 3 of them
    Tensor part = tensor.retainedSlice(1, 3);
    assertThat(part.segments()).hasSize(1);
    assertThat(part.isContiguous()).isTrue();
    assertThat(part.shortsView().get(1)).isEqualTo((short) 0x0504);
    Tensor across = tensor.retainedSlice(2, 4);
    assertThat(across.segments()).hasSize(2);
    part.release();
    across.release();
    tensor.release();
  }

  @Test
  void outsideOfTheAxisThereIsNothing() {
    Tensor tensor = Tensor.of(new int[6], 3, 2);
    for (long index : new long[] {-1, 3, Long.MAX_VALUE, Long.MIN_VALUE}) {
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> tensor.retainedAt(index));
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> tensor.retainedSlice(index, index + 1));
    }
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> tensor.retainedSlice(2, 1));
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> Tensor.of(new int[0], 0, 5).retainedAt(0));
    assertThat(tensor.refCnt()).isOne();
  }

  @Test
  void aScalarHasNoParts() {
    Tensor scalar = Tensor.of(new int[] {5}).retainedReshape(Shape.scalar());
    assertThat(scalar.toInts()).containsExactly(5);
    assertThatIllegalStateException().isThrownBy(() -> scalar.retainedAt(0));
    assertThatIllegalStateException().isThrownBy(() -> scalar.retainedSlice(0, 0));
    assertThat(scalar.retainedReshape(Shape.of(1, 1)).toInts()).containsExactly(5);
  }

  @Test
  void partsOfNothing() {
    Tensor wide = Tensor.of(new int[0], 3, 0, 2);
    assertThat(wide.retainedAt(2).shape()).isEqualTo(Shape.of(0, 2));
    assertThat(wide.retainedSlice(1, 3).shape()).isEqualTo(Shape.of(2, 0, 2));
    assertThat(wide.retainedReshape(Shape.of(0)).toInts()).isEmpty();
    Tensor huge = Tensor.of(new double[0], 0, Long.MAX_VALUE);
    assertThat(huge.retainedSlice(0, 0)).isEqualTo(huge);
  }

  @Test
  void eightAxesOneByOne() {
    long[] dims = {2, 1, 2, 1, 2, 1, 2, 2};
    Tensor tensor = Layout.COMPOSITES.of(DType.I8, Shape.of(dims), counting(32));
    Tensor part = tensor;
    for (long dim : dims) {
      Tensor next = part.retainedAt(dim - 1);
      part.release();
      part = next;
    }
    assertThat(part.toBytes()).containsExactly(31);
    part.release();
  }
}
