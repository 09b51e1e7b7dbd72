package io.reactorzmq.bench;

import io.netty.util.internal.PlatformDependent;
import java.lang.reflect.Constructor;
import java.nio.ByteBuffer;

/** Direct memory of a plain socket's side, and how it is given back. */
final class RawMemory implements AutoCloseable {

  private static final Constructor<?> AT_ADDRESS = constructor();

  private static final int PAGE = 4096;

  private final ByteBuffer buffer;
  private final ByteBuffer whole;
  private final long address;

  private RawMemory(ByteBuffer buffer, ByteBuffer whole, long address) {
    this.buffer = buffer;
    this.whole = whole;
    this.address = address;
  }

  /** As the system gives it, untouched: no page of it exists yet. */
  static RawMemory untouched(int bytes) {
    long address = PlatformDependent.allocateMemory(bytes);
    try {
      boolean takesLong = AT_ADDRESS.getParameterTypes()[1] == long.class;
      Object capacity = takesLong ? (Object) (long) bytes : (Object) bytes;
      ByteBuffer buffer = (ByteBuffer) AT_ADDRESS.newInstance(address, capacity);
      return new RawMemory(buffer, buffer, address);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * As {@link ByteBuffer#allocateDirect} gives it: zeroed once. It begins with a page, as it is
   * dear to copy to a place up to 31 bytes behind that of the source, within their pages.
   */
  static RawMemory zeroed(int bytes) {
    ByteBuffer whole = ByteBuffer.allocateDirect(bytes + PAGE);
    int offset = (PAGE - whole.alignmentOffset(0, PAGE)) % PAGE;
    return new RawMemory(whole.slice(offset, bytes), whole, 0);
  }

  /** All of {@link Pattern}. */
  static RawMemory filled(int bytes) {
    RawMemory memory = zeroed(bytes);
    for (int i = 0; i < bytes; i++) {
      memory.buffer.put(i, Pattern.at(i));
    }
    return memory;
  }

  ByteBuffer buffer() {
    return buffer;
  }

  @Override
  @SuppressWarnings("deprecation") // nothing else frees a buffer of the JDK at once
  public void close() {
    if (address != 0) {
      PlatformDependent.freeMemory(address);
    } else {
      PlatformDependent.freeDirectBuffer(whole);
    }
  }

  private static Constructor<?> constructor() {
    try {
      // since Java 21 the capacity is a long
      Class<?> capacity = Runtime.version().feature() < 21 ? int.class : long.class;
      Constructor<?> found =
          Class.forName("java.nio.DirectByteBuffer").getDeclaredConstructor(long.class, capacity);
      found.setAccessible(true);
      return found;
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
