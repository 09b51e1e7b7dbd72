package io.reactorzmq.cli.line;

import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A line that is published: in front of the message, as a line of its own, stands the topic, and a
 * tab between them.
 *
 * @param topic text
 * @param value the rest of the line
 */
public record TopicLine(String topic, byte[] value) {

  /**
   * What a line says.
   *
   * @param line a topic, a tab and a value, which may have tabs too
   * @param format how the topic is written
   * @return its two halves
   * @throws CodecException if there is no tab, or no topic in front of it
   */
  public static TopicLine parse(byte[] line, Format format) {
    int tab = 0;
    while (tab < line.length && line[tab] != '\t') {
      tab++;
    }
    if (tab == line.length) {
      throw new CodecException("it has no tab, and so no topic; --topic gives one to all lines");
    }
    byte[] topic = format.parseTopic(Arrays.copyOf(line, tab));
    return new TopicLine(text(topic), Arrays.copyOfRange(line, tab + 1, line.length));
  }

  private static String text(byte[] topic) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(topic)).toString();
    } catch (CharacterCodingException e) {
      throw new CodecException("its topic is not UTF-8", e);
    }
  }

  /**
   * The line.
   *
   * @param format how the topic is written
   * @return what {@link #parse} takes
   */
  public byte[] print(Format format) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    line.writeBytes(format.printTopic(topic.getBytes(StandardCharsets.UTF_8)));
    line.write('\t');
    line.writeBytes(value);
    return line.toByteArray();
  }

  /**
   * Makes a message of the value; the topic is the socket's concern.
   *
   * @param values for the lines without their topics
   */
  public record Encoder(LineCodec values) implements Codec<TopicLine> {

    @Override
    public Message encode(TopicLine line, ByteBufAllocator allocator) {
      return values.encode(line.value, allocator);
    }

    @Override
    public TopicLine decode(Message message) {
      throw new UnsupportedOperationException("a PUB receives nothing");
    }
  }
}
