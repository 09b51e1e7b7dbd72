package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.ProtocolException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FrameReaderTest {

  private static final int LARGE = 100_000;

  private final FrameReader reader =
      new FrameReader(UnpooledByteBufAllocator.DEFAULT, 0xFF_FFFF, new Landings());

  @AfterEach
  void release() {
    reader.release();
  }

  private static ByteBuf bytes(int... frames) {
    ByteBuf bytes = Unpooled.buffer();
    for (int length : frames) {
      bytes.writeMedium(length).writeZero(length);
    }
    return bytes;
  }

  private void nextIs(int length) {
    ByteBuf frame = reader.next();
    assertThat(frame).isNotNull();
    assertThat(frame.readableBytes()).isEqualTo(length);
    frame.release();
  }

  /** What a channel does with the target of a read. */
  private void readInto(ByteBuf target, int length) {
    target.retain().writeZero(length);
    reader.received(target);
  }

  @Test
  void wholeFramesAreSlicesAndTheLastIsTheBufferItself() {
    ByteBuf bytes = bytes(10, 20);
    reader.received(bytes);
    ByteBuf first = reader.next();
    assertThat(first).isNotSameAs(bytes);
    assertThat(reader.next()).isSameAs(bytes);
    assertThat(bytes.readableBytes()).isEqualTo(20);
    first.release();
    bytes.release();
    assertThat(reader.isEmpty()).isTrue();
  }

  @Test
  void largeFramesComeFromTheBeginningOfOneToTheNextThatIsNot() {
    assertThat(reader.isAmidLarge()).isFalse();
    ByteBuf notLarge = bytes(60_000);
    reader.received(notLarge.readRetainedSlice(30_000));
    assertThat(reader.next()).isNull();
    assertThat(reader.isAmidLarge()).isFalse();
    reader.received(notLarge);
    nextIs(60_000);
    assertThat(reader.isAmidLarge()).isFalse();
    ByteBuf large = bytes(LARGE);
    reader.received(large.readRetainedSlice(30_000));
    assertThat(reader.next()).isNull();
    assertThat(reader.isAmidLarge()).isTrue();
    reader.received(large);
    nextIs(LARGE);
    assertThat(reader.isAmidLarge()).isTrue();
    reader.received(bytes(10));
    nextIs(10);
    assertThat(reader.isAmidLarge()).isFalse();
  }

  @Test
  void whatIsMissingIsKnownOnceAllThatIsInHandWasLookedAt() {
    assertThat(reader.missing()).isZero();
    ByteBuf bytes = bytes(100_000);
    ByteBuf begin = bytes.readRetainedSlice(30_003);
    reader.received(begin);
    assertThat(reader.missing()).isZero();
    assertThat(reader.next()).isNull();
    assertThat(reader.missing()).isEqualTo(70_000);
    readInto(reader.target(), 20_000);
    assertThat(reader.missing()).isEqualTo(50_000);
    reader.received(bytes.readRetainedSlice(10_000));
    assertThat(reader.missing()).isZero();
    assertThat(reader.next()).isNull();
    assertThat(reader.missing()).isEqualTo(40_000);
    readInto(reader.target(), 40_001);
    assertThat(reader.missing()).isZero();
    nextIs(100_000);
    assertThat(reader.missing()).isZero();
    bytes.release();
  }

  @Test
  void framesWithoutBytesAreFrames() {
    reader.received(bytes(0, 0, 5, 0));
    nextIs(0);
    nextIs(0);
    nextIs(5);
    nextIs(0);
    assertThat(reader.next()).isNull();
    assertThat(reader.insideFrame()).isFalse();
  }

  @Test
  void aLargeFrameIsReadIntoItsOwnBuffer() {
    reader.received(bytes(LARGE).writerIndex(3 + 1_000));
    assertThat(reader.next()).isNull();
    ByteBuf target = reader.target();
    assertThat(target).isNotNull();
    assertThat(target.writableBytes()).isEqualTo(LARGE - 1_000 + 3 + 8);
    readInto(target, LARGE - 1_000);
    ByteBuf frame = reader.next();
    assertThat(frame).isSameAs(target);
    assertThat(frame.readableBytes()).isEqualTo(LARGE);
    frame.release();
  }

  @Test
  void aReadMayEndAnywhereInTheNextPrefix() {
    for (int extra = 0; extra <= 3; extra++) {
      reader.received(bytes(LARGE).writerIndex(3));
      assertThat(reader.next()).isNull();
      ByteBuf target = reader.target();
      target
          .retain()
          .writeZero(LARGE)
          .writeBytes(new byte[] {1, (byte) 0x86, (byte) 0xA0}, 0, extra);
      reader.received(target);
      nextIs(LARGE);
      assertThat(reader.next()).isNull();
      assertThat(reader.insideFrame()).isEqualTo(extra > 0);
      assertThat(reader.target() != null).isEqualTo(extra == 3);
      reader.received(bytes(LARGE).readerIndex(extra));
      nextIs(LARGE);
    }
  }

  @Test
  void theEndOfALargeFrameIsReadWithWhatFollows() {
    reader.received(bytes(LARGE).writerIndex(3 + LARGE - 5_000));
    assertThat(reader.next()).isNull();
    assertThat(reader.target()).isNull();
    reader.received(Unpooled.buffer().writeZero(5_000).writeBytes(new byte[] {0, 0, 1, 9}));
    nextIs(LARGE);
    nextIs(1);
  }

  @Test
  void nothingIsReadIntoAFrameBehindWaitingBuffers() {
    reader.received(bytes(LARGE).writerIndex(3));
    assertThat(reader.next()).isNull();
    reader.received(Unpooled.buffer().writeZero(10));
    assertThat(reader.target()).isNull();
  }

  @Test
  void theLimitHoldsForEveryFrame() {
    reader.maxLength(10);
    reader.received(bytes(10, 11));
    nextIs(10);
    assertThatThrownBy(reader::next)
        .isInstanceOf(ProtocolException.class)
        .hasMessageContaining("11 bytes")
        .hasMessageContaining("10");
  }

  @Test
  void anEmptyBufferIsNothing() {
    ByteBuf empty = Unpooled.buffer(1);
    reader.received(empty);
    assertThat(reader.next()).isNull();
    assertThat(empty.refCnt()).isZero();
  }
}
