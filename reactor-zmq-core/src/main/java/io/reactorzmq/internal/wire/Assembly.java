package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.Message;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

// Past 300 lines because where a part lies, and when it is put there, is decided in one place.

/**
 * A message that arrives in more than one frame. Its parts refer to the frames, except where that
 * would keep a whole frame alive for a few bytes, or where the codec gives memory to put a part
 * together in: those are copied.
 *
 * <p>Memory is asked for only when the message is {@linkplain #admit admitted}. If there is none,
 * what has come is released and the rest is passed over. What takes long to make is made on another
 * thread; until it is there, the part consists of frames.
 */
final class Assembly {

  /** Fewer bytes than this of one frame are copied. */
  static final int MIN_REFERENCE_BYTES = 1024;

  /** The kind of what is no record but a bare message. */
  static final int NO_RECORD = 0;

  /** The kind of a numbered message, whose id is its number. */
  static final int NUMBERED = -1;

  /** The same behind a loss of unknown size. */
  static final int NUMBERED_AFTER_GAP = -2;

  private final int[] lengths;
  private final ByteBuf[] parts;

  /** The part in progress, once it has several pieces. */
  private @Nullable CompositeByteBuf gathered;

  private final long size;
  private final int recordKind;
  private final long id;
  private final @Nullable PartMemory memory;
  private final @Nullable Aside aside;
  private final Runnable onMemory;

  private long received;
  private int part;
  private int partBytesDone;

  /** Parts, and their bytes, up to the next one whose memory is waited for. */
  private int partsAhead;

  private long bytesAhead;

  /** Whether the part in progress lies in memory of the codec. */
  private boolean placed;

  private boolean admitted;
  private @Nullable CodecException refusal;

  /** So many of the bytes that come next are where they belong already. */
  private int landed;

  /** Whether memory for the part in progress is being made; until then it consists of frames. */
  private boolean waiting;

  /** Whether nothing more is put here; read also where memory is made. */
  private volatile boolean ended;

  /**
   * Of a message of these part lengths, within a record of this kind and id.
   *
   * @param memory null if the codec gives none
   * @param aside where memory is made that takes long to make; null: here
   * @param onMemory runs when that is there
   */
  Assembly(
      int[] lengths,
      long size,
      int recordKind,
      long id,
      @Nullable PartMemory memory,
      @Nullable Aside aside,
      Runnable onMemory) {
    this.lengths = lengths;
    this.size = size;
    this.recordKind = recordKind;
    this.id = id;
    this.memory = memory;
    this.aside = aside;
    this.onMemory = onMemory;
    this.parts = new ByteBuf[lengths.length];
    Arrays.fill(parts, Unpooled.EMPTY_BUFFER);
  }

  long size() {
    return size;
  }

  long received() {
    return received;
  }

  long missing() {
    return size - received;
  }

  /** How many of the missing bytes come before the next part whose memory is waited for. */
  long ahead() {
    if (waiting) {
      return 0;
    }
    while (partsAhead < lengths.length && !isToWaitFor(partsAhead)) {
      bytesAhead += lengths[partsAhead++];
    }
    return bytesAhead - received;
  }

  private boolean isToWaitFor(int index) {
    boolean begun = index < part || index == part && partBytesDone > 0;
    return !begun
        && aside != null
        && memory != null
        && memory.isFor(index)
        && memory.takesLong(index);
  }

  /** Appends a range of a frame, which is borrowed. */
  void add(ByteBuf frame, int from, int length) {
    if (length < MIN_REFERENCE_BYTES) {
      ByteBuf copy = frame.alloc().buffer(length).writeBytes(frame, from, length);
      try {
        take(copy, 0, length);
      } finally {
        copy.release();
      }
    } else {
      take(frame, from, length);
    }
  }

  private void take(ByteBuf source, int from, int length) {
    int at = from;
    int end = from + length;
    while (at < end) {
      int piece = Math.min(lengths[part] - partBytesDone, end - at);
      if (piece > 0) {
        put(source, at, piece);
        at += piece;
        received += piece;
        partBytesDone += piece;
      }
      if (partBytesDone == lengths[part]) {
        part++;
        partBytesDone = 0;
      }
    }
  }

  private void put(ByteBuf source, int at, int piece) {
    PartMemory from = memory;
    if (from != null && from.isFor(part)) {
      if (refusal != null) {
        return; // passed over
      }
      if (partBytesDone == 0) {
        placed = false;
        if (admitted && (piece < lengths[part] || from.takesWholeParts())) {
          obtain(from, part, source.alloc(), aside);
        }
      }
      if (placed) {
        place(from, part, source, at, piece);
      }
      if (placed || refusal != null) {
        return;
      }
    }
    refer(source.alloc(), source.retainedSlice(at, piece));
  }

  /**
   * Memory for the next bytes of the part in progress, which must be all that the next frame
   * brings.
   *
   * @param bytes that come
   * @param scratch bytes behind them that may be overwritten
   * @return null if they do not all belong there
   */
  @Nullable ByteBuf land(int bytes, int scratch) {
    int left = part < lengths.length ? lengths[part] - partBytesDone : 0;
    if (!placed || refusal != null || partBytesDone == 0 || bytes > left || bytes == 0) {
      return null;
    }
    ByteBuf to = parts[part];
    if (to.refCnt() <= 0 || !to.isDirect() || to.nioBufferCount() != 1) {
      return null; // a channel reads into one run of direct memory, or into a copy of its own
    }
    landed = bytes;
    return to.retainedSlice(to.writerIndex(), Math.min(left, bytes + scratch)).clear();
  }

  private void refer(ByteBufAllocator alloc, ByteBuf piece) {
    if (partBytesDone == 0) {
      gathered = null;
      parts[part] = piece; // often all of it, or moved to memory of the codec before more comes
      return;
    }
    if (gathered == null) {
      // the pieces are what the leak detector follows
      gathered = new CompositeByteBuf(alloc, true, Integer.MAX_VALUE);
      parts[part] = gathered.addComponent(true, parts[part]);
    }
    gathered.addComponent(true, piece);
  }

  /** Gets memory for a part, now or later, and puts there what has come of it. */
  private void obtain(
      PartMemory from, int index, ByteBufAllocator alloc, @Nullable Aside elsewhere) {
    try {
      from.begin(i -> parts[i], alloc);
      if (elsewhere != null && from.takesLong(index)) {
        waiting = true;
        Made made = new Made();
        elsewhere.run(() -> made.make(from, index), () -> supplied(from, index, made));
      } else {
        install(from, index, from.allocate(index));
      }
    } catch (CodecException e) {
      refuse(from, e);
    }
  }

  private void install(PartMemory from, int index, ByteBuf made) {
    ByteBuf come = parts[index];
    parts[index] = made;
    placed = index == part;
    if (come.isReadable()) {
      place(from, index, come, come.readerIndex(), come.readableBytes());
    }
    come.release(); // of frames, and not among the parts any more
  }

  private void supplied(PartMemory from, int index, Made made) {
    waiting = false;
    if (ended || refusal != null) {
      made.drop();
      onMemory.run();
    } else if (made.failure != null) {
      refuse(from, made.failure);
      onMemory.run();
    } else {
      install(from, index, Objects.requireNonNull(made.memory));
      onMemory.run();
    }
  }

  /** Whether the part in progress waits for its memory, and no more of it should come meanwhile. */
  boolean isWaiting() {
    return waiting;
  }

  /** Memory made on another thread, handed over by whoever runs both. */
  private final class Made {
    @Nullable ByteBuf memory;
    @Nullable CodecException failure;

    void make(PartMemory from, int index) {
      if (ended) {
        return; // nobody wants it any more
      }
      try {
        memory = from.allocate(index);
      } catch (CodecException e) {
        failure = e;
      } catch (Throwable e) { // whatever it is, the message must not wait for ever
        failure = new CodecException("the codec failed to give memory: " + e, e);
      }
    }

    void drop() {
      if (memory != null) {
        PartMemory.release(memory);
      }
    }
  }

  private void place(PartMemory from, int index, ByteBuf source, int at, int length) {
    try {
      if (landed > 0) {
        landed = 0;
        parts[index].writerIndex(parts[index].writerIndex() + length);
      } else {
        from.write(parts[index], index, source, at, length);
      }
    } catch (CodecException e) {
      refuse(from, e);
    }
  }

  private void refuse(PartMemory from, CodecException cause) {
    refusal = cause;
    for (int i = from.first(); i < parts.length; i++) {
      PartMemory.release(parts[i]);
      parts[i] = Unpooled.EMPTY_BUFFER;
    }
  }

  /**
   * The message has its share of the budget: what has come of it is put where the codec wants it,
   * as will be all that comes from now on.
   */
  void admit() {
    admit(aside);
  }

  private void admit(@Nullable Aside elsewhere) {
    PartMemory from = memory;
    if (from == null || admitted) {
      return;
    }
    admitted = true;
    for (int i = from.first(); i <= part && i < parts.length && refusal == null; i++) {
      ByteBuf come = parts[i];
      boolean inOnePiece =
          come.readableBytes() == lengths[i] && !(come instanceof CompositeByteBuf);
      if (come.isReadable() && (!inOnePiece || from.takesWholeParts())) {
        obtain(from, i, come.alloc(), elsewhere);
      }
    }
  }

  /** The whole message or record, once nothing is missing; this object is not used again. */
  Object toElement() {
    admit(null);
    ended = true;
    CodecException refused = refusal;
    Message message =
        refused == null || memory == null
            ? Message.of(parts)
            : Message.refused(List.of(parts).subList(0, memory.first()), lengths, refused);
    return toElement(recordKind, id, message);
  }

  /** What a message of some kind is handed out as. */
  static Object toElement(int kind, long id, Message message) {
    return switch (kind) {
      case NO_RECORD -> message;
      case NUMBERED, NUMBERED_AFTER_GAP -> new Numbered(id, kind == NUMBERED_AFTER_GAP, message);
      default -> WireRecord.of(kind, id, message);
    };
  }

  void release() {
    ended = true;
    for (ByteBuf each : parts) {
      PartMemory.release(each);
    }
  }
}
