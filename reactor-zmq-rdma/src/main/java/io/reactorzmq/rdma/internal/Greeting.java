package io.reactorzmq.rdma.internal;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.error.HandshakeException;

/**
 * The only thing that is said at the door of a bound endpoint, an ordinary TCP connection: where
 * UCX is to be dialled, and the key that gets in, once. It has the form of an RSocket frame that a
 * peer of another transport takes for none.
 *
 * <pre>
 * greeting = u32 0, u16 0xFC00, u32 magic, u8 version, u16 port, u64 key     ; big-endian
 * </pre>
 */
record Greeting(int port, long key) {

  static final int VERSION = 1;

  /** In place of the port: UCX cannot be reached by the address that the visitor came to. */
  static final int NO_PORT = 0;

  private static final int TYPE_EXT = 0x3F << 10;
  private static final int MAGIC = 0x525A4D51; // "RZMQ"
  private static final int HEAD_BYTES = 11;
  private static final int BYTES = 21;

  ByteBuf encode(ByteBufAllocator allocator) {
    return allocator
        .directBuffer(BYTES)
        .writeInt(0)
        .writeShort(TYPE_EXT)
        .writeInt(MAGIC)
        .writeByte(VERSION)
        .writeShort(port)
        .writeLong(key);
  }

  /**
   * Reads a greeting.
   *
   * @param borrowed neither released nor moved
   * @throws HandshakeException that says what else it is
   */
  static Greeting decode(ByteBuf borrowed) {
    ByteBuf in = borrowed.slice();
    if (in.readableBytes() < HEAD_BYTES
        || in.readInt() != 0
        || in.readUnsignedShort() != TYPE_EXT
        || in.readInt() != MAGIC) {
      throw new HandshakeException("what listens there is no rdma:// endpoint");
    }
    int version = in.readUnsignedByte();
    if (version != VERSION) {
      throw new HandshakeException(
          "it speaks version " + version + " of rdma:// framing, this side " + VERSION);
    }
    if (in.readableBytes() != BYTES - HEAD_BYTES) {
      throw new HandshakeException("its greeting is malformed");
    }
    return new Greeting(in.readUnsignedShort(), in.readLong());
  }
}
