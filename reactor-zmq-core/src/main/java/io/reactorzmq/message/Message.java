package io.reactorzmq.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.util.AbstractReferenceCounted;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a socket carries: an ordered list of parts, each a run of bytes, sent and received as one.
 * Immutable and reference-counted; whoever is given a message releases it exactly once.
 *
 * <p>A message over heap memory, such as {@link #of(String...)} makes, may also be left to the
 * garbage collector. The parts are never copied by the library from about one kilobyte up, so their
 * bytes must not change while the message is alive.
 */
public final class Message extends AbstractReferenceCounted {

  /** A message may have this many parts at most. */
  public static final int MAX_PARTS = 65_535;

  private static final ByteBuf[] NO_BUFFERS = {};
  private static final int[] NO_LENGTHS = {};

  /** Owns the bytes of a message whose parts lie one behind the other in one buffer. */
  private final @Nullable ByteBuf body;

  private final int bodyOffset;
  private final int[] bodyLengths;

  /** Owns the bytes of any other message. */
  private final ByteBuf[] parts;

  private final long size;
  private final @Nullable Runnable onReleased;

  private Message(ByteBuf body, int offset, int[] lengths) {
    this.body = body;
    this.bodyOffset = offset;
    this.bodyLengths = lengths;
    this.parts = NO_BUFFERS;
    this.onReleased = null;
    long sum = 0;
    for (int length : lengths) {
      sum += length;
    }
    this.size = sum;
  }

  private Message(ByteBuf[] parts, @Nullable Runnable onReleased) {
    if (parts.length == 0 || parts.length > MAX_PARTS) {
      throw new IllegalArgumentException(
          "a message has 1 to " + MAX_PARTS + " parts, not " + parts.length);
    }
    this.body = null;
    this.bodyOffset = 0;
    this.bodyLengths = NO_LENGTHS;
    this.parts = parts;
    this.onReleased = onReleased;
    long sum = 0;
    for (ByteBuf part : parts) {
      sum += part.readableBytes();
    }
    this.size = sum;
  }

  /**
   * A message of the readable bytes of each buffer. Takes over one reference of each.
   *
   * @param parts 1 to {@link #MAX_PARTS} buffers; an empty buffer is an empty part
   * @return the message; the caller releases it or passes it on
   */
  public static Message of(ByteBuf... parts) {
    if (parts.length == 1) {
      return over(parts[0], parts[0].readerIndex(), parts[0].readableBytes());
    }
    return new Message(parts.clone(), null);
  }

  /**
   * A heap message of UTF-8 texts.
   *
   * @param parts 1 to {@link #MAX_PARTS} texts
   * @return a message whose release is optional
   */
  public static Message of(String... parts) {
    ByteBuf[] buffers = new ByteBuf[parts.length];
    for (int i = 0; i < parts.length; i++) {
      buffers[i] = Unpooled.wrappedBuffer(parts[i].getBytes(StandardCharsets.UTF_8));
    }
    return of(buffers);
  }

  /**
   * A heap message over byte arrays, which are not copied.
   *
   * @param parts 1 to {@link #MAX_PARTS} arrays
   * @return a message whose release is optional
   */
  public static Message of(byte[]... parts) {
    ByteBuf[] buffers = new ByteBuf[parts.length];
    for (int i = 0; i < parts.length; i++) {
      buffers[i] = Unpooled.wrappedBuffer(parts[i]);
    }
    return of(buffers);
  }

  /**
   * A message over memory that the caller wants back. Takes over one reference of each buffer.
   *
   * @param parts 1 to {@link #MAX_PARTS} buffers
   * @param onReleased runs exactly once, on any thread, when the last reference to the message is
   *     released and the library reads its memory no more
   * @return the message
   */
  public static Message wrap(List<ByteBuf> parts, Runnable onReleased) {
    return new Message(parts.toArray(NO_BUFFERS), Objects.requireNonNull(onReleased));
  }

  /**
   * A message whose parts lie one behind the other in a buffer that may be shared with other
   * messages. Takes over one reference of the buffer.
   *
   * @param owner the buffer
   * @param offset index of the first byte of part 0
   * @param lengths the length of each part in bytes; not copied
   * @return the message
   */
  public static Message over(ByteBuf owner, int offset, int... lengths) {
    return new Message(owner, offset, lengths);
  }

  /**
   * The number of parts.
   *
   * @return 1 to {@link #MAX_PARTS}
   */
  public int partCount() {
    return body != null ? bodyLengths.length : parts.length;
  }

  /**
   * The length of one part.
   *
   * @param index 0 to {@code partCount() - 1}
   * @return bytes
   */
  public int partSize(int index) {
    return body != null ? bodyLengths[index] : parts[index].readableBytes();
  }

  /**
   * The length of all parts together.
   *
   * @return bytes
   */
  public long size() {
    return size;
  }

  /**
   * A view of one part. It shares the message's memory and is valid while the message is alive; it
   * carries no reference of its own.
   *
   * @param index 0 to {@code partCount() - 1}
   * @return a new view with its own indices
   */
  public ByteBuf part(int index) {
    ByteBuf owner = body;
    return owner != null
        ? owner.slice(offset(index), bodyLengths[index])
        : parts[index].slice();
  }

  /**
   * A view of a range of one part that keeps the underlying memory alive until released.
   *
   * @param index 0 to {@code partCount() - 1}
   * @param from first byte within the part
   * @param length bytes
   * @return a view with a reference of its own
   */
  public ByteBuf retainedPart(int index, int from, int length) {
    ByteBuf owner = body;
    if (owner != null) {
      return owner.retainedSlice(offset(index) + from, length);
    }
    ByteBuf part = parts[index];
    return part.retainedSlice(part.readerIndex() + from, length);
  }

  /**
   * Appends a range of one part to a buffer.
   *
   * @param index 0 to {@code partCount() - 1}
   * @param from first byte within the part
   * @param length bytes
   * @param target grows by {@code length} bytes
   */
  public void copyTo(int index, int from, int length, ByteBuf target) {
    ByteBuf owner = body;
    if (owner != null) {
      target.writeBytes(owner, offset(index) + from, length);
    } else {
      ByteBuf part = parts[index];
      target.writeBytes(part, part.readerIndex() + from, length);
    }
  }

  /**
   * A copy of one part.
   *
   * @param index 0 to {@code partCount() - 1}
   * @return a new array
   */
  public byte[] bytes(int index) {
    return ByteBufUtil.getBytes(part(index));
  }

  /**
   * One part read as UTF-8; malformed bytes become the replacement character.
   *
   * @param index 0 to {@code partCount() - 1}
   * @return the text
   */
  public String text(int index) {
    ByteBuf owner = body;
    return owner != null
        ? owner.toString(offset(index), bodyLengths[index], StandardCharsets.UTF_8)
        : parts[index].toString(StandardCharsets.UTF_8);
  }

  private int offset(int index) {
    int offset = bodyOffset;
    for (int i = 0; i < index; i++) {
      offset += bodyLengths[i];
    }
    return offset;
  }

  @Override
  public Message retain() {
    super.retain();
    return this;
  }

  @Override
  public Message retain(int increment) {
    super.retain(increment);
    return this;
  }

  @Override
  public Message touch() {
    return touch(null);
  }

  @Override
  public Message touch(@Nullable Object hint) {
    if (body != null) {
      body.touch(hint);
    }
    for (ByteBuf part : parts) {
      part.touch(hint);
    }
    return this;
  }

  @Override
  protected void deallocate() {
    try {
      if (body != null) {
        body.release();
      }
      for (ByteBuf part : parts) {
        part.release();
      }
    } finally {
      if (onReleased != null) {
        onReleased.run();
      }
    }
  }

  @Override
  public String toString() {
    return "Message[parts=" + partCount() + ", size=" + size + ", refCnt=" + refCnt() + "]";
  }
}
