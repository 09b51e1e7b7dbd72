package io.reactorzmq.rdma.internal;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Memory outside the heap by its address, as a native library sees it. Addresses are plain longs,
 * so that nothing is allocated to read or write it.
 */
final class Memory {

  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  // Messages between machines are little-endian, whatever these are.
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private Memory() {}

  static byte getByte(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address);
  }

  static void putByte(long address, int value) {
    ALL.set(ValueLayout.JAVA_BYTE, address, (byte) value);
  }

  static int getInt(long address) {
    return ALL.get(INT, address);
  }

  static void putInt(long address, int value) {
    ALL.set(INT, address, value);
  }

  static long getLong(long address) {
    return ALL.get(LONG, address);
  }

  static void putLong(long address, long value) {
    ALL.set(LONG, address, value);
  }

  /** A field of a struct that the library on this machine wrote, in this machine's order. */
  static long getWord(long address) {
    return ALL.get(ValueLayout.JAVA_LONG_UNALIGNED, address);
  }

  static void copy(long from, long to, long bytes) {
    MemorySegment.copy(ALL, from, ALL, to, bytes);
  }

  static void clear(long address, long bytes) {
    ALL.asSlice(address, bytes).fill((byte) 0);
  }

  static void getBytes(long from, byte[] to, int length) {
    MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, from, to, 0, length);
  }

  static void putBytes(byte[] from, int offset, long to, int length) {
    MemorySegment.copy(from, offset, ALL, ValueLayout.JAVA_BYTE, to, length);
  }

  static String text(long address, long bytes) {
    byte[] text = new byte[(int) bytes];
    getBytes(address, text, text.length);
    return new String(text, StandardCharsets.UTF_8);
  }

  /** A text that ends with a zero byte; "" at address 0. */
  static String text(long address) {
    return address == 0 ? "" : ALL.getString(address);
  }

  /** Where a byte of a direct buffer of one piece lies. */
  static long address(ByteBuf buffer, int index) {
    if (buffer.hasMemoryAddress()) {
      return buffer.memoryAddress() + index;
    }
    return address(buffer.internalNioBuffer(index, 0));
  }

  /** Where the next byte of a direct buffer lies. */
  static long address(ByteBuffer buffer) {
    return MemorySegment.ofBuffer(buffer).address();
  }
}
