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
import org.jspecify.annotations.Nullable;

/**
 * The memory that a codec gives for the parts of one message. Whatever the codec throws, or gives
 * that is too small, is a refusal of this message alone.
 */
final class PartMemory {

  private static final int LONG_BYTES = 8 * 1024 * 1024;

  private final AssemblyTarget target;
  private final int header;
  private final int[] lengths;
  private AssemblyTarget.@Nullable Parts parts;

  /**
   * Of a message that begins.
   *
   * @param target the codec's
   * @param header the index of the codec's first part: 1 behind a topic, otherwise 0
   * @param lengths of all parts
   */
  PartMemory(AssemblyTarget target, int header, int[] lengths) {
    this.target = target;
    this.header = header;
    this.lengths = lengths;
  }

  /** The index of the codec's first part, which it gives no memory for. */
  int header() {
    return header;
  }

  /** Whether a part is one that the codec gives memory for. */
  boolean isFor(int part) {
    return part > header;
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
   * @param headerPart the codec's first part, whole
   * @throws CodecException if the codec refuses it
   */
  void begin(ByteBuf headerPart, ByteBufAllocator allocator) {
    if (parts == null) {
      int[] sizes = Arrays.copyOfRange(lengths, header, lengths.length);
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
      ByteBuf memory = Objects.requireNonNull(parts).allocate(part - header, bytes);
      return checked(memory, part, bytes);
    } catch (OutOfMemoryError e) {
      throw new CodecException(
          none(part) + ": " + e.getMessage() + "; -XX:MaxDirectMemorySize sets how much there is",
          e);
    } catch (RuntimeException | LinkageError e) {
      throw refusal(none(part), e);
    }
  }

  private String none(int part) {
    return "there is no memory for part %d, which has %d bytes"
        .formatted(part - header, lengths[part]);
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
              .formatted(part - header, bytes, writable));
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
          "the memory for part %d cannot be written to: %s".formatted(part - header, e), e);
    }
  }

  /** A message that arrived within a frame, in memory of the codec. Takes over the message. */
  static Message place(Message whole, AssemblyTarget target, int header) {
    int count = whole.partCount();
    if (count - 1 <= header) {
      return whole;
    }
    int[] lengths = new int[count];
    Arrays.setAll(lengths, whole::partSize);
    PartMemory memory = new PartMemory(target, header, lengths);
    ByteBufAllocator allocator = whole.part(header).alloc();
    List<ByteBuf> placed = new ArrayList<>(count);
    try {
      for (int part = 0; part < count; part++) {
        ByteBuf own = whole.part(part);
        if (memory.isFor(part) && own.isReadable()) {
          memory.begin(whole.part(header), allocator);
          ByteBuf into = memory.allocate(part);
          placed.add(into);
          memory.write(into, part, own, own.readerIndex(), own.readableBytes());
        } else {
          placed.add(Unpooled.wrappedBuffer(whole.bytes(part))); // the frame need not stay for it
        }
      }
      return Message.of(placed.toArray(ByteBuf[]::new));
    } catch (CodecException e) {
      placed.subList(header + 1, placed.size()).forEach(PartMemory::release);
      return Message.refused(placed.subList(0, header + 1), lengths, e);
    } finally {
      whole.release();
    }
  }
}
