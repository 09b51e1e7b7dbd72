package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCounted;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.Objects;

/**
 * A value on its way to the subscribers of its topic.
 *
 * @param topic UTF-8
 * @param value what is published
 */
record Publication<T>(byte[] topic, T value) {

  /** Puts the topic in front of what another codec makes of the value. */
  record Encoder<T>(Codec<T> values) implements Codec<Publication<T>> {

    @Override
    public Message encode(Publication<T> publication, ByteBufAllocator allocator) {
      Message encoded =
          Objects.requireNonNull(
              values.encode(publication.value, allocator), "the codec gave no message");
      try {
        return encoded.withFirst(publication.topic);
      } catch (RuntimeException e) {
        if (publication.value instanceof ReferenceCounted counted) {
          counted.retain(); // the value stays with the caller, only what was made of it goes
        }
        encoded.release();
        throw e;
      }
    }

    @Override
    public Publication<T> decode(Message message) {
      throw new UnsupportedOperationException("a PUB receives nothing");
    }

    @Override
    public void discard(Publication<T> publication) {
      values.discard(publication.value);
    }
  }
}
