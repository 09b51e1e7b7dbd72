package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.InPlaceCodec;
import io.reactorzmq.message.InPlaceDecoder;
import io.reactorzmq.message.Message;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Values whose memory is counted. */
final class Values {

  private Values() {}

  /** A text of one repeated character; {@link TestPeer} reads it as {@code c*length}. */
  static String text(char c, int length) {
    return String.valueOf(c).repeat(length);
  }

  /** A message that counts how often its memory was given back. */
  static final class Tracked {
    final AtomicInteger released = new AtomicInteger();
    final Message message;
    Runnable onReleased = () -> {};

    Tracked(String text) {
      this(Unpooled.directBuffer().writeBytes(text.getBytes(StandardCharsets.UTF_8)));
    }

    private Tracked(ByteBuf memory) {
      message =
          Message.wrap(
              List.of(memory),
              () -> {
                released.incrementAndGet();
                onReleased.run();
              });
    }
  }

  /** A small message whose memory does something while it is read. */
  static Message busy(String text, Runnable whileRead) {
    return Message.of(
        new UnpooledHeapByteBuf(UnpooledByteBufAllocator.DEFAULT, text.length(), text.length()) {
          @Override
          public ByteBuf getBytes(int index, byte[] target, int from, int length) {
            whileRead.run();
            return super.getBytes(index, target, from, length);
          }
        }.writeBytes(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** A text codec that fails for some texts and remembers what it was asked. */
  static class Recording implements Codec<String> {
    final List<String> encoded = new ArrayList<>();
    final List<String> discarded = new ArrayList<>();
    Throwable failure = new IllegalArgumentException("not this one");
    Runnable whileEncoding = () -> {};

    @Override
    public Message encode(String value, ByteBufAllocator allocator) {
      whileEncoding.run();
      if (value.startsWith("bad")) {
        throw Values.<RuntimeException>sneaky(failure);
      }
      encoded.add(value);
      return Codec.utf8().encode(value, allocator);
    }

    @Override
    public String decode(Message message) {
      String text = Codec.utf8().decode(message);
      if (text.startsWith("bad")) {
        throw Values.<RuntimeException>sneaky(failure);
      }
      return text;
    }

    @Override
    public void discard(String value) {
      discarded.add(value);
    }
  }

  /** The same where the text lies, which is what it is asked for. */
  static final class RecordingInPlace extends Recording implements InPlaceDecoder<String> {
    int decodedInPlace;

    @Override
    public String decode(ByteBuffer frame, int index, int length) {
      decodedInPlace++;
      byte[] text = new byte[length];
      frame.get(index, text);
      return decode(Message.of(text));
    }
  }

  /** Text that is written in place. */
  static class InPlaceText implements InPlaceCodec<String> {
    @Override
    public Message encode(String value, ByteBufAllocator allocator) {
      return Codec.utf8().encode(value, allocator);
    }

    @Override
    public String decode(Message message) {
      return Codec.utf8().decode(message);
    }

    @Override
    public int sizeOf(String value) {
      return value.length();
    }

    @Override
    public void writeTo(String value, ByteBuf target) {
      target.writeCharSequence(value, StandardCharsets.US_ASCII);
    }
  }

  /** A codec of buffers: encoding passes the value's reference on to the message. */
  static final class Buffers implements Codec<ByteBuf> {
    @Override
    public Message encode(ByteBuf value, ByteBufAllocator allocator) {
      return Message.of(value);
    }

    @Override
    public ByteBuf decode(Message message) {
      try {
        return message.retainedPart(0, 0, message.partSize(0));
      } finally {
        message.release();
      }
    }

    @Override
    public void discard(ByteBuf value) {
      value.release();
    }
  }

  /** To throw what is not declared. */
  @SuppressWarnings("unchecked")
  static <E extends Throwable> E sneaky(Throwable failure) throws E {
    throw (E) failure;
  }
}
