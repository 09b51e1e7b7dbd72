package io.reactorzmq.rdma.internal;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.buffer.UnpooledByteBufAllocator;

/** Counts what it gives, and has no memory for what is large when told so. */
final class Scarce extends AbstractByteBufAllocator implements ByteBufAllocatorMetricProvider {

  /** Buffers above this are not to be had when it is exhausted. */
  volatile int large = 10_000;

  volatile boolean exhausted;
  private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true, true);

  Scarce() {
    super(true);
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return memory.heapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    if (exhausted && initialCapacity > large) {
      throw new OutOfMemoryError("no memory left, says the test");
    }
    return memory.directBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return false;
  }

  @Override
  public ByteBufAllocatorMetric metric() {
    return memory.metric();
  }
}
