package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** Puts elements that lie apart one behind the other. */
final class Strides {

  private Strides() {}

  static Tensor gather(
      DType dtype,
      Shape shape,
      long[] strideBytes,
      ByteBuf source,
      long offset,
      ByteBufAllocator allocator) {
    throw new UnsupportedOperationException();
  }
}
