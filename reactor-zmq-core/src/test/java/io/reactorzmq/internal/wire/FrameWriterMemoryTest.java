package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.message.Message;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose memory a frame is made of, and who holds it how long. */
class FrameWriterMemoryTest {

  private static final int FRAME = Limits.MIN_FRAME_BYTES;

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
  private final Holder holder = new Holder();

  @AfterEach
  void everythingIsReleased() {
    assertThat(holder.refCnt()).isOne();
    assertThat(Bytes.live(alloc)).isZero();
  }

  private FrameWriter writer(int maxMessages) {
    return new FrameWriter(alloc, new Limits(maxMessages, FRAME, 0, 0), 1024);
  }

  private static Message sized(int... sizes) {
    return Message.of(Arrays.stream(sizes).mapToObj(byte[]::new).toArray(byte[][]::new));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1023, 1024, 1025, 4000})
  void piecesFromTheThresholdOnAreNotCopied(int size) {
    FrameWriter writer = writer(10);
    ByteBuf part = alloc.heapBuffer(size + 1).writeZero(size);
    Message message = Message.of(part);
    assertThat(writer.append(message, holder)).isTrue();
    boolean referenced = size >= 1024;
    assertThat(holder.retains()).isEqualTo(referenced ? 1 : 0);
    assertThat(part.refCnt()).isEqualTo(referenced ? 2 : 1);
    ByteBuf frame = writer.finish();
    message.release();
    part = referenced ? part : frame;
    assertThat(part.refCnt()).isOne();
    assertThat(frame.readableBytes()).isEqualTo(2 + 1 + Varint.size(size) + size);
    frame.release();
    assertThat(part.refCnt()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {2047, 2048})
  void heapPiecesHaveAThresholdOfTheirOwn(int size) {
    FrameWriter writer = new FrameWriter(alloc, new Limits(10, FRAME, 0, 0), 1024, 2048);
    Message heap = sized(size);
    Message direct = Message.of(alloc.directBuffer(size).writeZero(size));
    writer.append(heap, holder);
    assertThat(holder.retains()).isEqualTo(size < 2048 ? 0 : 1);
    int before = holder.retains();
    writer.append(direct, holder);
    assertThat(holder.retains()).isEqualTo(before + 1);
    writer.finish().release();
    direct.release();
  }

  @Test
  void aHolderIsRetainedOncePerFrameAndMessage() {
    FrameWriter writer = writer(10);
    Message message = sized(2000, 10, 3000, 5000);
    writer.append(message, holder);
    assertThat(holder.refCnt()).isEqualTo(2);
    writer.append(message, holder);
    assertThat(holder.refCnt()).isEqualTo(3);
    assertThat(writer.inMessage()).isTrue();
    ByteBuf first = writer.finish();
    writer.append(message, holder);
    ByteBuf second = writer.finish();
    assertThat(holder.refCnt()).isEqualTo(4);
    first.release();
    assertThat(holder.refCnt()).isEqualTo(2);
    second.retain();
    second.release();
    assertThat(holder.refCnt()).isEqualTo(2);
    second.release();
    assertThat(holder.retains()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "2000", "2000, 1, 3000, 5, 4000", "20000"})
  void whateverIsWrittenInFrontOfAPayloadItStaysTheSame(String sizes) {
    Message message = sized(Arrays.stream(sizes.split(", ")).mapToInt(Integer::parseInt).toArray());
    FrameWriter writer = writer(10);
    writer.append(message, holder);
    ByteBuf payload = writer.finish();
    byte[] before = ByteBufUtil.getBytes(payload);
    assertThat(before[0]).isEqualTo(Kind.DATA.code());
    assertThat(payload.readerIndex()).isEqualTo(FrameWriter.HEADROOM);
    payload.setInt(0, -1).setShort(4, -1);
    assertThat(ByteBufUtil.getBytes(payload)).isEqualTo(before);
    payload.release();
    writer.abandon();
  }

  @Test
  void abandonReleasesTheOpenFrameAndForgetsTheMessage() {
    FrameWriter writer = writer(10);
    Message large = sized(FRAME, FRAME);
    ByteBuf part = alloc.heapBuffer(2000).writeZero(2000);
    Message other = Message.of(part);
    writer.append(other, holder);
    writer.append(large, holder);
    assertThat(holder.refCnt()).isEqualTo(3);
    assertThat(part.refCnt()).isEqualTo(2);
    writer.abandon();
    assertThat(holder.refCnt()).isOne();
    assertThat(part.refCnt()).isOne();
    assertThat(writer.isEmpty()).isTrue();
    assertThat(writer.inMessage()).isFalse();
    assertThat(writer.bytes()).isZero();
    assertThat(writer.messagesEnded()).isZero();
    other.release();
    writer.abandon();
    writer.append(Message.of("x"), holder);
    assertThat(Bytes.hex(writer.finish())).isEqualTo("0200010178");
  }

  @Test
  void theBufferStartsAtTheSizeOfTheFrameBefore() {
    FrameWriter writer = new FrameWriter(alloc, new Limits(1000, 1 << 20, 0, 0), 1024);
    Message small = Message.of("x");
    writer.append(small, holder);
    ByteBuf first = writer.finish();
    assertThat(first.capacity()).isEqualTo(512);
    assertThat(first.maxCapacity()).isEqualTo(FrameWriter.HEADROOM + (1 << 20));
    first.release();
    for (int i = 0; i < 100; i++) {
      writer.append(sized(1000), holder);
    }
    ByteBuf large = writer.finish();
    int bytes = large.readableBytes();
    assertThat(bytes).isEqualTo(100_302);
    large.release();
    writer.append(small, holder);
    ByteBuf next = writer.finish();
    assertThat(next.capacity()).isEqualTo(FrameWriter.HEADROOM + bytes);
    next.release();
  }

  @Test
  void theThresholdIsPositive() {
    Limits limits = new Limits(1, FRAME, 0, 0);
    assertThatThrownBy(() -> new FrameWriter(alloc, limits, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("copyThreshold is 0");
    FrameWriter writer = new FrameWriter(alloc, limits, 1);
    writer.append(Message.of("a", "", "b"), holder);
    assertThat(holder.retains()).isOne();
    assertThat(Bytes.hex(writer.finish())).isEqualTo("0200" + "03010001" + "6162");
  }
}
