package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * The memory that a codec gives for the parts of one message. Whatever the codec throws, or gives
 * that is too small, is a refusal of this message alone.
 */
final class PartMemory {

  private static final int LONG_BYTES = 8 * 1024 * 1024;

  private final AssemblyTarget target;

  /**
   * The index of the first part in memory of the codec; its header, if it has one, is before it.
   */
  private final int first;

  /** How many parts of the codec's are before that: its header, or none. */
  private final int headers;

  private final int[] lengths;
  private AssemblyTarget.@Nullable Parts parts;

  private PartMemory(AssemblyTarget target, int header, int first, int[] lengths) {
    this.target = target;
    this.first = first;
    this.headers = first - header;
    this.lengths = lengths;
  }

  /**
   * Of a message that begins.
   *
   * @param target the codec's
   * @param header the index of the codec's first part: 1 behind a topic, otherwise 0
   * @param lengths of all parts
   * @return null if the codec gives no memory for this one
   */
  static @Nullable PartMemory of(@Nullable AssemblyTarget target, int header, int[] lengths) {
    int parts = lengths.length - header;
    if (target == null || parts < 1 || parts == 1 && !target.takesSingleParts()) {
      return null;
    }
    return new PartMemory(target, header, parts == 1 ? header : header + 1, lengths);
  }

  /** The index of the first part that the codec gives memory for. */
  int first() {
    return first;
  }

  /** Whether a part is one that the codec gives memory for. */
  boolean isFor(int part) {
    return part >= first;
  }

  /** Whether it does so also if the part needs none. */
  boolean takesWholeParts() {
    return target.takesWholeParts();
  }

  /** Whether memory for a part may take long to make: the system or the JVM zeroes it. */
  boolean takesLong(int part) {
    return lengths[part] >= LONG_BYTES;
  }

  /**
   * Shows the header to the codec; again, it does nothing.
   *
   * @param all the message's parts, of which the codec's header is whole, if it has one
   * @throws CodecException if the codec refuses it
   */
  void begin(IntFunction<ByteBuf> all, ByteBufAllocator allocator) {
    if (parts == null) {
      int own = lengths.length - first;
      int[] sizes = new int[1 + own]; // without a header there is an empty one
      System.arraycopy(lengths, first - headers, sizes, 1 - headers, headers + own);
      ByteBuf headerPart = headers == 0 ? Unpooled.EMPTY_BUFFER : all.apply(first - 1);
      try {
        parts = target.begin(headerPart, sizes, allocator);
      } catch (RuntimeException | LinkageError | OutOfMemoryError e) {
        throw refusal("the header of %d bytes is refused".formatted(sizes[0]), e);
      }
    }
  }

  /**
   * Memory for one part, which reads as empty at its first byte. May be called on another thread
   * than the rest.
   *
   * @param part one that {@link #isFor} says yes to, of at least one byte, after {@link #begin}
   * @throws CodecException if there is none; nothing is held then
   */
  ByteBuf allocate(int part) {
    int bytes = lengths[part];
    try {
      ByteBuf memory = Objects.requireNonNull(parts).allocate(part - first + 1, bytes);
      return checked(memory, part, bytes);
    } catch (OutOfMemoryError e) {
      throw new CodecException(
          none(part)
              + ": "
              + e.getMessage()
              + "; -XX:MaxDirectMemorySize sets how much there is, -Xmx on the heap",
          e);
    } catch (RuntimeException | LinkageError e) {
      throw refusal(none(part), e);
    }
  }

  private String none(int part) {
    return "there is no memory for part %d, which has %d bytes".formatted(own(part), lengths[part]);
  }

  /** Somebody else's buffer: nothing is taken for granted. */
  private ByteBuf checked(@Nullable ByteBuf memory, int part, int bytes) {
    if (memory == null || memory.refCnt() <= 0) {
      throw new CodecException(
          none(part)
              + ": what was given is "
              + (memory == null ? "null" : "released; who gives the same again retains it"));
    }
    int writable = memory.writableBytes();
    if (writable < bytes) {
      release(memory);
      throw new CodecException(
          "part %d has %d bytes, the memory given for it only %d behind its writer index"
              .formatted(own(part), bytes, writable));
    }
    return memory.readerIndex(memory.writerIndex());
  }

  /** Releases a part, which its giver may have released as well. */
  static void release(ByteBuf memory) {
    if (memory.refCnt() > 0) {
      memory.release();
    }
  }

  private static CodecException refusal(String what, Throwable cause) {
    return cause instanceof CodecException known
        ? known
        : new CodecException(what + ": " + cause, cause);
  }

  /**
   * Appends to what {@link #allocate} gave.
   *
   * @throws CodecException if it cannot be written to
   */
  void write(ByteBuf memory, int part, ByteBuf source, int from, int length) {
    try {
      memory.writeBytes(source, from, length);
    } catch (RuntimeException e) {
      throw new CodecException(
          "the memory for part %d cannot be written to: %s".formatted(own(part), e), e);
    }
  }

  /** The number of a part among the codec's own. */
  private int own(int part) {
    return part - first + headers;
  }

  /** A message that arrived within a frame, in memory of the codec. Takes over the message. */
  static Message place(Message whole, AssemblyTarget target, int header) {
    int count = whole.partCount();
    int[] lengths = new int[count];
    Arrays.setAll(lengths, whole::partSize);
    PartMemory memory = of(target, header, lengths);
    if (memory == null) {
      return whole;
    }
    ByteBufAllocator allocator = whole.part(header).alloc();
    List<ByteBuf> placed = new ArrayList<>(count);
    try {
      for (int part = 0; part < count; part++) {
        ByteBuf own = whole.part(part);
        if (memory.isFor(part) && own.isReadable()) {
          memory.begin(whole::part, allocator);
          ByteBuf into = memory.allocate(part);
          placed.add(into);
          memory.write(into, part, own, own.readerIndex(), own.readableBytes());
        } else {
          placed.add(Unpooled.wrappedBuffer(whole.bytes(part))); // the frame need not stay for it
        }
      }
      return Message.of(placed.toArray(ByteBuf[]::new));
    } catch (CodecException e) {
      placed.subList(memory.first, placed.size()).forEach(PartMemory::release);
      return Message.refused(placed.subList(0, memory.first), lengths, e);
    } finally {
      whole.release();
    }
  }
}
