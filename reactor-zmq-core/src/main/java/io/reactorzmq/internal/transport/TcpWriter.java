package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
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
  private final EventLoop eventLoop;
  private final long maxPendingBytes;

  // The rest is confined to the event loop.
  private boolean draining;
  private @Nullable Runnable onFlushed;

  TcpWriter(Channel channel, long maxPendingBytes) {
    this.channel = channel;
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

  private boolean writeQueued(boolean all) {
    ByteBuf copies = null;
    boolean written = false;
    while (all || channel.isWritable()) {
      ByteBuf frame = queue.poll();
      if (frame == null) {
        break;
      }
      written = true;
      int length = frame.readableBytes();
      boolean copy = length < COPY_BELOW;
      int needed = PREFIX + (copy ? length : 0);
      if (copies != null && copies.writableBytes() < needed) {
        write(copies);
        copies = null;
      }
      if (copy) {
        if (copies == null) {
          copies = channel.alloc().directBuffer(COPY_BUFFER);
        }
        copies.writeMedium(length).writeBytes(frame);
        frame.release();
      } else {
        writeLarge(copies, frame, length);
        copies = null;
      }
      queuedBytes.addAndGet(-(length + PREFIX));
    }
    if (copies != null) {
      write(copies);
    }
    return written;
  }

  /** Writes what was copied before, if anything, and a frame, whose direct memory is not copied. */
  private void writeLarge(@Nullable ByteBuf before, ByteBuf frame, int length) {
    boolean whole =
        frame.hasMemoryAddress() || frame.isDirect() && frame.nioBufferCount() <= MAX_COMPONENTS;
    if (whole) {
      ByteBuf prefix = before == null ? channel.alloc().directBuffer(PREFIX) : before;
      write(prefix.writeMedium(length));
      write(frame);
      return;
    }
    if (before != null) {
      write(before);
    }
    if (hasReferred(frame)) {
      writePieces(frame, length);
    } else {
      try {
        write(channel.alloc().directBuffer(PREFIX + length).writeMedium(length).writeBytes(frame));
      } finally {
        frame.release();
      }
    }
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
    ByteBuffer[] pieces = frame.nioBuffers();
    int lastReferred = pieces.length - 1;
    while (lastReferred >= 0 && !isReferred(pieces[lastReferred])) {
      lastReferred--;
    }
    ByteBuf run = channel.alloc().directBuffer(PREFIX + copiedFrom(pieces, 0)).writeMedium(length);
    for (int i = 0; i < pieces.length; i++) {
      if (!isReferred(pieces[i])) {
        run = run == null ? channel.alloc().directBuffer(copiedFrom(pieces, i)) : run;
        run.writeBytes(pieces[i]);
        continue;
      }
      if (run != null) {
        write(run);
        run = null;
      }
      ChannelPromise promise = channel.voidPromise();
      if (i == lastReferred) {
        promise = channel.newPromise().addListener(done -> frame.release());
      }
      channel.write(Unpooled.wrappedBuffer(pieces[i]), promise);
    }
    if (run != null) {
      write(run);
    }
    if (lastReferred < 0) {
      frame.release();
    }
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
