package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the direct memory of released tensors for the next ones. Sizes are rounded up by an eighth
 * at most, so that tensors of about the same size share memory.
 */
final class TensorPool implements TensorAllocator {

  private static final int SMALLEST = 4096;
  private static final int LARGEST = Integer.MAX_VALUE - 8;

  private final long maxIdleBytes;
  private final AtomicLong idleBytes = new AtomicLong();
  private final Map<Integer, Deque<ByteBuffer>> idle = new ConcurrentHashMap<>();

  TensorPool(long maxIdleBytes) {
    if (maxIdleBytes < 0) {
      throw new IllegalArgumentException("maxIdleBytes is " + maxIdleBytes + ", below 0");
    }
    this.maxIdleBytes = maxIdleBytes;
  }

  @Override
  public ByteBuf allocate(TensorInfo tensor, long offset, int bytes) {
    int size = rounded(bytes);
    ByteBuffer memory = take(size);
    return new Lent(this, memory == null ? ByteBuffer.allocateDirect(size) : memory);
  }

  /** The next size of those that have only their four highest bits set. */
  static int rounded(int bytes) {
    if (bytes <= SMALLEST) {
      return SMALLEST;
    }
    long step = Integer.highestOneBit(bytes - 1) >> 3;
    return (int) Math.min(LARGEST, (bytes + step - 1) / step * step);
  }

  private @Nullable ByteBuffer take(int size) {
    Deque<ByteBuffer> sameSize = idle.get(size);
    ByteBuffer memory = sameSize == null ? null : sameSize.pollFirst();
    if (memory != null) {
      idleBytes.addAndGet(-size);
    }
    return memory;
  }

  private void giveBack(ByteBuffer memory) {
    int size = memory.capacity();
    if (idleBytes.addAndGet(size) > maxIdleBytes) {
      idleBytes.addAndGet(-size);
      return;
    }
    // the one used last is the next to be used: it is the most likely to be in a cache
    idle.computeIfAbsent(size, key -> new ConcurrentLinkedDeque<>()).addFirst(memory);
  }

  long idleBytes() {
    return idleBytes.get();
  }

  /** Memory that goes back to the pool when it is released. */
  private static final class Lent extends CompositeByteBuf {

    private final TensorPool pool;
    private final ByteBuffer memory;

    Lent(TensorPool pool, ByteBuffer memory) {
      super(UnpooledByteBufAllocator.DEFAULT, true, 1, Unpooled.wrappedBuffer(memory.duplicate()));
      this.pool = pool;
      this.memory = memory;
      clear();
    }

    @Override
    protected void deallocate() {
      super.deallocate();
      pool.giveBack(memory);
    }
  }
}
