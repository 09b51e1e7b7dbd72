package io.reactorzmq.tensor;

import org.jspecify.annotations.Nullable;

/**
 * What each element of a tensor is. Elements are little-endian wherever they lie: in memory, on the
 * wire and in files.
 */
public enum DType {
  /** IEEE 754 binary16. */
  F16(1, 2, Kind.FLOAT),
  /** The upper half of a binary32. */
  BF16(2, 2, Kind.FLOAT),
  /** IEEE 754 binary32. */
  F32(3, 4, Kind.FLOAT),
  /** IEEE 754 binary64. */
  F64(4, 8, Kind.FLOAT),
  /** 8-bit integer. */
  I8(5, 1, Kind.SIGNED),
  /** 16-bit integer. */
  I16(6, 2, Kind.SIGNED),
  /** 32-bit integer. */
  I32(7, 4, Kind.SIGNED),
  /** 64-bit integer. */
  I64(8, 8, Kind.SIGNED),
  /** Unsigned 8-bit integer. */
  U8(9, 1, Kind.UNSIGNED),
  /** Unsigned 16-bit integer. */
  U16(10, 2, Kind.UNSIGNED),
  /** Unsigned 32-bit integer. */
  U32(11, 4, Kind.UNSIGNED),
  /** Unsigned 64-bit integer. */
  U64(12, 8, Kind.UNSIGNED),
  /** One byte, 0 or 1. */
  BOOL(13, 1, Kind.BOOL),
  /** 8-bit float of 4 exponent and 3 mantissa bits, without infinities (the FN variant). */
  F8_E4M3(14, 1, Kind.FLOAT),
  /** 8-bit float of 5 exponent and 2 mantissa bits, with infinities. */
  F8_E5M2(15, 1, Kind.FLOAT),
  /** Two binary32: real part, imaginary part. */
  C64(16, 8, Kind.COMPLEX),
  /** Two binary64: real part, imaginary part. */
  C128(17, 16, Kind.COMPLEX);

  /** How the bits of an element are to be understood. */
  enum Kind {
    FLOAT,
    SIGNED,
    UNSIGNED,
    BOOL,
    COMPLEX
  }

  private static final @Nullable DType[] BY_CODE = new DType[18];

  static {
    for (DType each : values()) {
      BY_CODE[each.code] = each;
    }
  }

  private final int code;
  private final int itemSize;
  private final Kind kind;

  DType(int code, int itemSize, Kind kind) {
    this.code = code;
    this.itemSize = itemSize;
    this.kind = kind;
  }

  /**
   * The number that stands for this type on the wire.
   *
   * @return 1 to 17; never changes
   */
  public int code() {
    return code;
  }

  /**
   * The type of a wire code.
   *
   * @param code any number
   * @return null if no type has it
   */
  public static @Nullable DType ofCode(int code) {
    return code < 0 || code >= BY_CODE.length ? null : BY_CODE[code];
  }

  /**
   * What one element takes.
   *
   * @return bytes: 1, 2, 4, 8 or 16
   */
  public int itemSize() {
    return itemSize;
  }

  Kind kind() {
    return kind;
  }
}
