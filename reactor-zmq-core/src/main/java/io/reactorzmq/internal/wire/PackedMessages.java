package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.message.InPlaceDecoder;
import io.reactorzmq.message.Message;
import java.nio.ByteBuffer;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The messages of a frame in which each has one part and ends, as they came. A codec that decodes
 * in place makes its values of them without a message being made, and counts no reference for each.
 */
public final class PackedMessages extends Ended<Message> {

  /** Kept until the last one is taken. */
  private final ByteBuf frame;

  /** The frame's bytes behind its head. */
  private final ByteBuffer bytes;

  private int left;

  /** Where the next one begins. */
  private int at;

  private PackedMessages(ByteBuf frame, ByteBuffer bytes, int count) {
    super(count, false);
    this.frame = frame;
    this.bytes = bytes;
    this.left = count;
  }

  /**
   * The messages of a frame, if it has no others.
   *
   * @param frame read up to its first message; its reference is taken over with success
   * @param own the limits that it is checked against
   * @return null if it has to be read otherwise, which also tells what is wrong with it
   */
  static @Nullable PackedMessages of(ByteBuf frame, Limits own) {
    if (frame.nioBufferCount() != 1) {
      return null;
    }
    ByteBuffer bytes = frame.nioBuffer();
    int count = 0;
    int end = bytes.limit();
    for (int at = 0; at < end; count++) {
      long size = size(bytes, at);
      boolean isPlain = size >= 0 && (own.maxMessageSize() == 0 || size <= own.maxMessageSize());
      int from = isPlain ? at + tableBytes(size) : end;
      if (!isPlain || size > end - from || count == own.maxMessagesPerFrame()) {
        return null;
      }
      at = from + (int) size;
    }
    return count == 0 ? null : new PackedMessages(frame, bytes, count);
  }

  /** The size of a message of one part that begins here; negative if that cannot be read. */
  private static long size(ByteBuffer bytes, int at) {
    int end = bytes.limit();
    if (end - at < DataFormat.MIN_TABLE_BYTES || bytes.get(at) != 1) {
      return -1;
    }
    long size = bytes.get(at + 1);
    if (size >= 0) {
      return size;
    }
    size &= 0x7f;
    int shift = 7;
    for (int i = at + 2; i < end && shift < Integer.SIZE; i++, shift += 7) {
      byte next = bytes.get(i);
      size |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return next == 0 ? -1 : size; // a zero is not the shortest form
      }
    }
    return -1;
  }

  private static int tableBytes(long size) {
    return 1 + Varint.size(size);
  }

  @Override
  public boolean hasNext() {
    return left > 0;
  }

  /** Goes on behind the next one and returns its size. */
  private int advance() {
    if (left == 0) {
      throw new NoSuchElementException();
    }
    left--;
    int size = (int) size(bytes, at);
    at += tableBytes(size) + size;
    return size;
  }

  @Override
  public Message take() {
    int size = advance();
    ByteBuf owner = left == 0 ? frame : frame.retain();
    return Message.over(owner, frame.readerIndex() + at - size, size);
  }

  /**
   * Takes the next one as a value. It is taken also if this fails.
   *
   * @param decoder of the value
   * @return the taker's
   * @throws NoSuchElementException at the end
   * @throws RuntimeException whatever the decoder throws
   */
  public <T> T take(InPlaceDecoder<T> decoder) {
    int size = advance();
    try {
      return decoder.decode(bytes, at - size, size);
    } finally {
      if (left == 0) {
        frame.release();
      }
    }
  }

  @Override
  void release() {
    if (left > 0) {
      left = 0;
      frame.release();
    }
  }
}
