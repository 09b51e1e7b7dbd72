package io.reactorzmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** How many elements, checked before anybody believes it. */
class ShapeTest {

  @Test
  void elementsAreTheProductOfTheAxes() {
    Shape shape = Shape.of(2, 3, 4);
    assertThat(shape.rank()).isEqualTo(3);
    assertThat(shape.dim(0)).isEqualTo(2);
    assertThat(shape.dim(2)).isEqualTo(4);
    assertThat(shape.elements()).isEqualTo(24);
    assertThat(shape.bytes(DType.C128)).isEqualTo(24 * 16);
    assertThat(shape).hasToString("[2, 3, 4]");
  }

  @Test
  void aScalarHasNoAxisAndOneElement() {
    assertThat(Shape.of()).isSameAs(Shape.scalar()).hasToString("[]");
    assertThat(Shape.scalar().rank()).isZero();
    assertThat(Shape.scalar().elements()).isOne();
    assertThat(Shape.of(7).withoutFirst()).isEqualTo(Shape.scalar());
  }

  @Test
  void anAxisOfNothingMakesItEmpty() {
    assertThat(Shape.of(0).elements()).isZero();
    assertThat(Shape.of(3, 0, 4).elements()).isZero();
    assertThat(Shape.of(0, Long.MAX_VALUE).bytes(DType.C128)).isZero();
  }

  @Test
  void arraysAreCopied() {
    long[] dims = {2, 3};
    Shape shape = Shape.of(dims);
    dims[0] = 9;
    shape.dims()[1] = 9;
    assertThat(shape.dims()).containsExactly(2, 3);
  }

  @Test
  void noAxisIsNegative() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.of(2, -1))
        .withMessageContainingAll("axis 1", "-1");
    assertThatIllegalArgumentException().isThrownBy(() -> Shape.of(0, Long.MIN_VALUE));
  }

  @Test
  void thereAreAsManyAxesAsAByteCounts() {
    long[] ones = new long[Shape.MAX_RANK + 1];
    Arrays.fill(ones, 1);
    assertThat(Shape.of(Arrays.copyOf(ones, 255)).elements()).isOne();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.of(ones))
        .withMessageContainingAll("255", "256");
  }

  @Test
  void elementsFitALong() {
    assertThat(Shape.of(Long.MAX_VALUE).elements()).isEqualTo(Long.MAX_VALUE);
    assertThat(Shape.of(1L << 31, (1L << 32) - 1).elements()).isPositive();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.of(1L << 31, 1L << 32))
        .withMessageContainingAll("2147483648", "2^63 - 1");
    assertThatIllegalArgumentException().isThrownBy(() -> Shape.of(1L << 32, 1L << 32));
    assertThatIllegalArgumentException()
        .as("an axis of 0 does not help")
        .isThrownBy(() -> Shape.of(1L << 32, 0, 1L << 32));
  }

  @Test
  void bytesFitALong() {
    assertThat(Shape.of(Long.MAX_VALUE / 4).bytes(DType.F32)).isEqualTo(Long.MAX_VALUE - 3);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Shape.of(Long.MAX_VALUE / 4 + 1).bytes(DType.F32))
        .withMessageContainingAll("F32", "2^63 - 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TensorInfo("", DType.I16, Shape.of(Long.MAX_VALUE)));
  }

  @Test
  void equalByItsAxes() {
    assertThat(Shape.of(2, 3)).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
    assertThat(Shape.of(2, 3)).isNotEqualTo(Shape.of(3, 2)).isNotEqualTo(Shape.of(6));
    assertThat(Shape.of(1)).isNotEqualTo(Shape.scalar());
    assertThat(Shape.of(0)).isNotEqualTo(Shape.of(0, 1));
  }

  @Test
  void aPartOfTheFirstAxis() {
    assertThat(Shape.of(5, 2).withFirst(3)).isEqualTo(Shape.of(3, 2));
    assertThat(Shape.of(5, 2).withoutFirst()).isEqualTo(Shape.of(2));
  }

  @Test
  void infoSaysWhatItIs() {
    assertThat(new TensorInfo("weight", DType.F32, Shape.of(2, 3)))
        .hasToString("weight F32 [2, 3]");
    assertThat(new TensorInfo("", DType.F32, Shape.of(2, 3))).hasToString("F32 [2, 3]");
    assertThat(new TensorInfo("", DType.F32, Shape.of(2, 3)).bytes()).isEqualTo(24);
  }
}
