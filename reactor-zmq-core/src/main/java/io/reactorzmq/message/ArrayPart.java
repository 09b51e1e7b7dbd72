package io.reactorzmq.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;

/**
 * The content of a large message of one part, put together in the array that its receiver is given:
 * each frame is copied there as it comes, and is free for the next one. No other buffer of a
 * message may be handed out as its array, which may be somebody else's.
 */
final class ArrayPart extends UnpooledHeapByteBuf {

  /** Gives an array for each message of one part, and nothing for others. */
  static final AssemblyTarget TARGET = new Target();

  private ArrayPart(int bytes) {
    super(UnpooledByteBufAllocator.DEFAULT, bytes, bytes);
  }

  private static final class Target implements AssemblyTarget {

    private static final Parts ARRAYS = (part, bytes) -> new ArrayPart(bytes);

    @Override
    public Parts begin(ByteBuf header, int[] sizes, ByteBufAllocator allocator) {
      return ARRAYS;
    }

    @Override
    public boolean takesSingleParts() {
      return true;
    }
  }
}
