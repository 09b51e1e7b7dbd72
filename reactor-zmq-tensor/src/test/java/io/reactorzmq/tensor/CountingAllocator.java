package io.reactorzmq.tensor;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the bytes that are allocated, and those that are copied into what it gave: every copy in
 * memory needs a buffer to go to. Bytes that the system puts there are not copies in this sense.
 */
final class CountingAllocator extends AbstractByteBufAllocator {

  /** What an event loop keeps for what it sends, as long as any frame; no measure of one. */
  private static final int KEPT = 256 * 1024;

  final AtomicLong allocatedBytes = new AtomicLong();
  final AtomicLong copiedBytes = new AtomicLong();
  final AtomicLong largest = new AtomicLong();

  CountingAllocator() {
    super(true);
  }

  void reset() {
    allocatedBytes.set(0);
    copiedBytes.set(0);
    largest.set(0);
  }

  private void allocated(int bytes) {
    allocatedBytes.addAndGet(bytes);
    if (bytes != KEPT) {
      largest.accumulateAndGet(bytes, Math::max);
    }
  }

  /** Netty then asks here for buffers of its own too, rather than keeping some for each thread. */
  @Override
  public boolean isDirectBufferPooled() {
    return true;
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    allocated(initialCapacity);
    return new Heap(this, initialCapacity, maxCapacity);
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    allocated(initialCapacity);
    return new Direct(this, initialCapacity, maxCapacity);
  }

  private static final class Heap extends UnpooledHeapByteBuf {
    private final CountingAllocator by;

    Heap(CountingAllocator by, int initialCapacity, int maxCapacity) {
      super(by, initialCapacity, maxCapacity);
      this.by = by;
    }

    @Override
    public ByteBuf setBytes(int index, ByteBuf source, int sourceIndex, int length) {
      by.copiedBytes.addAndGet(length);
      return super.setBytes(index, source, sourceIndex, length);
    }
  }

  private static final class Direct extends UnpooledDirectByteBuf {
    private final CountingAllocator by;

    Direct(CountingAllocator by, int initialCapacity, int maxCapacity) {
      super(by, initialCapacity, maxCapacity);
      this.by = by;
    }

    @Override
    public ByteBuf capacity(int newCapacity) {
      if (newCapacity > capacity()) {
        by.allocated(newCapacity);
        by.copiedBytes.addAndGet(writerIndex());
      }
      return super.capacity(newCapacity);
    }

    /** Every copy from another buffer or an array comes by here. */
    @Override
    public ByteBuf setBytes(int index, ByteBuf source, int sourceIndex, int length) {
      if (source.nioBufferCount() == 0) {
        by.copiedBytes.addAndGet(length); // otherwise it is done by NIO buffers, see below
      }
      return super.setBytes(index, source, sourceIndex, length);
    }

    @Override
    public ByteBuf setBytes(int index, byte[] source, int sourceIndex, int length) {
      by.copiedBytes.addAndGet(length);
      return super.setBytes(index, source, sourceIndex, length);
    }

    @Override
    public ByteBuf setBytes(int index, ByteBuffer source) {
      by.copiedBytes.addAndGet(source.remaining());
      return super.setBytes(index, source);
    }
  }
}
