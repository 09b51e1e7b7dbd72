package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCounted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The bytes of a frame that is being written: one buffer of copied bytes, and pieces of other
 * memory with the places where they belong between them. They are put together only when the frame
 * is finished, so the buffer may still move when it grows.
 */
final class OpenFrame {

  private static final int FLAGS_INDEX = 1;

  private final ByteBufAllocator alloc;
  private final ByteBuf copied;

  private List<ReferenceCounted> holders = List.of();
  private ByteBuf[] pieces = {};
  private int[] places = {};
  private int pieceCount;
  private int pieceBytes;

  OpenFrame(ByteBufAllocator alloc, int firstCapacity, int maxBytes) {
    this.alloc = alloc;
    this.copied = alloc.directBuffer(firstCapacity, maxBytes);
    copied.writeByte(Kind.DATA.code()).writeByte(0);
  }

  /** Where bytes are appended by copying. */
  ByteBuf copied() {
    return copied;
  }

  int bytes() {
    return copied.writerIndex() + pieceBytes;
  }

  /** Appends a piece without copying it; takes over the reference. */
  void append(ByteBuf piece) {
    if (pieceCount == pieces.length) {
      int capacity = Math.max(8, pieceCount * 2);
      pieces = Arrays.copyOf(pieces, capacity);
      places = Arrays.copyOf(places, capacity);
    }
    pieces[pieceCount] = piece;
    places[pieceCount++] = copied.writerIndex();
    pieceBytes += piece.readableBytes();
  }

  /** Retains the holder until the frame is released. */
  void hold(ReferenceCounted holder) {
    if (holders.isEmpty()) {
      holders = new ArrayList<>();
    }
    holders.add(holder.retain());
  }

  /** The frame; this object is not used again. */
  ByteBuf finish(int flags) {
    copied.setByte(FLAGS_INDEX, flags);
    if (pieceCount == 0) {
      return copied;
    }
    List<ByteBuf> components = new ArrayList<>(2 * pieceCount + 1);
    int from = 0;
    for (int i = 0; i < pieceCount; i++) {
      addCopied(components, from, places[i]);
      from = places[i];
      components.add(pieces[i]);
    }
    addCopied(components, from, copied.writerIndex());
    copied.release();
    return new HeldFrame(alloc, components.toArray(ByteBuf[]::new), holders);
  }

  private void addCopied(List<ByteBuf> components, int from, int to) {
    if (from < to) {
      components.add(copied.retainedSlice(from, to - from));
    }
  }

  void release() {
    copied.release();
    for (int i = 0; i < pieceCount; i++) {
      pieces[i].release();
    }
    HeldFrame.releaseAll(holders);
  }
}
