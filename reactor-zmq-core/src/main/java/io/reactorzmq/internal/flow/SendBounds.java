package io.reactorzmq.internal.flow;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bounds of a sending socket: how many messages and bytes may be queued, and how many sends may
 * wait un-encoded beyond that. Any thread reserves before it enqueues, so the queue itself needs no
 * bound.
 */
public final class SendBounds {

  /** Room for so many is made at once: others can go on while more leave. */
  private static final int MANY = 64;

  private final int maxMessages;
  private final long maxBytes;
  private final int maxPending;
  private final AtomicInteger messages = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicInteger pending = new AtomicInteger();
  private int freedMessages;
  private long freedBytes;

  /**
   * Creates the bounds.
   *
   * @param highWaterMark messages, 0 for no limit
   * @param highWaterMarkBytes bytes
   * @param maxPendingSends sends that may wait un-encoded
   */
  public SendBounds(int highWaterMark, long highWaterMarkBytes, int maxPendingSends) {
    this.maxMessages = highWaterMark == 0 ? Integer.MAX_VALUE : highWaterMark;
    this.maxBytes = highWaterMarkBytes;
    this.maxPending = maxPendingSends;
  }

  /** Messages that could be reserved now, as far as the bytes allow any. */
  int room() {
    return bytes.get() >= maxBytes ? 0 : maxMessages - messages.get();
  }

  /** Messages that each of so many publishers may be granted, so that idle ones leave room. */
  int share(int publishers) {
    return Math.max(1, maxMessages / 4 / publishers);
  }

  /** Bytes that are still free, at least 0. */
  long roomBytes() {
    return Math.max(0, maxBytes - bytes.get());
  }

  /** Takes {@code n} message slots if all are free; their bytes follow with {@link #addBytes}. */
  boolean tryReserve(int n) {
    for (; ; ) {
      int now = messages.get();
      if (n > maxMessages - now || bytes.get() >= maxBytes) {
        return false;
      }
      if (messages.compareAndSet(now, now + n)) {
        return true;
      }
    }
  }

  /** Takes bytes if they fit; a message larger than the bound fits an empty queue. */
  boolean tryReserveBytes(long size) {
    for (; ; ) {
      long now = bytes.get();
      if (now != 0 && size > maxBytes - now) {
        return false;
      }
      if (bytes.compareAndSet(now, now + size)) {
        return true;
      }
    }
  }

  /** Takes bytes whose slot was granted before their number was known. */
  void addBytes(long size) {
    bytes.addAndGet(size);
  }

  /** Gives back messages that left; event loop only, in force by {@link #flushFreed()}. */
  void freed(int n, long size) {
    freedMessages += n;
    freedBytes += size;
  }

  /** Makes room in the middle of a drain, if there is much to make. */
  void flushManyFreed() {
    if (freedMessages >= MANY) {
      flushFreed();
    }
  }

  /** Makes room for what has left; now and then rather than once per message. */
  void flushFreed() {
    if (freedMessages > 0) {
      release(freedMessages, freedBytes);
      freedMessages = 0;
      freedBytes = 0;
    }
  }

  void release(int n, long size) {
    messages.addAndGet(-n);
    bytes.addAndGet(-size);
  }

  boolean tryReservePending() {
    for (; ; ) {
      int now = pending.get();
      if (now >= maxPending) {
        return false;
      }
      if (pending.compareAndSet(now, now + 1)) {
        return true;
      }
    }
  }

  void releasePending() {
    pending.decrementAndGet();
  }

  boolean hasPending() {
    return pending.get() > 0;
  }

  /**
   * Messages queued, or granted to a {@code sendAll} that has not produced them yet.
   *
   * @return messages
   */
  public int messages() {
    return messages.get();
  }

  /**
   * Bytes queued.
   *
   * @return bytes
   */
  public long bytes() {
    return bytes.get();
  }

  /**
   * Sends that wait un-encoded.
   *
   * @return sends
   */
  public int pending() {
    return pending.get();
  }

  @Override
  public String toString() {
    return messages
        + " of "
        + (maxMessages == Integer.MAX_VALUE ? "unlimited" : maxMessages)
        + " messages and "
        + bytes
        + " of "
        + maxBytes
        + " bytes queued (highWaterMark, highWaterMarkBytes), "
        + pending
        + " of "
        + maxPending
        + " sends waiting (maxPendingSends)";
  }
}
