package io.reactorzmq.message;

import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.error.CodecException;
import org.jspecify.annotations.Nullable;

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
    if (value.refCnt() <= 0) {
      throw new CodecException(
          "the message was released before; sending takes its reference, send message.retain()"
              + " to keep one");
    }
    return value;
  }

  @Override
  public Message decode(Message message) {
    if (!copy) {
      return message;
    }
    try {
      return message.heapCopy();
    } finally {
      message.release();
    }
  }

  @Override
  public @Nullable AssemblyTarget assemblyTarget() {
    return copy ? ArrayPart.EACH : null;
  }

  @Override
  public void discard(Message value) {
    if (value.refCnt() > 0) {
      value.release();
    }
  }
}
