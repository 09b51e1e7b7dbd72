package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.InPlaceDecoder;
import io.reactorzmq.message.Message;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

// Past 300 lines because a frame is checked as a whole, whatever it consists of.

/**
 * Unpacks the DATA payloads of one peer, in the order of their arrival, into messages, numbered or
 * not, or records. A payload is checked as a whole before the first of its messages is handed out.
 *
 * <p>Not safe for use by several threads at a time, nor to be called by the consumer that it calls.
 *
 * @param <E> {@link Message}, {@link WireRecord} between REQ and REP, {@link Numbered} from PUB to
 *     SUB
 */
public final class FrameReader<E> {

  private static final Object[] NONE = {};

  private enum Format {
    MESSAGES,
    RECORDS,
    NUMBERED
  }

  private final Limits own;
  private final Format format;

  /** Where the codec wants parts to lie. */
  private final @Nullable AssemblyTarget target;

  /** Where memory is made that takes long to make. */
  private final @Nullable Aside aside;

  /** Whether the taker can do with messages that are still packed. */
  private final boolean keepsPacked;

  private Runnable onMemory = () -> {};

  /** The index of the codec's first part. */
  private final int header;

  private @Nullable Assembly assembly;

  /** Begun by the frame being read, while {@link #assembly} may still be the one before it. */
  private @Nullable Assembly next;

  /** The messages or records that end in the frame being read; another array for each frame. */
  private Object[] ended = NONE;

  private int endedCount;

  /** How many there were last, which is what there will be. */
  private int usualCount = 1;

  /** Whether the first of them came in more than one frame. */
  private boolean firstWasAssembled;

  /** How many of them refer to the frame being read. */
  private int holding;

  /** The number of the next message to begin, if messages are numbered. */
  private long expected = 1;

  /** Whether the next message to begin comes behind a loss of unknown size. */
  private boolean afterGap;

  private FrameReader(
      Limits own,
      Format format,
      @Nullable AssemblyTarget target,
      @Nullable Aside aside,
      boolean keepsPacked) {
    this.own = own;
    this.format = format;
    this.target = target;
    this.aside = aside;
    this.keepsPacked =
        keepsPacked && format == Format.MESSAGES && (target == null || !target.takesWholeParts());
    this.header = format == Format.NUMBERED ? 1 : 0; // behind the topic
  }

  /**
   * A reader of bare messages at the start of a channel.
   *
   * @param own what this side announced in its OPEN
   * @return a new reader
   */
  public static FrameReader<Message> ofMessages(Limits own) {
    return new FrameReader<>(own, Format.MESSAGES, null, null, false);
  }

  /**
   * A reader of records at the start of a channel.
   *
   * @param own what this side announced in its OPEN
   * @return a new reader
   */
  public static FrameReader<WireRecord> ofRecords(Limits own) {
    return new FrameReader<>(own, Format.RECORDS, null, null, false);
  }

  /**
   * A reader of numbered messages at the start of a channel, where number 1 is the next.
   *
   * @param own what this side announced in its OPEN
   * @return a new reader
   */
  public static FrameReader<Numbered> ofNumbered(Limits own) {
    return new FrameReader<>(own, Format.NUMBERED, null, null, false);
  }

  /**
   * The same reader, which puts the parts of messages where a codec wants them.
   *
   * @param codec asked when a message was admitted or is whole; null: parts lie in their frames
   * @param elsewhere where it is asked for much memory; null: on the thread that reads
   * @return a new reader at the start of a channel
   */
  public FrameReader<E> into(@Nullable AssemblyTarget codec, @Nullable Aside elsewhere) {
    return new FrameReader<>(own, format, codec, elsewhere, keepsPacked);
  }

  /**
   * The same reader, which leaves messages of one part as they came where it can.
   *
   * @param codec decodes them there if it is an {@link InPlaceDecoder}; for others nothing changes
   * @return a new reader at the start of a channel
   */
  public FrameReader<E> packedFor(Codec<?> codec) {
    return new FrameReader<>(own, format, target, aside, codec instanceof InPlaceDecoder);
  }

  /**
   * Sets who waits for memory.
   *
   * @param task runs whenever {@link #isWaiting()} has become false, and when memory that was being
   *     made at {@link #release()} has been given up
   */
  public void onMemory(Runnable task) {
    onMemory = task;
  }

  /**
   * Whether memory for the message being assembled is still being made. Frames are taken meanwhile
   * and kept; whoever can, holds them back.
   *
   * @return false if frames are free again as soon as they are read
   */
  public boolean isWaiting() {
    return assembly != null && assembly.isWaiting();
  }

  /**
   * Reads one DATA payload.
   *
   * @param frame from the kind byte on; its reference is taken over, also on failure
   * @param out is given each message or record that ends in the frame, in order, and owns it
   * @return how many ended
   * @throws ProtocolException as {@link #read(ByteBuf)}
   * @throws MessageTooLargeException as {@link #read(ByteBuf)}
   */
  public int read(ByteBuf frame, Consumer<? super E> out) {
    Ended<E> all = read(frame);
    try {
      while (all.hasNext()) {
        out.accept(all.take());
      }
    } finally {
      all.release();
    }
    return all.size();
  }

  /**
   * Reads one DATA payload.
   *
   * @param frame from the kind byte on; its reference is taken over, also on failure
   * @return what ends in it; the caller's, who takes all of it
   * @throws ProtocolException if the payload is malformed or breaks an announced limit
   * @throws MessageTooLargeException if a message is above the announced maxMessageSize; after
   *     either failure nothing has been handed out and the peer is to be given up
   */
  public Ended<E> read(ByteBuf frame) {
    try {
      int flags = readFlags(frame);
      PackedMessages packed = keepsPacked && flags == 0 ? PackedMessages.of(frame, own) : null;
      if (packed != null) {
        return asEnded(packed);
      }
      decode(frame, flags);
    } catch (Throwable t) {
      reset();
      frame.release();
      throw t;
    }
    return handOut();
  }

  @SuppressWarnings("unchecked") // this is a reader of messages
  private Ended<E> asEnded(PackedMessages packed) {
    return (Ended<E>) packed;
  }

  private void reset() {
    ended = NONE;
    endedCount = 0;
    holding = 0;
    firstWasAssembled = false;
  }

  private void decode(ByteBuf frame, int flags) {
    boolean lossTold = format == Format.NUMBERED && readNumber(frame, flags);
    long number = expected;
    int first = frame.readerIndex();
    int continued = 0;
    int touched = 0;
    if (assembly != null) {
      continued = (int) Math.min(assembly.missing(), frame.readableBytes());
      frame.skipBytes(continued);
      touched = 1;
      // The message keeps the first place free; it is made when the whole frame has been checked.
      endedCount = continued == assembly.missing() ? 1 : 0;
    }
    if (lossTold && assembly != null && endedCount == 0) {
      throw new ProtocolException("a loss is told of within a message");
    }
    Assembly begun = null;
    while (begun == null && frame.isReadable()) {
      if (++touched > own.maxMessagesPerFrame()) {
        throw new ProtocolException(
            "a frame has more messages than maxMessagesPerFrame " + own.maxMessagesPerFrame());
      }
      begun = readNext(frame, (flags & DataFormat.HEADERS) != 0);
    }
    if (touched == 0 && !lossTold) {
      throw new ProtocolException("a DATA payload without messages");
    }
    boolean unfinished = begun != null || touched > 0 && endedCount == 0;
    if (unfinished != ((flags & DataFormat.CONTINUES) != 0)) {
      throw new ProtocolException(
          unfinished
              ? "the last message does not end in its frame, but CONTINUES is missing"
              : "CONTINUES, but the last message ends in its frame");
    }
    if (lossTold && number == expected) {
      add(new Numbered(number, afterGap, null)); // nothing has begun behind it
    }
    take(frame, first, continued, begun);
  }

  /** Reads the number of the next message to begin; true if it tells of a loss. */
  private boolean readNumber(ByteBuf frame, int flags) {
    long number = Varint.readLong(frame);
    if (number < expected) {
      throw new ProtocolException(
          "a frame's first message has number " + number + ", the next one is " + expected);
    }
    boolean hole = number > expected;
    expected = number;
    afterGap = (flags & DataFormat.GAP) != 0;
    return hole || afterGap;
  }

  private int readFlags(ByteBuf frame) {
    int length = frame.readableBytes();
    if (length > own.maxFrameBytes()) {
      throw new ProtocolException(
          "a frame has " + length + " bytes, more than maxFrameBytes " + own.maxFrameBytes());
    }
    if (length < DataFormat.HEADER_BYTES || frame.readByte() != Kind.DATA.code()) {
      throw new ProtocolException("a payload of " + length + " bytes is not DATA");
    }
    int flags = frame.readUnsignedByte();
    int known = format == Format.NUMBERED ? DataFormat.KNOWN_NUMBERED : DataFormat.KNOWN;
    if ((flags & ~known) != 0) {
      throw new ProtocolException(String.format("flags 0x%02x are not understood", flags));
    }
    if (assembling() != ((flags & DataFormat.CONTINUATION) != 0)) {
      throw new ProtocolException(
          assembling()
              ? "a message is unfinished, but CONTINUATION is missing"
              : "CONTINUATION, but no message is unfinished");
    }
    if ((flags & DataFormat.CONTINUES) != 0 && length < DataFormat.MIN_CUT_FRAME_BYTES) {
      throw new ProtocolException(
          "a frame with CONTINUES has %d bytes, below %d"
              .formatted(length, DataFormat.MIN_CUT_FRAME_BYTES));
    }
    return flags;
  }

  /** Reads what ends in the frame, or returns a message that begins here and does not. */
  private @Nullable Assembly readNext(ByteBuf frame, boolean headers) {
    if (format == Format.MESSAGES) {
      return readMessage(frame, headers, Assembly.NO_RECORD, 0);
    }
    if (format == Format.NUMBERED) {
      if (expected == Long.MAX_VALUE) { // the one behind it would have no number
        throw new ProtocolException("a message has the number " + expected + ", one too many");
      }
      int after = afterGap ? Assembly.NUMBERED_AFTER_GAP : Assembly.NUMBERED;
      afterGap = false;
      return readMessage(frame, headers, after, expected++);
    }
    int kind = WireRecord.readKind(frame);
    long id = WireRecord.readId(frame);
    if (WireRecord.hasMessage(kind)) {
      return readMessage(frame, headers, kind, id);
    }
    add(WireRecord.readBody(frame, kind, id));
    return null;
  }

  private @Nullable Assembly readMessage(ByteBuf frame, boolean headers, int kind, long id) {
    if (headers) {
      DataFormat.skipHeaders(frame);
    }
    int parts = DataFormat.readPartCount(frame);
    if (parts == 1) {
      return readPart(frame, Varint.readInt(frame), kind, id);
    }
    int[] lengths = DataFormat.readPartLengths(frame, parts);
    long size = 0;
    for (int length : lengths) {
      size += length;
    }
    requireSize(size);
    if (size > frame.readableBytes()) {
      return assembly(lengths, size, kind, id);
    }
    add(
        frame,
        size,
        Assembly.toElement(kind, id, Message.over(frame, frame.readerIndex(), lengths)));
    return null;
  }

  /** The same for a message of one part, of which there are so many that no table is made. */
  private @Nullable Assembly readPart(ByteBuf frame, int size, int kind, long id) {
    requireSize(size);
    if (size > frame.readableBytes()) {
      return assembly(new int[] {size}, size, kind, id);
    }
    add(frame, size, Assembly.toElement(kind, id, Message.over(frame, frame.readerIndex(), size)));
    return null;
  }

  private Assembly assembly(int[] lengths, long size, int kind, long id) {
    PartMemory memory = PartMemory.of(target, header, lengths);
    return new Assembly(lengths, size, kind, id, memory, aside, () -> onMemory.run());
  }

  private void add(ByteBuf frame, long size, Object element) {
    add(element);
    holding++;
    frame.skipBytes((int) size);
  }

  private void requireSize(long size) {
    if (own.maxMessageSize() != 0 && size > own.maxMessageSize()) {
      throw new MessageTooLargeException(
          "a peer sends a message of %d bytes, maxMessageSize is %d"
              .formatted(size, own.maxMessageSize()));
    }
  }

  private void add(Object element) {
    if (endedCount >= ended.length) {
      ended = Arrays.copyOf(ended, Math.max(usualCount, 2 * endedCount));
    }
    ended[endedCount++] = element;
  }

  /** Takes the bytes of a frame that has been checked. */
  private void take(ByteBuf frame, int first, int continued, @Nullable Assembly begun) {
    next = begun;
    if (begun != null) {
      begun.add(frame, frame.readerIndex(), frame.readableBytes());
    }
    if (assembly != null) {
      assembly.add(frame, first, continued);
      if (endedCount > 0) {
        if (ended.length == 0) {
          ended = new Object[1];
        }
        ended[0] = assembly.toElement();
        firstWasAssembled = true;
        assembly = null;
      }
    }
    if (begun != null) {
      assembly = begun;
      next = null;
    }
    if (holding == 0) {
      frame.release();
    } else if (holding > 1) {
      frame.retain(holding - 1);
    }
  }

  private Ended<E> handOut() {
    if (endedCount == 0) {
      reset();
      return EndedElements.none();
    }
    Object[] all = ended;
    int begun = firstWasAssembled ? 1 : 0;
    Ended<E> out = new EndedElements<>(all, endedCount, firstWasAssembled);
    usualCount = endedCount;
    reset();
    if (target != null && target.takesWholeParts()) {
      place(all, begun, out);
    }
    return out;
  }

  /** Puts what came within this frame where the codec wants it. */
  private void place(Object[] all, int from, Ended<E> out) {
    for (int i = from; i < out.size(); i++) {
      Object element = all[i];
      all[i] = NONE; // it is placed, or gone
      try {
        all[i] = placed(element, Objects.requireNonNull(target));
      } catch (Throwable t) {
        out.release();
        throw t;
      }
    }
  }

  private Object placed(Object element, AssemblyTarget by) {
    if (element instanceof WireRecord record) {
      Message message = record.message();
      return message == null
          ? record
          : WireRecord.of(record.kind(), record.id(), PartMemory.place(message, by, header));
    }
    if (element instanceof Numbered numbered) {
      Message message = numbered.message();
      return message == null
          ? numbered
          : new Numbered(numbered.number(), numbered.gap(), PartMemory.place(message, by, header));
    }
    return PartMemory.place((Message) element, by, header);
  }

  /**
   * Whether a message has begun and not ended.
   *
   * @return true between the frames of a message
   */
  public boolean assembling() {
    return assembly != null;
  }

  /**
   * How many more bytes of the message being assembled have memory or need none.
   *
   * @return zero where memory is waited for
   */
  public long assemblyAhead() {
    return assembly == null ? 0 : assembly.ahead();
  }

  /**
   * The message being assembled has its share of the budget: from now on the codec is asked for
   * memory for it. Without this it is asked when the message is whole.
   */
  public void admit() {
    if (assembly != null) {
      assembly.admit();
    }
  }

  /**
   * Memory that the next frame may be received into, in place of its copy: all that it brings
   * belongs to one part, of which some has come. Whoever asks for it delivers that frame next.
   *
   * @param kind the frame's first byte
   * @param flags its second byte
   * @param bytes that follow
   * @param scratch bytes behind them that may be overwritten
   * @return without readable bytes and with a reference of its own; null if there is none
   */
  public @Nullable ByteBuf land(int kind, int flags, int bytes, int scratch) {
    boolean continues =
        kind == Kind.DATA.code()
            && (flags & ~DataFormat.CONTINUES) == DataFormat.CONTINUATION
            && format != Format.NUMBERED // a number stands before the bytes
            && bytes <= own.maxFrameBytes() - DataFormat.HEADER_BYTES;
    return continues && assembly != null ? assembly.land(bytes, scratch) : null;
  }

  /**
   * The declared size of the message being assembled.
   *
   * @return bytes; 0 if there is none
   */
  public long assemblySize() {
    return assembly == null ? 0 : assembly.size();
  }

  /**
   * How much of the message being assembled has arrived.
   *
   * @return bytes; 0 if there is none
   */
  public long assembledBytes() {
    return assembly == null ? 0 : assembly.received();
  }

  /** Drops a message being assembled; calling it again does nothing. */
  public void release() {
    Assembly dropped = assembly;
    Assembly droppedNext = next;
    assembly = null;
    next = null;
    if (dropped != null) {
      dropped.release();
    }
    if (droppedNext != null) {
      droppedNext.release();
    }
  }
}
