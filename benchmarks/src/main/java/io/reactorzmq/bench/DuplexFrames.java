package io.reactorzmq.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.transport.TransportContext;
import java.lang.management.ManagementFactory;
import java.time.Duration;

/**
 * The frames between the two processes of {@link Duplex}. Each begins with what it is, where a
 * frame of RSocket has its stream, and a number.
 */
final class DuplexFrames {

  /** Comes back as it is. */
  static final int ECHO = 1;

  /** Goes one way. */
  static final int DATA = 2;

  /** The last one of those, after which the receiver begins anew. */
  static final int LAST = 3;

  /** Comes back with the number of bytes that the receiver's loop has allocated so far. */
  static final int QUERY = 4;

  /** How many bytes of those that go one way have come. */
  static final int ACK = 5;

  /** Of a frame's beginning. */
  static final int HEADER = 16;

  private static final int STREAM = 1;
  private static final int NUMBER = 8;
  private static final int MAX_FRAME = 0xFF_FFFF;
  private static final int MAX_PENDING = 64 << 20;

  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  private DuplexFrames() {}

  static int stream() {
    return STREAM;
  }

  /** On one event loop of this process's carrier. */
  static TransportContext context() {
    ZmqResources resources = Carrier.current().resources();
    EventLoop loop = resources.nextEventLoop();
    return new TransportContext(
        loop,
        PooledByteBufAllocator.DEFAULT,
        MAX_PENDING,
        Duration.ofSeconds(5),
        MAX_FRAME,
        resources.transportOptions());
  }

  /** A frame of some bytes, whose content does not matter behind its beginning. */
  static ByteBuf frame(int what, long number, int bytes) {
    ByteBuf frame = PooledByteBufAllocator.DEFAULT.directBuffer(bytes, bytes);
    return frame.writeInt(what).writeInt(0).writeLong(number).writerIndex(bytes);
  }

  static int what(ByteBuf frame) {
    return frame.getInt(frame.readerIndex());
  }

  static long number(ByteBuf frame) {
    return frame.getLong(frame.readerIndex() + NUMBER);
  }

  /** What the calling thread has allocated on the heap so far, in bytes. */
  static long allocated() {
    return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
  }
}
