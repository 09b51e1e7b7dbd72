package io.reactorzmq.message;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.ReferenceCounted;
import io.reactorzmq.error.CodecException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import reactor.core.Exceptions;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

// Past 300 lines because one value type has one file: most of it is what its methods promise.

/**
 * What a socket carries: an ordered list of parts, each a run of bytes, sent and received as one.
 * Immutable and reference-counted; whoever is given a message releases it exactly once. Reading a
 * part of a released message throws {@link IllegalReferenceCountException}.
 *
 * <p>A message over heap memory, such as {@link #of(String...)} makes, may also be left to the
 * garbage collector. Small parts are copied into frames when they are sent; larger ones, in direct
 * memory from 1 KiB and on the heap from 64 KiB up, are referred to, so the bytes must not change
 * while the message is alive.
 *
 * <p>A factory method that throws leaves all references with its caller.
 */
public final class Message implements ReferenceCounted {

  /** A message may have this many parts at most. */
  public static final int MAX_PARTS = 65_535;

  private static final int MAX_ARRAY = Integer.MAX_VALUE - 8;
  private static final ByteBuf[] NO_BUFFERS = {};
  private static final int[] NO_STARTS = {};

  /** Up to this many parts of one body are found by adding lengths, more of them by a table. */
  private static final int ADDED_UP = 4;

  /** A message below this is copied rather than to consist of several buffers. */
  private static final int COPY_BELOW = 1024;

  private static final AtomicIntegerFieldUpdater<Message> OTHERS =
      AtomicIntegerFieldUpdater.newUpdater(Message.class, "others");

  /**
   * What only some messages have. Millions of small ones a second are garbage soon: what they do
   * not need they do not carry.
   *
   * @param buffers own the bytes, one per part; none if there is a body
   * @param starts where each part begins in its buffer
   * @param onReleased runs at the last release
   * @param refusal why the parts behind the last of the buffers were not kept
   */
  private record Rare(
      ByteBuf[] buffers,
      int[] starts,
      @Nullable Runnable onReleased,
      @Nullable CodecException refusal) {}

  /**
   * References beside the first; -1 when none is left. To write a volatile field costs a memory
   * barrier, so a new message must not have to.
   */
  private volatile int others;

  /** Owns the bytes of a message whose parts lie one behind the other in one buffer. */
  private final @Nullable ByteBuf body;

  private final int bodyOffset;

  /** Of the parts; null for a body of one part. */
  private final int @Nullable [] lengths;

  private final long size;

  /** Null for a body of few parts. */
  private final @Nullable Rare rare;

  private Message(ByteBuf body, int offset, int length) {
    requireWithin(body, offset, length, length);
    this.body = body;
    this.bodyOffset = offset;
    this.lengths = null;
    this.size = length;
    this.rare = null;
  }

  private Message(ByteBuf body, int offset, int[] lengths) {
    requirePartCount(lengths.length);
    long sum = 0;
    int least = 0;
    for (int length : lengths) {
      sum += length;
      least = Math.min(least, length);
    }
    requireWithin(body, offset, least, sum);
    this.body = body;
    this.bodyOffset = offset;
    this.lengths = lengths;
    this.size = sum;
    this.rare =
        lengths.length <= ADDED_UP
            ? null
            : new Rare(NO_BUFFERS, starts(offset, lengths), null, null);
  }

  private Message(ByteBuf[] buffers, @Nullable Runnable onReleased) {
    requirePartCount(buffers.length);
    int[] starts = new int[buffers.length];
    int[] lengths = new int[buffers.length];
    long sum = 0;
    for (int i = 0; i < buffers.length; i++) {
      starts[i] = buffers[i].readerIndex();
      lengths[i] = buffers[i].readableBytes();
      sum += lengths[i];
    }
    this.body = null;
    this.bodyOffset = 0;
    this.lengths = lengths;
    this.size = sum;
    this.rare = new Rare(buffers, starts, onReleased, null);
  }

  private Message(int[] lengths, long size, Rare rare) {
    requirePartCount(lengths.length);
    this.body = null;
    this.bodyOffset = 0;
    this.lengths = lengths;
    this.size = size;
    this.rare = rare;
  }

  private static void requirePartCount(int count) {
    if (count == 0 || count > MAX_PARTS) {
      throw new IllegalArgumentException(
          "a message has 1 to " + MAX_PARTS + " parts, not " + count);
    }
  }

  private static void requireWithin(ByteBuf body, int offset, int least, long size) {
    if (least < 0) {
      throw new IllegalArgumentException("a part cannot have " + least + " bytes");
    }
    if (offset < 0 || offset + size > body.capacity()) {
      throw new IndexOutOfBoundsException(
          "parts of " + size + " bytes from " + offset + " in a buffer of " + body.capacity());
    }
  }

  private static int[] starts(int offset, int[] lengths) {
    int[] starts = new int[lengths.length];
    int start = offset;
    for (int i = 0; i < lengths.length; i++) {
      starts[i] = start;
      start += lengths[i];
    }
    return starts;
  }

  /**
   * A message of the bytes that each buffer has readable now. Takes over one reference of each.
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
   *     released and the library reads its memory no more; what it throws goes to Reactor's hook
   *     for dropped errors
   * @return the message
   */
  public static Message wrap(List<ByteBuf> parts, Runnable onReleased) {
    return new Message(parts.toArray(NO_BUFFERS), Objects.requireNonNull(onReleased, "onReleased"));
  }

  /**
   * A message whose parts lie one behind the other in a buffer that may be shared with other
   * messages. Takes over one reference of the buffer.
   *
   * @param owner the buffer
   * @param offset index of the first byte of part 0
   * @param lengths the length of each part in bytes, 1 to {@link #MAX_PARTS} of them; not copied
   * @return the message
   */
  public static Message over(ByteBuf owner, int offset, int... lengths) {
    return lengths.length == 1
        ? new Message(owner, offset, lengths[0])
        : new Message(owner, offset, lengths);
  }

  /**
   * A message of one part that lies in a buffer that may be shared with other messages. Takes over
   * one reference of the buffer.
   *
   * @param owner the buffer
   * @param offset index of the first byte
   * @param length bytes
   * @return the message
   */
  public static Message over(ByteBuf owner, int offset, int length) {
    return new Message(owner, offset, length);
  }

  /**
   * A message that was refused while it arrived: only its first parts were kept. Reading one of the
   * others throws why. Takes over one reference of each buffer.
   *
   * @param kept the first parts, whole
   * @param lengths the length of each part in bytes, those not kept included; not copied
   * @param refusal why they were not kept
   * @return the message
   */
  public static Message refused(List<ByteBuf> kept, int[] lengths, CodecException refusal) {
    ByteBuf[] buffers = kept.toArray(NO_BUFFERS);
    int[] starts = new int[buffers.length];
    for (int i = 0; i < buffers.length; i++) {
      starts[i] = buffers[i].readerIndex();
    }
    long size = IntStream.of(lengths).asLongStream().sum();
    return new Message(lengths, size, new Rare(buffers, starts, null, refusal));
  }

  /**
   * The same message with one more part in front of the others. Only what is small is copied. Takes
   * over this message's reference.
   *
   * @param part the new part 0; must not change
   * @return the longer message
   * @throws IllegalArgumentException if that is one part too many
   */
  public Message withFirst(byte[] part) {
    int n = partCount();
    requirePartCount(n + 1);
    int[] allLengths = new int[n + 1];
    allLengths[0] = part.length;
    for (int i = 0; i < n; i++) {
      allLengths[i + 1] = partSize(i);
    }
    if (size + part.length < COPY_BELOW && onReleased() == null) {
      byte[] copy = Arrays.copyOf(part, part.length + (int) size);
      copyTo(copy, part.length);
      return handOver(over(Unpooled.wrappedBuffer(copy), 0, allLengths));
    }
    ByteBuf[] all = new ByteBuf[n + 1];
    int[] allStarts = new int[n + 1];
    for (int i = 0; i < n; i++) {
      all[i + 1] = buffer(i).retain();
      allStarts[i + 1] = start(i);
    }
    all[0] = Unpooled.wrappedBuffer(part);
    return handOver(
        new Message(allLengths, size + part.length, new Rare(all, allStarts, lastRelease(), null)));
  }

  /**
   * The same message without its first part. Takes over this message's reference.
   *
   * @return the shorter message
   * @throws IllegalArgumentException if no part would be left
   */
  public Message withoutFirst() {
    int n = partCount() - 1;
    requirePartCount(n);
    ByteBuf shared = body;
    if (shared != null) {
      if (refCnt() != 1) {
        return handOver(withoutFirst(buffer(1).retain(), n));
      }
      Message successor = withoutFirst(shared, n);
      OTHERS.lazySet(this, -1); // nobody else has this message, and the body is the successor's
      return successor;
    }
    int[] rest = withoutFirstLength(n);
    CodecException refusal = refusal();
    int kept = refusal == null ? n : Math.max(0, Objects.requireNonNull(rare).buffers.length - 1);
    ByteBuf[] others = new ByteBuf[kept];
    int[] otherStarts = new int[kept];
    for (int i = 0; i < kept; i++) {
      others[i] = buffer(i + 1).retain();
      otherStarts[i] = start(i + 1);
    }
    return handOver(
        new Message(
            rest, size - partSize(0), new Rare(others, otherStarts, lastRelease(), refusal)));
  }

  private Message withoutFirst(ByteBuf shared, int n) {
    return n == 1
        ? new Message(shared, start(1), partSize(1))
        : new Message(shared, start(1), withoutFirstLength(n));
  }

  private int[] withoutFirstLength(int n) {
    return Arrays.copyOfRange(Objects.requireNonNull(lengths), 1, n + 1);
  }

  /** Who waits for this message's memory waits for that of its successor. */
  private @Nullable Runnable lastRelease() {
    return onReleased() == null ? null : this::release;
  }

  private @Nullable Runnable onReleased() {
    return rare == null ? null : rare.onReleased;
  }

  private Message handOver(Message successor) {
    if (onReleased() == null) {
      release();
    }
    return successor;
  }

  /**
   * The number of parts.
   *
   * @return 1 to {@link #MAX_PARTS}
   */
  public int partCount() {
    return lengths == null ? 1 : lengths.length;
  }

  /**
   * Why some of the parts were not kept.
   *
   * @return what reading them throws; null, as nearly always, if all parts are there
   */
  public @Nullable CodecException refusal() {
    return rare == null ? null : rare.refusal;
  }

  /**
   * The length of one part.
   *
   * @param index 0 to {@code partCount() - 1}
   * @return bytes
   */
  public int partSize(int index) {
    if (lengths == null) {
      Objects.checkIndex(index, 1);
      return (int) size;
    }
    return lengths[index];
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
   * carries no reference of its own, for that see {@link #retainedPart}.
   *
   * @param index 0 to {@code partCount() - 1}
   * @return a new view with its own indices
   */
  public ByteBuf part(int index) {
    return buffer(index).slice(start(index), partSize(index));
  }

  /**
   * A view of a range of one part that keeps the underlying memory alive until released. As long as
   * it lives, a message made by {@link #wrap} does not give its memory back.
   *
   * @param index 0 to {@code partCount() - 1}
   * @param from first byte within the part
   * @param length bytes
   * @return a view with a reference of its own
   */
  public ByteBuf retainedPart(int index, int from, int length) {
    Objects.checkFromIndexSize(from, length, partSize(index));
    ByteBuf owner = buffer(index);
    ByteBuf view =
        owner instanceof CompositeByteBuf pieces
            ? retained(pieces, start(index) + from, length)
            : owner.retainedSlice(start(index) + from, length);
    return onReleased() == null ? view : new PinnedView(view, this);
  }

  /** Only the pieces of the range: whoever reads a slice of all would look at all of them. */
  private static ByteBuf retained(CompositeByteBuf all, int from, int length) {
    List<ByteBuf> pieces = all.decompose(from, length);
    if (pieces.size() == 1) {
      return pieces.get(0).retain();
    }
    CompositeByteBuf range = all.alloc().compositeBuffer(Integer.MAX_VALUE);
    for (ByteBuf piece : pieces) {
      range.addComponent(true, piece.retain());
    }
    return range;
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
    Objects.checkFromIndexSize(from, length, partSize(index));
    target.writeBytes(buffer(index), start(index) + from, length);
  }

  /**
   * Appends all parts, one behind the other, to a buffer.
   *
   * @param target grows by {@link #size()} bytes
   */
  public void copyTo(ByteBuf target) {
    ByteBuf whole = body;
    if (whole != null) {
      target.writeBytes(buffer(0), bodyOffset, (int) size);
      return;
    }
    for (int i = 0, n = partCount(); i < n; i++) {
      target.writeBytes(buffer(i), start(i), partSize(i));
    }
  }

  /**
   * Copies all parts, one behind the other, to an array.
   *
   * @param target has room for {@link #size()} bytes
   * @param from where the first one begins
   * @throws IndexOutOfBoundsException if it has not
   */
  public void copyTo(byte[] target, int from) {
    int at = from;
    for (int i = 0, n = partCount(); i < n; i++) {
      int length = partSize(i);
      buffer(i).getBytes(start(i), target, at, length);
      at += length;
    }
  }

  /**
   * Whether a part lies in direct memory, from which the operating system reads without a copy.
   *
   * @param index 0 to {@code partCount() - 1}
   * @return false if it lies on the heap, wholly or in pieces
   */
  public boolean isDirect(int index) {
    return buffer(index).isDirect();
  }

  /**
   * A copy of one part.
   *
   * @param index 0 to {@code partCount() - 1}
   * @return a new array
   */
  public byte[] bytes(int index) {
    return ByteBufUtil.getBytes(buffer(index), start(index), partSize(index));
  }

  /**
   * One part read as UTF-8; malformed bytes become the replacement character.
   *
   * @param index 0 to {@code partCount() - 1}
   * @return the text
   */
  public String text(int index) {
    return buffer(index).toString(start(index), partSize(index), StandardCharsets.UTF_8);
  }

  /**
   * The same parts in heap memory, in one array if it fits and none of them has one of its own; the
   * release of the copy is optional.
   */
  Message heapCopy() {
    int n = partCount();
    if (size > MAX_ARRAY || hasOwnArray()) {
      ByteBuf[] copies = new ByteBuf[n];
      for (int i = 0; i < n; i++) {
        copies[i] = isOwnArray(i) ? buffer(i).retain() : Unpooled.wrappedBuffer(bytes(i));
      }
      return of(copies);
    }
    byte[] copy = new byte[(int) size];
    copyTo(copy, 0);
    ByteBuf heap = Unpooled.wrappedBuffer(copy);
    return lengths == null ? over(heap, 0, copy.length) : over(heap, 0, lengths);
  }

  private boolean hasOwnArray() {
    return IntStream.range(0, body == null ? partCount() : 1).anyMatch(this::isOwnArray);
  }

  /** Whether a part lies in an array that was made for it. */
  private boolean isOwnArray(int index) {
    return buffer(index) instanceof ArrayPart;
  }

  /** The array that a message of one part was put together in; null if others may have it too. */
  byte @Nullable [] ownArray() {
    return partCount() == 1
            && buffer(0) instanceof ArrayPart part
            && others == 0
            && part.refCnt() == 1
        ? part.array()
        : null;
  }

  private ByteBuf buffer(int index) {
    int references = refCnt();
    if (references <= 0) {
      throw new IllegalReferenceCountException(references);
    }
    ByteBuf owner = body;
    if (owner != null) {
      return owner;
    }
    Rare many = Objects.requireNonNull(rare);
    if (many.refusal != null && index >= many.buffers.length) {
      throw many.refusal;
    }
    return many.buffers[index];
  }

  private int start(int index) {
    if (rare != null) {
      return rare.starts[index];
    }
    int start = bodyOffset;
    for (int i = 0; i < index; i++) {
      start += partSize(i);
    }
    return start;
  }

  // ---- references

  @Override
  public int refCnt() {
    return others + 1;
  }

  @Override
  public Message retain() {
    return retain(1);
  }

  @Override
  public Message retain(int increment) {
    for (; ; ) {
      int now = others;
      if (now < 0 || increment <= 0 || now + increment + 1 <= 0) {
        throw new IllegalReferenceCountException(now + 1, increment);
      }
      if (OTHERS.compareAndSet(this, now, now + increment)) {
        return this;
      }
    }
  }

  @Override
  public boolean release() {
    return release(1);
  }

  @Override
  public boolean release(int decrement) {
    for (; ; ) {
      int now = others;
      if (decrement <= 0 || now < decrement - 1) {
        throw new IllegalReferenceCountException(now + 1, -decrement);
      }
      if (OTHERS.compareAndSet(this, now, now - decrement)) {
        if (now == decrement - 1) {
          deallocate();
        }
        return now == decrement - 1;
      }
    }
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
    if (rare != null) {
      for (ByteBuf buffer : rare.buffers) {
        buffer.touch(hint);
      }
    }
    return this;
  }

  private void deallocate() {
    RuntimeException failure = body == null ? null : release(body, null);
    if (rare != null) {
      for (ByteBuf buffer : rare.buffers) {
        failure = release(buffer, failure);
      }
      if (rare.onReleased != null) {
        giveBack(rare.onReleased);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** One buffer that was released too often must not keep the others from being released. */
  private static @Nullable RuntimeException release(
      ByteBuf buffer, @Nullable RuntimeException earlier) {
    try {
      buffer.release();
      return earlier;
    } catch (RuntimeException e) {
      return earlier == null ? e : earlier;
    }
  }

  /** Runs wherever the last reference happens to be released, which must not suffer from it. */
  private static void giveBack(Runnable onReleased) {
    try {
      onReleased.run();
    } catch (Throwable e) {
      Exceptions.throwIfFatal(e);
      Operators.onErrorDropped(e, Context.empty());
    }
  }

  @Override
  public String toString() {
    return "Message[parts=" + partCount() + ", size=" + size + ", refCnt=" + refCnt() + "]";
  }
}
