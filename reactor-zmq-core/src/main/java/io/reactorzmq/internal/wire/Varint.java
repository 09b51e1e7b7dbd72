package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;

/**
 * Unsigned integers of up to 63 bits as LEB128: seven bits a byte, the lowest first, the high bit
 * set on all but the last. There is one encoding per value: a reader refuses any but the shortest.
 */
public final class Varint {

  private static final int VALUE_BITS = 63;

  private Varint() {}

  /**
   * How many bytes a value takes.
   *
   * @param value 0 or more
   * @return 1 to 9
   */
  public static int size(long value) {
    requireUnsigned(value);
    return (Long.SIZE - Long.numberOfLeadingZeros(value | 1) + 6) / 7;
  }

  /**
   * Appends a value.
   *
   * @param out grows by {@link #size}
   * @param value 0 or more
   */
  public static void write(ByteBuf out, long value) {
    requireUnsigned(value);
    long rest = value;
    while (rest > 0x7f) {
      out.writeByte((int) rest | 0x80);
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }

  /**
   * Writes a value to an array.
   *
   * @param target has room for {@link #size}
   * @param from where it begins
   * @param value 0 or more
   * @return where it ends
   */
  static int write(byte[] target, int from, int value) {
    requireUnsigned(value);
    int index = from;
    int rest = value;
    while (rest > 0x7f) {
      target[index++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    target[index++] = (byte) rest;
    return index;
  }

  /**
   * Reads a value.
   *
   * @param in the reader index is moved behind the value
   * @return 0 or more
   * @throws ProtocolException if the bytes end within the value, or it is not in its shortest form,
   *     or has more than 63 bits
   */
  public static long readLong(ByteBuf in) {
    long value = 0;
    for (int shift = 0; shift < VALUE_BITS; shift += 7) {
      if (!in.isReadable()) {
        throw new ProtocolException("the payload ends within a varint");
      }
      byte next = in.readByte();
      value |= (next & 0x7fL) << shift;
      if (next > 0 || (next == 0 && shift == 0)) {
        return value;
      }
      if (next == 0) {
        throw new ProtocolException(
            "varint " + value + " takes " + (shift / 7 + 1) + " bytes, not the fewest possible");
      }
    }
    throw new ProtocolException("a varint has more than " + VALUE_BITS + " bits");
  }

  /**
   * Reads a value that must be below 2<sup>31</sup>.
   *
   * @param in the reader index is moved behind the value
   * @return 0 or more
   * @throws ProtocolException as {@link #readLong}, or if the value is larger
   */
  public static int readInt(ByteBuf in) {
    long value = readLong(in);
    if (value > Integer.MAX_VALUE) {
      throw new ProtocolException("varint " + value + " is above " + Integer.MAX_VALUE);
    }
    return (int) value;
  }

  private static void requireUnsigned(long value) {
    if (value < 0) {
      throw new IllegalArgumentException("a varint is not negative: " + value);
    }
  }
}
