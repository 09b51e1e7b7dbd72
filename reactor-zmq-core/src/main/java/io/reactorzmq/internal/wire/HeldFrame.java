package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.util.ReferenceCounted;
import java.util.List;

/**
 * A frame that refers to memory of messages instead of copying it. It never merges its components
 * and releases the holders of the messages, once each, when its own memory is released.
 */
final class HeldFrame extends CompositeByteBuf {

  private final List<ReferenceCounted> holders;

  /** Takes over the components and one reference of each holder. */
  HeldFrame(ByteBufAllocator alloc, ByteBuf[] components, List<ReferenceCounted> holders) {
    super(alloc, true, components.length, components);
    this.holders = holders;
  }

  @Override
  protected void deallocate() {
    try {
      super.deallocate();
    } finally {
      releaseAll(holders);
    }
  }

  /** Releases each, whatever the callbacks of the others throw; the first failure is rethrown. */
  static void releaseAll(List<? extends ReferenceCounted> all) {
    RuntimeException failure = null;
    for (int i = 0; i < all.size(); i++) {
      try {
        all.get(i).release();
      } catch (RuntimeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
