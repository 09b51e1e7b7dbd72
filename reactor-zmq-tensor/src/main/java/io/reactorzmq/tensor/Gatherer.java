package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/**
 * Copies elements that are equally far apart to wherever the last ones ended in a new tensor. Runs
 * without gaps are copied whole.
 */
final class Gatherer {

  private final ByteBuf source;
  private final int itemSize;
  private final Iterator<ByteBuf> segments;

  /** The source if it lies in one run of memory, where its elements are read much faster. */
  private final @Nullable ByteBuffer in;

  private ByteBuffer out = ByteBuffer.allocate(0);

  Gatherer(ByteBuf source, int itemSize, Tensor target) {
    this.source = source.slice();
    this.itemSize = itemSize;
    this.segments = target.segments().iterator();
    this.in =
        Tensor.isOneRun(source) ? source.nioBuffer().slice().order(ByteOrder.nativeOrder()) : null;
  }

  /**
   * Copies elements.
   *
   * @param from where the first one lies in the source
   * @param count how many, also beyond the end of a segment
   * @param step from one to the next, in bytes
   */
  void copy(long from, long count, long step) {
    long at = from;
    for (long left = count; left > 0; ) {
      if (!out.hasRemaining()) {
        out = segments.next().nioBuffer().slice().order(ByteOrder.nativeOrder());
      }
      int n = (int) Math.min(left, out.remaining() / itemSize);
      ByteBuffer memory = in;
      if (step == itemSize) {
        copyRun(memory, (int) at, n * itemSize);
      } else if (memory == null) {
        copyPieces(at, n, step);
      } else {
        copyElements(memory, (int) at, n, (int) step);
      }
      at += n * step;
      left -= n;
    }
  }

  private void copyRun(@Nullable ByteBuffer memory, int from, int bytes) {
    if (memory == null) {
      source.getBytes(from, out.slice(out.position(), bytes));
    } else {
      out.put(out.position(), memory, from, bytes);
    }
    out.position(out.position() + bytes);
  }

  private void copyPieces(long from, int count, long step) {
    byte[] element = new byte[itemSize];
    long at = from;
    for (int i = 0; i < count; i++, at += step) {
      source.getBytes((int) at, element);
      out.put(element);
    }
  }

  private void copyElements(ByteBuffer memory, int from, int count, int step) {
    ByteBuffer target = out;
    int at = from; // behind the last element it may overflow, but is read no more
    switch (itemSize) {
      case 1 -> {
        for (int i = 0; i < count; i++, at += step) {
          target.put(memory.get(at));
        }
      }
      case 2 -> {
        for (int i = 0; i < count; i++, at += step) {
          target.putShort(memory.getShort(at));
        }
      }
      case 4 -> {
        for (int i = 0; i < count; i++, at += step) {
          target.putInt(memory.getInt(at));
        }
      }
      case 8 -> {
        for (int i = 0; i < count; i++, at += step) {
          target.putLong(memory.getLong(at));
        }
      }
      default -> {
        for (int i = 0; i < count; i++, at += step) {
          target.putLong(memory.getLong(at)).putLong(memory.getLong(at + Long.BYTES));
        }
      }
    }
  }
}
