package io.reactorzmq.internal.flow;

import io.netty.util.ReferenceCounted;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;

/**
 * The entrance of a sending socket for any thread: offers values to the {@link Outbox} within the
 * bounds, and refuses or waits where there is no room or no peer.
 */
public final class SendPort<T> {

  private final Outbox<T> router;
  private final SendBounds bounds;
  private final Executor completions;

  /** Whether messages are sent as they are, so that encoding changes no reference. */
  private final boolean identity;

  /**
   * Creates the entrance.
   *
   * @param router takes the values
   * @param completions runs the completions
   */
  public SendPort(Outbox<T> router, Executor completions) {
    this.router = router;
    this.bounds = router.bounds();
    this.completions = completions;
    Codec<T> codec = router.codec();
    this.identity = codec == Codec.message() || codec == Codec.zeroCopy();
  }

  /**
   * Offers a value without waiting. A value that is not accepted stays the caller's.
   *
   * @param value the value
   * @return OK, FAIL_OVERFLOW, FAIL_ZERO_SUBSCRIBER or FAIL_TERMINATED
   */
  public EmitResult tryEmit(T value) {
    if (router.isClosed()) {
      return EmitResult.FAIL_TERMINATED;
    }
    if (!router.hasPeers()) {
      return EmitResult.FAIL_ZERO_SUBSCRIBER;
    }
    int small = smallSize(value);
    if (small >= 0) {
      return emitSmall(value, small);
    }
    SendItem<T> item = encodeWithinBounds(value, null);
    if (item == null) {
      return EmitResult.FAIL_OVERFLOW;
    }
    router.offer(item);
    return EmitResult.OK;
  }

  private int smallSize(T value) {
    try {
      return router.smallSize(value);
    } catch (Throwable e) {
      throw Encoding.failure(e);
    }
  }

  private EmitResult emitSmall(T value, int size) {
    if (bounds.hasPending() || !bounds.tryReserve(1)) {
      return EmitResult.FAIL_OVERFLOW;
    }
    if (!bounds.tryReserveBytes(size)) {
      bounds.release(1, 0);
      return EmitResult.FAIL_OVERFLOW;
    }
    router.offerSmall(value, size, null);
    return EmitResult.OK;
  }

  /**
   * Sends a value, waiting for room and a peer.
   *
   * @param value taken at subscription
   * @return cold; completes when the library reads the value's memory no more
   */
  public Mono<Void> send(T value) {
    return new SendOne<>(this, "send", value, counted(value) != null);
  }

  /** What counts the references to a value, or null. */
  static @Nullable ReferenceCounted counted(Object value) {
    Object held = value instanceof Publication<?> publication ? publication.value() : value;
    return held instanceof ReferenceCounted counted ? counted : null;
  }

  /**
   * Sends what a publisher emits, requesting only what there is room for.
   *
   * @param values subscribed to when the result is
   * @return cold; completes when the publisher has, and the library reads no value's memory
   */
  public Mono<Void> sendAll(Publisher<? extends T> values) {
    return new SendAllMono<>(this, values);
  }

  Outbox<T> router() {
    return router;
  }

  Executor completions() {
    return completions;
  }

  /**
   * An encoded item within the bounds, or null if there is no room; the value stays the caller's.
   */
  @Nullable SendItem<T> encodeWithinBounds(T value, SendItem.@Nullable Completion completion) {
    if (bounds.hasPending() || !bounds.tryReserve(1)) {
      return null;
    }
    Message message;
    ReferenceCounted kept = null;
    try {
      ReferenceCounted counted = identity ? null : counted(value);
      if (counted != null) {
        kept = counted.retain(); // the message takes one, and is released if it does not fit
      }
      message = router.codec().encode(value, router.allocator());
    } catch (Throwable e) {
      if (kept != null) {
        kept.release();
      }
      bounds.release(1, 0);
      router.signal(); // a sendAll may have found the room taken
      throw Encoding.failure(e);
    }
    if (!bounds.tryReserveBytes(message.size())) {
      bounds.release(1, 0);
      if (!identity) {
        message.release();
      }
      return null;
    }
    if (kept != null) {
      kept.release();
    }
    return SendItem.encoded(bounds, router.codec(), message, completion != null, completion);
  }
}
