package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCounted;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.message.Message;
import org.jspecify.annotations.Nullable;

// Past 300 lines because one open frame is filled in three formats, small pieces and large ones.

/**
 * Packs messages, numbered or not, or records into DATA payloads for one receiver: many small ones
 * into one payload, a large one into several. Small pieces are copied into one pooled buffer, large
 * ones stay where they are.
 *
 * <p>Not safe for use by several threads at a time.
 */
public final class FrameWriter {

  /**
   * Bytes in front of each payload, before its reader index, that belong to nobody: whoever sends
   * it may write a header there and needs no buffer of his own for it.
   */
  public static final int HEADROOM = OpenFrame.HEADROOM;

  private static final int SMALLEST_CAPACITY = 512 - HEADROOM;

  /** A part that is referred to is not cut into smaller ones. */
  private static final int SMALLEST_PIECE = 1024;

  private final ByteBufAllocator alloc;
  private final Limits receiver;
  private final int maxFrameBytes;
  private final int copyThreshold;
  private final int heapCopyThreshold;

  /** A message below this is copied, wherever it lies. */
  private final int smallBytes;

  /** Room to leave for what stands before a part table. */
  private final int headBytes;

  private final boolean numbered;

  /** Room to leave for what stands before everything else in a frame. */
  private final int headerBytes;

  /** The number of the message in progress, or of the one to append. */
  private long number;

  /** The number of the next message that can begin in the open frame. */
  private long nextNumber;

  private int nextCapacity = SMALLEST_CAPACITY;

  private @Nullable OpenFrame frame;
  private boolean continuation;
  private int messages;
  private int ended;
  private boolean held;

  private @Nullable Message current;
  private int part;
  private int partBytesDone;

  /** Whether the part lies in direct memory, which of one in many pieces is dear to ask. */
  private boolean partIsDirect;

  /**
   * A writer with an empty frame and one threshold for all memory.
   *
   * @param alloc gives the buffers for copied bytes
   * @param receiver what the peer announced in its OPEN
   * @param copyThreshold pieces of at least this many bytes are not copied; 1 or more
   */
  public FrameWriter(ByteBufAllocator alloc, Limits receiver, int copyThreshold) {
    this(alloc, receiver, copyThreshold, copyThreshold);
  }

  /**
   * A writer with an empty frame. The operating system reads heap memory only by a copy, so a small
   * heap piece is better copied into the frame, which then goes out as one.
   *
   * @param alloc gives the buffers for copied bytes
   * @param receiver what the peer announced in its OPEN
   * @param copyThreshold direct pieces of at least this many bytes are not copied; 1 or more
   * @param heapCopyThreshold heap pieces of at least this many bytes are not copied; 1 or more
   */
  public FrameWriter(
      ByteBufAllocator alloc, Limits receiver, int copyThreshold, int heapCopyThreshold) {
    this(alloc, receiver, copyThreshold, heapCopyThreshold, 0, false);
  }

  /**
   * A writer of records with an empty frame, otherwise as the one of messages.
   *
   * @param alloc gives the buffers for copied bytes
   * @param receiver what the peer announced in its OPEN
   * @param copyThreshold direct pieces of at least this many bytes are not copied; 1 or more
   * @param heapCopyThreshold heap pieces of at least this many bytes are not copied; 1 or more
   * @return a new writer
   */
  public static FrameWriter ofRecords(
      ByteBufAllocator alloc, Limits receiver, int copyThreshold, int heapCopyThreshold) {
    return new FrameWriter(
        alloc, receiver, copyThreshold, heapCopyThreshold, WireRecord.MAX_HEAD_BYTES, false);
  }

  /**
   * A writer of numbered messages with an empty frame, otherwise as the one of messages.
   *
   * @param alloc gives the buffers for copied bytes
   * @param receiver what the peer announced in its OPEN
   * @param copyThreshold direct pieces of at least this many bytes are not copied; 1 or more
   * @param heapCopyThreshold heap pieces of at least this many bytes are not copied; 1 or more
   * @return a new writer
   */
  public static FrameWriter ofNumbered(
      ByteBufAllocator alloc, Limits receiver, int copyThreshold, int heapCopyThreshold) {
    return new FrameWriter(alloc, receiver, copyThreshold, heapCopyThreshold, 0, true);
  }

  private FrameWriter(
      ByteBufAllocator alloc,
      Limits receiver,
      int copyThreshold,
      int heapCopyThreshold,
      int headBytes,
      boolean numbered) {
    if (copyThreshold < 1 || heapCopyThreshold < 1) {
      throw new IllegalArgumentException(
          "copyThreshold is " + Math.min(copyThreshold, heapCopyThreshold) + ", below 1");
    }
    this.alloc = alloc;
    this.receiver = receiver;
    this.maxFrameBytes = receiver.maxFrameBytes();
    this.copyThreshold = copyThreshold;
    this.heapCopyThreshold = heapCopyThreshold;
    this.smallBytes = Math.min(copyThreshold, heapCopyThreshold);
    this.headBytes = headBytes;
    this.numbered = numbered;
    this.headerBytes = DataFormat.HEADER_BYTES + (numbered ? DataFormat.MAX_NUMBER_BYTES : 0);
  }

  /**
   * Why a message can never be framed for this receiver.
   *
   * @param m any message
   * @return the failure, not thrown; null if the message can be framed
   */
  public @Nullable MessageTooLargeException refusal(Message m) {
    if (isAboveLimit(m.size())) {
      return aboveLimit(m.size());
    }
    int room = maxFrameBytes - headerBytes - headBytes;
    if (!DataFormat.tableFits(m, room)) {
      return new MessageTooLargeException(
          "the lengths of %d parts take %d bytes, the receiver's frames have room for %d"
              .formatted(m.partCount(), DataFormat.tableBytes(m), room));
    }
    return null;
  }

  private boolean isAboveLimit(long size) {
    long limit = receiver.maxMessageSize();
    return limit != 0 && size > limit;
  }

  private MessageTooLargeException aboveLimit(long size) {
    return new MessageTooLargeException(
        "the message has %d bytes, the receiver's maxMessageSize is %d"
            .formatted(size, receiver.maxMessageSize()));
  }

  /**
   * Why a small value can never be framed for this receiver; every frame has room for one.
   *
   * @param size its bytes
   * @return the failure, not thrown; null if the value can be framed
   */
  public @Nullable MessageTooLargeException refusal(int size) {
    return isAboveLimit(size) ? aboveLimit(size) : null;
  }

  /**
   * Whether one more small value goes into the open frame as a whole.
   *
   * @param bytes what it takes of a frame, its table included
   * @return false also while a message is in progress
   */
  public boolean hasRoomForSmall(int bytes) {
    return current == null && messages < receiver.maxMessagesPerFrame() && bytes <= room();
  }

  /**
   * Appends a small value for which there is room; nothing of it is referred to.
   *
   * @param values knows how to write it
   * @param value the value
   * @param size its bytes
   * @throws RuntimeException whatever its codec throws; then nothing was appended
   */
  public <T> void appendSmall(SmallValues<T> values, T value, int size) {
    ByteBuf out = openFrame().copied();
    int before = out.writerIndex();
    try {
      values.write(value, size, out);
    } catch (Throwable e) {
      out.writerIndex(before);
      if (messages == 0) {
        abandon();
      }
      throw e;
    }
    messages++;
    ended++;
  }

  /**
   * Appends values of a batch, as long as there are any and they fit.
   *
   * @param batch has a value for which there is room, and which {@link #refusal} lets pass
   * @param most how many values at most, 1 or more
   * @return how many it took, 1 or more
   * @throws RuntimeException if there is no memory; then nothing was appended or taken
   */
  public int append(SmallBatch batch, int most) {
    ByteBuf out = openFrame().copied();
    int before = out.writerIndex();
    boolean mayBeRefused = isAboveLimit(SmallValues.MAX_BATCHED);
    int room = receiver.maxMessagesPerFrame() - messages;
    int count;
    try {
      count = batch.writeTo(out, mayBeRefused ? 1 : Math.min(most, room), room());
    } catch (Throwable e) {
      out.writerIndex(before);
      if (messages == 0) {
        abandon();
      }
      throw e;
    }
    messages += count;
    ended += count;
    return count;
  }

  /**
   * Whether one more message can begin in the open frame.
   *
   * @param m the message
   * @return false also while another message is in progress
   */
  public boolean hasRoomFor(Message m) {
    return current == null
        && messages < receiver.maxMessagesPerFrame()
        && DataFormat.tableFits(m, room() - headBytes);
  }

  /**
   * Whether one more numbered message can begin in the open frame, which has no holes.
   *
   * @param m the message
   * @param number its number
   * @return false also while another message is in progress
   */
  public boolean hasRoomFor(Message m, long number) {
    return (frame == null || number == nextNumber) && hasRoomFor(m);
  }

  /**
   * Whether one more record can begin in the open frame.
   *
   * @param record the record
   * @return false also while another one is in progress
   */
  public boolean hasRoomFor(WireRecord record) {
    Message m = record.message();
    return m != null
        ? hasRoomFor(m)
        : current == null
            && messages < receiver.maxMessagesPerFrame()
            && WireRecord.maxBytes(record) <= room();
  }

  /**
   * Appends as much of a message as fits. Does not take over the message's reference. If this
   * throws, {@link #abandon()} is the only call that may follow.
   *
   * @param m a message that {@link #refusal} lets pass; the same again until it has ended
   * @param holder retained once for each frame that refers to the message's memory, and released
   *     when that frame is
   * @return true if the message's last byte is in this frame; false if the frame is full, to be
   *     finished and sent, and this method called again with the same message
   */
  public boolean append(Message m, ReferenceCounted holder) {
    return append(null, m, holder);
  }

  /**
   * Appends as much of a record as fits; see {@link #append(Message, ReferenceCounted)}.
   *
   * @param record one that has room, or the same again until its message has ended
   * @param holder retained once for each frame that refers to the message's memory
   * @return true if the record's last byte is in this frame
   */
  public boolean append(WireRecord record, ReferenceCounted holder) {
    Message m = record.message();
    if (m != null) {
      return append(record, m, holder);
    }
    if (current != null) {
      throw cutsIn();
    }
    if (!hasRoomFor(record)) {
      return false;
    }
    ByteBuf target = openFrame().copied();
    WireRecord.writeHead(target, record);
    WireRecord.writeBody(target, record);
    messages++;
    ended++;
    return true;
  }

  /**
   * Appends as much of a numbered message as fits; see {@link #append(Message, ReferenceCounted)}.
   *
   * @param m a message that has room, or the same again until it has ended
   * @param number its number, above that of every message before it
   * @param holder retained once for each frame that refers to the message's memory
   * @return true if the message's last byte is in this frame
   */
  public boolean append(Message m, long number, ReferenceCounted holder) {
    if (current == null) {
      if (frame != null && number != nextNumber) {
        return false; // the hole in the numbers is between two frames
      }
      this.number = number;
    } else if (number != this.number) {
      throw cutsIn();
    }
    return append(null, m, holder);
  }

  /**
   * Appends a small numbered message, if it goes into the open frame as a whole; its memory is not
   * referred to.
   *
   * @param m any message
   * @param number its number
   * @return false if nothing was done, for whatever reason
   */
  public boolean appendWhole(Message m, long number) {
    long size = m.size();
    long limit = receiver.maxMessageSize();
    if (size >= smallBytes
        || limit != 0 && size > limit
        || !hasRoomFor(m, number)
        || !DataFormat.tableFits(m, room() - (int) size)) {
      return false;
    }
    this.number = number;
    OpenFrame target = openFrame();
    messages++;
    nextNumber = number + 1;
    ByteBuf copied = target.copied();
    DataFormat.writeTable(copied, m);
    m.copyTo(copied);
    ended++;
    return true;
  }

  private boolean append(@Nullable WireRecord record, Message m, ReferenceCounted holder) {
    OpenFrame target;
    if (current == null) {
      if (!hasRoomFor(m)) {
        requireFramable(m);
        return false;
      }
      target = openFrame();
      messages++;
      nextNumber = number + 1;
      if (record != null) {
        WireRecord.writeHead(target.copied(), record);
      }
      DataFormat.writeTable(target.copied(), m);
      if (m.size() < smallBytes && m.size() <= maxFrameBytes - target.bytes()) {
        m.copyTo(target.copied());
        ended++;
        return true;
      }
      held = false;
      current = m;
      part = 0;
      partBytesDone = 0;
    } else if (current == m) {
      target = openFrame();
    } else {
      throw cutsIn();
    }
    if (!fill(target, m, holder)) {
      return false;
    }
    current = null;
    ended++;
    return true;
  }

  private static IllegalStateException cutsIn() {
    return new IllegalStateException("another message is in progress");
  }

  private void requireFramable(Message m) {
    MessageTooLargeException never = refusal(m);
    if (never != null) {
      throw never;
    }
  }

  /** Moves on through the parts until the message ends or the frame is full. */
  private boolean fill(OpenFrame target, Message m, ReferenceCounted holder) {
    for (int parts = m.partCount(); part < parts; part++) {
      int left = m.partSize(part) - partBytesDone;
      if (partBytesDone == 0) {
        partIsDirect = m.isDirect(part);
      }
      boolean neverCopied = partIsDirect && m.partSize(part) >= copyThreshold;
      int piece = Math.min(left, maxFrameBytes - target.bytes());
      if (neverCopied) {
        piece = withoutCrumbs(piece, left);
      }
      if (piece > 0
          && (neverCopied || piece >= (partIsDirect ? copyThreshold : heapCopyThreshold))) {
        if (!held) {
          target.hold(holder);
          held = true;
        }
        target.append(m.retainedPart(part, partBytesDone, piece));
      } else if (piece > 0) {
        m.copyTo(part, partBytesDone, piece, target.copied());
      }
      if (piece < left) {
        partBytesDone += piece;
        return false;
      }
      partBytesDone = 0;
    }
    return true;
  }

  /**
   * Cuts a part so that no piece is small: it would be copied together with others further down. A
   * piece of nothing leaves the frame as it is.
   */
  private static int withoutCrumbs(int piece, int left) {
    int shorter = piece < left ? Math.min(piece, left - SMALLEST_PIECE) : piece;
    return shorter < left && shorter < SMALLEST_PIECE ? 0 : shorter;
  }

  private OpenFrame openFrame() {
    OpenFrame open = frame;
    if (open == null) {
      open = new OpenFrame(alloc, nextCapacity, maxFrameBytes);
      frame = open;
      continuation = current != null;
      messages = continuation ? 1 : 0;
      ended = 0;
      held = false;
      if (numbered) {
        nextNumber = continuation ? number + 1 : number;
        Varint.write(open.copied(), nextNumber);
      }
    }
    return open;
  }

  private int room() {
    return maxFrameBytes - (frame == null ? headerBytes : frame.bytes());
  }

  /**
   * Whether nothing has been appended to the open frame.
   *
   * @return true for a new writer and right after {@link #finish()}
   */
  public boolean isEmpty() {
    return frame == null;
  }

  /**
   * Whether a message was begun and has bytes left.
   *
   * @return true if the next append must go on with it
   */
  public boolean inMessage() {
    return current != null;
  }

  /**
   * Whether neither a byte nor a message can be added to the open frame.
   *
   * @return true if it can only be finished
   */
  public boolean isFull() {
    return current != null
        ? room() == 0
        : messages >= receiver.maxMessagesPerFrame()
            || room() < headBytes + DataFormat.MIN_TABLE_BYTES;
  }

  /**
   * How many messages ended in the open frame.
   *
   * @return 0 to the receiver's maxMessagesPerFrame
   */
  public int messagesEnded() {
    return ended;
  }

  /**
   * The length of the open frame so far.
   *
   * @return bytes, 0 if it is empty
   */
  public int bytes() {
    return frame == null ? 0 : frame.bytes();
  }

  /**
   * Closes the open frame. The writer is ready for the next one, which goes on with the message in
   * progress, if any.
   *
   * @return the payload, from the kind byte on, owned by the caller, with {@link #HEADROOM} in
   *     front of it
   */
  public ByteBuf finish() {
    OpenFrame done = frame;
    if (done == null) {
      throw new IllegalStateException("the open frame is empty");
    }
    int flags =
        (continuation ? DataFormat.CONTINUATION : 0) | (current != null ? DataFormat.CONTINUES : 0);
    nextCapacity = Math.max(SMALLEST_CAPACITY, done.copied().readableBytes());
    reset();
    return done.finish(flags);
  }

  /**
   * A frame without messages, which tells of a loss behind which nothing follows.
   *
   * @param next the number that the next message will have
   * @return the payload, owned by the caller, with {@link #HEADROOM} in front of it
   * @throws IllegalStateException if a frame is open or a message in progress
   */
  public ByteBuf finishEmpty(long next) {
    if (frame != null || current != null) {
      throw new IllegalStateException("a frame is open, and tells the next number itself");
    }
    OpenFrame empty = new OpenFrame(alloc, headerBytes, maxFrameBytes);
    Varint.write(empty.copied(), next);
    return empty.finish(0);
  }

  /** Releases the open frame and forgets a message in progress. */
  public void abandon() {
    OpenFrame dropped = frame;
    current = null;
    reset();
    if (dropped != null) {
      dropped.release();
    }
  }

  private void reset() {
    frame = null;
    messages = 0;
    ended = 0;
    held = false;
  }
}
