package io.reactorzmq.message;

import io.netty.buffer.ByteBufAllocator;

/** Messages as they are: received as heap copies, or as views of the receive buffer. */
final class MessageCodec implements Codec<Message> {

  static final MessageCodec HEAP = new MessageCodec(true);
  static final MessageCodec ZERO_COPY = new MessageCodec(false);

  private final boolean copy;

  private MessageCodec(boolean copy) {
    this.copy = copy;
  }

  @Override
  public Message encode(Message value, ByteBufAllocator allocator) {
    return value;
  }

  @Override
  public Message decode(Message message) {
    if (!copy) {
      return message;
    }
    try {
      byte[][] parts = new byte[message.partCount()][];
      for (int i = 0; i < parts.length; i++) {
        parts[i] = message.bytes(i);
      }
      return Message.of(parts);
    } finally {
      message.release();
    }
  }

  @Override
  public void discard(Message value) {
    value.release();
  }
}
