package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Fields of the form u8 type, varint length, value. A reader skips a field whose type it does not
 * know, unless the type has the MUST bit.
 */
final class Tlv {

  /** Set in the type of a field that a reader must know or refuse. */
  static final int MUST = 0x80;

  private Tlv() {}

  /** Reads all fields of a buffer and returns the known ones as slices, by type. */
  static Map<Integer, ByteBuf> read(ByteBuf in, Set<Integer> known) {
    Map<Integer, ByteBuf> fields = new HashMap<>();
    while (in.isReadable()) {
      int type = in.readUnsignedByte();
      int length = readLength(in, type);
      if (!known.contains(type)) {
        requireOptional(type);
        in.skipBytes(length);
      } else if (fields.put(type, in.readSlice(length)) != null) {
        throw new ProtocolException(name(type) + " is repeated");
      }
    }
    return fields;
  }

  /** Passes over fields up to an index, none of which is known. */
  static void skip(ByteBuf in, int end) {
    while (in.readerIndex() < end) {
      int type = in.readUnsignedByte();
      requireOptional(type);
      in.skipBytes(readLength(in, type));
    }
    if (in.readerIndex() > end) {
      throw new ProtocolException("a field crosses the end of its block");
    }
  }

  private static int readLength(ByteBuf in, int type) {
    int length = Varint.readInt(in);
    if (length > in.readableBytes()) {
      throw new ProtocolException(
          name(type) + " has " + length + " bytes, only " + in.readableBytes() + " are left");
    }
    return length;
  }

  private static void requireOptional(int type) {
    if ((type & MUST) != 0) {
      throw new ProtocolException(name(type) + " must be understood and is not known here");
    }
  }

  static String name(int type) {
    return String.format("field 0x%02x", type);
  }
}
