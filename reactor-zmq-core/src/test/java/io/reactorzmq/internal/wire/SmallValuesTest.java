package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What is written in place is, byte for byte, what a message of it would be. */
class SmallValuesTest {

  private static final Limits LIMITS = new Limits(5, Limits.MIN_FRAME_BYTES, 0, 0);

  private final SmallValues<byte[]> arrays = Objects.requireNonNull(SmallValues.of(Codec.bytes()));
  private final SmallValues<Message> messages =
      Objects.requireNonNull(SmallValues.of(Codec.zeroCopy()));

  private static FrameWriter writer() {
    return new FrameWriter(UnpooledByteBufAllocator.DEFAULT, LIMITS, 1024);
  }

  private static void assertSameFrame(FrameWriter small, List<Message> whole) {
    FrameWriter usual = writer();
    for (Message message : whole) {
      assertThat(usual.append(message, message)).isTrue();
    }
    ByteBuf expected = usual.finish();
    ByteBuf actual = small.finish();
    assertThat(actual).isEqualTo(expected);
    expected.release();
    actual.release();
  }

  @Test
  void arraysOfEachLengthOfTable() {
    FrameWriter writer = writer();
    List<Message> whole = new ArrayList<>();
    for (int size : new int[] {0, 1, 127, 128, 1023}) {
      byte[] value = new byte[size];
      assertThat(arrays.sizeIfSmall(value)).isEqualTo(size);
      int bytes = arrays.bytes(value, size);
      int before = writer.bytes();
      assertThat(writer.hasRoomForSmall(bytes)).isTrue();
      writer.appendSmall(arrays, value, size);
      assertThat(writer.bytes() - Math.max(before, DataFormat.HEADER_BYTES)).isEqualTo(bytes);
      whole.add(Message.of(new byte[][] {value}));
    }
    assertThat(writer.messagesEnded()).isEqualTo(5);
    assertThat(writer.isFull()).as("of messages").isTrue();
    assertThat(writer.hasRoomForSmall(1)).isFalse();
    assertSameFrame(writer, whole);
  }

  @Test
  void messagesOfSeveralParts() {
    FrameWriter writer = writer();
    Message message = Message.of("a", "", "b".repeat(200));
    int size = messages.sizeIfSmall(message);
    assertThat(size).isEqualTo(201);
    writer.appendSmall(messages, message, size);
    assertThat(writer.bytes() - DataFormat.HEADER_BYTES).isEqualTo(messages.bytes(message, size));
    assertSameFrame(writer, List.of(message));
  }

  @Test
  void whatIsSmall() {
    assertThat(arrays.sizeIfSmall(new byte[4095])).isEqualTo(4095);
    assertThat(arrays.sizeIfSmall(new byte[4096])).isNegative();
    assertThat(messages.sizeIfSmall(Message.of(new byte[][] {new byte[1023]}))).isEqualTo(1023);
    assertThat(messages.sizeIfSmall(Message.of(new byte[][] {new byte[1024]}))).isNegative();
    assertThat(messages.sizeIfSmall(Message.of(new byte[16][0]))).isNotNegative();
    assertThat(messages.sizeIfSmall(Message.of(new byte[17][0]))).isNegative();
    Message released = Message.of("gone");
    released.release();
    assertThat(messages.sizeIfSmall(released)).isNegative();
    assertThat(SmallValues.of(Codec.utf8())).isNull();
  }
}
