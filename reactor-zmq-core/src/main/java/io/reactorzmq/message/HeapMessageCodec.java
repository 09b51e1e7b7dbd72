package io.reactorzmq.message;

import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;

/** Messages as they are, received as heap copies. */
final class HeapMessageCodec extends MessageCodec implements InPlaceDecoder<Message> {

  static final HeapMessageCodec INSTANCE = new HeapMessageCodec();

  private HeapMessageCodec() {}

  @Override
  public Message decode(Message message) {
    try {
      return message.heapCopy();
    } finally {
      message.release();
    }
  }

  @Override
  public Message decode(ByteBuffer frame, int index, int length) {
    byte[] copy = new byte[length];
    frame.get(index, copy);
    return Message.over(Unpooled.wrappedBuffer(copy), 0, length);
  }

  @Override
  public AssemblyTarget assemblyTarget() {
    return ArrayPart.EACH;
  }
}
