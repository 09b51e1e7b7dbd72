package io.reactorzmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a tensor looks like in a log. */
class PreviewTest {

  private static String text(DType dtype, byte... bytes) {
    return Tensor.of(
            dtype, Shape.of(bytes.length / dtype.itemSize()), Unpooled.wrappedBuffer(bytes))
        .toString();
  }

  private static byte[] ones(int count) {
    byte[] bytes = new byte[count];
    Arrays.fill(bytes, (byte) -1);
    return bytes;
  }

  @Test
  void typeShapeAndElements() {
    assertThat(Tensor.of(new float[] {1, 2, 3, 4}, 2, 2))
        .hasToString("Tensor F32 [2, 2] [[1.0, 2.0], [3.0, 4.0]]");
  }

  @Test
  void aScalarHasNoBrackets() {
    assertThat(Tensor.of(new long[] {-7}).retainedReshape(Shape.scalar()))
        .hasToString("Tensor I64 [] -7");
  }

  @Test
  void nothingIsAPairOfBrackets() {
    assertThat(Tensor.of(new int[0])).hasToString("Tensor I32 [0] []");
    assertThat(Tensor.of(new int[0], 2, 0, Long.MAX_VALUE / 2)).asString().endsWith("] []");
  }

  @Test
  void upToSixAreShownOtherwiseThreeAtEachEnd() {
    assertThat(Tensor.of(new byte[] {0, 1, 2, 3, 4, 5})).asString().endsWith(" [0, 1, 2, 3, 4, 5]");
    assertThat(Tensor.of(new byte[] {0, 1, 2, 3, 4, 5, 6}))
        .asString()
        .endsWith(" [0, 1, 2, ..., 4, 5, 6]");
    int[] numbers = new int[70];
    Arrays.setAll(numbers, i -> i);
    assertThat(Tensor.of(numbers, 7, 10))
        .asString()
        .endsWith(
            " [[0, 1, 2, ..., 7, 8, 9], [10, 11, 12, ..., 17, 18, 19], [20, 21, 22, ..., 27, 28,"
                + " 29], ..., [40, 41, 42, ..., 47, 48, 49], [50, 51, 52, ..., 57, 58, 59],"
                + " [60, 61, 62, ..., 67, 68, 69]]");
  }

  @Test
  void everyTypeAsItsValue() {
    assertThat(text(DType.U8, ones(1))).endsWith("[255]");
    assertThat(text(DType.U16, ones(2))).endsWith("[65535]");
    assertThat(text(DType.U32, ones(4))).endsWith("[4294967295]");
    assertThat(text(DType.U64, ones(8))).endsWith("[18446744073709551615]");
    assertThat(text(DType.I8, ones(1))).endsWith("[-1]");
    assertThat(text(DType.I16, ones(2))).endsWith("[-1]");
    assertThat(text(DType.I32, ones(4))).endsWith("[-1]");
    assertThat(text(DType.I64, ones(8))).endsWith("[-1]");
    assertThat(text(DType.BOOL, (byte) 0, (byte) 1)).endsWith("[false, true]");
    assertThat(text(DType.F8_E4M3, (byte) 0x38, (byte) 0x7F)).endsWith("[1.0, NaN]");
    assertThat(text(DType.F8_E5M2, (byte) 0x3C, (byte) 0xFC)).endsWith("[1.0, -Infinity]");
    for (DType dtype : new DType[] {DType.F16, DType.BF16, DType.F32}) {
      assertThat(Tensor.ofFloats(dtype, Shape.of(2), 1.5f, -0f)).asString().endsWith("[1.5, -0.0]");
    }
    assertThat(Tensor.of(new double[] {0.1})).asString().endsWith("[0.1]");
  }

  @Test
  void complexNumbers() {
    ByteBuffer c64 = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    c64.putFloat(1).putFloat(2).putFloat(-1).putFloat(-0.5f).flip();
    assertThat(Tensor.of(DType.C64, Shape.of(2), c64)).asString().endsWith("[1.0+2.0i, -1.0-0.5i]");
    ByteBuffer c128 = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    c128.putDouble(0).putDouble(Double.NaN).flip();
    assertThat(Tensor.of(DType.C128, Shape.of(1), c128)).asString().endsWith("[0.0+NaNi]");
  }

  @ParameterizedTest
  @EnumSource
  void howeverItLies(Layout layout) {
    byte[] bytes = new byte[10 * Integer.BYTES];
    for (int i = 0; i < 10; i++) {
      bytes[4 * i + 1] = (byte) i;
    }
    Tensor tensor = layout.of(DType.I32, Shape.of(10), bytes);
    assertThat(tensor).asString().endsWith("[0, 256, 512, ..., 1792, 2048, 2304]");
    tensor.release();
  }

  @Test
  void textIsBoundedHoweverManyAxes() {
    long[] ones = new long[Shape.MAX_RANK];
    Arrays.fill(ones, 1);
    String deep = Preview.of(Tensor.of(new float[1]).retainedReshape(Shape.of(ones)));
    assertThat(deep).hasSizeLessThan(250).contains("[...]").startsWith("[[[[").endsWith("]]]]");
    String wide = Preview.of(Tensor.of(new double[7 * 7 * 7 * 7], 7, 7, 7, 7));
    assertThat(wide).hasSizeBetween(190, 250).startsWith("[[[[0.0, ").endsWith("...]]]]");
    assertThat(wide.chars().filter(c -> c == '[').count())
        .isEqualTo(wide.chars().filter(c -> c == ']').count());
  }

  @Test
  void onlyWhatIsShownIsRead() {
    ByteBuf piece = Unpooled.wrappedBuffer(new byte[1 << 20]);
    ByteBuf[] pieces = new ByteBuf[1 << 16]; // 64 GiB of zeros, if anybody counts
    Arrays.fill(pieces, piece);
    Tensor tensor = Tensor.of(DType.U8, Shape.of(1L << 18, 1L << 18), pieces);
    assertThat(tensor).asString().contains("[[0, 0, 0, ..., 0, 0, 0], [");
  }

  @Test
  void aReleasedOneHasNoElements() {
    Tensor tensor = Tensor.of(new float[] {1});
    tensor.release();
    assertThat(tensor).hasToString("Tensor F32 [1] (released)");
    ByteBuf memory = Unpooled.buffer().writeInt(1);
    Tensor robbed = Tensor.of(DType.I32, Shape.of(1), memory);
    memory.release();
    assertThat(robbed).hasToString("Tensor I32 [1] (released)");
  }
}
