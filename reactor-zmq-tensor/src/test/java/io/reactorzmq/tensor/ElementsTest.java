package io.reactorzmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Percentage.withPercentage;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

// Past 300 lines because each element type has its arrays.

/** Elements from and to arrays, however they lie. */
class ElementsTest {

  private static final Set<DType> INTEGERS_8 = EnumSet.of(DType.I8, DType.U8);
  private static final Set<DType> INTEGERS_16 = EnumSet.of(DType.I16, DType.U16);
  private static final Set<DType> INTEGERS_32 = EnumSet.of(DType.I32, DType.U32);
  private static final Set<DType> INTEGERS_64 = EnumSet.of(DType.I64, DType.U64);
  private static final Set<DType> SMALL_FLOATS =
      EnumSet.of(DType.F16, DType.BF16, DType.F32, DType.F8_E4M3, DType.F8_E5M2);

  private static byte[] random(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static String hex(Tensor tensor) {
    return HexFormat.of().formatHex(tensor.toBytes());
  }

  @Test
  void elementsAreLittleEndian() {
    assertThat(hex(Tensor.of(new float[] {1, -2}))).isEqualTo("0000803f000000c0");
    assertThat(hex(Tensor.of(new double[] {1}))).isEqualTo("000000000000f03f");
    assertThat(hex(Tensor.of(new long[] {1, -2}))).isEqualTo("0100000000000000feffffffffffffff");
    assertThat(hex(Tensor.of(new int[] {0x01020304}))).isEqualTo("04030201");
    assertThat(hex(Tensor.of(new short[] {0x0102, -1}))).isEqualTo("0201ffff");
    assertThat(hex(Tensor.of(new byte[] {1, -1}))).isEqualTo("01ff");
    assertThat(hex(Tensor.of(new boolean[] {true, false, true}))).isEqualTo("010001");
    assertThat(hex(Tensor.ofFloats(DType.F16, Shape.of(2), 1, -2))).isEqualTo("003c00c0");
    assertThat(hex(Tensor.ofFloats(DType.BF16, Shape.of(2), 1, -2))).isEqualTo("803f00c0");
    assertThat(hex(Tensor.ofFloats(DType.F32, Shape.of(1), 1))).isEqualTo("0000803f");
    assertThat(hex(Tensor.ofFloats(DType.F8_E4M3, Shape.of(2), 1, -2))).isEqualTo("38c0");
    assertThat(hex(Tensor.ofFloats(DType.F8_E5M2, Shape.of(2), 1, -2))).isEqualTo("3cc0");
  }

  @Test
  void arraysAreCopiedAndComeBack() {
    float[] values = {1, 2, 3, 4, 5, 6};
    Tensor tensor = Tensor.of(values, 2, 3);
    values[0] = 9;
    assertThat(tensor.dtype()).isSameAs(DType.F32);
    assertThat(tensor.shape()).isEqualTo(Shape.of(2, 3));
    assertThat(tensor.toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
    assertThat(tensor.segments().get(0).hasArray()).isTrue();
    assertThat(Tensor.of(new double[] {0.1, -0.0}).toDoubles()).containsExactly(0.1, -0.0);
    assertThat(Tensor.of(new long[] {Long.MIN_VALUE, 5}).toLongs())
        .containsExactly(Long.MIN_VALUE, 5);
    assertThat(Tensor.of(new int[] {-1, 5}).toInts()).containsExactly(-1, 5);
    assertThat(Tensor.of(new short[] {-1, 5}).toShorts()).containsExactly((short) -1, (short) 5);
    assertThat(Tensor.of(new byte[] {-1, 5}).toBytes()).containsExactly(-1, 5);
    assertThat(Tensor.of(new boolean[] {true, false}).toBooleans()).containsExactly(true, false);
    assertThat(Tensor.of(new boolean[0]).toBooleans()).isEmpty();
    assertThat(Tensor.ofFloats(DType.F16, Shape.scalar(), 0.5f).toFloats()).containsExactly(0.5f);
  }

  @Test
  void theArrayHasAsManyElementsAsTheShape() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(new float[5], 2, 3))
        .withMessageContainingAll("[2, 3]", "6", "5");
    assertThatIllegalArgumentException().isThrownBy(() -> Tensor.of(new byte[1], 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(new boolean[1], Long.MAX_VALUE));
    for (DType dtype : SMALL_FLOATS) {
      assertThatIllegalArgumentException().isThrownBy(() -> Tensor.ofFloats(dtype, Shape.of(2), 1));
    }
  }

  @ParameterizedTest
  @EnumSource
  void floatsBecomeFloatsOnly(DType dtype) {
    if (SMALL_FLOATS.contains(dtype)) {
      assertThat(Tensor.ofFloats(dtype, Shape.of(2, 1), 1, -0.5f).toFloats())
          .containsExactly(1, -0.5f);
    } else {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Tensor.ofFloats(dtype, Shape.of(1), 1))
          .withMessageContaining(dtype.name());
    }
  }

  @Test
  void whatDoesNotFitOneArrayBecomesSegments() {
    Tensor tensor =
        Elements.filled(
            DType.I16,
            Shape.of(7),
            7,
            (from, count, to) -> {
              for (int i = 0; i < count; i++) {
                to.putShort((short) (from + i));
              }
            },
            7);
    assertThat(tensor.segments()).extracting(ByteBuf::readableBytes).containsExactly(6, 6, 2);
    assertThat(tensor.toShorts()).containsExactly(new short[] {0, 1, 2, 3, 4, 5, 6});
  }

  @ParameterizedTest
  @EnumSource
  void ofAnyLayout(Layout layout) {
    // more than is copied at once of a segment in pieces
    byte[] bytes = random(16 * (Runs.COPIED_BYTES / 8 + 5));
    for (byte[] each : new byte[][] {bytes, Arrays.copyOf(bytes, 48), new byte[0]}) {
      assertElements(layout, each);
    }
  }

  private static void assertElements(Layout layout, byte[] bytes) {
    ByteBuffer expected = littleEndian(bytes);
    float[] floats = new float[bytes.length / 4];
    expected.asFloatBuffer().get(floats);
    with(layout, DType.F32, bytes, t -> assertThat(bits(t.toFloats())).isEqualTo(bits(floats)));
    with(layout, DType.C64, bytes, t -> assertThat(bits(t.toFloats())).isEqualTo(bits(floats)));
    double[] doubles = new double[bytes.length / 8];
    expected.asDoubleBuffer().get(doubles);
    with(layout, DType.F64, bytes, t -> assertThat(t.toDoubles()).isEqualTo(doubles));
    with(layout, DType.C128, bytes, t -> assertThat(t.toDoubles()).isEqualTo(doubles));
    long[] longs = new long[bytes.length / 8];
    expected.asLongBuffer().get(longs);
    with(layout, DType.I64, bytes, t -> assertThat(t.toLongs()).isEqualTo(longs));
    with(layout, DType.U64, bytes, t -> assertThat(t.toLongs()).isEqualTo(longs));
    int[] ints = new int[bytes.length / 4];
    expected.asIntBuffer().get(ints);
    with(layout, DType.I32, bytes, t -> assertThat(t.toInts()).isEqualTo(ints));
    with(layout, DType.U32, bytes, t -> assertThat(t.toInts()).isEqualTo(ints));
    short[] shorts = new short[bytes.length / 2];
    expected.asShortBuffer().get(shorts);
    float[] halves = new float[shorts.length];
    float[] brains = new float[shorts.length];
    for (int i = 0; i < shorts.length; i++) {
      halves[i] = Floats.fromF16(shorts[i]);
      brains[i] = Floats.fromBf16(shorts[i]);
    }
    for (DType dtype : new DType[] {DType.I16, DType.U16, DType.F16, DType.BF16}) {
      with(layout, dtype, bytes, t -> assertThat(t.toShorts()).isEqualTo(shorts));
    }
    with(layout, DType.F16, bytes, t -> assertThat(t.toFloats()).isEqualTo(halves));
    with(layout, DType.BF16, bytes, t -> assertThat(t.toFloats()).isEqualTo(brains));
    boolean[] booleans = new boolean[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      booleans[i] = bytes[i] != 0;
    }
    with(layout, DType.BOOL, bytes, t -> assertThat(t.toBooleans()).isEqualTo(booleans));
    for (DType dtype : DType.values()) {
      with(layout, dtype, bytes, t -> assertThat(t.toBytes()).isEqualTo(bytes));
    }
  }

  private static int[] bits(float[] floats) {
    int[] bits = new int[floats.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(floats[i]));
    return bits;
  }

  private static void with(Layout layout, DType dtype, byte[] bytes, Consumer<Tensor> check) {
    Tensor tensor = layout.of(dtype, Shape.of(bytes.length / dtype.itemSize()), bytes);
    try {
      check.accept(tensor);
    } finally {
      tensor.release();
    }
  }

  @ParameterizedTest
  @EnumSource
  void narrowerIntegersAreWidenedAsWhatTheyAre(Layout layout) {
    byte[] bytes = {(byte) 200, 5, -1, -1, -1, -1, -1, -1};
    with(
        layout,
        DType.U8,
        bytes,
        t -> {
          assertThat(t.toShorts()).startsWith((short) 200, (short) 5, (short) 255);
          assertThat(t.toInts()).startsWith(200, 5, 255);
          assertThat(t.toLongs()).startsWith(200, 5, 255);
          assertThat(t.toDoubles()).startsWith(200, 5, 255);
        });
    with(
        layout,
        DType.I8,
        bytes,
        t -> {
          assertThat(t.toShorts()).startsWith((short) -56, (short) 5, (short) -1);
          assertThat(t.toInts()).startsWith(-56, 5, -1);
          assertThat(t.toLongs()).startsWith(-56, 5, -1);
          assertThat(t.toDoubles()).startsWith(-56, 5, -1);
        });
    with(
        layout,
        DType.U16,
        bytes,
        t -> {
          assertThat(t.toInts()).startsWith(1480, 65535);
          assertThat(t.toLongs()).startsWith(1480, 65535);
          assertThat(t.toDoubles()).startsWith(1480, 65535);
        });
    with(
        layout,
        DType.I16,
        bytes,
        t -> {
          assertThat(t.toInts()).startsWith(1480, -1);
          assertThat(t.toLongs()).startsWith(1480, -1);
          assertThat(t.toDoubles()).startsWith(1480, -1);
        });
    with(
        layout,
        DType.U32,
        bytes,
        t -> {
          assertThat(t.toLongs()).containsExactly(0xFFFF05C8L, 0xFFFFFFFFL);
          assertThat(t.toDoubles()).containsExactly(0xFFFF05C8L, 0xFFFFFFFFL);
        });
    with(
        layout,
        DType.I32,
        bytes,
        t -> {
          assertThat(t.toLongs()).containsExactly(0xFFFF05C8, -1);
          assertThat(t.toDoubles()).containsExactly(0xFFFF05C8, -1);
        });
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "F32", "F8_E4M3", "F8_E5M2"})
  void floatsBecomeDoublesExactly(DType dtype) {
    Tensor tensor = Tensor.ofFloats(dtype, Shape.of(4), 0.1f, -3, Float.NaN, -0f);
    float[] floats = tensor.toFloats();
    assertThat(tensor.toDoubles()).containsExactly(floats[0], -3.0, Double.NaN, -0.0);
    assertThat(floats[0]).isCloseTo(0.1f, withPercentage(7));
  }

  @Test
  void partsOfSmallComplexNumbersBecomeDoubles() {
    Tensor floats = Tensor.of(new float[] {1, 2, 3, -0.1f});
    Tensor complex = Tensor.of(DType.C64, Shape.of(2), floats.segments().get(0));
    assertThat(complex.toDoubles()).containsExactly(1, 2, 3, -0.1f);
  }

  @ParameterizedTest
  @EnumSource
  void ofOtherTypesThereIsNoSuchArray(DType dtype) {
    Tensor tensor =
        Tensor.of(dtype, Shape.of(1), Unpooled.wrappedBuffer(new byte[dtype.itemSize()]));
    boolean upTo16 = INTEGERS_8.contains(dtype) || INTEGERS_16.contains(dtype);
    boolean upTo32 = upTo16 || INTEGERS_32.contains(dtype);
    boolean integer = upTo32 || INTEGERS_64.contains(dtype);
    boolean half = dtype == DType.F16 || dtype == DType.BF16;
    assertOnly(tensor, dtype == DType.BOOL, "toBooleans()", Tensor::toBooleans);
    assertOnly(tensor, upTo16 || half, "toShorts()", Tensor::toShorts);
    assertOnly(tensor, upTo32, "toInts()", Tensor::toInts);
    assertOnly(tensor, integer, "toLongs()", Tensor::toLongs);
    assertOnly(
        tensor, SMALL_FLOATS.contains(dtype) || dtype == DType.C64, "toFloats()", Tensor::toFloats);
    assertOnly(
        tensor,
        dtype != DType.BOOL && !INTEGERS_64.contains(dtype),
        "toDoubles()",
        Tensor::toDoubles);
    assertThat(tensor.toBytes()).hasSize(dtype.itemSize());
  }

  private static void assertOnly(
      Tensor tensor, boolean suitable, String what, Consumer<Tensor> conversion) {
    if (suitable) {
      conversion.accept(tensor);
    } else {
      assertThatIllegalStateException()
          .isThrownBy(() -> conversion.accept(tensor))
          .withMessageContainingAll(what, "the tensor is of " + tensor.dtype());
    }
  }

  @Test
  void whatIsTooLargeForAnArrayIsRefused() {
    ByteBuf piece = Unpooled.wrappedBuffer(new byte[1 << 26]);
    ByteBuf[] pieces = new ByteBuf[32];
    Arrays.fill(pieces, piece);
    for (DType dtype : new DType[] {DType.U8, DType.BOOL, DType.F8_E4M3}) {
      Tensor tensor = Tensor.of(dtype, Shape.of(1L << 31), pieces);
      assertThatIllegalStateException()
          .isThrownBy(tensor::toBytes)
          .withMessageContainingAll("2147483648 bytes", "2147483639", "segments()");
    }
    Tensor bytes = Tensor.of(DType.U8, Shape.of(1L << 31), pieces);
    for (Consumer<Tensor> each :
        List.<Consumer<Tensor>>of(
            Tensor::toShorts, Tensor::toInts, Tensor::toLongs, Tensor::toDoubles)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> each.accept(bytes))
          .withMessageContainingAll("2147483648 numbers", "U8 [2147483648]");
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> Tensor.of(DType.BOOL, Shape.of(1L << 31), pieces).toBooleans());
    assertThatIllegalStateException()
        .isThrownBy(() -> Tensor.of(DType.F8_E5M2, Shape.of(1L << 31), pieces).toFloats());
  }

  @Test
  void theOrderOfABufferDoesNotMatter() {
    ByteBuffer big = ByteBuffer.allocateDirect(8).order(ByteOrder.BIG_ENDIAN);
    ByteBuffer little = big.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    little.putInt(0, 1).putInt(4, 2);
    for (ByteBuffer each : new ByteBuffer[] {big, little, little.asReadOnlyBuffer()}) {
      Tensor tensor = Tensor.of(DType.I32, Shape.of(2), each);
      assertThat(tensor.toInts()).containsExactly(1, 2);
      assertThat(tensor.intsView().get(1)).isEqualTo(2);
      assertThat(tensor).asString().endsWith("[1, 2]");
    }
  }

  @Test
  void readingLeavesTheBuffersAsTheyAre() {
    Tensor tensor = Layout.COMPOSITE.of(DType.I32, Shape.of(4), random(16));
    assertThat(tensor.toInts()).isEqualTo(tensor.toInts());
    assertThat(tensor.toBytes()).isEqualTo(tensor.toBytes());
    assertThat(tensor.segments().get(0).readableBytes()).isEqualTo(16);
    tensor.release();
  }

  @Test
  void aReleasedTensorHasNoElements() {
    Tensor tensor = Tensor.of(new int[] {1, 2});
    tensor.release();
    assertThatThrownBy(tensor::toInts).isInstanceOf(IllegalReferenceCountException.class);
    assertThatThrownBy(tensor::toBytes).isInstanceOf(IllegalReferenceCountException.class);
    Tensor empty = Tensor.of(new int[0]);
    empty.release();
    assertThatThrownBy(empty::toInts).isInstanceOf(IllegalReferenceCountException.class);
  }

  @ParameterizedTest
  @EnumSource
  void sameBytesAreEqualHoweverTheyLie(Layout layout) {
    byte[] bytes = random(48);
    Tensor tensor = layout.of(DType.F64, Shape.of(2, 3), bytes);
    for (Layout other : Layout.values()) {
      Tensor same = other.of(DType.F64, Shape.of(2, 3), bytes);
      assertThat(tensor).as("%s, %s", layout, other).isEqualTo(same).hasSameHashCodeAs(same);
      same.release();
      for (int i = 0; i < bytes.length; i++) {
        byte[] changed = bytes.clone();
        changed[i] ^= 1;
        Tensor different = other.of(DType.F64, Shape.of(2, 3), changed);
        assertThat(tensor.equals(different)).as("%s, %s, byte %s", layout, other, i).isFalse();
        different.release();
      }
    }
    tensor.release();
  }

  @Test
  void equalityIsOfTypeShapeAndBits() {
    Tensor floats = Tensor.of(new float[] {0, Float.NaN});
    assertThat(floats)
        .isEqualTo(Tensor.of(new float[] {0, Float.NaN}))
        .isNotEqualTo(Tensor.of(new float[] {-0f, Float.NaN}))
        .isNotEqualTo(Tensor.of(new float[] {0, Float.NaN}, 2, 1))
        .isNotEqualTo(Tensor.of(DType.I32, Shape.of(2), floats.segments().get(0)))
        .isNotEqualTo("floats");
    assertThat(Tensor.of(new int[0])).isEqualTo(Tensor.of(new int[0]));
  }

  @Test
  void aReleasedTensorEqualsOnlyItself() {
    Tensor released = Tensor.of(new int[] {1});
    released.release();
    Tensor alive = Tensor.of(new int[] {1});
    assertThat(alive.equals(released)).isFalse();
    assertThat(released.equals(alive)).isFalse();
    assertThat(released.equals(released)).isTrue();
    ByteBuf memory = Unpooled.directBuffer().writeIntLE(1);
    Tensor robbed = Tensor.of(DType.I32, Shape.of(1), memory);
    assertThat(robbed).isEqualTo(alive);
    memory.release();
    assertThat(robbed.equals(alive)).isFalse();
  }
}
