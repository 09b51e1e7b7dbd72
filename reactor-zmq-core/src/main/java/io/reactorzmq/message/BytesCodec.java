package io.reactorzmq.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.CodecException;
import java.nio.ByteBuffer;

/** A byte array in one part. */
final class BytesCodec implements InPlaceCodec<byte[]>, InPlaceDecoder<byte[]> {

  static final BytesCodec INSTANCE = new BytesCodec();

  private BytesCodec() {}

  @Override
  public Message encode(byte[] value, ByteBufAllocator allocator) {
    return Message.of(Unpooled.wrappedBuffer(value));
  }

  @Override
  public int sizeOf(byte[] value) {
    return value.length;
  }

  @Override
  public void writeTo(byte[] value, ByteBuf target) {
    target.writeBytes(value);
  }

  @Override
  public byte[] decode(Message message) {
    try {
      if (message.partCount() != 1) {
        throw new CodecException(
            "a byte array is one part, this message has " + message.partCount() + " parts");
      }
      byte[] array = message.ownArray();
      return array != null ? array : message.bytes(0);
    } finally {
      message.release();
    }
  }

  @Override
  public byte[] decode(ByteBuffer frame, int index, int length) {
    byte[] array = new byte[length];
    frame.get(index, array);
    return array;
  }

  @Override
  public AssemblyTarget assemblyTarget() {
    return ArrayPart.ONE;
  }
}
