package io.reactorzmq.rdma.internal;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.internal.transport.Landings;
import org.jspecify.annotations.Nullable;

/**
 * One frame between its announcement and its delivery: it came along, or waits at its sender until
 * it is fetched, into memory of its own or where its content is wanted anyway. Confined to the
 * event loop.
 */
final class Arriving {

  private static final int HEAD = Landings.HEAD;

  private final RdmaConnection connection;
  private final byte[] head = new byte[AmHeader.MAX_HEAD];
  private int headBytes;
  private int length;
  private long announcement;
  private long target;
  private boolean announced;
  private boolean fetching;
  private boolean unwanted;
  private int status;
  private @Nullable ByteBuf frame;

  /** Where the frame's bytes behind the first {@link Landings#HEAD} go, if not into the frame. */
  private @Nullable ByteBuf landing;

  /** What a landing on the heap is fetched into first. */
  private @Nullable ByteBuf detour;

  Arriving(RdmaConnection connection) {
    this.connection = connection;
  }

  int length() {
    return length;
  }

  /** Whether it can be delivered, or has failed. */
  boolean isThere() {
    return !announced && !fetching;
  }

  boolean isAnnounced() {
    return announced;
  }

  /** Why it could not be fetched; 0 if nothing is wrong. */
  int status() {
    return status;
  }

  /** It came along with its message. */
  void came(ByteBufAllocator allocator, long header, int headBytes, long data, int bytes) {
    begin(headBytes + bytes);
    ByteBuf whole = allocator.directBuffer(Math.max(1, length), Math.max(1, length));
    long to = Memory.address(whole, 0);
    Memory.copy(header, to, headBytes);
    Memory.copy(data, to + headBytes, bytes);
    frame = whole.writerIndex(length);
  }

  /** It waits at its sender. */
  void announce(long header, int headBytes, long announcement, int bytes) {
    begin(headBytes + bytes);
    Memory.getBytes(header, head, headBytes);
    this.headBytes = headBytes;
    this.announcement = announcement;
    announced = true;
  }

  private void begin(int length) {
    this.length = length;
    status = UcpStructs.OK;
    announced = false;
    unwanted = false;
  }

  /**
   * Makes room for it. If there is no memory it stays announced.
   *
   * @param landings who may know where its content is wanted; null if that cannot be asked yet
   */
  void prepare(ByteBufAllocator allocator, @Nullable Landings landings) {
    ByteBuf to = landings == null || landings.isEmpty() ? null : land(allocator, landings);
    if (to == null) {
      to = allocator.directBuffer(length, length).writeBytes(head, 0, headBytes);
      frame = to;
      target = Memory.address(to, headBytes);
    } else {
      target = Memory.address(to, to.writerIndex());
    }
  }

  /** Fetches it. */
  void fetch(UcxLoop loop) {
    announced = false;
    fetching = true;
    loop.fetch(this, announcement, target, length - headBytes);
  }

  private @Nullable ByteBuf land(ByteBufAllocator allocator, Landings landings) {
    if (headBytes < HEAD) {
      return null;
    }
    ByteBuf first = allocator.directBuffer(HEAD, HEAD).writeBytes(head, 0, HEAD);
    frame = first;
    ByteBuf where = landings.find(first, length, 0);
    if (where == null) {
      frame = null;
      first.release();
      return null;
    }
    landing = where;
    ByteBuf to = where;
    if (!where.isDirect() || where.nioBufferCount() != 1) {
      to = allocator.directBuffer(length - HEAD, length - HEAD);
      detour = to;
    }
    return to.writeBytes(head, HEAD, headBytes - HEAD);
  }

  /** It was fetched, or not; called by UCX. */
  void fetched(int status) {
    fetching = false;
    this.status = status;
    connection.fetched(this);
  }

  /** Whether it was given up while it was fetched. */
  boolean isUnwanted() {
    return unwanted;
  }

  /** The frame, which is the caller's from now on. */
  ByteBuf take(ByteBufAllocator allocator) {
    ByteBuf whole = frame;
    ByteBuf rest = landing;
    ByteBuf copied = detour;
    if (whole == null) {
      throw new IllegalStateException("a frame that is not there");
    }
    frame = null;
    landing = null;
    detour = null;
    if (rest == null) {
      return whole.writerIndex(length);
    }
    int bytes = length - HEAD;
    if (copied != null) {
      rest.writeBytes(copied, 0, bytes);
      copied.release();
    } else {
      rest.writerIndex(rest.writerIndex() + bytes - (headBytes - HEAD));
    }
    return allocator.compositeBuffer(2).addComponent(true, whole).addComponent(true, rest);
  }

  /**
   * Gives it up.
   *
   * @return whether it is free now; otherwise as soon as it is fetched
   */
  boolean release(UcxLoop loop) {
    if (fetching) {
      unwanted = true;
      return false;
    }
    if (announced) {
      announced = false;
      loop.releaseData(announcement);
    }
    for (ByteBuf buffer : new ByteBuf[] {frame, landing, detour}) {
      if (buffer != null) {
        buffer.release();
      }
    }
    frame = null;
    landing = null;
    detour = null;
    return true;
  }
}
