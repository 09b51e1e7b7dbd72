package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.ProtocolException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a byte stream of 3-byte lengths and frames into frames. A frame that lies whole in a
 * received buffer is a slice of it; any other is gathered in a buffer of its own, allocated once,
 * into which the channel may read directly. That buffer may be where the frame's content is wanted
 * in the end, see {@link Landings}; only its first bytes lie apart then.
 */
final class FrameReader {

  private static final int PREFIX = 3;

  /** Below this many missing bytes a read of its own is dearer than the copy it saves. */
  private static final int DIRECT_READ_MIN = 8 * 1024;

  /** What follows a frame of this length is probably as large. */
  private static final int LARGE = 64 * 1024;

  private final ByteBufAllocator allocator;
  private final Landings landings;
  private final ArrayDeque<ByteBuf> received = new ArrayDeque<>(4);
  private int maxLength;
  private boolean lastWasLarge;

  private int prefixBytes;
  private int length;

  // The frame in progress, with room for what must be known of the one behind it: a stream of large
  // frames then needs neither a small read between two of them nor a copy of their first bytes.
  private @Nullable ByteBuf partial;

  /** What the frame in progress has before it is whole. */
  private int needed;

  /** The first bytes of the frame in progress, if the others have landed elsewhere. */
  private @Nullable ByteBuf head;

  FrameReader(ByteBufAllocator allocator, int maxLength, Landings landings) {
    this.allocator = allocator;
    this.maxLength = maxLength;
    this.landings = landings;
  }

  void maxLength(int bytes) {
    maxLength = bytes;
  }

  /** The buffer that the next read should fill, or null for any. */
  @Nullable ByteBuf target() {
    ByteBuf frame = partial;
    boolean direct = frame != null && needed - frame.writerIndex() >= DIRECT_READ_MIN;
    return direct && received.isEmpty() ? frame : null;
  }

  /**
   * How much the next read should bring if it is not to be copied: behind a large frame only what
   * tells where the next one goes.
   *
   * @return bytes; 0 for any number
   */
  int readAhead() {
    boolean between = partial == null && prefixBytes == 0 && received.isEmpty();
    return between && lastWasLarge ? PREFIX + Landings.HEAD : 0;
  }

  /** Takes a buffer that was read. */
  void received(ByteBuf buffer) {
    if (buffer == partial) {
      buffer.release();
    } else {
      received.add(buffer);
    }
  }

  /** True if nothing received waits for {@link #next()}; the start of a frame may be in hand. */
  boolean isEmpty() {
    ByteBuf frame = partial;
    return received.isEmpty() && (frame == null || frame.writerIndex() < needed);
  }

  /** Bytes of the frame in progress that are certainly still to come; 0 if that is not known. */
  int missing() {
    ByteBuf frame = partial;
    return frame == null || !received.isEmpty() ? 0 : Math.max(0, needed - frame.writerIndex());
  }

  /** Whether large frames come, as far as can be told: the one in progress is, or the last was. */
  boolean isAmidLarge() {
    return partial != null ? length >= LARGE : lastWasLarge;
  }

  /** True if the stream ends inside a frame if it ends now. */
  boolean insideFrame() {
    return prefixBytes > 0;
  }

  /**
   * Takes the next frame.
   *
   * @return the frame, now the caller's, or null if more bytes are needed
   * @throws ProtocolException if the next frame is longer than is accepted; nothing was allocated
   */
  @Nullable ByteBuf next() {
    while (true) {
      ByteBuf frame = partial;
      if (frame != null && frame.writerIndex() >= needed) {
        return finishPartial(frame);
      }
      ByteBuf buffer = received.peek();
      if (buffer != null && !buffer.isReadable()) {
        received.remove().release();
      } else if (frame == null && prefixBytes == PREFIX) {
        int inHand = buffer == null ? 0 : buffer.readableBytes();
        if (length > maxLength) {
          throw new ProtocolException(
              "a frame of " + length + " bytes was announced; the limit here is " + maxLength);
        }
        if (inHand >= length) {
          prefixBytes = 0;
          lastWasLarge = length >= LARGE;
          return whole(buffer, inHand);
        }
        if (inHand == 0 && length < DIRECT_READ_MIN) {
          return null;
        }
        begin(buffer);
      } else if (buffer == null) {
        return null;
      } else if (frame != null) {
        frame.writeBytes(buffer, Math.min(buffer.readableBytes(), needed - frame.writerIndex()));
      } else if (prefixBytes == 0 && buffer.readableBytes() >= PREFIX) {
        length = buffer.readUnsignedMedium();
        prefixBytes = PREFIX;
      } else {
        prefixByte(buffer.readUnsignedByte());
      }
    }
  }

  private ByteBuf whole(@Nullable ByteBuf buffer, int inHand) {
    if (buffer == null || length == 0) {
      return Unpooled.EMPTY_BUFFER;
    }
    return inHand == length ? received.remove() : buffer.readRetainedSlice(length);
  }

  /** Begins a frame of which not all is in hand. */
  private void begin(@Nullable ByteBuf buffer) {
    if (!landings.isEmpty() && buffer != null && buffer.readableBytes() >= Landings.HEAD) {
      ByteBuf landing = landings.find(buffer, length, PREFIX + Landings.HEAD);
      if (landing != null) {
        partial = landing;
        needed = length - Landings.HEAD;
        head = allocator.directBuffer(Landings.HEAD).writeBytes(buffer, Landings.HEAD);
        return;
      }
    }
    int behind = length < LARGE ? PREFIX : PREFIX + Landings.HEAD;
    int capacity = length + behind;
    ByteBuf spare = SpareBuffers.ofLoop().take(capacity);
    partial = spare != null ? spare : allocator.directBuffer(capacity, capacity);
    needed = length;
  }

  private ByteBuf finishPartial(ByteBuf frame) {
    partial = null;
    prefixBytes = 0;
    lastWasLarge = length >= LARGE;
    int behind = frame.writerIndex() - needed;
    if (behind > 0) {
      received.addFirst(Unpooled.buffer(behind).writeBytes(frame, needed, behind));
      frame.writerIndex(needed);
    }
    ByteBuf first = head;
    if (first == null) {
      return frame;
    }
    head = null;
    return allocator.compositeBuffer(2).addComponent(true, first).addComponent(true, frame);
  }

  private void prefixByte(int value) {
    length = prefixBytes == 0 ? value : length << 8 | value;
    prefixBytes++;
  }

  /** Releases everything in hand. */
  void release() {
    prefixBytes = 0;
    for (ByteBuf buffer = received.poll(); buffer != null; buffer = received.poll()) {
      buffer.release();
    }
    if (partial != null) {
      partial.release();
      partial = null;
    }
    if (head != null) {
      head.release();
      head = null;
    }
  }
}
