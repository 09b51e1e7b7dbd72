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
import org.jspecify.annotations.Nullable;

/**
 * The memory that a codec gives for the parts of one message. Whatever the codec throws, or gives
 * that is too small, is a refusal of this message alone.
 */
final class PartMemory {

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

  /**
   * Memory for one part, which reads as empty at its first byte.
   *
   * @param part one that {@link #isFor} says yes to, of at least one byte
   * @param headerPart the codec's first part, whole
   * @throws CodecException if there is none; nothing is held then
   */
  ByteBuf allocate(int part, ByteBuf headerPart, ByteBufAllocator allocator) {
    int bytes = lengths[part];
    ByteBuf memory;
    try {
      AssemblyTarget.Parts giver = parts;
      if (giver == null) {
        int[] sizes = Arrays.copyOfRange(lengths, header, lengths.length);
        giver = target.begin(headerPart, sizes, allocator);
        parts = giver;
      }
      memory = giver.allocate(part - header, bytes);
    } catch (CodecException e) {
      throw e;
    } catch (RuntimeException | OutOfMemoryError e) {
      throw new CodecException(
          "there is no memory for part %d of %d bytes: %s".formatted(part - header, bytes, e), e);
    }
    if (memory.writableBytes() < bytes) {
      int writable = memory.writableBytes();
      memory.release();
      throw new CodecException(
          "part %d has %d bytes, the memory given for it only %d"
              .formatted(part - header, bytes, writable));
    }
    return memory.readerIndex(memory.writerIndex());
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
    List<ByteBuf> placed = new ArrayList<>(count);
    try {
      for (int part = 0; part < count; part++) {
        ByteBuf own = whole.part(part);
        if (memory.isFor(part) && own.isReadable()) {
          ByteBuf into = memory.allocate(part, whole.part(header), own.alloc());
          placed.add(into);
          memory.write(into, part, own, own.readerIndex(), own.readableBytes());
        } else {
          placed.add(Unpooled.wrappedBuffer(whole.bytes(part))); // the frame need not stay for it
        }
      }
      return Message.of(placed.toArray(ByteBuf[]::new));
    } catch (CodecException e) {
      placed.subList(header + 1, placed.size()).forEach(ByteBuf::release);
      return Message.refused(placed.subList(0, header + 1), lengths, e);
    } finally {
      whole.release();
    }
  }
}
