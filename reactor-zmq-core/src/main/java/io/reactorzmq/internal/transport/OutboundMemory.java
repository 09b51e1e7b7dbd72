package io.reactorzmq.internal.transport;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import org.jspecify.annotations.Nullable;

/**
 * Memory for what one connection sends. Each event loop keeps a few buffers as long as a frame,
 * which are used again as soon as they have been written: Netty's leak detector, which samples
 * buffers as they are allocated, then has nothing to do. While all are in use, memory is what was
 * asked for.
 *
 * <p>Buffers that it has sampled are never kept. With {@code paranoid} leak detection that is all
 * of them, so no leak is hidden where somebody looks for one.
 */
final class OutboundMemory extends AbstractByteBufAllocator {

  /** A whole frame of ours over TCP, with what stands in front of it, and some more. */
  static final int KEPT_BYTES = 256 * 1024;

  private static final int KEPT = 8;

  /** An allocator that gave a buffer that cannot be kept may give no others. */
  private static final int PAUSE = 1000;

  private static final FastThreadLocal<@Nullable ByteBuf[]> OF_LOOP =
      new FastThreadLocal<>() {
        @Override
        protected @Nullable ByteBuf[] initialValue() {
          return new ByteBuf[KEPT];
        }

        @Override
        protected void onRemoval(@Nullable ByteBuf[] kept) {
          for (ByteBuf buffer : kept) {
            if (buffer != null) {
              buffer.release();
            }
          }
        }
      };

  private final ByteBufAllocator allocator;
  private final EventLoop eventLoop;

  /** How often not to look for a kept buffer; confined to the event loop. */
  private int pause;

  /**
   * Creates the memory of one connection.
   *
   * @param allocator of the connection, where all memory comes from
   * @param eventLoop of the connection; other threads get memory that is not kept
   */
  OutboundMemory(ByteBufAllocator allocator, EventLoop eventLoop) {
    super(true);
    this.allocator = allocator;
    this.eventLoop = eventLoop;
  }

  /** There may be more room than was asked for, so nobody may rely on the bounds he gave. */
  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    ByteBuf kept = null;
    if (initialCapacity <= KEPT_BYTES && eventLoop.inEventLoop()) {
      kept = pause > 0 ? null : kept(OF_LOOP.get());
      pause = Math.max(0, pause - 1);
    }
    return kept != null ? kept : allocator.directBuffer(initialCapacity, maxCapacity);
  }

  /** The first that nobody uses; null if all are in use, and the next one is as long as asked. */
  private @Nullable ByteBuf kept(@Nullable ByteBuf[] all) {
    for (int i = 0; i < all.length; i++) {
      ByteBuf buffer = all[i];
      if (buffer == null) {
        ByteBuf made = make();
        all[i] = made == null ? null : made.retain();
        return made;
      }
      if (buffer.refCnt() == 1) {
        if (buffer.capacity() == KEPT_BYTES) {
          return buffer.retain().clear();
        }
        all[i] = null; // it has grown
        return buffer.clear();
      }
    }
    return null;
  }

  /** A buffer to keep, or null if there is none. */
  private @Nullable ByteBuf make() {
    try {
      ByteBuf made = allocator.directBuffer(KEPT_BYTES);
      if (SpareBuffers.isPlain(made)) {
        return made;
      }
      made.release();
    } catch (OutOfMemoryError e) {
      // there may be enough for what was asked for
    }
    pause = PAUSE;
    return null;
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return allocator.heapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return allocator.isDirectBufferPooled();
  }
}
