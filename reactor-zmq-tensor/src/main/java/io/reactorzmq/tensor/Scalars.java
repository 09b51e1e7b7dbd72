package io.reactorzmq.tensor;

import java.nio.ByteBuffer;

/** One element at a time, of any type, out of little-endian memory. */
final class Scalars {

  private Scalars() {}

  static float floatAt(DType dtype, ByteBuffer memory, int at) {
    return switch (dtype) {
      case F16 -> Floats.fromF16(memory.getShort(at));
      case BF16 -> Floats.fromBf16(memory.getShort(at));
      case F32 -> memory.getFloat(at);
      case F8_E4M3 -> Floats.fromE4m3(memory.get(at));
      case F8_E5M2 -> Floats.fromE5m2(memory.get(at));
      default -> throw new IllegalArgumentException("no float: " + dtype);
    };
  }

  static void putFloat(DType dtype, ByteBuffer memory, int at, float value) {
    switch (dtype) {
      case F16 -> memory.putShort(at, Floats.toF16(value));
      case BF16 -> memory.putShort(at, Floats.toBf16(value));
      case F32 -> memory.putFloat(at, value);
      case F8_E4M3 -> memory.put(at, Floats.toE4m3(value));
      case F8_E5M2 -> memory.put(at, Floats.toE5m2(value));
      default -> throw new IllegalArgumentException("no float: " + dtype);
    }
  }

  static double doubleAt(DType dtype, ByteBuffer memory, int at) {
    return switch (dtype) {
      case F64 -> memory.getDouble(at);
      case I8, I16, I32, U8, U16, U32 -> longAt(dtype, memory, at);
      default -> floatAt(dtype, memory, at);
    };
  }

  /** Of U64 the bits. */
  static long longAt(DType dtype, ByteBuffer memory, int at) {
    return switch (dtype) {
      case I8 -> memory.get(at);
      case I16 -> memory.getShort(at);
      case I32 -> memory.getInt(at);
      case U8 -> Byte.toUnsignedLong(memory.get(at));
      case U16 -> Short.toUnsignedLong(memory.getShort(at));
      case U32 -> Integer.toUnsignedLong(memory.getInt(at));
      case I64, U64 -> memory.getLong(at);
      default -> throw new IllegalArgumentException("no integer: " + dtype);
    };
  }

  static String textAt(DType dtype, ByteBuffer memory, int at) {
    return switch (dtype) {
      case BOOL -> String.valueOf(memory.get(at) != 0);
      case U64 -> Long.toUnsignedString(memory.getLong(at));
      case I8, I16, I32, I64, U8, U16, U32 -> String.valueOf(longAt(dtype, memory, at));
      case F64 -> String.valueOf(memory.getDouble(at));
      case C64 ->
          complex(String.valueOf(memory.getFloat(at)), String.valueOf(memory.getFloat(at + 4)));
      case C128 ->
          complex(String.valueOf(memory.getDouble(at)), String.valueOf(memory.getDouble(at + 8)));
      default -> String.valueOf(floatAt(dtype, memory, at));
    };
  }

  private static String complex(String real, String imaginary) {
    return real + (imaginary.startsWith("-") ? "" : "+") + imaginary + "i";
  }
}
