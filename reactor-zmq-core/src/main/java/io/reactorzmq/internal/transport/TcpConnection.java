package io.reactorzmq.internal.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.transport.Landing;
import io.reactorzmq.transport.TransportContext;
import java.io.EOFException;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * RSocket frames over one TCP channel. Sending is open to every thread; everything else happens on
 * the channel's event loop.
 */
final class TcpConnection extends BaseConnection {

  /**
   * What Linux hands to a device at a time: 45 segments of an Ethernet, or one of the loopback
   * interface, which is 323 bytes longer. A frame of so many of them leaves no crumb behind that is
   * a packet of its own.
   */
  private static final int BURST = 45 * 1448;

  /** Of the length in front of a frame, and of RSocket's frame around the payload. */
  private static final int HEADERS = 3 + 6;

  private final Channel channel;
  private final FrameReader reader;
  private final TcpWriter writer;
  private final LowWater lowWater;
  private final Landings landings = new Landings();

  // Confined to the event loop.
  private boolean reading;
  private boolean delivering;
  private boolean endOfInput;
  private boolean inputEnded;
  private boolean outputShut;

  TcpConnection(Channel channel, TransportContext context) {
    super(
        context,
        channel.remoteAddress(),
        new OutboundMemory(context.allocator(), context.eventLoop()));
    this.channel = channel;
    this.lowWater = new LowWater(channel);
    this.reader = new FrameReader(context.allocator(), context.maxInboundFrameLength(), landings);
    this.writer = new TcpWriter(channel, alloc(), context.maxPendingBytes());
    if (channel.config().getRecvByteBufAllocator() instanceof ReadBuffers buffers) {
      buffers.target(reader::target, reader::readAhead);
    }
  }

  /** What connects the channel's events to this connection. */
  ChannelHandler handler() {
    return new Handler();
  }

  @Override
  public void sendFrame(int streamId, ByteBuf frame) {
    if (!accepting) {
      frame.release();
      return;
    }
    boolean drainFollows = eventLoop.inEventLoop() && reading;
    Throwable refusal = writer.enqueue(streamId, frame, drainFollows);
    if (refusal != null) {
      closeWithError(refusal);
    }
  }

  /** Who asks wants to know of bytes, too, that the kernel has not told of: the next read does. */
  @Override
  public long lastReadNanos() {
    Loops.run(eventLoop, lowWater::waitForAny);
    return super.lastReadNanos();
  }

  @Override
  public String transport() {
    return "tcp";
  }

  @Override
  public int frameBytes() {
    return 4 * BURST - HEADERS;
  }

  @Override
  public void maxInboundFrameLength(int bytes) {
    reader.maxLength(bytes);
  }

  @Override
  public Runnable land(Landing landing) {
    return landings.add(landing);
  }

  @Override
  public long pendingBytes() {
    return writer.pendingBytes();
  }

  @Override
  protected void closeNow() {
    channel.close();
  }

  @Override
  protected void finish(@Nullable ByteBuf last) {
    if (last != null) {
      writer.enqueueLast(last);
    }
    writer.whenFlushed(this::flushed);
  }

  private void flushed() {
    if (endOfInput) {
      dispose();
    } else if (!outputShut) {
      outputShut = true;
      writer.release();
      ((DuplexChannel) channel).shutdownOutput();
    }
  }

  @Override
  protected void deliver() {
    if (delivering) {
      return;
    }
    delivering = true;
    try {
      while (!discarding && inbound.wanted()) {
        ByteBuf frame = reader.next();
        if (frame == null) {
          break;
        }
        Throwable thrown = emit(frame);
        if (thrown != null) {
          closeWithError(thrown);
        }
      }
    } catch (ProtocolException e) {
      closeWithError(e);
    } finally {
      delivering = false;
    }
    if (discarding || inbound.isCancelled()) {
      discarding = true;
      reader.release();
    }
    boolean read = !endOfInput && (discarding || inbound.wanted());
    if (channel.isOpen() && channel.config().isAutoRead() != read) {
      channel.config().setAutoRead(read);
    }
    if (endOfInput && !inputEnded && (discarding || inbound.wanted() || reader.isEmpty())) {
      inputEnded = true;
      inputEnded();
    }
  }

  /** Delivers a frame, and keeps its buffer for the next one if the receiver has not. */
  private @Nullable Throwable emit(ByteBuf frame) {
    boolean spare = SpareBuffers.isSpare(frame);
    if (spare) {
      frame.retain();
    }
    landings.delivering(frame);
    Throwable thrown = inbound.emit(frame);
    landings.delivered();
    if (spare) {
      SpareBuffers.ofLoop().giveBack(frame);
    }
    return thrown;
  }

  private void inputEnded() {
    if (reader.insideFrame()) {
      closeWithError(new EOFException("the connection ended inside a frame"));
      return;
    }
    inbound.end(new OrderlyClose());
    accepting = false;
    if (outputShut) {
      dispose();
    } else {
      writer.flushAllThen(this::flushed);
    }
  }

  private final class Handler extends ChannelInboundHandlerAdapter {

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      lastReadNanos = System.nanoTime();
      reading = true;
      reader.received((ByteBuf) message);
      deliver();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      reading = false;
      writer.drainIfNeeded();
      lowWater.waitFor(reader.missing());
      if (reader.isAmidLarge()) {
        AdaptiveSpin.expectMore(eventLoop);
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      writer.drainIfNeeded();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == ChannelInputShutdownEvent.INSTANCE) {
        endOfInput = true;
        deliver();
      } else if (event != ChannelInputShutdownReadComplete.INSTANCE) {
        ctx.fireUserEventTriggered(event);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      // After its end of input, a peer that takes no more is no failure.
      closeWithError(endOfInput && cause instanceof IOException ? new OrderlyClose() : cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      writer.release();
      reader.release();
      ended();
      ctx.fireChannelInactive();
    }
  }
}
