package io.reactorzmq.message;

import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.error.CodecException;

/** Messages as they are, received as views of the receive buffer. */
class MessageCodec implements Codec<Message> {

  static final MessageCodec ZERO_COPY = new MessageCodec();

  @Override
  public final Message encode(Message value, ByteBufAllocator allocator) {
    if (value.refCnt() <= 0) {
      throw new CodecException(
          "the message was released before; sending takes its reference, send message.retain()"
              + " to keep one");
    }
    return value;
  }

  @Override
  public Message decode(Message message) {
    return message;
  }

  @Override
  public final void discard(Message value) {
    if (value.refCnt() > 0) {
      value.release();
    }
  }
}
