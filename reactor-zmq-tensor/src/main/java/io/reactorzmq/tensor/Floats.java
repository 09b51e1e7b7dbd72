package io.reactorzmq.tensor;

/**
 * The bits of the small float formats from and to floats. To bits, a float is rounded to the
 * nearest value and halfway to the even one; what is too large becomes infinite, or NaN in E4M3.
 * From bits every value is exact. The bits of a NaN are kept as far as there is room for them.
 */
final class Floats {

  private static final int FLOAT_MANTISSA = 23;
  private static final int FLOAT_BIAS = 127;
  private static final int FLOAT_INFINITY = 0x7F800000;

  private static final int F16_INFINITY = 0x7C00;
  private static final int BF16_INFINITY = 0x7F80;
  private static final int E5M2_INFINITY = 0x7C;

  /** E4M3 has no infinity: all ones are its only NaN, one less is the finite 448. */
  private static final int E4M3_NAN = 0x7F;

  private static final float F16_SUBNORMAL = 0x1p-24f;
  private static final float E5M2_SUBNORMAL = 0x1p-16f;
  private static final float E4M3_SUBNORMAL = 0x1p-9f;

  private Floats() {}

  static short toF16(float value) {
    return (short) encode(value, 5, 10, F16_INFINITY);
  }

  static short toBf16(float value) {
    return (short) encode(value, 8, 7, BF16_INFINITY);
  }

  static byte toE5m2(float value) {
    return (byte) encode(value, 5, 2, E5M2_INFINITY);
  }

  static byte toE4m3(float value) {
    return (byte) encode(value, 4, 3, E4M3_NAN);
  }

  static float fromF16(short bits) {
    return decode(bits, 5, 10, F16_INFINITY, F16_SUBNORMAL);
  }

  static float fromBf16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  static float fromE5m2(byte bits) {
    return decode(bits, 5, 2, E5M2_INFINITY, E5M2_SUBNORMAL);
  }

  static float fromE4m3(byte bits) {
    return decode(bits, 4, 3, E4M3_NAN, E4M3_SUBNORMAL);
  }

  /**
   * The nearest value's bits.
   *
   * @param overflow the bits of all that is too large: infinity, or NaN of a format without
   */
  private static int encode(float value, int exponentBits, int mantissaBits, int overflow) {
    int bits = Float.floatToRawIntBits(value);
    int sign = bits >>> 31 << (exponentBits + mantissaBits);
    int magnitude = bits & Integer.MAX_VALUE;
    int dropped = FLOAT_MANTISSA - mantissaBits;
    if (magnitude > FLOAT_INFINITY) {
      return sign | nan(magnitude >> dropped & (1 << mantissaBits) - 1, mantissaBits, overflow);
    }
    int rebias = FLOAT_BIAS - ((1 << exponentBits - 1) - 1);
    int exponent = magnitude >> FLOAT_MANTISSA;
    int rounded;
    if (exponent > rebias) {
      // a carry out of the mantissa is the next exponent, as it should be
      rounded = halfToEven(magnitude - (rebias << FLOAT_MANTISSA), dropped);
    } else {
      int mantissa = magnitude & (1 << FLOAT_MANTISSA) - 1;
      int significand = exponent == 0 ? mantissa : mantissa | 1 << FLOAT_MANTISSA;
      int shift = dropped + rebias + 1 - Math.max(exponent, 1);
      rounded = shift > FLOAT_MANTISSA + 1 ? 0 : halfToEven(significand, shift);
    }
    return sign | Math.min(rounded, overflow);
  }

  private static int nan(int payload, int mantissaBits, int overflow) {
    if (overflow == E4M3_NAN) {
      return E4M3_NAN;
    }
    // without any bit it would be infinity
    return overflow | (payload == 0 ? 1 << mantissaBits - 1 : payload);
  }

  private static int halfToEven(int value, int dropped) {
    return value + (1 << dropped - 1) - 1 + (value >> dropped & 1) >> dropped;
  }

  private static float decode(
      int bits, int exponentBits, int mantissaBits, int special, float subnormal) {
    int magnitude = bits & (1 << exponentBits + mantissaBits) - 1;
    int sign = (bits >> exponentBits + mantissaBits) << 31;
    int dropped = FLOAT_MANTISSA - mantissaBits;
    int result;
    if (magnitude >= special) {
      result = FLOAT_INFINITY | magnitude << dropped;
    } else if (magnitude < 1 << mantissaBits) {
      result = Float.floatToRawIntBits(magnitude * subnormal);
    } else {
      int rebias = FLOAT_BIAS - ((1 << exponentBits - 1) - 1);
      result = (magnitude << dropped) + (rebias << FLOAT_MANTISSA);
    }
    return Float.intBitsToFloat(sign | result);
  }
}
