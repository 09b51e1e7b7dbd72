package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.IllegalReferenceCountException;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * One value on its way from a sender to a peer's frames. It is alive until the router has framed or
 * dropped it and the last frame that refers to its memory is released; then its send is complete.
 *
 * <p>Cancelling and framing race for the {@link #claim()}: whoever wins owns the value.
 */
final class SendItem<T> implements Outgoing {

  /** What a send wants to know. Both methods may be called on any thread, one of them, once. */
  interface Completion {
    void released();

    void failed(Throwable cause);
  }

  @SuppressWarnings("rawtypes")
  private static final AtomicIntegerFieldUpdater<SendItem> CLAIMED =
      AtomicIntegerFieldUpdater.newUpdater(SendItem.class, "claimed");

  @SuppressWarnings("rawtypes")
  private static final AtomicIntegerFieldUpdater<SendItem> OTHERS =
      AtomicIntegerFieldUpdater.newUpdater(SendItem.class, "others");

  private final SendBounds bounds;
  private final Codec<T> codec;
  private @Nullable Completion completion;
  private final boolean reserved;
  private final boolean cancellable;
  private @Nullable T value;
  private @Nullable Message message;
  private long size;
  private @Nullable Throwable failure;
  private volatile int claimed;

  /** References beside the first; see {@link Message}. */
  private volatile int others;

  private volatile boolean cancelled;

  /** Lanes that have taken it and not framed it; the fan-out's to count. */
  int lanes;

  /** Whether a lane gave it up because the socket closed. */
  boolean unsent;

  /** Whether it waits at one router for a peer that takes its size, and goes to no other. */
  boolean isPinned;

  private SendItem(
      SendBounds bounds,
      Codec<T> codec,
      boolean reserved,
      boolean cancellable,
      @Nullable Completion completion) {
    this.bounds = bounds;
    this.codec = codec;
    this.reserved = reserved;
    this.cancellable = cancellable;
    this.completion = completion;
  }

  /** An encoded item; its slot and bytes are reserved. */
  static <T> SendItem<T> encoded(
      SendBounds bounds,
      Codec<T> codec,
      Message message,
      boolean cancellable,
      @Nullable Completion completion) {
    SendItem<T> item = new SendItem<>(bounds, codec, true, cancellable, completion);
    item.message = message;
    item.size = message.size();
    return item;
  }

  /** An item that waits un-encoded; it counts among the pending sends. */
  static <T> SendItem<T> pending(
      SendBounds bounds, Codec<T> codec, T value, @Nullable Completion completion) {
    SendItem<T> item = new SendItem<>(bounds, codec, false, true, completion);
    item.value = value;
    return item;
  }

  boolean isPending() {
    return !reserved;
  }

  boolean isClaimed() {
    return claimed != 0;
  }

  /** Decides between framing and cancelling: true for the first caller only. */
  boolean claim() {
    if (!cancellable) {
      // only the event loop ever claims it
      boolean first = claimed == 0;
      CLAIMED.lazySet(this, 1);
      return first;
    }
    return CLAIMED.compareAndSet(this, 0, 1);
  }

  /** Puts a claimed item back: no peer has room for it now, or its peer went away. */
  void unclaim() {
    if (!cancellable) {
      CLAIMED.lazySet(this, 0);
      return;
    }
    claimed = 0;
    if (cancelled && claim()) {
      drop(null);
    }
  }

  /** Takes the value back if it is not being framed: true if it will never be sent. */
  boolean cancel() {
    cancelled = true;
    if (!claim()) {
      return false;
    }
    drop(null);
    return true;
  }

  @Override
  public @Nullable Message message() {
    return message;
  }

  /** The message's bytes, once it is encoded. */
  long size() {
    return size;
  }

  @Nullable Completion completion() {
    return completion;
  }

  /** Encodes a claimed pending item. */
  void encode(ByteBufAllocator allocator) {
    T waiting = value;
    if (waiting != null) {
      Message encoded = codec.encode(waiting, allocator);
      message = encoded;
      size = encoded.size();
      value = null;
    }
  }

  /** The last byte is in a frame: the slot is free, the memory when the frames are gone. */
  @Override
  public void framed() {
    if (reserved) {
      if (cancellable) {
        bounds.release(1, size); // its sender is told now, and may send the next at once
        bounds.flushFreed();
      } else {
        bounds.freed(1, size);
      }
    } else {
      bounds.releasePending();
    }
    end();
  }

  /**
   * Every lane that wants it has it: the slot is free and its send complete, whatever still reads
   * its memory.
   */
  void handedOver() {
    Completion told = completion;
    completion = null;
    framed();
    if (told != null) {
      told.released();
    }
  }

  /** Ends a claimed item that no peer will get. */
  @Override
  public void drop(@Nullable Throwable cause) {
    failure = cause;
    if (reserved) {
      bounds.release(1, size);
    } else {
      bounds.releasePending();
    }
    end();
  }

  /** Gives up the first reference; only its owner retains, so if it is the last it stays so. */
  private void end() {
    if (others == 0) {
      OTHERS.lazySet(this, -1);
      deallocate();
    } else {
      release();
    }
  }

  private void deallocate() {
    Message encoded = message;
    message = null; // a cancelled item stays in the queue for a while
    if (encoded != null && encoded.refCnt() > 0) {
      encoded.release();
    }
    T waiting = value;
    value = null;
    if (waiting != null) {
      codec.discard(waiting);
    }
    if (completion != null) {
      Throwable cause = failure;
      if (cause == null) {
        completion.released();
      } else {
        completion.failed(cause);
      }
    }
  }

  @Override
  public int refCnt() {
    return others + 1;
  }

  @Override
  public SendItem<T> retain() {
    return retain(1);
  }

  @Override
  public SendItem<T> retain(int increment) {
    OTHERS.addAndGet(this, increment);
    return this;
  }

  @Override
  public boolean release() {
    return release(1);
  }

  @Override
  public boolean release(int decrement) {
    int left = OTHERS.addAndGet(this, -decrement) + 1;
    if (left < 0) {
      throw new IllegalReferenceCountException(left + decrement, -decrement);
    }
    if (left == 0) {
      deallocate();
    }
    return left == 0;
  }

  @Override
  public SendItem<T> touch() {
    return this;
  }

  @Override
  public SendItem<T> touch(@Nullable Object hint) {
    return this;
  }
}
