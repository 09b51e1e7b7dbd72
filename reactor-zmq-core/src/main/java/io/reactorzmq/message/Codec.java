package io.reactorzmq.message;

import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Turns values into messages and back. A codec is stateless or thread-safe: encoding runs on the
 * sender's thread or the socket's event loop, decoding where {@code onNext} runs.
 *
 * <p>Ownership: {@link #encode} gives a message to the caller, {@link #decode} takes one. A value
 * codec, such as {@link #utf8()}, therefore never shows a buffer to the user.
 *
 * @param <T> the values
 */
public interface Codec<T> {

  /**
   * Makes a message of a value. For a reference-counted value the message takes over its reference;
   * if this throws, the value stays with the caller, which discards it.
   *
   * @param value not null
   * @param allocator memory for large values; small ones are better left on the heap
   * @return a message that the caller releases
   * @throws io.reactorzmq.error.CodecException if there is no message for this value
   */
  Message encode(T value, ByteBufAllocator allocator);

  /**
   * Makes a value of a message and takes the message: it is released here, or handed on inside the
   * value, whether this returns or throws.
   *
   * @param message its reference passes to this method
   * @return the value, not null
   * @throws io.reactorzmq.error.CodecException if the message is none of this codec
   */
  T decode(Message message);

  /**
   * Releases a value that will not be encoded or that nobody received. The default does nothing,
   * which is right for every value that is not reference-counted.
   *
   * @param value a value of this codec
   */
  default void discard(T value) {}

  /**
   * Where the parts of large messages are put together. The default leaves them in the frames they
   * came in, which is right for all that is not wanted in one run of memory.
   *
   * @return asked once for each socket; null for no memory of its own
   */
  default @Nullable AssemblyTarget assemblyTarget() {
    return null;
  }

  /**
   * One part of UTF-8 text.
   *
   * @return a shared codec
   */
  static Codec<String> utf8() {
    return StringCodec.UTF_8;
  }

  /**
   * One part of text in a charset. Characters that it lacks become its replacement, mostly {@code
   * ?}.
   *
   * @param charset how characters become bytes
   * @return a codec
   * @throws IllegalArgumentException if the charset can only be read
   */
  static Codec<String> string(Charset charset) {
    if (!charset.canEncode()) {
      throw new IllegalArgumentException("the charset " + charset + " can only be read");
    }
    return charset.equals(StandardCharsets.UTF_8) ? StringCodec.UTF_8 : new StringCodec(charset);
  }

  /**
   * One part of bytes. The array is read when it is sent, so it must not change until the send
   * completes, and never again once it was published; each received value is a new array.
   *
   * @return a shared codec
   */
  static Codec<byte[]> bytes() {
    return BytesCodec.INSTANCE;
  }

  /**
   * Whole messages, received as heap copies whose release is optional. The default of every socket.
   *
   * @return a shared codec
   */
  static Codec<Message> message() {
    return HeapMessageCodec.INSTANCE;
  }

  /**
   * Whole messages, received as views of the receive buffer: nothing is copied, and each message
   * must be released exactly once. A small message keeps the whole buffer it arrived in alive.
   *
   * @return a shared codec
   */
  static Codec<Message> zeroCopy() {
    return MessageCodec.ZERO_COPY;
  }
}
