package io.reactorzmq.message;

import io.netty.buffer.ByteBuf;

/**
 * A codec that knows the length of a small value beforehand and writes it where it is told to, so
 * that a sender needs no message for it. A PUSH or a PAIR writes values below 4 KiB straight into
 * the frame in which they leave; everything else is encoded as by any {@link Codec}.
 *
 * <p>What it writes is the one part that {@link #encode} would make a message of.
 *
 * @param <T> the values
 */
public interface InPlaceCodec<T> extends Codec<T> {

  /**
   * The length of a value that can be written in place. Asked once, on the thread that sends the
   * value; what this throws is heard there as what {@link #encode} throws.
   *
   * @param value not null
   * @return bytes; negative if the value is to be encoded instead
   */
  int sizeOf(T value);

  /**
   * Writes a value, on the socket's event loop; it is given to {@link #discard} afterwards. If this
   * throws, or writes another number of bytes, that value alone is dropped and reported as {@link
   * io.reactorzmq.event.SocketEvent.Dropped}; a {@code sendAll} that it came from fails.
   *
   * @param value one for which {@link #sizeOf} gave a length
   * @param target grows by that length
   */
  void writeTo(T value, ByteBuf target);
}
