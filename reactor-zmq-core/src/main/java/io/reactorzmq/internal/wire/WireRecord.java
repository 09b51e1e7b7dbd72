package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.message.Message;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What the DATA payloads between a REQ and a REP consist of, in place of bare messages: each record
 * names the request that it belongs to. The correlation id is the REQ's, counted up from 1 on each
 * connection.
 */
public sealed interface WireRecord {

  /** A failure's text is at most this long in UTF-8. */
  int MAX_TEXT_BYTES = 1024;

  /** What kind and id take at most. */
  int MAX_HEAD_BYTES = 1 + 9;

  /**
   * The request that this is about.
   *
   * @return 1 or more
   */
  long id();

  /**
   * The message that the record carries.
   *
   * @return null for a failure or an announcement
   */
  default @Nullable Message message() {
    return null;
  }

  /**
   * The record's kind on the wire.
   *
   * @return 1 to 4
   */
  int kind();

  /**
   * From REQ to REP.
   *
   * @param id new on this connection
   * @param message the request
   */
  record Request(long id, Message message) implements WireRecord {
    static final int KIND = 1;

    @Override
    public int kind() {
      return KIND;
    }
  }

  /**
   * From REP to REQ: the answer.
   *
   * @param id the request's
   * @param message the reply
   */
  record Reply(long id, Message message) implements WireRecord {
    static final int KIND = 2;

    @Override
    public int kind() {
      return KIND;
    }
  }

  /**
   * From REP to REQ: there will be no reply.
   *
   * @param id the request's
   * @param code why, as {@code RemoteException.Code} numbers it
   * @param isTransient whether the same request may succeed when it is sent again
   * @param text for a human; cut to {@link #MAX_TEXT_BYTES} when written
   */
  record Failure(long id, int code, boolean isTransient, String text) implements WireRecord {
    static final int KIND = 3;
    private static final int TRANSIENT = 0x01;

    @Override
    public int kind() {
      return KIND;
    }
  }

  /**
   * In either direction: the request or reply of this id is large and waits on its sender's side
   * until the receiver fetches it by a stream of its own.
   *
   * @param id the request's
   * @param size bytes of all parts
   */
  record Bulk(long id, long size) implements WireRecord {
    static final int KIND = 4;

    @Override
    public int kind() {
      return KIND;
    }
  }

  /**
   * Releases the message of a record, if it has one.
   *
   * @param record not used any more
   */
  static void release(WireRecord record) {
    Message message = record.message();
    if (message != null) {
      message.release();
    }
  }

  /** Writes kind and id, which stand before everything else. */
  static void writeHead(ByteBuf out, WireRecord record) {
    out.writeByte(record.kind());
    Varint.write(out, record.id());
  }

  /** What follows the head of a record without a message. */
  static void writeBody(ByteBuf out, WireRecord record) {
    if (record instanceof Failure failure) {
      byte[] text = cut(failure.text);
      out.writeByte(failure.code);
      out.writeByte(failure.isTransient ? Failure.TRANSIENT : 0);
      Varint.write(out, text.length);
      out.writeBytes(text);
    } else if (record instanceof Bulk bulk) {
      Varint.write(out, bulk.size);
    } else {
      throw new IllegalArgumentException("a record with a message has a part table: " + record);
    }
  }

  /** What a record without a message takes at most, its head included. */
  static int maxBytes(WireRecord record) {
    return record instanceof Failure failure
        ? MAX_HEAD_BYTES + 2 + 2 + (int) Math.min(MAX_TEXT_BYTES, 3L * failure.text.length())
        : MAX_HEAD_BYTES + 9;
  }

  /** The text's UTF-8, cut before the first character that does not fit. */
  private static byte[] cut(String text) {
    // a char takes at least a byte, so one more than may fit tells where to cut
    String head = text.substring(0, Math.min(text.length(), MAX_TEXT_BYTES + 1));
    byte[] bytes = head.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= MAX_TEXT_BYTES) {
      return bytes;
    }
    int end = MAX_TEXT_BYTES;
    while ((bytes[end] & 0xC0) == 0x80) {
      end--;
    }
    byte[] shorter = new byte[end];
    System.arraycopy(bytes, 0, shorter, 0, end);
    return shorter;
  }

  /** Reads a kind. */
  static int readKind(ByteBuf in) {
    if (!in.isReadable()) {
      throw new ProtocolException("the payload ends before a record's kind");
    }
    int kind = in.readUnsignedByte();
    if (kind < Request.KIND || kind > Bulk.KIND) {
      throw new ProtocolException("no record is of kind " + kind);
    }
    return kind;
  }

  /** Reads a correlation id. */
  static long readId(ByteBuf in) {
    long id = Varint.readLong(in);
    if (id == 0) {
      throw new ProtocolException("a correlation id is 1 or more, not 0");
    }
    return id;
  }

  /** Whether a record of this kind carries a message. */
  static boolean hasMessage(int kind) {
    return kind == Request.KIND || kind == Reply.KIND;
  }

  /** A record that carries a message. */
  static WireRecord of(int kind, long id, Message message) {
    return kind == Request.KIND ? new Request(id, message) : new Reply(id, message);
  }

  /** Reads the rest of a record that carries none. */
  static WireRecord readBody(ByteBuf in, int kind, long id) {
    if (kind == Bulk.KIND) {
      long size = Varint.readLong(in);
      if (size == 0) {
        throw new ProtocolException("nothing of 0 bytes is announced as BULK");
      }
      return new Bulk(id, size);
    }
    if (in.readableBytes() < 2) {
      throw new ProtocolException("the payload ends within an ERROR record");
    }
    int code = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    int length = Varint.readInt(in);
    if (length > MAX_TEXT_BYTES || length > in.readableBytes()) {
      throw new ProtocolException(
          "the text of an ERROR record has %d bytes, at most %d are allowed and %d are left"
              .formatted(length, MAX_TEXT_BYTES, in.readableBytes()));
    }
    String text = in.readCharSequence(length, StandardCharsets.UTF_8).toString();
    return new Failure(id, code, (flags & Failure.TRANSIENT) != 0, text);
  }
}
