package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.error.ProtocolException;
import java.util.Arrays;

/**
 * The payloads that carry no message. OPEN may grow by fields that an older reader skips; the
 * others are exactly as long as they must be.
 */
public final class Control {

  /** Requests that one CANCEL may name. */
  public static final int MAX_CANCELS = 1000;

  private Control() {}

  /**
   * The first payload of either side.
   *
   * @param alloc gives the buffer
   * @param own what the sender of this payload takes as a receiver
   * @return a buffer that the caller owns
   */
  public static ByteBuf open(ByteBufAllocator alloc, Limits own) {
    ByteBuf out = alloc.buffer(32);
    out.writeByte(Kind.OPEN.code());
    Varint.write(out, own.maxMessagesPerFrame());
    Varint.write(out, own.maxFrameBytes());
    Varint.write(out, own.maxMessageSize());
    Varint.write(out, own.maxInFlight());
    return out;
  }

  /**
   * Announces how many frames of data credit the receiver keeps open from its next request on.
   *
   * @param alloc gives the buffer
   * @param k frames, 0 or more
   * @return a buffer that the caller owns
   */
  public static ByteBuf window(ByteBufAllocator alloc, int k) {
    ByteBuf out = alloc.buffer(1 + Varint.size(k));
    out.writeByte(Kind.WINDOW.code());
    Varint.write(out, k);
    return out;
  }

  /**
   * Asks the sender to frame nothing more and to say END.
   *
   * @param alloc gives the buffer
   * @return a buffer that the caller owns
   */
  public static ByteBuf leave(ByteBufAllocator alloc) {
    return alloc.buffer(1).writeByte(Kind.LEAVE.code());
  }

  /**
   * Says that no DATA follows in this direction; control payloads may.
   *
   * @param alloc gives the buffer
   * @return a buffer that the caller owns
   */
  public static ByteBuf end(ByteBufAllocator alloc) {
    return alloc.buffer(1).writeByte(Kind.END.code());
  }

  /**
   * Gives up requests.
   *
   * @param alloc gives the buffer
   * @param ids correlation ids
   * @param count how many of them to write, from the first on; 1 to {@link #MAX_CANCELS}
   * @return a buffer that the caller owns
   */
  public static ByteBuf cancel(ByteBufAllocator alloc, long[] ids, int count) {
    ByteBuf out = alloc.buffer(1 + 9 * count);
    out.writeByte(Kind.CANCEL.code());
    return writeIds(out, ids, count);
  }

  static ByteBuf writeIds(ByteBuf out, long[] ids, int count) {
    for (int i = 0; i < count; i++) {
      Varint.write(out, ids[i]);
    }
    return out;
  }

  /**
   * Asks, on a stream of its own, for the message that a BULK record announced.
   *
   * @param alloc gives the buffer
   * @param id the correlation id
   * @return a buffer that the caller owns
   */
  public static ByteBuf fetch(ByteBufAllocator alloc, long id) {
    ByteBuf out = alloc.buffer(1 + Varint.size(id));
    out.writeByte(Kind.FETCH.code());
    Varint.write(out, id);
    return out;
  }

  /**
   * Reads a CANCEL.
   *
   * @param payload the whole payload, borrowed
   * @return correlation ids, 1 to {@link #MAX_CANCELS} of them
   * @throws ProtocolException if it is no CANCEL, is malformed, or names none or too many
   */
  public static long[] readCancel(ByteBuf payload) {
    ByteBuf in = body(payload, Kind.CANCEL);
    long[] ids = new long[Math.min(in.readableBytes(), MAX_CANCELS)];
    int count = 0;
    while (in.isReadable()) {
      if (count == ids.length) {
        throw new ProtocolException("a CANCEL names more than " + MAX_CANCELS + " requests");
      }
      ids[count++] = WireRecord.readId(in);
    }
    if (count == 0) {
      throw new ProtocolException("a CANCEL names no request");
    }
    return Arrays.copyOf(ids, count);
  }

  /**
   * Reads a FETCH.
   *
   * @param payload the whole payload, borrowed
   * @return the correlation id
   * @throws ProtocolException if it is no FETCH or is malformed
   */
  public static long readFetch(ByteBuf payload) {
    ByteBuf in = body(payload, Kind.FETCH);
    long id = WireRecord.readId(in);
    requireEnd(in, Kind.FETCH);
    return id;
  }

  /**
   * Reads an OPEN.
   *
   * @param payload the whole payload, borrowed
   * @return the peer's limits
   * @throws ProtocolException if it is no OPEN, is malformed, or a limit is out of range
   */
  public static Limits readOpen(ByteBuf payload) {
    ByteBuf in = body(payload, Kind.OPEN);
    Limits limits =
        new Limits(Varint.readInt(in), Varint.readInt(in), Varint.readLong(in), Varint.readInt(in));
    Tlv.skip(in, in.writerIndex());
    return limits;
  }

  /**
   * Reads a WINDOW.
   *
   * @param payload the whole payload, borrowed
   * @return frames, 0 or more
   * @throws ProtocolException if it is no WINDOW or is malformed
   */
  public static int readWindow(ByteBuf payload) {
    ByteBuf in = body(payload, Kind.WINDOW);
    int k = Varint.readInt(in);
    requireEnd(in, Kind.WINDOW);
    return k;
  }

  /**
   * Checks a LEAVE.
   *
   * @param payload the whole payload, borrowed
   * @throws ProtocolException if it is no LEAVE or bytes follow
   */
  public static void readLeave(ByteBuf payload) {
    requireEnd(body(payload, Kind.LEAVE), Kind.LEAVE);
  }

  /**
   * Checks an END.
   *
   * @param payload the whole payload, borrowed
   * @throws ProtocolException if it is no END or bytes follow
   */
  public static void readEnd(ByteBuf payload) {
    requireEnd(body(payload, Kind.END), Kind.END);
  }

  static ByteBuf body(ByteBuf payload, Kind expected) {
    Kind kind = Kind.of(payload);
    if (kind != expected) {
      throw new ProtocolException("a payload is of kind " + kind + ", expected " + expected);
    }
    ByteBuf in = payload.slice();
    in.skipBytes(1);
    return in;
  }

  private static void requireEnd(ByteBuf in, Kind kind) {
    if (in.isReadable()) {
      throw new ProtocolException(in.readableBytes() + " bytes too many in " + kind);
    }
  }
}
