package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.error.ProtocolException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;

/**
 * The control payloads between a SUB and a PUB: SUBSCRIBE, SUBSCRIBED and UNSUBSCRIBE. Each names
 * many subscriptions, because each payload costs one of the control reserve.
 */
public final class Subscriptions {

  /** Subscriptions that one payload may name. */
  public static final int MAX_IDS = 1000;

  /** Bytes of a SUBSCRIBE at most. */
  public static final int MAX_SUBSCRIBE_BYTES = 16 * 1024;

  /** Bytes of a prefix at most. */
  public static final int MAX_PREFIX_BYTES = 1024;

  /** Subscriptions that a channel has at a time at most. */
  public static final int MAX_SUBSCRIPTIONS = 10_000;

  private Subscriptions() {}

  /**
   * Asks a PUB for messages.
   *
   * @param alloc gives the buffer
   * @param waiting as many as fit, one at least, are taken from its head
   * @return a buffer that the caller owns
   */
  public static ByteBuf subscribe(ByteBufAllocator alloc, Queue<Subscription> waiting) {
    ByteBuf out = alloc.buffer(256, MAX_SUBSCRIBE_BYTES);
    out.writeByte(Kind.SUBSCRIBE.code());
    int count = 0;
    for (Subscription next;
        count < MAX_IDS
            && (next = waiting.peek()) != null
            && out.writerIndex() + bytes(next) <= MAX_SUBSCRIBE_BYTES;
        count++) {
      waiting.remove();
      Varint.write(out, next.id());
      Varint.write(out, next.prefix().length);
      out.writeBytes(next.prefix());
    }
    return out;
  }

  private static int bytes(Subscription subscription) {
    int length = subscription.prefix().length;
    return Varint.size(subscription.id()) + Varint.size(length) + length;
  }

  /**
   * Reads a SUBSCRIBE.
   *
   * @param payload the whole payload, borrowed
   * @return one or more subscriptions
   * @throws ProtocolException if it is no SUBSCRIBE, is malformed, or breaks a limit
   */
  public static List<Subscription> readSubscribe(ByteBuf payload) {
    if (payload.readableBytes() > MAX_SUBSCRIBE_BYTES) {
      throw new ProtocolException(
          "a SUBSCRIBE has %d bytes, at most %d are allowed"
              .formatted(payload.readableBytes(), MAX_SUBSCRIBE_BYTES));
    }
    ByteBuf in = Control.body(payload, Kind.SUBSCRIBE);
    List<Subscription> all = new ArrayList<>();
    while (in.isReadable()) {
      if (all.size() == MAX_IDS) {
        throw new ProtocolException("a SUBSCRIBE has more than " + MAX_IDS + " subscriptions");
      }
      long id = readSubscriptionId(in);
      int length = Varint.readInt(in);
      if (length > MAX_PREFIX_BYTES || length > in.readableBytes()) {
        throw new ProtocolException(
            "a prefix has %d bytes, at most %d are allowed and %d are left"
                .formatted(length, MAX_PREFIX_BYTES, in.readableBytes()));
      }
      byte[] prefix = new byte[length];
      in.readBytes(prefix);
      all.add(new Subscription(id, prefix));
    }
    if (all.isEmpty()) {
      throw new ProtocolException("a SUBSCRIBE has no subscription");
    }
    return all;
  }

  private static long readSubscriptionId(ByteBuf in) {
    long id = Varint.readLong(in);
    if (id == 0) {
      throw new ProtocolException("a subscription's id is 1 or more, not 0");
    }
    return id;
  }

  /**
   * What a SUBSCRIBED says.
   *
   * @param next from the message of this number on the subscriptions are in force
   * @param ids of the subscriptions
   */
  public record Subscribed(long next, long[] ids) {}

  /**
   * Tells a SUB that subscriptions are in force.
   *
   * @param alloc gives the buffer
   * @param next the number that the next message of this channel will have
   * @param ids of the subscriptions
   * @param count how many of them to write, from the first on; 1 to {@link #MAX_IDS}
   * @return a buffer that the caller owns
   */
  public static ByteBuf subscribed(ByteBufAllocator alloc, long next, long[] ids, int count) {
    ByteBuf out = alloc.buffer(1 + 9 * (1 + count));
    out.writeByte(Kind.SUBSCRIBED.code());
    Varint.write(out, next);
    return Control.writeIds(out, ids, count);
  }

  /**
   * Reads a SUBSCRIBED.
   *
   * @param payload the whole payload, borrowed
   * @return what it says
   * @throws ProtocolException if it is no SUBSCRIBED, is malformed, or names none or too many
   */
  public static Subscribed readSubscribed(ByteBuf payload) {
    ByteBuf in = Control.body(payload, Kind.SUBSCRIBED);
    long next = Varint.readLong(in);
    if (next == 0) {
      throw new ProtocolException("a message's number is 1 or more, not 0");
    }
    return new Subscribed(next, readSubscriptionIds(in, Kind.SUBSCRIBED));
  }

  /**
   * Tells a PUB that subscriptions are given up.
   *
   * @param alloc gives the buffer
   * @param ids of the subscriptions
   * @param count how many of them to write, from the first on; 1 to {@link #MAX_IDS}
   * @return a buffer that the caller owns
   */
  public static ByteBuf unsubscribe(ByteBufAllocator alloc, long[] ids, int count) {
    ByteBuf out = alloc.buffer(1 + 9 * count);
    out.writeByte(Kind.UNSUBSCRIBE.code());
    return Control.writeIds(out, ids, count);
  }

  /**
   * Reads an UNSUBSCRIBE.
   *
   * @param payload the whole payload, borrowed
   * @return ids, 1 to {@link #MAX_IDS} of them
   * @throws ProtocolException if it is no UNSUBSCRIBE, is malformed, or names none or too many
   */
  public static long[] readUnsubscribe(ByteBuf payload) {
    return readSubscriptionIds(Control.body(payload, Kind.UNSUBSCRIBE), Kind.UNSUBSCRIBE);
  }

  private static long[] readSubscriptionIds(ByteBuf in, Kind kind) {
    long[] ids = new long[Math.min(in.readableBytes(), MAX_IDS)];
    int count = 0;
    while (in.isReadable()) {
      if (count == ids.length) {
        throw new ProtocolException(
            "a payload of kind " + kind + " names more than " + MAX_IDS + " subscriptions");
      }
      ids[count++] = readSubscriptionId(in);
    }
    if (count == 0) {
      throw new ProtocolException("a payload of kind " + kind + " names no subscription");
    }
    return Arrays.copyOf(ids, count);
  }
}
