package io.reactorzmq.cli;

import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.cli.line.LineCodec;
import io.reactorzmq.cli.tensor.TensorLine;
import io.reactorzmq.cli.tensor.TensorMessage;
import io.reactorzmq.cli.tensor.TensorMessageCodec;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.nio.charset.StandardCharsets;

/**
 * Replies to tensors as lines: tensors as a text about them, anything else as it is in line mode.
 *
 * @param lines for what is not made of tensors
 * @param tensors for what is
 */
record Replies(LineCodec lines, TensorMessageCodec tensors) implements Codec<byte[]> {

  @Override
  public byte[] decode(Message message) {
    if (!TensorMessageCodec.claims(message)) {
      return lines.decode(message);
    }
    TensorMessage reply = tensors.decode(message);
    try {
      return TensorLine.of(reply).getBytes(StandardCharsets.UTF_8);
    } finally {
      reply.release();
    }
  }

  @Override
  public Message encode(byte[] line, ByteBufAllocator allocator) {
    throw new UnsupportedOperationException("a REQ sends no replies");
  }
}
