package io.reactorzmq.cli.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the bytes of tensors as frames are made of them, which happens when a peer has given
 * credit. With several subscribers it counts what the fastest of them was given.
 */
final class SentBytes {

  /** Less than this may be copied into a frame, which no buffer notices. */
  private static final int COPIED_BELOW = 1024;

  private final long total;
  private final AtomicLong moved = new AtomicLong();

  SentBytes(long total) {
    this.total = total;
  }

  Transfer transfer() {
    long now = moved.get();
    return new Transfer("sending", now, total, now);
  }

  /**
   * The same tensors over memory that counts.
   *
   * @param set its reference passes to the result
   */
  NamedTensors counted(NamedTensors set) {
    Map<String, Tensor> counted = new LinkedHashMap<>();
    set.asMap()
        .forEach(
            (name, tensor) -> {
              List<ByteBuf> memory = new ArrayList<>();
              for (ByteBuf each : tensor.segments()) {
                memory.add(new Counting(each.retain(), moved));
              }
              set.retain();
              counted.put(name, Tensor.wrap(tensor.dtype(), tensor.shape(), memory, set::release));
            });
    NamedTensors result = NamedTensors.of(counted, set.metadata());
    set.release(); // each tensor keeps it
    return result;
  }

  /** A message takes ranges of a buffer of several pieces, if only one, by taking it to pieces. */
  private static final class Counting extends CompositeByteBuf {

    private final AtomicLong moved;
    private final int bytes;
    private final AtomicLong reached = new AtomicLong();

    Counting(ByteBuf memory, AtomicLong moved) {
      super(UnpooledByteBufAllocator.DEFAULT, true, 1, memory);
      this.moved = moved;
      this.bytes = memory.readableBytes();
    }

    @Override
    public List<ByteBuf> decompose(int offset, int length) {
      reach(offset + length);
      return super.decompose(offset, length);
    }

    @Override
    protected void deallocate() {
      if (bytes - reached.get() < COPIED_BELOW) {
        reach(bytes);
      }
      super.deallocate();
    }

    private void reach(int end) {
      long before = reached.getAndAccumulate(end, Math::max);
      if (end > before) {
        moved.addAndGet(end - before);
      }
    }
  }
}
