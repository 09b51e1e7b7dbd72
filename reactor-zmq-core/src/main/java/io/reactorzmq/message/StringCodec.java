package io.reactorzmq.message;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.CodecException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/**
 * Text in one part. What the charset cannot express becomes its replacement, in both directions.
 */
final class StringCodec implements InPlaceDecoder<String> {

  static final StringCodec UTF_8 = new StringCodec(StandardCharsets.UTF_8);

  private final Charset charset;

  StringCodec(Charset charset) {
    this.charset = charset;
  }

  /**
   * Stays on the heap whatever the length: {@code getBytes} handles sixteen characters at a time,
   * so that it and the copy at the socket cost a fourth of writing ASCII into direct memory one by
   * one.
   */
  @Override
  public Message encode(String value, ByteBufAllocator allocator) {
    return Message.of(Unpooled.wrappedBuffer(value.getBytes(charset)));
  }

  @Override
  public String decode(Message message) {
    try {
      if (message.partCount() != 1) {
        throw new CodecException(
            "a text is one part, this message has " + message.partCount() + " parts");
      }
      return message.part(0).toString(charset);
    } finally {
      message.release();
    }
  }

  @Override
  public String decode(ByteBuffer frame, int index, int length) {
    byte[] bytes = new byte[length];
    frame.get(index, bytes);
    return new String(bytes, charset);
  }
}
