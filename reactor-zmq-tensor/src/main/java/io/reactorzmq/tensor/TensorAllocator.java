package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;

/**
 * Gives the memory that received tensors lie in. Called on the event loop, so it must not block.
 */
@FunctionalInterface
public interface TensorAllocator {

  /**
   * Memory for one segment of a tensor that begins to arrive. Its size is checked: all segments
   * together are as large as the tensor.
   *
   * @param tensor what comes
   * @param offset where the segment begins in the tensor's data, in bytes
   * @param bytes its size; one segment of a tensor up to 1 GiB, unless its sender has more
   * @return a buffer with so many writable bytes, which is filled from its writer index on. Its
   *     reference passes to the library and then to the tensor, and is released with it, or when
   *     the rest of the message does not come
   * @throws RuntimeException if there is none: the message is refused as if the codec could not
   *     decode it
   */
  ByteBuf allocate(TensorInfo tensor, long offset, int bytes);
}
