package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.message.Message;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a writer puts into a frame, and when it says that the frame is full. */
class FrameWriterTest {

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

  @Test
  void oneMessageOfOnePart() {
    FrameWriter writer = writer(2);
    assertThat(writer.append(Message.of("hi"), holder)).isTrue();
    assertThat(Bytes.hex(writer.finish())).isEqualTo("0200" + "01026869");
  }

  @Test
  void messagesFollowOneAnother() {
    FrameWriter writer = writer(4);
    writer.append(Message.of("a", "", "bcd"), holder);
    writer.append(Message.of(""), holder);
    writer.append(Message.of("", ""), holder);
    assertThat(writer.bytes()).isEqualTo(15);
    assertThat(writer.messagesEnded()).isEqualTo(3);
    assertThat(Bytes.hex(writer.finish()))
        .isEqualTo("0200" + "03010003" + "61626364" + "0100" + "020000");
  }

  @Test
  void aMessageThatDoesNotFitIsContinued() {
    FrameWriter writer = writer(2);
    Message large = sized(FRAME + 1);
    assertThat(writer.append(large, holder)).isFalse();
    assertThat(writer.isFull()).isTrue();
    assertThat(writer.inMessage()).isTrue();
    assertThat(writer.messagesEnded()).isZero();
    assertThat(writer.bytes()).isEqualTo(FRAME);
    int inFirst = FRAME - 2 - 4;
    assertThat(Bytes.hex(writer.finish()))
        .isEqualTo("0201" + "01818001" + Bytes.repeat("00", inFirst));

    assertThat(writer.inMessage()).isTrue();
    assertThat(writer.isEmpty()).isTrue();
    assertThat(writer.isFull()).isFalse();
    assertThat(writer.hasRoomFor(large)).isFalse();
    assertThat(writer.append(large, holder)).isTrue();
    assertThat(writer.messagesEnded()).isOne();
    assertThat(writer.inMessage()).isFalse();
    assertThat(Bytes.hex(writer.finish())).isEqualTo("0202" + Bytes.repeat("00", 7));
  }

  @Test
  void aMiddleFrameIsContinuedOnBothEnds() {
    FrameWriter writer = writer(1);
    Message large = sized(3 * FRAME);
    writer.append(large, holder);
    writer.finish().release();
    assertThat(writer.append(large, holder)).isFalse();
    ByteBuf middle = writer.finish();
    assertThat(middle.readableBytes()).isEqualTo(FRAME);
    assertThat(middle.readUnsignedShort()).isEqualTo(0x0203);
    middle.release();
    writer.abandon();
  }

  @Test
  void aFrameTouchesAtMostMaxMessages() {
    FrameWriter writer = writer(2);
    Message small = Message.of("x");
    assertThat(writer.append(small, holder)).isTrue();
    assertThat(writer.isFull()).isFalse();
    assertThat(writer.hasRoomFor(small)).isTrue();
    assertThat(writer.append(small, holder)).isTrue();
    assertThat(writer.isFull()).isTrue();
    assertThat(writer.hasRoomFor(small)).isFalse();
    assertThat(writer.append(small, holder)).isFalse();
    assertThat(writer.inMessage()).isFalse();
    assertThat(writer.messagesEnded()).isEqualTo(2);
    assertThat(Bytes.hex(writer.finish())).isEqualTo("0200" + "010178" + "010178");
    assertThat(writer.hasRoomFor(small)).isTrue();
    assertThat(writer.messagesEnded()).isZero();
  }

  @Test
  void theContinuedMessageCountsAmongThem() {
    FrameWriter writer = writer(1);
    Message large = sized(FRAME);
    writer.append(large, holder);
    writer.finish().release();
    assertThat(writer.append(large, holder)).isTrue();
    assertThat(writer.isFull()).isTrue();
    assertThat(writer.hasRoomFor(Message.of("x"))).isFalse();
    writer.finish().release();
    assertThat(writer.isFull()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"4, 1", "3, 0", "2, -1", "1, -1", "0, -1"})
  void aMessageBeginsWhereItsTableFits(int left, int bytesBesideTheTable) {
    FrameWriter writer = writer(10);
    writer.append(sized(FRAME - 2 - 3 - left), holder);
    assertThat(writer.bytes()).isEqualTo(FRAME - left);
    assertThat(writer.isFull()).isEqualTo(left < 2);
    Message next = sized(200);
    boolean begins = bytesBesideTheTable >= 0;
    assertThat(writer.hasRoomFor(next)).isEqualTo(begins);
    assertThat(writer.append(next, holder)).isFalse();
    assertThat(writer.inMessage()).isEqualTo(begins);
    assertThat(writer.isFull()).isEqualTo(begins || left < 2);
    writer.finish().release();
    assertThat(writer.append(next, holder)).isTrue();
    String table = begins ? "0202" : "0200" + "01c801";
    assertThat(Bytes.hex(writer.finish()))
        .isEqualTo(table + Bytes.repeat("00", 200 - Math.max(0, bytesBesideTheTable)));
  }

  @Test
  void aMessageThatFillsTheFrameEndsInIt() {
    FrameWriter writer = writer(10);
    Message exact = sized(FRAME - 2 - 4, 0);
    assertThat(writer.append(exact, holder)).isTrue();
    assertThat(writer.bytes()).isEqualTo(FRAME);
    assertThat(writer.isFull()).isTrue();
    assertThat(writer.inMessage()).isFalse();
    ByteBuf frame = writer.finish();
    assertThat(frame.getByte(1)).isZero();
    frame.release();
  }

  @Test
  void anEmptyFrameIsNotFinished() {
    FrameWriter writer = writer(1);
    assertThat(writer.isEmpty()).isTrue();
    assertThat(writer.bytes()).isZero();
    assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
    writer.append(Message.of(""), holder);
    assertThat(writer.isEmpty()).isFalse();
    writer.finish().release();
    assertThatThrownBy(writer::finish).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anotherMessageCannotCutIn() {
    FrameWriter writer = writer(10);
    writer.append(sized(FRAME), holder);
    assertThatThrownBy(() -> writer.append(Message.of("x"), holder))
        .isInstanceOf(IllegalStateException.class);
    writer.abandon();
  }

  @Test
  void aMessageAboveTheReceiversSizeIsRefused() {
    FrameWriter writer = new FrameWriter(alloc, new Limits(1, FRAME, 100, 0), 1024);
    assertThat(writer.refusal(sized(40, 60))).isNull();
    assertThat(writer.refusal(sized(40, 61)))
        .isInstanceOf(MessageTooLargeException.class)
        .hasMessage("the message has 101 bytes, the receiver's maxMessageSize is 100");
    assertThat(writer(1).refusal(sized(1000))).isNull();
  }

  @Test
  void aTableThatDoesNotFitOneFrameIsRefused() {
    FrameWriter writer = writer(1);
    byte[][] parts = new byte[FRAME - 2 - 2][0];
    assertThat(writer.refusal(Message.of(parts))).isNull();
    assertThat(writer.hasRoomFor(Message.of(parts))).isTrue();
    assertThat(writer.append(Message.of(parts), holder)).isTrue();
    assertThat(writer.bytes()).isEqualTo(FRAME);
    writer.abandon();

    byte[][] more = Arrays.copyOf(parts, parts.length + 1);
    more[parts.length] = new byte[0];
    Message tooMany = Message.of(more);
    assertThat(writer.refusal(tooMany))
        .hasMessage(
            "the lengths of 16381 parts take 16383 bytes, the receiver's frames have room for"
                + " 16382");
    assertThat(writer.hasRoomFor(tooMany)).isFalse();
    assertThatThrownBy(() -> writer.append(tooMany, holder))
        .isInstanceOf(MessageTooLargeException.class);
  }
}
