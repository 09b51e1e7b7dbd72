package io.reactorzmq.internal.flow;

import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCounted;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import org.jspecify.annotations.Nullable;

/**
 * A published message that has arrived, shared by the subscribers it matches. It is decoded once,
 * when the first of them takes it, and given up when each has taken or dropped it.
 */
final class Arrival<T> {

  /** A smaller message does not keep the frame it came in from being freed. */
  private static final int COPY_BELOW = 32 * 1024;

  final Object origin;
  final String topic;
  final long size;
  private int holders;
  private @Nullable Message message;
  private @Nullable T value;
  private @Nullable CodecException failure;

  Arrival(Object origin, String topic, Message message, int holders) {
    this.origin = origin;
    this.topic = topic;
    this.size = message.size();
    this.message = message;
    this.holders = holders;
  }

  /**
   * It has to wait: what is small is copied out of its frame, which is shared with many others.
   * What was refused is left to be reported by whoever takes it.
   */
  void detach() {
    Message attached = message;
    if (attached != null && size < COPY_BELOW && attached.refusal() == null) {
      message = Codec.message().decode(attached);
    }
  }

  /**
   * The value, for one subscriber more.
   *
   * @throws CodecException the same for each of them
   */
  T take(Codec<T> codec) {
    holders--;
    if (message != null) {
      decode(codec, message);
    }
    CodecException refused = failure;
    T taken = value;
    if (refused != null || taken == null) {
      throw refused != null ? refused : new CodecException("the codec gave no value");
    }
    if (holders == 0) {
      value = null;
    } else if (taken instanceof ReferenceCounted counted) {
      counted.retain();
    }
    return taken;
  }

  /** Whether a subscriber has tried to take it; the first one reports what the codec says. */
  boolean isDecoded() {
    return message == null;
  }

  private void decode(Codec<T> codec, Message whole) {
    message = null;
    try {
      value = codec.decode(body(whole));
    } catch (Throwable e) {
      failure =
          e instanceof CodecException known
              ? known
              : new CodecException("the codec could not decode the message: " + e, e);
    }
  }

  /** The message without its topic; nothing but a topic has an empty part for a body. */
  private static Message body(Message whole) {
    if (whole.partCount() > 1) {
      return whole.withoutFirst();
    }
    whole.release();
    return Message.of(Unpooled.EMPTY_BUFFER);
  }

  /** One subscriber does not want it. */
  void drop(Codec<T> codec) {
    if (--holders > 0) {
      return;
    }
    Message unread = message;
    T unwanted = value;
    message = null;
    value = null;
    if (unread != null) {
      unread.release();
    } else if (unwanted != null) {
      codec.discard(unwanted);
    }
  }
}
