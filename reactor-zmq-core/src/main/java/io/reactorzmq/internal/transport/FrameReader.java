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
 * into which the channel may read directly.
 */
final class FrameReader {

  private static final int PREFIX = 3;

  /** Below this many missing bytes a read of its own is dearer than the copy it saves. */
  private static final int DIRECT_READ_MIN = 8 * 1024;

  private final ByteBufAllocator allocator;
  private final ArrayDeque<ByteBuf> received = new ArrayDeque<>(4);
  private int maxLength;

  private int prefixBytes;
  private int length;

  // The frame in progress, with room for the prefix behind it: a stream of large frames then needs
  // neither a small read between two of them nor a copy of their first bytes.
  private @Nullable ByteBuf partial;

  FrameReader(ByteBufAllocator allocator, int maxLength) {
    this.allocator = allocator;
    this.maxLength = maxLength;
  }

  void maxLength(int bytes) {
    maxLength = bytes;
  }

  /** The buffer that the next read should fill, or null for any. */
  @Nullable ByteBuf target() {
    ByteBuf frame = partial;
    boolean direct = frame != null && length - frame.writerIndex() >= DIRECT_READ_MIN;
    return direct && received.isEmpty() ? frame : null;
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
    return received.isEmpty() && (frame == null || frame.writerIndex() < length);
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
      if (frame != null && frame.writerIndex() >= length) {
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
          return whole(buffer, inHand);
        }
        if (inHand == 0 && length < DIRECT_READ_MIN) {
          return null;
        }
        partial = allocator.directBuffer(length + PREFIX, length + PREFIX);
      } else if (buffer == null) {
        return null;
      } else if (frame != null) {
        frame.writeBytes(buffer, Math.min(buffer.readableBytes(), length - frame.writerIndex()));
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

  private ByteBuf finishPartial(ByteBuf frame) {
    partial = null;
    int end = length;
    prefixBytes = 0;
    for (int i = end; i < frame.writerIndex(); i++) {
      prefixByte(frame.getUnsignedByte(i));
    }
    return frame.writerIndex(end);
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
  }
}
