package io.reactorzmq.rdma.internal;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;

/**
 * Lays a frame out as an active message: a small one wholly into the header, of a larger one its
 * first bytes, so that its receiver can tell where the rest is wanted; that rest is sent from where
 * it lies. Only what lies on the heap is copied.
 */
final class OutgoingFrame {

  /** RSocket's frame header and the first two bytes of its payload; what a receiver looks at. */
  private static final int FIRST = 8;

  /** Pieces that come first and are together no longer than this go into the header. */
  private static final int SMALL = 64;

  private OutgoingFrame() {}

  /** Sends a frame by the slot whose header is written as far as {@link AmHeader#HEAD}. */
  static void post(
      UcxEndpoint to, SendSlots slots, int slot, ByteBuf frame, ByteBufAllocator alloc) {
    int length = frame.readableBytes();
    if (length <= AmHeader.MAX_HEAD) {
      slots.copyHead(slot, frame, length);
      frame.release();
      to.post(slot, AmHeader.FRAME, AmHeader.HEAD + length, 0, 0, false, false);
    } else if (frame.isDirect() && frame.nioBufferCount() == 1) {
      slots.copyHead(slot, frame, FIRST);
      slots.hold(slot, frame, null);
      long data = Memory.address(frame, frame.readerIndex() + FIRST);
      to.post(slot, AmHeader.FRAME, AmHeader.HEAD + FIRST, data, length - FIRST, false, false);
    } else {
      postPieces(to, slots, slot, frame, alloc);
    }
  }

  private static void postPieces(
      UcxEndpoint to, SendSlots slots, int slot, ByteBuf frame, ByteBufAllocator alloc) {
    ByteBuffer[] pieces = frame.nioBuffers();
    int head = 0;
    int first = 0;
    while (first < pieces.length && head + pieces[first].remaining() <= SMALL) {
      head += pieces[first++].remaining();
    }
    if (head < FIRST) {
      ByteBuffer piece = pieces[first];
      int more = Math.min(FIRST - head, piece.remaining());
      pieces[first] = piece.slice(piece.position() + more, piece.remaining() - more);
      head += more;
    }
    slots.copyHead(slot, frame, head);
    int headerBytes = AmHeader.HEAD + head;
    int count = pieces.length - first;
    if (count == 1 && pieces[first].isDirect()) {
      slots.hold(slot, frame, null);
      long data = Memory.address(pieces[first]);
      to.post(slot, AmHeader.FRAME, headerBytes, data, pieces[first].remaining(), false, false);
      return;
    }
    ByteBuf extra = list(pieces, first, alloc);
    slots.hold(slot, frame, extra);
    to.post(slot, AmHeader.FRAME, headerBytes, Memory.address(extra, 0), count, true, false);
  }

  /** Addresses and lengths of the pieces; behind them copies of those that lie on the heap. */
  private static ByteBuf list(ByteBuffer[] pieces, int first, ByteBufAllocator alloc) {
    int listBytes = (pieces.length - first) * UcpStructs.IOV_BYTES;
    int heapBytes = 0;
    for (int i = first; i < pieces.length; i++) {
      heapBytes += pieces[i].isDirect() ? 0 : pieces[i].remaining();
    }
    ByteBuf list = alloc.directBuffer(listBytes + heapBytes, listBytes + heapBytes);
    list.writerIndex(listBytes);
    long at = Memory.address(list, 0);
    for (int i = first; i < pieces.length; i++) {
      ByteBuffer piece = pieces[i];
      int bytes = piece.remaining();
      long address;
      if (piece.isDirect()) {
        address = Memory.address(piece);
      } else {
        address = Memory.address(list, list.writerIndex());
        list.writeBytes(piece);
      }
      Memory.putLong(at, address);
      Memory.putLong(at + 8, bytes);
      at += UcpStructs.IOV_BYTES;
    }
    return list;
  }
}
