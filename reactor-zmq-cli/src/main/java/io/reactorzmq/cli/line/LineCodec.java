package io.reactorzmq.cli.line;

import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;

/** A line as a message: a tab separates the parts. Counts what it has encoded. */
public final class LineCodec implements Codec<byte[]> {

  private final Format format;
  private final AtomicLong encoded = new AtomicLong();

  /**
   * Creates a codec.
   *
   * @param format how each part is written
   */
  public LineCodec(Format format) {
    this.format = format;
  }

  /**
   * How each part is written.
   *
   * @return the format
   */
  public Format format() {
    return format;
  }

  /**
   * Lines that became messages; any thread.
   *
   * @return lines
   */
  public long encoded() {
    return encoded.get();
  }

  @Override
  public Message encode(byte[] line, ByteBufAllocator allocator) {
    Message message = Message.of(parts(line));
    encoded.incrementAndGet();
    return message;
  }

  private byte[][] parts(byte[] line) {
    int tabs = 0;
    for (byte b : line) {
      if (b == '\t') {
        tabs++;
      }
    }
    if (tabs >= Message.MAX_PARTS) {
      throw new CodecException(
          "a message has at most " + Message.MAX_PARTS + " parts, here are " + (tabs + 1L));
    }
    byte[][] parts = new byte[tabs + 1][];
    if (tabs == 0) {
      parts[0] = format.parse(line);
      return parts;
    }
    int from = 0;
    for (int i = 0; i < parts.length; i++) {
      int to = from;
      while (to < line.length && line[to] != '\t') {
        to++;
      }
      parts[i] = format.parse(Arrays.copyOfRange(line, from, to));
      from = to + 1;
    }
    return parts;
  }

  @Override
  public byte[] decode(Message message) {
    try {
      if (message.partCount() == 1) {
        return format.print(message.bytes(0));
      }
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      for (int i = 0; i < message.partCount(); i++) {
        if (i > 0) {
          line.write('\t');
        }
        line.writeBytes(format.print(message.bytes(i)));
      }
      return line.toByteArray();
    } finally {
      message.release();
    }
  }
}
