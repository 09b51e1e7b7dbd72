package io.reactorzmq.cli;

import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.cli.line.LineCodec;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;

/**
 * A request as it came and as a line. The line alone would not do for an echo: a part may contain
 * what separates the parts of a line.
 *
 * @param parts of the message
 * @param line what to print
 */
record Request(byte[][] parts, byte[] line) {

  Message echo() {
    return Message.of(parts);
  }

  /** Reads requests; it is not for writing any. */
  record Decoder(LineCodec lines) implements Codec<Request> {

    @Override
    public Request decode(Message message) {
      byte[][] parts = new byte[message.partCount()][];
      for (int i = 0; i < parts.length; i++) {
        parts[i] = message.bytes(i);
      }
      return new Request(parts, lines.decode(message));
    }

    @Override
    public Message encode(Request request, ByteBufAllocator allocator) {
      return request.echo();
    }
  }
}
