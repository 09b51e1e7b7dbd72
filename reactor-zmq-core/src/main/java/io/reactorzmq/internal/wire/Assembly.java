package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.message.Message;
import java.util.Arrays;

/**
 * A message that arrives in more than one frame. Its parts refer to the frames, except where that
 * would keep a whole frame alive for a few bytes: those are copied.
 */
final class Assembly {

  /** Fewer bytes than this of one frame are copied. */
  static final int MIN_REFERENCE_BYTES = 1024;

  /** The kind of what is no record but a bare message. */
  static final int NO_RECORD = 0;

  /** The kind of a numbered message, whose id is its number. */
  static final int NUMBERED = -1;

  /** The same behind a loss of unknown size. */
  static final int NUMBERED_AFTER_GAP = -2;

  private final int[] lengths;
  private final ByteBuf[] parts;
  private final long size;
  private final int recordKind;
  private final long id;
  private long received;
  private int part;
  private int partBytesDone;

  /** Of a message of these part lengths, within a record of this kind and id. */
  Assembly(int[] lengths, long size, int recordKind, long id) {
    this.lengths = lengths;
    this.size = size;
    this.recordKind = recordKind;
    this.id = id;
    this.parts = new ByteBuf[lengths.length];
    Arrays.fill(parts, Unpooled.EMPTY_BUFFER);
  }

  long size() {
    return size;
  }

  long received() {
    return received;
  }

  long missing() {
    return size - received;
  }

  /** Appends a range of a frame, which is borrowed. */
  void add(ByteBuf frame, int from, int length) {
    if (length < MIN_REFERENCE_BYTES) {
      ByteBuf copy = frame.alloc().buffer(length).writeBytes(frame, from, length);
      try {
        refer(copy, 0, length);
      } finally {
        copy.release();
      }
    } else {
      refer(frame, from, length);
    }
  }

  private void refer(ByteBuf source, int from, int length) {
    int at = from;
    int end = from + length;
    while (at < end) {
      int piece = Math.min(lengths[part] - partBytesDone, end - at);
      if (piece > 0) {
        addPiece(source.alloc(), source.retainedSlice(at, piece));
        at += piece;
        received += piece;
        partBytesDone += piece;
      }
      if (partBytesDone == lengths[part]) {
        part++;
        partBytesDone = 0;
      }
    }
  }

  private void addPiece(ByteBufAllocator alloc, ByteBuf piece) {
    if (piece.readableBytes() == lengths[part]) {
      parts[part] = piece;
      return;
    }
    if (partBytesDone == 0) {
      parts[part] = alloc.compositeBuffer(Integer.MAX_VALUE);
    }
    ((CompositeByteBuf) parts[part]).addComponent(true, piece);
  }

  /** The whole message or record, once nothing is missing; this object is not used again. */
  Object toElement() {
    Message message = Message.of(parts);
    return toElement(recordKind, id, message);
  }

  /** What a message of some kind is handed out as. */
  static Object toElement(int kind, long id, Message message) {
    return switch (kind) {
      case NO_RECORD -> message;
      case NUMBERED, NUMBERED_AFTER_GAP -> new Numbered(id, kind == NUMBERED_AFTER_GAP, message);
      default -> WireRecord.of(kind, id, message);
    };
  }

  void release() {
    for (ByteBuf each : parts) {
      each.release();
    }
  }
}
