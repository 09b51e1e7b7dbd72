package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;

/**
 * What the first bytes of an RSocket frame say, read in place. Offsets are relative to the reader
 * index: a borrowed frame may be the tail of a larger buffer.
 */
final class Frames {

  static final int HEADER = 6;
  static final int KEEPALIVE_MIN = HEADER + Long.BYTES;

  static final int SETUP = 0x01;
  static final int KEEPALIVE = 0x03;
  static final int REQUEST_RESPONSE = 0x04;
  static final int REQUEST_FNF = 0x05;
  static final int REQUEST_STREAM = 0x06;
  static final int REQUEST_CHANNEL = 0x07;
  static final int REQUEST_N = 0x08;
  static final int CANCEL = 0x09;
  static final int PAYLOAD = 0x0A;
  static final int ERROR = 0x0B;
  static final int METADATA_PUSH = 0x0C;

  static final int FLAG_METADATA = 0x100;
  static final int FLAG_FOLLOWS = 0x80;
  static final int FLAG_RESPOND = 0x80;
  static final int FLAG_COMPLETE = 0x40;
  static final int FLAG_NEXT = 0x20;

  private Frames() {}

  static int streamId(ByteBuf frame) {
    return frame.getInt(frame.readerIndex());
  }

  /** The type in the upper six bits, the flags in the lower ten. */
  static int typeAndFlags(ByteBuf frame) {
    return frame.getUnsignedShort(frame.readerIndex() + 4);
  }

  static int type(int typeAndFlags) {
    return typeAndFlags >>> 10;
  }

  /**
   * Makes a frame of a payload that has room for a header in front of its reader index.
   *
   * @param payload without metadata; nobody else uses the bytes before it
   * @return the same buffer
   */
  static ByteBuf next(int streamId, ByteBuf payload) {
    int start = payload.readerIndex() - HEADER;
    payload.setInt(start, streamId).setShort(start + 4, PAYLOAD << 10 | FLAG_NEXT);
    return payload.readerIndex(start);
  }

  static boolean isRequest(int type) {
    return type >= REQUEST_RESPONSE && type <= REQUEST_CHANNEL;
  }
}
