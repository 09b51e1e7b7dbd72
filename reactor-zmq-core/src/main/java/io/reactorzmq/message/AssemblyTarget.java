package io.reactorzmq.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Where a codec wants the parts of large messages to lie. Without one, a part that arrives in
 * several frames consists of these frames; with one, its bytes are put, as they come, into memory
 * that was allocated once.
 *
 * <p>A target is stateless or thread-safe. It is asked on the event loop and must not block, except
 * for memory of 8 MiB and more, which takes long to make: for that it is asked on a thread made for
 * it, which may block. Whatever it throws refuses the message: what has come of it is released, the
 * rest is passed over, and {@link Codec#decode} is given a message of which every part that wanted
 * memory throws that {@link io.reactorzmq.error.CodecException} when it is read.
 */
@FunctionalInterface
public interface AssemblyTarget {

  /**
   * A message has begun that needs memory, and its first part, the header, is whole. What is
   * declared can be checked here, before anything is allocated.
   *
   * @param header the first part, borrowed
   * @param sizes bytes of every part, the header included; not to be changed
   * @param allocator the socket's
   * @return gives memory for the other parts of this message
   * @throws io.reactorzmq.error.CodecException if the message is none of this codec
   */
  Parts begin(ByteBuf header, int[] sizes, ByteBufAllocator allocator);

  /**
   * Whether also a part that arrives within one frame is copied into memory of the target; if not,
   * it is a view of its frame.
   *
   * @return false unless the memory is somebody's own choice
   */
  default boolean takesWholeParts() {
    return false;
  }

  /**
   * Whether the content of a message of a single part wants memory as well: it is asked for as part
   * 1, behind a header that is empty.
   *
   * @return false if a single part is a header
   */
  default boolean takesSingleParts() {
    return false;
  }

  /** The memory for the parts of one message. */
  @FunctionalInterface
  interface Parts {

    /**
     * Memory for one part. Asked at most once for each, in order, when the message's size is taken
     * of the receiver's budget.
     *
     * @param part 1 or more: the header needs none
     * @param bytes its size, at least 1
     * @return a buffer with so many writable bytes, filled from its writer index on; its reference
     *     passes to the message
     */
    ByteBuf allocate(int part, int bytes);
  }
}
