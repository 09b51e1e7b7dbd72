package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.message.Message;

/**
 * The fixed pieces of a DATA payload: kind, flags, and the part table that begins each message. The
 * table is the part count and the part lengths, all varints, and never crosses a frame's end.
 */
final class DataFormat {

  /** Kind and flags. */
  static final int HEADER_BYTES = 2;

  /** What the number of a numbered frame takes at most. */
  static final int MAX_NUMBER_BYTES = 9;

  /** The table of a message of one empty part. */
  static final int MIN_TABLE_BYTES = 2;

  /** The last message goes on in the next frame. */
  static final int CONTINUES = 0x01;

  /** The first bytes go on with the message that the frame before left unfinished. */
  static final int CONTINUATION = 0x02;

  /** A block of fields stands before each part table. */
  static final int HEADERS = 0x04;

  /** An unknown number of messages was lost before the first one that begins here. */
  static final int GAP = 0x08;

  /** What a reader of unnumbered messages takes; any other flag, GAP included, is refused. */
  static final int KNOWN = CONTINUES | CONTINUATION | HEADERS;

  /** What a reader of numbered messages takes. */
  static final int KNOWN_NUMBERED = KNOWN | GAP;

  /**
   * The least bytes of a frame that has CONTINUES. A writer cuts a message only where the frame is
   * nearly full, so none comes near this; it bounds how many frames a message can be cut into.
   */
  static final int MIN_CUT_FRAME_BYTES = Limits.MIN_FRAME_BYTES / 2;

  private static final int MAX_COUNT_BYTES = 3;
  private static final int MAX_LENGTH_BYTES = 5;

  private DataFormat() {}

  /** Whether a message's table fits, counted exactly only if it might not. */
  static boolean tableFits(Message message, int bytes) {
    int parts = message.partCount();
    return MAX_COUNT_BYTES + MAX_LENGTH_BYTES * parts <= bytes || tableBytes(message) <= bytes;
  }

  static int tableBytes(Message message) {
    int parts = message.partCount();
    int sum = Varint.size(parts);
    for (int i = 0; i < parts; i++) {
      sum += Varint.size(message.partSize(i));
    }
    return sum;
  }

  static void writeTable(ByteBuf out, Message message) {
    int parts = message.partCount();
    Varint.write(out, parts);
    for (int i = 0; i < parts; i++) {
      Varint.write(out, message.partSize(i));
    }
  }

  static int readPartCount(ByteBuf in) {
    int parts = Varint.readInt(in);
    if (parts == 0 || parts > Message.MAX_PARTS) {
      throw new ProtocolException(
          "a message has 1 to " + Message.MAX_PARTS + " parts, not " + parts);
    }
    return parts;
  }

  /** Reads so many part lengths; their sum is below 2^47, so adding them up cannot overflow. */
  static int[] readPartLengths(ByteBuf in, int parts) {
    if (parts > in.readableBytes()) {
      throw new ProtocolException(
          "a table of %d parts does not end in its frame, %d bytes are left"
              .formatted(parts, in.readableBytes()));
    }
    int[] lengths = new int[parts];
    for (int i = 0; i < parts; i++) {
      lengths[i] = Varint.readInt(in);
    }
    return lengths;
  }

  /** Passes over the block of fields before a part table. */
  static void skipHeaders(ByteBuf in) {
    int length = Varint.readInt(in);
    if (length > in.readableBytes()) {
      throw new ProtocolException(
          "a header block of %d bytes does not end in its frame, %d bytes are left"
              .formatted(length, in.readableBytes()));
    }
    Tlv.skip(in, in.readerIndex() + length);
  }
}
