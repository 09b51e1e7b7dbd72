package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.reactorzmq.error.MessageTooLargeException;
import java.nio.ByteBuffer;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

// Past 300 lines because when a frame leaves, and what of it is copied, is decided in one place.

/**
 * The sending half of a TCP connection: frames from any thread wait in a {@link FrameQueue} until
 * the channel is writable and leave in one flush per turn of the event loop. What stays queued here
 * can still be overtaken by stream 0; what Netty has cannot.
 */
final class TcpWriter {

  private static final int PREFIX = 3;
  private static final int MAX_FRAME = 0xFF_FFFF;

  /** Frames, and pieces, below this are copied: their buffers cost more than their bytes. */
  private static final int COPY_BELOW = 1024;

  private static final int COPY_BUFFER = 16 * 1024;

  /** Linux refuses longer gathering writes; Netty would copy such a frame. */
  private static final int MAX_COMPONENTS = 1024;

  private final FrameQueue queue = new FrameQueue();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private volatile boolean released;
  private final Runnable drainTask = this::drain;
  private final Channel channel;
  private final ByteBufAllocator allocator;
  private final EventLoop eventLoop;
  private final long maxPendingBytes;

  // The rest is confined to the event loop.
  private boolean draining;
  private @Nullable Runnable onFlushed;

  /** What was copied and not written yet; null between two drains. */
  private @Nullable ByteBuf copies;

  TcpWriter(Channel channel, ByteBufAllocator allocator, long maxPendingBytes) {
    this.channel = channel;
    this.allocator = allocator;
    this.eventLoop = channel.eventLoop();
    this.maxPendingBytes = maxPendingBytes;
  }

  long pendingBytes() {
    ChannelOutboundBuffer netty = channel.unsafe().outboundBuffer();
    return queuedBytes.get() + (netty == null ? 0 : netty.totalPendingWriteBytes());
  }

  /**
   * Queues a frame, or releases it and says why the connection cannot go on.
   *
   * @param drainFollows true if {@link #drainIfNeeded()} is certain to be called soon
   */
  @Nullable Throwable enqueue(int streamId, ByteBuf frame, boolean drainFollows) {
    int length = frame.readableBytes();
    if (length > MAX_FRAME) {
      frame.release();
      return new MessageTooLargeException(
          "a frame of " + length + " bytes cannot be sent over TCP; the limit is " + MAX_FRAME);
    }
    queuedBytes.addAndGet(length + PREFIX);
    long pending = pendingBytes();
    if (pending > maxPendingBytes) {
      queuedBytes.addAndGet(-(length + PREFIX));
      frame.release();
      return SlowPeers.exceeded(channel.remoteAddress(), pending, maxPendingBytes);
    }
    queue.offer(streamId, frame);
    // An unwritable channel drains when it becomes writable; a released one never does.
    if (!drainFollows && (channel.isWritable() || released)) {
      schedule();
    }
    return null;
  }

  /** Queues a last frame behind all others. */
  void enqueueLast(ByteBuf frame) {
    queuedBytes.addAndGet(frame.readableBytes() + PREFIX);
    queue.offerLast(frame);
    schedule();
  }

  /** Runs a task when everything queued has been written to the socket; on the loop. */
  void whenFlushed(Runnable task) {
    onFlushed = task;
    schedule();
  }

  /**
   * Hands everything queued to Netty, nothing after it, and runs a task when it has been written;
   * on the loop. Netty 4.2.18 drops a channel from epoll as soon as its input has ended and no
   * write is incomplete, and then fails the next write that the socket does not take whole.
   */
  void flushAllThen(Runnable task) {
    writeQueued(true);
    release();
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> task.run());
  }

  private void schedule() {
    if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
      try {
        eventLoop.execute(drainTask);
      } catch (RejectedExecutionException e) {
        // The loop has ended and closed the channel: whoever set the flag is the only consumer.
        do {
          releaseQueued();
          scheduled.set(false);
        } while (!queue.isEmpty() && scheduled.compareAndSet(false, true));
      }
    }
  }

  /** Writes what is queued, if anything is; on the loop. */
  void drainIfNeeded() {
    if (!queue.isEmpty()) {
      drain();
    }
  }

  /** Writes what is queued as far as the channel takes it; on the loop. */
  private void drain() {
    scheduled.set(false);
    if (released) {
      releaseQueued();
      return;
    }
    if (draining) {
      schedule();
      return;
    }
    draining = true;
    try {
      if (writeQueued(false)) {
        channel.flush();
      }
    } catch (Throwable e) {
      // a frame is lost, so what is behind it must not follow: this ends the connection
      channel.pipeline().fireExceptionCaught(e);
      return;
    } finally {
      draining = false;
    }
    if (!queue.isEmpty()) {
      if (channel.isWritable()) {
        Loops.runAfterIo(eventLoop, drainTask);
      }
    } else if (onFlushed != null) {
      Runnable task = onFlushed;
      onFlushed = null;
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> task.run());
    }
  }

  /** True if there was something. */
  private boolean writeQueued(boolean all) {
    boolean written = false;
    try {
      while (all || channel.isWritable()) {
        ByteBuf frame = queue.poll();
        if (frame == null) {
          break;
        }
        written = true;
        int length = frame.readableBytes();
        queuedBytes.addAndGet(-(length + PREFIX));
        if (length < COPY_BELOW) {
          copy(frame, length);
        } else {
          writeLarge(frame, length);
        }
      }
      writeCopies();
    } finally {
      if (copies != null) { // something was thrown
        copies.release();
        copies = null;
      }
    }
    return written;
  }

  private void copy(ByteBuf frame, int length) {
    try {
      copiesFor(PREFIX + length, COPY_BUFFER).writeMedium(length).writeBytes(frame);
    } finally {
      frame.release();
    }
  }

  /** What is copied together, with room for so many bytes; new of a size if there is none. */
  private ByteBuf copiesFor(int bytes, int size) {
    if (copies != null && copies.readableBytes() + bytes > COPY_BUFFER) {
      writeCopies();
    }
    ByteBuf target = copies == null ? allocator.directBuffer(size) : copies;
    copies = target;
    return target;
  }

  private void writeCopies() {
    ByteBuf ready = copies;
    copies = null;
    if (ready != null) {
      write(ready);
    }
  }

  /** Writes a frame, whose direct memory is not copied, behind what was copied before. */
  private void writeLarge(ByteBuf frame, int length) {
    if (isWhole(frame)) {
      writeWhole(frame, length);
    } else if (hasReferred(frame)) {
      writePieces(frame, length);
    } else {
      writeCopy(frame, length);
    }
  }

  /** Whether the socket takes a frame as it is. */
  private static boolean isWhole(ByteBuf frame) {
    return frame.hasMemoryAddress() || frame.isDirect() && frame.nioBufferCount() <= MAX_COMPONENTS;
  }

  private void writeWhole(ByteBuf frame, int length) {
    try {
      copiesFor(PREFIX, PREFIX).writeMedium(length);
    } catch (Throwable e) {
      frame.release();
      throw e;
    }
    writeCopies();
    write(frame);
  }

  private void writeCopy(ByteBuf frame, int length) {
    writeCopies();
    try {
      copiesFor(PREFIX + length, PREFIX + length).writeMedium(length).writeBytes(frame);
    } finally {
      frame.release();
    }
    writeCopies();
  }

  /**
   * Whether some piece of a buffer should not be copied. It spares a frame on the heap a list of
   * its pieces; a composite of another class than Netty's usual one is copied, whatever is in it.
   */
  private static boolean hasReferred(ByteBuf buffer) {
    ByteBuf below = buffer;
    while (!(below instanceof CompositeByteBuf)) {
      ByteBuf next = below.unwrap();
      if (next == null) {
        return buffer.isDirect() && buffer.readableBytes() >= COPY_BELOW;
      }
      below = next;
    }
    CompositeByteBuf composite = (CompositeByteBuf) below;
    for (int i = 0; i < composite.numComponents(); i++) {
      if (hasReferred(composite.internalComponent(i))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Netty would copy all of a frame that has heap memory in it, or each piece of that into a buffer
   * of its own: here what must be copied is copied together, with the prefix, and the rest is not.
   */
  private void writePieces(ByteBuf frame, int length) {
    writeCopies();
    boolean releasedLater = false;
    try {
      ByteBuffer[] pieces = frame.nioBuffers();
      int lastReferred = lastReferred(pieces);
      int first = PREFIX + copiedFrom(pieces, 0);
      copiesFor(first, first).writeMedium(length);
      for (int i = 0; i < pieces.length; i++) {
        if (!isReferred(pieces[i])) {
          ByteBuf run = copies == null ? allocator.directBuffer(copiedFrom(pieces, i)) : copies;
          copies = run;
          run.writeBytes(pieces[i]);
          continue;
        }
        writeCopies();
        ChannelPromise promise = channel.voidPromise();
        if (i == lastReferred) {
          promise = channel.newPromise().addListener(done -> frame.release());
          releasedLater = true;
        }
        channel.write(Unpooled.wrappedBuffer(pieces[i]), promise);
      }
    } finally {
      if (!releasedLater) {
        frame.release();
      }
    }
    writeCopies();
  }

  private static int lastReferred(ByteBuffer[] pieces) {
    int last = pieces.length - 1;
    while (last >= 0 && !isReferred(pieces[last])) {
      last--;
    }
    return last;
  }

  private static boolean isReferred(ByteBuffer piece) {
    return piece.isDirect() && piece.remaining() >= COPY_BELOW;
  }

  /** The bytes of the pieces up to the next one that is not copied. */
  private static int copiedFrom(ByteBuffer[] pieces, int first) {
    int bytes = 0;
    for (int i = first; i < pieces.length && !isReferred(pieces[i]); i++) {
      bytes += pieces[i].remaining();
    }
    return bytes;
  }

  private void write(ByteBuf buffer) {
    channel.write(buffer, channel.voidPromise());
  }

  /** Releases what is queued, now and from now on; on the loop. */
  void release() {
    released = true;
    releaseQueued();
  }

  private void releaseQueued() {
    for (ByteBuf frame = queue.poll(); frame != null; frame = queue.poll()) {
      queuedBytes.addAndGet(-(frame.readableBytes() + PREFIX));
      frame.release();
    }
  }
}
