package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;

/** What a payload on a channel is, told by its first byte. Only DATA carries messages. */
public enum Kind {
  OPEN(1),
  DATA(2),
  SUBSCRIBE(3),
  SUBSCRIBED(4),
  UNSUBSCRIBE(5),
  WINDOW(6),
  LEAVE(7),
  END(8),
  CANCEL(9),
  FETCH(10);

  private static final Kind[] ALL = values();

  private final byte code;

  Kind(int code) {
    this.code = (byte) code;
  }

  /**
   * The kind on the wire.
   *
   * @return 1 to 10
   */
  public byte code() {
    return code;
  }

  /**
   * Reads the first byte of a payload.
   *
   * @param payload borrowed; its reader index does not move
   * @return its kind
   * @throws ProtocolException if it is empty or of no known kind
   */
  public static Kind of(ByteBuf payload) {
    if (!payload.isReadable()) {
      throw new ProtocolException("an empty payload has no kind");
    }
    int code = payload.getUnsignedByte(payload.readerIndex());
    if (code < 1 || code > ALL.length) {
      throw new ProtocolException("no payload is of kind " + code);
    }
    return ALL[code - 1];
  }
}
