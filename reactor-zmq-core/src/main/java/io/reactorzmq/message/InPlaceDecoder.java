package io.reactorzmq.message;

import java.nio.ByteBuffer;

/**
 * A codec that makes a value where its bytes lie in the frame that it came in with others, so that
 * a receiver needs no message for it. A PULL or a PAIR asks it for the messages of a frame that
 * brings several, if each of them has one part and lies in that frame whole, unless the codec's
 * {@link AssemblyTarget} takes whole parts; everything else is decoded as by any {@link Codec}.
 *
 * @param <T> the values
 */
public interface InPlaceDecoder<T> extends Codec<T> {

  /**
   * Makes a value of a message of one part, where {@code onNext} runs.
   *
   * @param frame borrowed until this returns, with its position, limit and contents as they are;
   *     big-endian
   * @param index of the part's first byte
   * @param length of the part in bytes
   * @return the value, not null, which keeps nothing of the frame; the one that {@link
   *     #decode(Message)} would make
   * @throws io.reactorzmq.error.CodecException if the part is none of this codec
   */
  T decode(ByteBuffer frame, int index, int length);
}
