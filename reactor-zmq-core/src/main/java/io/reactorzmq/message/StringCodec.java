package io.reactorzmq.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.CodecException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/** Text in one part. Text that is not of the charset is decoded with replacement characters. */
final class StringCodec implements Codec<String> {

  static final StringCodec UTF_8 = new StringCodec(StandardCharsets.UTF_8);

  private final Charset charset;

  StringCodec(Charset charset) {
    this.charset = charset;
  }

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
      if (charset == StandardCharsets.UTF_8) {
        return message.text(0);
      }
      ByteBuf part = message.part(0);
      return part.toString(charset);
    } finally {
      message.release();
    }
  }
}
