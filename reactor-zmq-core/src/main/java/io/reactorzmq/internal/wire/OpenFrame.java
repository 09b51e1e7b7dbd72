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

  /** Free bytes in front of the kind byte, which stay so. */
  static final int HEADROOM = 6;

  private static final int FLAGS_INDEX = HEADROOM + 1;

  private final ByteBufAllocator alloc;
  private final ByteBuf copied;

  private List<ReferenceCounted> holders = List.of();
  private ByteBuf[] pieces = {};
  private int[] places = {};
  private int pieceCount;
  private int pieceBytes;

  OpenFrame(ByteBufAllocator alloc, int firstCapacity, int maxBytes) {
    this.alloc = alloc;
    this.copied = alloc.directBuffer(HEADROOM + firstCapacity, HEADROOM + maxBytes);
    copied.setIndex(HEADROOM, HEADROOM).writeByte(Kind.DATA.code()).writeByte(0);
  }

  /** Where bytes are appended by copying. */
  ByteBuf copied() {
    return copied;
  }

  int bytes() {
    return copied.readableBytes() + pieceBytes;
  }

  /** Appends a piece without copying it; takes over the reference. */
  void append(ByteBuf piece) {
    if (pieceCount == pieces.length) {
      int capacity = Math.max(2, pieceCount * 4); // most often a piece of one large message
      pieces = Arrays.copyOf(pieces, capacity);
      places = Arrays.copyOf(places, capacity);
    }
    pieces[pieceCount] = piece;
    places[pieceCount++] = copied.writerIndex();
    pieceBytes += piece.readableBytes();
  }

  /** Retains the holder until the frame is released. */
  void hold(ReferenceCounted holder) {
    ReferenceCounted held = holder.retain();
    if (holders.isEmpty()) {
      holders = List.of(held);
      return;
    }
    if (holders.size() == 1) {
      holders = new ArrayList<>(holders);
    }
    holders.add(held);
  }

  /** The frame; this object is not used again. */
  ByteBuf finish(int flags) {
    copied.setByte(FLAGS_INDEX, flags);
    if (pieceCount == 0) {
      return copied;
    }
    ByteBuf[] components = new ByteBuf[componentCount()];
    int count = 0;
    int from = 0;
    for (int i = 0; i < pieceCount; i++) {
      if (from < places[i]) {
        components[count++] = run(from, places[i]);
        from = places[i];
      }
      components[count++] = pieces[i];
    }
    if (count < components.length) {
      components[count] = run(from, copied.writerIndex());
    }
    copied.release();
    return new HeldFrame(alloc, components, holders).readerIndex(HEADROOM);
  }

  /** Some of the copied bytes. A retained slice of a tracked buffer would be tracked by itself. */
  private ByteBuf run(int from, int to) {
    return copied.slice(from, to - from).retain();
  }

  /** The pieces, and the runs of copied bytes before, between and behind them. */
  private int componentCount() {
    int count = pieceCount;
    int from = 0;
    for (int i = 0; i < pieceCount; i++) {
      count += from < places[i] ? 1 : 0;
      from = places[i];
    }
    return from < copied.writerIndex() ? count + 1 : count;
  }

  void release() {
    copied.release();
    for (int i = 0; i < pieceCount; i++) {
      pieces[i].release();
    }
    HeldFrame.releaseAll(holders);
  }
}
