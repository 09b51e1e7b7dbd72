package io.reactorzmq.tensor;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The data of a tensor as little-endian NIO buffers of whole elements, one behind the other, each
 * from 0 to its limit. A segment that is one run of memory is seen as it lies; one of several
 * pieces, between which an element may be cut, is copied a little at a time.
 */
final class Runs implements Iterator<ByteBuffer> {

  /** A multiple of every item size. */
  static final int COPIED_BYTES = 1 << 16;

  private final Iterator<ByteBuf> segments;
  private ByteBuf segment;
  private int at;

  private Runs(Iterator<ByteBuf> segments, ByteBuf first) {
    this.segments = segments;
    this.segment = first;
  }

  static Runs of(Tensor tensor) {
    return new Runs(tensor.segments().iterator(), Unpooled.EMPTY_BUFFER);
  }

  @Override
  public boolean hasNext() {
    return at < segment.readableBytes() || segments.hasNext();
  }

  @Override
  public ByteBuffer next() {
    if (at == segment.readableBytes()) {
      segment = segments.next();
      at = 0;
    }
    ByteBuffer run;
    if (Tensor.isOneRun(segment)) {
      run = segment.nioBuffer().slice();
    } else {
      byte[] copy = new byte[Math.min(COPIED_BYTES, segment.readableBytes() - at)];
      segment.getBytes(at, copy);
      run = ByteBuffer.wrap(copy);
    }
    at += run.remaining();
    return run.order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Compares two tensors of as many bytes where they lie, however each is cut. */
  static boolean same(Tensor one, Tensor other) {
    Iterator<ByteBuffer> others = pieces(other).iterator();
    ByteBuffer right = ByteBuffer.allocate(0);
    for (ByteBuffer left : pieces(one)) {
      while (left.hasRemaining()) {
        right = right.hasRemaining() ? right : others.next();
        int n = Math.min(left.remaining(), right.remaining());
        if (left.slice(left.position(), n).mismatch(right.slice(right.position(), n)) >= 0) {
          return false;
        }
        left.position(left.position() + n);
        right.position(right.position() + n);
      }
    }
    return true;
  }

  private static List<ByteBuffer> pieces(Tensor tensor) {
    List<ByteBuffer> pieces = new ArrayList<>();
    for (ByteBuf each : tensor.segments()) {
      for (ByteBuffer piece : each.nioBuffers()) {
        if (piece.hasRemaining()) {
          pieces.add(piece);
        }
      }
    }
    return pieces;
  }
}
