package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.message.AssemblyTarget;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gives arriving tensors memory: one run for each segment, of the socket's allocator or of the
 * user's. A header that does not fit its data is refused before.
 */
final class TensorTarget implements AssemblyTarget {

  private final boolean isSet;
  private final @Nullable TensorAllocator chosen;

  /**
   * For tensors of a codec.
   *
   * @param isSet whether it is one of named tensors
   * @param chosen null for the socket's allocator
   */
  TensorTarget(boolean isSet, @Nullable TensorAllocator chosen) {
    this.isSet = isSet;
    this.chosen = chosen;
  }

  @Override
  public boolean takesWholeParts() {
    return chosen != null;
  }

  @Override
  public Parts begin(ByteBuf header, int[] sizes, ByteBufAllocator allocator) {
    TensorHeader read = TensorHeader.read(header, sizes);
    read.require(isSet);
    TensorAllocator by = chosen;
    return by == null
        ? (part, bytes) -> allocator.directBuffer(bytes, bytes)
        : new Walk(read.entries(), sizes, by);
  }

  /** Finds the tensor that a part belongs to. Parts are asked for in order, but not all of them. */
  private static final class Walk implements Parts {

    private final List<TensorHeader.Entry> entries;
    private final int[] sizes;
    private final TensorAllocator by;
    private int entry;
    private int first = 1;
    private int part = 1;
    private long offset;

    Walk(List<TensorHeader.Entry> entries, int[] sizes, TensorAllocator by) {
      this.entries = entries;
      this.sizes = sizes;
      this.by = by;
    }

    @Override
    public ByteBuf allocate(int wanted, int bytes) {
      while (wanted >= first + entries.get(entry).segments()) {
        first += entries.get(entry++).segments();
        part = first;
        offset = 0;
      }
      while (part < wanted) {
        offset += sizes[part++];
      }
      return by.allocate(entries.get(entry).info(), offset, bytes);
    }
  }
}
