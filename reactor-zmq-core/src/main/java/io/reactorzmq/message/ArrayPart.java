package io.reactorzmq.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import io.reactorzmq.error.CodecException;

/**
 * A part of a large message, put together in the array that its receiver is given: each frame is
 * copied there as it comes, and is free for the next one. No other buffer of a message may be
 * handed out as its array, which may be somebody else's.
 */
final class ArrayPart extends UnpooledHeapByteBuf {

  /** An array for the content of a message of one part; others are refused. */
  static final AssemblyTarget ONE = new Target(true);

  /** An array for each part behind the first one, and for the content of a message of one part. */
  static final AssemblyTarget EACH = new Target(false);

  private ArrayPart(int bytes) {
    super(UnpooledByteBufAllocator.DEFAULT, bytes, bytes);
  }

  /**
   * Gives arrays.
   *
   * @param alone whether a message may have no more than one part
   */
  private record Target(boolean alone) implements AssemblyTarget {

    private static final Parts ARRAYS = (part, bytes) -> new ArrayPart(bytes);

    @Override
    public Parts begin(ByteBuf header, int[] sizes, ByteBufAllocator allocator) {
      // the content of a single part comes behind a header that is empty
      if (alone && (sizes.length > 2 || header.isReadable())) {
        throw new CodecException(
            "a byte array is one part, this message has " + sizes.length + " parts");
      }
      return ARRAYS;
    }

    @Override
    public boolean takesSingleParts() {
      return true;
    }
  }
}
