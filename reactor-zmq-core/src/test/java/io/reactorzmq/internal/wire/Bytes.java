package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.HexFormat;

/** Bytes as the tests write them down, and an allocator that counts what is not released. */
final class Bytes {

  private Bytes() {}

  /** A heap buffer of hex digits; white space between them is ignored. */
  static ByteBuf of(String hex) {
    return Unpooled.wrappedBuffer(array(hex));
  }

  static byte[] array(String hex) {
    return HexFormat.of().parseHex(hex.replaceAll("\\s", ""));
  }

  /** The readable bytes as hex; the buffer is released. */
  static String hex(ByteBuf buffer) {
    try {
      return ByteBufUtil.hexDump(buffer);
    } finally {
      buffer.release();
    }
  }

  /** {@code count} times the same byte. */
  static String repeat(String hex, int count) {
    return hex.repeat(count);
  }

  /** Counts exactly, at once, and without the cost of a stack trace per buffer. */
  static UnpooledByteBufAllocator countingAllocator() {
    return new UnpooledByteBufAllocator(true, true);
  }

  /** What has been allocated and not released. */
  static long live(UnpooledByteBufAllocator alloc) {
    return alloc.metric().usedDirectMemory() + alloc.metric().usedHeapMemory();
  }
}
