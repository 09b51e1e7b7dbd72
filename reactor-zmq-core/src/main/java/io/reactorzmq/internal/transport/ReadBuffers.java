package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the buffer of each read of one channel: the rest of a large frame goes straight into that
 * frame's own buffer, what comes between two of them into a small one, everything else into a
 * buffer whose size follows the traffic.
 */
final class ReadBuffers implements RecvByteBufAllocator {

  // A retained small frame keeps its whole buffer alive, so the size must fall as fast as it grows.
  private static final AdaptiveRecvByteBufAllocator ADAPTIVE =
      new AdaptiveRecvByteBufAllocator(1024, 8 * 1024, 128 * 1024);

  private Supplier<@Nullable ByteBuf> target = () -> null;
  private IntSupplier readAhead = () -> 0;

  /**
   * Sets who knows the frame in progress.
   *
   * @param target gives its buffer, or null if the next bytes belong to no large frame
   * @param readAhead how many bytes are wanted then; 0 for as many as there are
   */
  void target(Supplier<@Nullable ByteBuf> target, IntSupplier readAhead) {
    this.target = target;
    this.readAhead = readAhead;
  }

  @Override
  public ExtendedHandle newHandle() {
    return new TargetedHandle((ExtendedHandle) ADAPTIVE.newHandle());
  }

  private final class TargetedHandle implements ExtendedHandle {

    private final ExtendedHandle adaptive;

    TargetedHandle(ExtendedHandle adaptive) {
      this.adaptive = adaptive;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      ByteBuf frame = target.get();
      if (frame != null) {
        return frame.retain();
      }
      int bytes = readAhead.getAsInt();
      if (bytes > 0) {
        return allocator.ioBuffer(bytes, bytes);
      }
      ByteBuf spare = SpareBuffers.ofLoop().take(adaptive.guess());
      return spare != null ? spare : adaptive.allocate(allocator);
    }

    @Override
    public int guess() {
      return adaptive.guess();
    }

    @Override
    public void reset(ChannelConfig config) {
      adaptive.reset(config);
    }

    @Override
    public void incMessagesRead(int count) {
      adaptive.incMessagesRead(count);
    }

    @Override
    public void lastBytesRead(int bytes) {
      adaptive.lastBytesRead(bytes);
    }

    @Override
    public int lastBytesRead() {
      return adaptive.lastBytesRead();
    }

    @Override
    public void attemptedBytesRead(int bytes) {
      adaptive.attemptedBytesRead(bytes);
    }

    @Override
    public int attemptedBytesRead() {
      return adaptive.attemptedBytesRead();
    }

    @Override
    public boolean continueReading() {
      return adaptive.continueReading();
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
      return adaptive.continueReading(maybeMoreData);
    }

    @Override
    public void readComplete() {
      adaptive.readComplete();
    }
  }
}
