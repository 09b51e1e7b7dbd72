package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A few buffers that an event loop has read into and that nobody wants any more, for its next
 * reads. What a receiver keeps without a copy never comes back here.
 */
final class SpareBuffers {

  private static final int SPARES = 4;

  /** Smaller ones are made as fast. */
  private static final int SMALLEST = 1024;

  private static final int LARGEST = 512 * 1024;

  private static final FastThreadLocal<SpareBuffers> OF_LOOP =
      new FastThreadLocal<>() {
        @Override
        protected SpareBuffers initialValue() {
          return new SpareBuffers();
        }

        @Override
        protected void onRemoval(SpareBuffers spares) {
          for (ByteBuf buffer : spares.buffers) {
            if (buffer != null) {
              buffer.release();
            }
          }
        }
      };

  private final @Nullable ByteBuf[] buffers = new ByteBuf[SPARES];
  private int next;

  private SpareBuffers() {}

  /** Those of the thread that calls. */
  static SpareBuffers ofLoop() {
    return OF_LOOP.get();
  }

  /** An empty buffer of exactly this capacity, or null if there is none. */
  @Nullable ByteBuf take(int capacity) {
    for (int i = 0; i < buffers.length; i++) {
      ByteBuf buffer = buffers[i];
      if (buffer != null && buffer.capacity() == capacity) {
        buffers[i] = null;
        return buffer;
      }
    }
    return null;
  }

  /** Whether {@link #giveBack(ByteBuf)} would keep a buffer of this kind. */
  static boolean isSpare(ByteBuf buffer) {
    int capacity = buffer.capacity();
    return capacity >= SMALLEST && capacity <= LARGEST && isPlain(buffer);
  }

  /** Whether a buffer is one run of direct memory that no leak detector follows. */
  static boolean isPlain(ByteBuf buffer) {
    return buffer.isDirect() && buffer.unwrap() == null && !(buffer instanceof CompositeByteBuf);
  }

  /** Takes over a reference: keeps the buffer if it was the last, in place of another one. */
  void giveBack(ByteBuf buffer) {
    if (buffer.refCnt() > 1) {
      buffer.release();
      return;
    }
    for (int i = 0; i < buffers.length; i++) {
      if (buffers[i] == null) {
        buffers[i] = buffer.clear();
        return;
      }
    }
    Objects.requireNonNull(buffers[next]).release();
    buffers[next] = buffer.clear();
    next = (next + 1) % SPARES;
  }
}
