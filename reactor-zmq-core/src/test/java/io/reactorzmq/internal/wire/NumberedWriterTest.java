package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.message.Message;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a writer makes of numbered messages, and where a hole in the numbers goes. */
class NumberedWriterTest {

  private static final int FRAME = Limits.MIN_FRAME_BYTES;

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
  private final Holder holder = new Holder();

  @AfterEach
  void everythingIsReleased() {
    assertThat(holder.refCnt()).isOne();
    assertThat(Bytes.live(alloc)).isZero();
  }

  private FrameWriter writer(int maxMessages) {
    return FrameWriter.ofNumbered(alloc, new Limits(maxMessages, FRAME, 0, 0), 1024, 1024);
  }

  private static Message sized(int... sizes) {
    return Message.of(Arrays.stream(sizes).mapToObj(byte[]::new).toArray(byte[][]::new));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 01",
    "127, 7f",
    "128, 8001",
    "16384, 808001",
    "9223372036854775806, feffffffffffffff7f"
  })
  void theNumberStandsBehindTheFlags(long number, String hex) {
    FrameWriter writer = writer(2);
    assertThat(writer.hasRoomFor(Message.of("hi"), number)).isTrue();
    assertThat(writer.append(Message.of("hi"), number, holder)).isTrue();
    assertThat(writer.bytes()).isEqualTo(2 + hex.length() / 2 + 4);
    assertThat(Bytes.hex(writer.finish())).isEqualTo("0200" + hex + "01026869");
  }

  @Test
  void messagesFollowOneAnother() {
    FrameWriter writer = writer(4);
    writer.append(Message.of("a", "", "bcd"), 5, holder);
    writer.append(Message.of(""), 6, holder);
    writer.append(Message.of("", ""), 7, holder);
    assertThat(writer.messagesEnded()).isEqualTo(3);
    assertThat(Bytes.hex(writer.finish()))
        .isEqualTo("020005" + "0301000361626364" + "0100" + "020000");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 5, 7, 1000})
  void aHoleStartsANewFrame(long number) {
    FrameWriter writer = writer(4);
    Message small = Message.of("x");
    writer.append(small, 5, holder);
    assertThat(writer.hasRoomFor(small, 6)).isTrue();
    assertThat(writer.hasRoomFor(small, number)).isFalse();
    assertThat(writer.append(small, number, holder)).isFalse();
    assertThat(writer.inMessage()).isFalse();
    assertThat(writer.isFull()).isFalse();
    assertThat(writer.append(small, 6, holder)).as("nothing has happened").isTrue();
    assertThat(Bytes.hex(writer.finish())).isEqualTo("020005" + "010178" + "010178");
    assertThat(writer.hasRoomFor(small, number)).isTrue();
    writer.abandon();
  }

  @Test
  void aMessageThatDoesNotFitIsContinuedBehindTheNextNumber() {
    FrameWriter writer = writer(3);
    Message large = sized(FRAME);
    assertThat(writer.append(large, 300, holder)).isFalse();
    assertThat(writer.isFull()).isTrue();
    assertThat(writer.hasRoomFor(large, 301)).isFalse();
    assertThat(Bytes.hex(writer.finish()))
        .isEqualTo("0201" + "ac02" + "01808001" + Bytes.repeat("00", FRAME - 8));
    assertThat(writer.inMessage()).isTrue();
    assertThat(writer.hasRoomFor(large, 301)).isFalse();
    assertThat(writer.append(large, 300, holder)).isTrue();
    assertThat(writer.hasRoomFor(large, 300)).isFalse();
    assertThat(writer.hasRoomFor(large, 302)).isFalse();
    assertThat(writer.append(Message.of("x"), 301, holder)).isTrue();
    assertThat(Bytes.hex(writer.finish()))
        .isEqualTo("0202" + "ad02" + Bytes.repeat("00", 8) + "010178");
  }

  @Test
  void everyFrameOfAMessageHasTheSameNextNumber() {
    FrameWriter writer = writer(1);
    Message large = sized(3 * FRAME);
    writer.append(large, 9, holder);
    writer.finish().release();
    for (int i = 0; i < 2; i++) {
      assertThat(writer.append(large, 9, holder)).isFalse();
      ByteBuf middle = writer.finish();
      assertThat(middle.readableBytes()).isEqualTo(FRAME);
      assertThat(middle.readMedium()).isEqualTo(0x02030a);
      middle.release();
    }
    assertThat(writer.append(large, 9, holder)).isTrue();
    writer.abandon();
  }

  @Test
  void aMessageInProgressKeepsItsNumber() {
    FrameWriter writer = writer(3);
    Message large = sized(FRAME);
    writer.append(large, 3, holder);
    writer.finish().release();
    assertThatThrownBy(() -> writer.append(large, 4, holder))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> writer.append(Message.of("x"), 3, holder))
        .isInstanceOf(IllegalStateException.class);
    writer.abandon();
  }

  @ParameterizedTest
  @CsvSource({"4, 1", "3, 0", "2, -1", "0, -1"})
  void aMessageBeginsWhereItsTableFits(int left, int bytesBesideTheTable) {
    FrameWriter writer = writer(10);
    writer.append(sized(FRAME - 2 - 2 - 3 - left), 200, holder);
    assertThat(writer.bytes()).isEqualTo(FRAME - left);
    assertThat(writer.isFull()).isEqualTo(left < 2);
    Message next = sized(200);
    boolean begins = bytesBesideTheTable >= 0;
    assertThat(writer.hasRoomFor(next, 201)).isEqualTo(begins);
    assertThat(writer.append(next, 201, holder)).isFalse();
    assertThat(writer.inMessage()).isEqualTo(begins);
    writer.finish().release();
    assertThat(writer.append(next, 201, holder)).isTrue();
    String head = begins ? "0202ca01" : "0200c901" + "01c801";
    assertThat(Bytes.hex(writer.finish()))
        .isEqualTo(head + Bytes.repeat("00", 200 - Math.max(0, bytesBesideTheTable)));
  }

  @Test
  void aFrameTouchesAtMostMaxMessages() {
    FrameWriter writer = writer(2);
    Message small = Message.of("x");
    assertThat(writer.append(small, 1, holder)).isTrue();
    assertThat(writer.append(small, 2, holder)).isTrue();
    assertThat(writer.isFull()).isTrue();
    assertThat(writer.hasRoomFor(small, 3)).isFalse();
    assertThat(writer.append(small, 3, holder)).isFalse();
    writer.finish().release();
    assertThat(writer.append(small, 3, holder)).isTrue();
    writer.abandon();
  }

  @Test
  void aTableThatDoesNotFitBehindTheLongestNumberIsRefused() {
    FrameWriter writer = writer(1);
    byte[][] parts = new byte[FRAME - 2 - 9 - 2][0];
    Message most = Message.of(parts);
    assertThat(writer.refusal(most)).isNull();
    assertThat(writer.hasRoomFor(most, 1)).isTrue();
    assertThat(writer.append(most, Long.MAX_VALUE - 1, holder)).isTrue();
    assertThat(writer.bytes()).isEqualTo(FRAME);
    writer.abandon();

    byte[][] more = Arrays.copyOf(parts, parts.length + 1);
    more[parts.length] = new byte[0];
    Message tooMany = Message.of(more);
    assertThat(writer.refusal(tooMany))
        .hasMessageContaining("16372 parts take 16374 bytes")
        .hasMessageContaining("room for 16373");
    assertThat(writer.hasRoomFor(tooMany, 1)).isFalse();
    assertThatThrownBy(() -> writer.append(tooMany, 1, holder))
        .isInstanceOf(MessageTooLargeException.class);
  }

  @Test
  void aMessageAboveTheReceiversSizeIsRefused() {
    FrameWriter writer = FrameWriter.ofNumbered(alloc, new Limits(1, FRAME, 100, 0), 1024, 1024);
    assertThat(writer.refusal(sized(40, 60))).isNull();
    assertThat(writer.refusal(sized(40, 61))).isInstanceOf(MessageTooLargeException.class);
  }

  @ParameterizedTest
  @CsvSource({"2, 02", "128, 8001", "9223372036854775807, ffffffffffffffff7f"})
  void aFrameWithoutMessagesTellsTheNextNumber(long next, String hex) {
    FrameWriter writer = writer(1);
    assertThat(Bytes.hex(writer.finishEmpty(next))).isEqualTo("0200" + hex);
    assertThat(writer.isEmpty()).isTrue();
    assertThat(writer.messagesEnded()).isZero();
    writer.append(Message.of("x"), 7, holder);
    assertThat(Bytes.hex(writer.finish())).isEqualTo("020007" + "010178");
  }

  @Test
  void anOpenFrameTellsTheNumberItself() {
    FrameWriter writer = writer(3);
    writer.append(Message.of("x"), 1, holder);
    assertThatThrownBy(() -> writer.finishEmpty(2)).isInstanceOf(IllegalStateException.class);
    writer.append(sized(FRAME), 2, holder);
    writer.finish().release();
    assertThatThrownBy(() -> writer.finishEmpty(3)).isInstanceOf(IllegalStateException.class);
    writer.abandon();
    assertThat(Bytes.hex(writer.finishEmpty(3))).isEqualTo("020003");
  }

  @Test
  void aHolderIsRetainedOncePerFrame() {
    FrameWriter writer = writer(10);
    Message large = sized(5000, 5000, 10_000);
    assertThat(writer.append(large, 1, holder)).isFalse();
    assertThat(holder.retains()).isOne();
    writer.finish().release();
    assertThat(writer.append(large, 1, holder)).isTrue();
    assertThat(holder.retains()).isEqualTo(2);
    writer.append(sized(2000, 2000), 2, holder);
    assertThat(holder.retains()).isEqualTo(3);
    writer.abandon();
  }

  @Test
  void thresholdsAreOneOrMore() {
    Limits limits = new Limits(1, FRAME, 0, 0);
    assertThatThrownBy(() -> FrameWriter.ofNumbered(alloc, limits, 0, 5))
        .hasMessage("copyThreshold is 0, below 1");
    assertThat(FrameWriter.ofNumbered(alloc, limits, 1, 1).isEmpty()).isTrue();
  }

  @Test
  void aMessageMoreAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Message small = sized(64);
    FrameWriter writer =
        FrameWriter.ofNumbered(alloc, new Limits(100_000, 8 << 20, 0, 0), 1024, 1024);
    long number = 0;
    for (int round = 0; round < 3; round++) { // the frame grows in the first ones only
      for (int i = 0; i < 50_000; i++) {
        writer.append(small, ++number, holder);
      }
      writer.finish().release();
    }
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 50_000; i++) {
      writer.append(small, ++number, holder);
    }
    assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(50_000);
    writer.finish().release();
  }
}
