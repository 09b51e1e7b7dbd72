package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.IllegalReferenceCountException;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.error.SlowPeerException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

// Past 300 lines because each way of copying a frame, or not, has its own ways to fail.

/** What reaches the channel, buffer by buffer. */
class TcpWriterTest {

  private final UnpooledByteBufAllocator allocator = UnpooledByteBufAllocator.DEFAULT;
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final TcpWriter writer = new TcpWriter(channel, channel.alloc(), 1_000_000);

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private ByteBuf frame(int length) {
    return allocator.directBuffer(Math.max(1, length)).writeZero(length);
  }

  private List<ByteBuf> written() {
    channel.runPendingTasks();
    List<ByteBuf> written = new ArrayList<>();
    for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
      written.add(next);
    }
    return written;
  }

  private static void release(List<ByteBuf> buffers) {
    buffers.forEach(ByteBuf::release);
  }

  @Test
  void aCompositeIsWrittenAsItIs() {
    CompositeByteBuf frame = allocator.compositeDirectBuffer(2_000);
    for (int i = 0; i < 1_024; i++) {
      frame.addComponent(true, frame(10));
    }
    writer.enqueue(1, frame, false);
    List<ByteBuf> written = written();
    assertThat(written).hasSize(2);
    assertThat(written.get(0).getUnsignedMedium(0)).isEqualTo(10_240);
    assertThat(written.get(1)).isSameAs(frame);
    assertThat(frame.numComponents()).isEqualTo(1_024);
    release(written);
    assertThat(frame.refCnt()).isZero();
  }

  @Test
  void aCompositeTooLongForOneGatheringWriteIsWrittenInParts() {
    CompositeByteBuf frame = allocator.compositeDirectBuffer(2_000);
    ByteBuf first = frame(1_024);
    long address = first.memoryAddress();
    frame.addComponent(true, first);
    for (int i = 0; i < 1_024; i++) {
      frame.addComponent(true, frame(1_024));
    }
    TcpWriter writer = new TcpWriter(channel, channel.alloc(), 2_000_000);
    writer.enqueue(1, frame, false);
    List<ByteBuf> written = written();
    assertThat(written).hasSize(1_026);
    assertThat(written.get(1).memoryAddress()).isEqualTo(address);
    release(written);
    assertThat(frame.refCnt()).isZero();
  }

  @Test
  void smallPiecesOfACompositeTooLongAreCopiedTogether() {
    CompositeByteBuf frame = allocator.compositeDirectBuffer(2_000);
    for (int i = 0; i < 1_025; i++) {
      frame.addComponent(true, frame(10));
    }
    writer.enqueue(1, frame, false);
    List<ByteBuf> written = written();
    assertThat(written).hasSize(1);
    assertThat(written.get(0).readableBytes()).isEqualTo(3 + 10_250);
    assertThat(written.get(0).getUnsignedMedium(0)).isEqualTo(10_250);
    assertThat(frame.refCnt()).isZero();
    release(written);
  }

  @Test
  void aFrameOnTheHeapIsCopiedWhole() {
    ByteBuf large = Unpooled.wrappedBuffer(new byte[200_000]).setByte(199_999, 7);
    CompositeByteBuf frame = allocator.compositeDirectBuffer(16);
    frame.addComponent(true, frame(9)).addComponent(true, large).addComponent(true, frame(12));
    writer.enqueue(1, frame(5), false);
    writer.enqueue(1, frame, false);
    writer.enqueue(1, frame(6), false);
    List<ByteBuf> written = written();
    assertThat(written.stream().map(ByteBuf::readableBytes)).containsExactly(8, 200_024, 9);
    assertThat(written.get(1).getUnsignedMedium(0)).isEqualTo(200_021);
    assertThat(written.get(1).getByte(3 + 9 + 199_999)).isEqualTo((byte) 7);
    assertThat(written).allMatch(ByteBuf::isDirect);
    assertThat(frame.refCnt()).isZero();
    assertThat(writer.pendingBytes()).isZero();
    release(written);
  }

  @Test
  void onlyHeapPartsOfACompositeAreCopied() {
    CompositeByteBuf frame = allocator.compositeDirectBuffer(16);
    ByteBuf direct = frame(2_000);
    long address = direct.memoryAddress();
    frame.addComponent(true, direct).addComponent(true, Unpooled.buffer().writeZero(2_000));
    ByteBuf slice = allocator.compositeBuffer().addComponents(true, frame(6), frame.slice());
    writer.enqueue(1, slice, false);
    List<ByteBuf> written = written();
    assertThat(written.stream().map(ByteBuf::readableBytes)).containsExactly(9, 2_000, 2_000);
    assertThat(written.get(1).memoryAddress()).isEqualTo(address);
    release(written);
    assertThat(frame.refCnt()).isZero();
  }

  /** Direct, heap, direct, small, heap and direct memory, of which each byte tells its place. */
  private CompositeByteBuf mixed() {
    CompositeByteBuf frame = allocator.compositeDirectBuffer(16);
    int at = 0;
    for (int length : new int[] {2_000, -3_000, 1_024, 100, -70_000, 5_000}) {
      byte[] bytes = new byte[Math.abs(length)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) (at++ % 251);
      }
      frame.addComponent(
          true,
          length < 0
              ? Unpooled.wrappedBuffer(bytes)
              : allocator.directBuffer(length).writeBytes(bytes));
    }
    return frame;
  }

  @Test
  void whatIsCopiedAndWhatIsReferredToKeepTheirOrder() {
    CompositeByteBuf frame = mixed();
    ByteBuf expected = Unpooled.copiedBuffer(Unpooled.copyMedium(81_124), frame);
    writer.enqueue(1, frame, false);
    ByteBuf all = Unpooled.buffer();
    List<Integer> lengths = new ArrayList<>();
    holding(
        buffers -> {
          for (ByteBuf buffer : buffers) {
            lengths.add(buffer.readableBytes());
            all.writeBytes(buffer.duplicate());
          }
        });
    assertThat(lengths).containsExactly(3, 2_000, 3_000, 1_024, 70_100, 5_000);
    assertThat(all).isEqualTo(expected);
  }

  @Test
  void aFrameIsReleasedWhenTheLastPieceThatIsReferredToIsWritten() {
    CompositeByteBuf frame = mixed();
    writer.enqueue(1, frame, false);
    holding(buffers -> assertThat(frame.refCnt()).as("nothing is written yet").isOne());
    assertThat(frame.refCnt()).isZero();
  }

  @Test
  void aFrameIsReleasedWhenItsPiecesCannotBeWritten() {
    CompositeByteBuf frame = mixed();
    writer.enqueue(1, frame, false);
    holding(
        buffers -> assertThat(frame.refCnt()).isOne(),
        promise -> promise.setFailure(new ClosedChannelException()));
    assertThat(frame.refCnt()).isZero();
  }

  /** Runs the writer, with what it writes held back and looked at before it is written. */
  private void holding(Consumer<List<ByteBuf>> inspection) {
    holding(inspection, ChannelPromise::setSuccess);
  }

  private void holding(Consumer<List<ByteBuf>> inspection, Consumer<ChannelPromise> outcome) {
    List<ByteBuf> held = new ArrayList<>();
    List<ChannelPromise> promises = new ArrayList<>();
    channel
        .pipeline()
        .addLast(
            new ChannelOutboundHandlerAdapter() {
              @Override
              public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                held.add((ByteBuf) message);
                promises.add(promise);
              }
            });
    channel.runPendingTasks();
    inspection.accept(held);
    held.forEach(ByteBuf::release);
    for (ChannelPromise promise : promises) {
      if (!promise.isVoid()) {
        outcome.accept(promise);
      }
    }
  }

  @Test
  void smallFramesOfOneTurnShareABuffer() {
    for (int i = 0; i < 100; i++) {
      writer.enqueue(1, frame(70), false);
    }
    List<ByteBuf> written = written();
    assertThat(written).hasSize(1);
    assertThat(written.get(0).readableBytes()).isEqualTo(100 * 73);
    release(written);
  }

  @Test
  void smallFramesAroundALargeOneKeepTheirPlace() {
    writer.enqueue(1, frame(5), false);
    writer.enqueue(1, frame(5_000), false);
    writer.enqueue(1, frame(6), false);
    List<ByteBuf> written = written();
    assertThat(written.stream().map(ByteBuf::readableBytes)).containsExactly(11, 5_000, 9);
    assertThat(written.get(0).getUnsignedMedium(8)).isEqualTo(5_000);
    assertThat(written.get(2).getUnsignedMedium(0)).isEqualTo(6);
    release(written);
  }

  @Test
  void aFrameThatThePrefixCannotExpressIsRefused() {
    ByteBuf frame = frame(0x100_0000);
    assertThat(writer.enqueue(1, frame, false))
        .isInstanceOf(MessageTooLargeException.class)
        .hasMessageContaining("16777216");
    assertThat(frame.refCnt()).isZero();
    assertThat(writer.pendingBytes()).isZero();
  }

  @Test
  void whatTheChannelDoesNotTakeWaitsAndIsOvertaken() {
    channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 1));
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
    writer.enqueue(1, frame(5_000), false);
    writer.enqueue(0, frame(20), false);
    assertThat(written()).isEmpty();
    assertThat(writer.pendingBytes()).isEqualTo(5_026);
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
    writer.drainIfNeeded();
    List<ByteBuf> written = written();
    assertThat(written.get(0).getUnsignedMedium(0)).isEqualTo(20);
    assertThat(writer.pendingBytes()).isZero();
    release(written);
  }

  @Test
  void beyondTheLimitAFrameIsRefusedAndReleased() {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
    assertThat(writer.enqueue(1, frame(999_997), false)).isNull();
    ByteBuf straw = frame(0);
    assertThat(writer.enqueue(1, straw, false))
        .isInstanceOf(SlowPeerException.class)
        .hasMessageContaining("1000003")
        .hasMessageContaining("1000000");
    assertThat(straw.refCnt()).isZero();
    writer.release();
    assertThat(writer.pendingBytes()).isZero();
  }

  @Test
  void framesAfterTheReleaseAreReleased() {
    writer.release();
    ByteBuf frame = frame(10);
    writer.enqueue(1, frame, false);
    channel.runPendingTasks();
    assertThat(frame.refCnt()).isZero();
  }

  /** A frame that is lost without a word would hang whoever waits for it. */
  @Test
  void aFrameThatCannotBeWrittenEndsTheConnection() {
    UnpooledByteBufAllocator counting = new UnpooledByteBufAllocator(false);
    TcpWriter writer = new TcpWriter(channel, counting, 1_000_000);
    ByteBuf broken = frame(20);
    writer.enqueue(1, frame(10), false);
    writer.enqueue(1, broken, false);
    writer.enqueue(1, frame(30), false);
    broken.release();
    assertThat(written()).isEmpty();
    assertThatThrownBy(channel::checkException).isInstanceOf(IllegalReferenceCountException.class);
    assertThat(counting.metric().usedDirectMemory()).as("memory of the copies").isZero();
    writer.release(); // what the end of the connection does
    assertThat(writer.pendingBytes()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void whatCannotBeCopiedForWantOfMemoryIsReleased(int kind) {
    ByteBuf heap = Unpooled.wrappedBuffer(new byte[5_000]);
    ByteBuf frame =
        switch (kind) {
          case 0 -> frame(5_000);
          case 1 -> heap;
          default ->
              allocator
                  .compositeDirectBuffer(16)
                  .addComponent(true, frame(5_000))
                  .addComponent(true, heap);
        };
    TcpWriter writer = new TcpWriter(channel, new Exhausted(), 1_000_000);
    writer.enqueue(1, frame, false);
    assertThat(written()).isEmpty();
    assertThatThrownBy(channel::checkException).hasMessage("no memory is left");
    assertThat(frame.refCnt()).isZero();
    assertThat(writer.pendingBytes()).isZero();
  }

  /** Gives no memory. */
  private static final class Exhausted extends AbstractByteBufAllocator {
    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
      throw new OutOfMemoryError("no memory is left");
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
      throw new OutOfMemoryError("no memory is left");
    }

    @Override
    public boolean isDirectBufferPooled() {
      return false;
    }
  }
}
