package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Of a part in direct memory that is large enough, no byte is ever copied, wherever frames end. */
class FrameWriterPiecesTest {

  private static final int FRAME = Limits.MIN_FRAME_BYTES;
  private static final int SMALLEST = 1024;

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();

  @Test
  void everyByteOfAPartOfAKibibyteOrMoreIsReferredTo() {
    Random random = new Random(3);
    for (int round = 0; round < 400; round++) {
      ByteBuf part = alloc.directBuffer(SMALLEST + random.nextInt(5 * FRAME));
      part.writeZero(part.capacity());
      byte[] before = new byte[random.nextInt(FRAME)];
      check(before, part);
    }
    for (int tail = 0; tail <= 2 * SMALLEST + 2; tail++) {
      ByteBuf part = alloc.directBuffer(FRAME + tail);
      part.writeZero(part.capacity());
      check(new byte[10], part);
    }
    assertThat(Bytes.live(alloc)).isZero();
  }

  private void check(byte[] before, ByteBuf part) {
    long from = part.memoryAddress();
    int size = part.readableBytes();
    FrameWriter writer = new FrameWriter(alloc, new Limits(10, FRAME, 0, 0), SMALLEST);
    Message small = Message.of(before);
    Message message = Message.of(alloc.directBuffer(3).writeMedium(7), part);
    List<ByteBuf> frames = new ArrayList<>();
    for (Message each : List.of(small, message)) {
      while (!writer.append(each, each)) {
        frames.add(writer.finish());
      }
    }
    frames.add(writer.finish());
    long next = from;
    for (ByteBuf frame : frames) {
      assertThat(frame.readableBytes()).isLessThanOrEqualTo(FRAME);
      if (frame != frames.get(frames.size() - 1)) {
        assertThat(frame.readableBytes()).isGreaterThan(DataFormat.MIN_CUT_FRAME_BYTES);
      }
      if (frame instanceof CompositeByteBuf pieces) {
        for (ByteBuf piece : pieces.decompose(frame.readerIndex(), frame.readableBytes())) {
          if (piece.hasMemoryAddress() && piece.memoryAddress() == next) {
            assertThat(piece.readableBytes()).isGreaterThanOrEqualTo(SMALLEST);
            next += piece.readableBytes();
          }
        }
      }
    }
    assertThat(next - from).as("bytes referred to, in order").isEqualTo(size);
    frames.forEach(ByteBuf::release);
    small.release();
    message.release();
  }
}
