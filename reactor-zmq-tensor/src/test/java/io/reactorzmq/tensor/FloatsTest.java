package io.reactorzmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every value of every small format, and rounding compared with a search for the nearest value. */
class FloatsTest {

  enum Format {
    F16(5, 10, 0x7C00) {
      @Override
      int encode(float value) {
        return Floats.toF16(value) & 0xFFFF;
      }

      @Override
      float decode(int bits) {
        return Floats.fromF16((short) bits);
      }
    },
    BF16(8, 7, 0x7F80) {
      @Override
      int encode(float value) {
        return Floats.toBf16(value) & 0xFFFF;
      }

      @Override
      float decode(int bits) {
        return Floats.fromBf16((short) bits);
      }
    },
    E4M3(4, 3, 0x7F) {
      @Override
      int encode(float value) {
        return Floats.toE4m3(value) & 0xFF;
      }

      @Override
      float decode(int bits) {
        return Floats.fromE4m3((byte) bits);
      }
    },
    E5M2(5, 2, 0x7C) {
      @Override
      int encode(float value) {
        return Floats.toE5m2(value) & 0xFF;
      }

      @Override
      float decode(int bits) {
        return Floats.fromE5m2((byte) bits);
      }
    };

    final int mantissaBits;
    final int bias;
    final int signBit;

    /** The bits behind those of the largest finite value. */
    final int overflow;

    Format(int exponentBits, int mantissaBits, int overflow) {
      this.mantissaBits = mantissaBits;
      this.bias = (1 << exponentBits - 1) - 1;
      this.signBit = 1 << exponentBits + mantissaBits;
      this.overflow = overflow;
    }

    abstract int encode(float value);

    abstract float decode(int bits);

    /** What positive bits mean, by the definition; behind the finite values, as if it went on. */
    double meaning(int bits) {
      int exponent = bits >> mantissaBits;
      double fraction = (double) (bits & (1 << mantissaBits) - 1) / (1 << mantissaBits);
      return exponent == 0
          ? fraction * Math.pow(2, 1 - bias)
          : (1 + fraction) * Math.pow(2, exponent - bias);
    }

    /** The nearest of all values, found by looking at all there might be. */
    int nearest(float value) {
      double magnitude = Math.abs((double) value);
      int below = 0;
      int above = overflow;
      if (magnitude >= meaning(above)) {
        below = overflow;
      }
      while (above - below > 1) {
        int middle = (below + above) / 2;
        if (meaning(middle) <= magnitude) {
          below = middle;
        } else {
          above = middle;
        }
      }
      int found = below;
      if (below < overflow) {
        BigDecimal exact = new BigDecimal(magnitude);
        BigDecimal down = exact.subtract(new BigDecimal(meaning(below)));
        BigDecimal up = new BigDecimal(meaning(above)).subtract(exact);
        int order = down.compareTo(up);
        found = order < 0 || order == 0 && below % 2 == 0 ? below : above;
      }
      return found | (Float.floatToRawIntBits(value) < 0 ? signBit : 0);
    }
  }

  private static void assertRounded(Format format, float value) {
    for (float each : new float[] {value, -value}) {
      if (format.encode(each) != format.nearest(each)) {
        assertThat(Integer.toHexString(format.encode(each)))
            .as("%s of %s", format, each)
            .isEqualTo(Integer.toHexString(format.nearest(each)));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyValueMeansWhatTheFormatSays(Format format) {
    for (int bits = 0; bits < format.overflow; bits++) {
      assertThat((double) format.decode(bits)).isEqualTo(format.meaning(bits));
      assertThat((double) format.decode(bits | format.signBit)).isEqualTo(-format.meaning(bits));
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyValueComesBack(Format format) {
    for (int bits = 0; bits < 2 * format.signBit; bits++) {
      assertThat(format.encode(format.decode(bits))).isEqualTo(bits);
    }
  }

  @ParameterizedTest
  @EnumSource
  void behindTheFiniteValuesAreInfinityAndNaN(Format format) {
    boolean infinite = format != Format.E4M3;
    for (int bits = format.overflow; bits < format.signBit; bits++) {
      float value = format.decode(bits);
      float negative = format.decode(bits | format.signBit);
      if (infinite && bits == format.overflow) {
        assertThat(value).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(negative).isEqualTo(Float.NEGATIVE_INFINITY);
      } else {
        assertThat(value).isNaN();
        assertThat(negative).isNaN();
      }
    }
    for (int payload : new int[] {1, 0x200000, 0x400000, 0x7FFFFF}) {
      for (int sign : new int[] {0, 1 << 31}) {
        float nan = Float.intBitsToFloat(sign | 0x7F800000 | payload);
        int bits = format.encode(nan);
        assertThat(format.decode(bits)).as("%x", payload).isNaN();
        assertThat(bits & format.signBit).isEqualTo(sign == 0 ? 0 : format.signBit);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void betweenTwoValuesTheNearerOneIsTakenAndHalfwayTheEvenOne(Format format) {
    for (int bits = 0; bits < format.overflow; bits++) {
      float value = (float) format.meaning(bits);
      float middle = (float) ((format.meaning(bits) + format.meaning(bits + 1)) / 2);
      for (float each : new float[] {value, middle}) {
        assertRounded(format, each);
        assertRounded(format, Math.nextUp(each));
        assertRounded(format, Math.nextDown(each));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anyFloatBecomesTheNearestValue(Format format) {
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      float value = Float.intBitsToFloat(random.nextInt());
      if (!Float.isNaN(value)) {
        assertRounded(format, value);
      }
      assertRounded(format, (float) random.nextGaussian());
    }
    for (float value :
        new float[] {
          0, Float.MIN_VALUE, Float.MIN_NORMAL, Float.MAX_VALUE, Float.POSITIVE_INFINITY
        }) {
      assertRounded(format, value);
    }
  }

  @Test
  void knownBits() {
    assertThat(Floats.toF16(1)).isEqualTo((short) 0x3C00);
    assertThat(Floats.toF16(-2)).isEqualTo((short) 0xC000);
    assertThat(Floats.toF16(0.1f)).isEqualTo((short) 0x2E66);
    assertThat(Floats.toF16(65504)).isEqualTo((short) 0x7BFF);
    assertThat(Floats.toF16(65519)).isEqualTo((short) 0x7BFF);
    assertThat(Floats.toF16(65520)).isEqualTo((short) 0x7C00);
    assertThat(Floats.toF16(0x1p-24f)).isEqualTo((short) 1);
    assertThat(Floats.toF16(0x1p-25f)).isEqualTo((short) 0);
    assertThat(Floats.toF16(-0f)).isEqualTo((short) 0x8000);
    assertThat(Floats.toBf16(1)).isEqualTo((short) 0x3F80);
    assertThat(Floats.toBf16(3.14159f)).isEqualTo((short) 0x4049);
    assertThat(Floats.toBf16(Float.MAX_VALUE)).isEqualTo((short) 0x7F80);
    assertThat(Floats.toBf16(Float.intBitsToFloat(0x7F800001))).isEqualTo((short) 0x7FC0);
    assertThat(Floats.toE4m3(1)).isEqualTo((byte) 0x38);
    assertThat(Floats.toE4m3(448)).isEqualTo((byte) 0x7E);
    assertThat(Floats.toE4m3(464)).as("halfway to 480").isEqualTo((byte) 0x7E);
    assertThat(Floats.toE4m3(465)).as("no infinity").isEqualTo((byte) 0x7F);
    assertThat(Floats.toE4m3(Float.NEGATIVE_INFINITY)).isEqualTo((byte) 0xFF);
    assertThat(Floats.toE4m3(0x1p-9f)).isEqualTo((byte) 1);
    assertThat(Floats.toE5m2(1)).isEqualTo((byte) 0x3C);
    assertThat(Floats.toE5m2(57344)).isEqualTo((byte) 0x7B);
    assertThat(Floats.toE5m2(61439)).isEqualTo((byte) 0x7B);
    assertThat(Floats.toE5m2(61440)).as("halfway to 65536").isEqualTo((byte) 0x7C);
    assertThat(Floats.toE5m2(Float.NEGATIVE_INFINITY)).isEqualTo((byte) 0xFC);
    assertThat(Floats.toE5m2(0x1p-16f)).isEqualTo((byte) 1);
  }
}
