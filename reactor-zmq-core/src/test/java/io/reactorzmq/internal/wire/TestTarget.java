package io.reactorzmq.internal.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.AssemblyTarget;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Gives memory for parts, notes for which, and refuses when told to. */
final class TestTarget implements AssemblyTarget {

  final List<Integer> asked = new ArrayList<>();
  final List<ByteBuf> given = new ArrayList<>();
  String header;
  int[] sizes;
  int messages;
  private final boolean whole;
  private boolean refusesHeader;
  private int refusesPart = -1;
  private int missing;
  private boolean single;

  private TestTarget(boolean whole) {
    this.whole = whole;
  }

  /** For parts that arrive in several frames. */
  static TestTarget ofPieces() {
    return new TestTarget(false);
  }

  /** For all parts. */
  static TestTarget ofAll() {
    return new TestTarget(true);
  }

  TestTarget refusingHeaders() {
    refusesHeader = true;
    return this;
  }

  TestTarget refusingPart(int part) {
    refusesPart = part;
    return this;
  }

  /** Also for the content of messages of one part. */
  TestTarget takingSingleParts() {
    single = true;
    return this;
  }

  /** Gives so many bytes too few. */
  TestTarget lacking(int bytes) {
    missing = bytes;
    return this;
  }

  @Override
  public boolean takesWholeParts() {
    return whole;
  }

  @Override
  public boolean takesSingleParts() {
    return single;
  }

  @Override
  public Parts begin(ByteBuf first, int[] all, ByteBufAllocator allocator) {
    messages++;
    header = first.toString(java.nio.charset.StandardCharsets.UTF_8);
    sizes = all;
    if (refusesHeader) {
      throw new CodecException("not this header");
    }
    int[] own = Arrays.copyOf(all, all.length);
    return (part, bytes) -> {
      asked.add(part);
      if (bytes != own[part]) {
        throw new AssertionError("part " + part + " has " + own[part] + " bytes, not " + bytes);
      }
      if (part == refusesPart) {
        throw new IllegalStateException("no memory today");
      }
      // three bytes in front, so that nobody takes the buffer's start for the part's
      ByteBuf memory = allocator.directBuffer(3 + bytes - missing, 3 + bytes - missing);
      given.add(memory.writeMedium(0));
      return memory;
    };
  }
}
