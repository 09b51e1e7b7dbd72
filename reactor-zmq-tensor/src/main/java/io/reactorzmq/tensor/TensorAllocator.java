package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * Gives the memory that received tensors lie in, see {@link TensorCodec#into}. For less than 8 MiB
 * it is called on the event loop and must not block; for more, which takes long to make, on a
 * thread that may. Sockets call it at the same time, so it is thread-safe.
 *
 * <p>A buffer of the caller's own is given as {@code (tensor, offset, bytes) ->
 * memory.retainedSlice((int) offset, bytes).clear()}. What it holds is overwritten then, so give it
 * again only when the tensor before was released.
 */
@FunctionalInterface
public interface TensorAllocator {

  /**
   * Memory for one segment of a tensor that has begun to arrive. All segments of a tensor are asked
   * for, in order, and together they are as large as the tensor.
   *
   * @param tensor what comes
   * @param offset where the segment begins in the tensor's data, in bytes
   * @param bytes its size, at least 1
   * @return a buffer with so many writable bytes, which is filled from its writer index on. Its
   *     reference passes to the library and then to the tensor; it is released with that, or when
   *     the rest of the message does not come
   * @throws RuntimeException if there is none: the message is refused as if it could not be decoded
   */
  ByteBuf allocate(TensorInfo tensor, long offset, int bytes);

  /**
   * Direct memory that is used again: a released tensor's memory is kept for the next one of about
   * the same size. That saves the system's part in making memory, which for large tensors takes
   * about as long as receiving them.
   *
   * @param maxIdleBytes what is kept at most; more is left to the garbage collector
   * @return an allocator of its own, to be shared by as many codecs as is wanted
   * @throws IllegalArgumentException if that is negative
   */
  static TensorAllocator pooled(long maxIdleBytes) {
    return new TensorPool(maxIdleBytes);
  }

  /**
   * A new file for each tensor, mapped into memory: its data as it lies, without a header. The file
   * stays; that of a tensor whose message did not end is incomplete. A small one is opened and
   * mapped on the event loop. The mapping ends with the garbage collection that follows the
   * release.
   *
   * @param file names the file of a tensor; none must be there yet
   * @return an allocator, as thread-safe as the function
   */
  static TensorAllocator mapped(Function<? super TensorInfo, ? extends Path> file) {
    return new MappedTensors(file);
  }
}
