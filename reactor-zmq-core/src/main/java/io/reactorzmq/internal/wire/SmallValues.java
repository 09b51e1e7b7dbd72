package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.InPlaceCodec;
import io.reactorzmq.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * Small values of a codec that go into a frame without a message being made of them. They are
 * copied, whole, so that their memory is free as soon as they are framed.
 *
 * @param <T> the values
 */
public final class SmallValues<T> {

  /** A value of so many bytes may not fit a frame that has others; it can be cut as a message. */
  private static final int TOO_LARGE = 4096;

  /** From here on parts of a message may be referred to instead of copied. */
  private static final int TOO_LARGE_MESSAGE = 1024;

  /** To copy larger values twice costs more than to hand them over one by one. */
  public static final int MAX_BATCHED = 256;

  /** A longer table would not leave a value small. */
  private static final int MAX_PARTS = 16;

  /** Null for values that are messages. */
  private final @Nullable InPlaceCodec<T> codec;

  private SmallValues(@Nullable InPlaceCodec<T> codec) {
    this.codec = codec;
  }

  /**
   * The small values of a codec.
   *
   * @param codec any codec
   * @return null if all of its values are encoded
   */
  public static <T> @Nullable SmallValues<T> of(Codec<T> codec) {
    if (codec instanceof InPlaceCodec<T> inPlace) {
      return new SmallValues<>(inPlace);
    }
    boolean areMessages = codec == Codec.message() || codec == Codec.zeroCopy();
    return areMessages ? new SmallValues<>(null) : null;
  }

  /**
   * The size of a value, if it is small.
   *
   * @param value any value
   * @return bytes; negative if it is to be encoded, which also refuses what cannot be sent
   */
  public int sizeIfSmall(T value) {
    if (codec == null) {
      Message message = (Message) value;
      boolean isSmall =
          message.size() < TOO_LARGE_MESSAGE
              && message.partCount() <= MAX_PARTS
              && message.refCnt() > 0;
      return isSmall ? (int) message.size() : -1;
    }
    int size = codec.sizeOf(value);
    return size < TOO_LARGE ? size : -1;
  }

  /**
   * Whether the size of a value is its own and cannot change; otherwise a codec says it, once.
   *
   * @return true for messages and arrays
   */
  public boolean haveFixedSize() {
    return codec == null || codec == Codec.bytes();
  }

  /**
   * The size of a small value where it {@link #haveFixedSize}.
   *
   * @param value a small value
   * @return bytes
   */
  public int fixedSize(T value) {
    return codec == null ? (int) ((Message) value).size() : codec.sizeOf(value);
  }

  /**
   * What a small value takes of a frame.
   *
   * @param value a small value
   * @param size its size
   * @return bytes, those of its table included
   */
  public int bytes(T value, int size) {
    int table =
        codec == null ? DataFormat.tableBytes((Message) value) : Varint.size(1) + Varint.size(size);
    return table + size;
  }

  /**
   * Whether values can be copied where they are sent, which is not the event loop. A codec of the
   * user's writes there alone.
   *
   * @return true for messages and arrays
   */
  public boolean canBeBatched() {
    return haveFixedSize();
  }

  /**
   * Copies a small value that {@link #canBeBatched} and its table, but for the first byte.
   *
   * @return the first byte, which is not zero
   */
  byte copyTo(T value, int size, byte[] target, int from) {
    if (value instanceof byte[] array) {
      System.arraycopy(array, 0, target, Varint.write(target, from, size), size);
      return 1;
    }
    Message message = (Message) value;
    int parts = message.partCount();
    int index = from;
    for (int i = 0; i < parts; i++) {
      index = Varint.write(target, index, message.partSize(i));
    }
    message.copyTo(target, index);
    return (byte) parts;
  }

  /** Writes a small value and its table. */
  void write(T value, int size, ByteBuf out) {
    if (codec == null) {
      Message message = (Message) value;
      if (message.refCnt() <= 0) {
        throw new CodecException("the message was released before it was sent");
      }
      DataFormat.writeTable(out, message);
      message.copyTo(out);
      return;
    }
    Varint.write(out, 1);
    Varint.write(out, size);
    int from = out.writerIndex();
    codec.writeTo(value, out);
    int written = out.writerIndex() - from;
    if (written != size) {
      throw new CodecException(
          "the codec wrote a value in %d bytes, and had said %d".formatted(written, size));
    }
  }
}
