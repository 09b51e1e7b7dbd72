package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames end at a usual length, or where the receiver says: that only large arrays reach. */
class FrameLengthTest {

  private static final int USUAL = 20_000;
  private static final int MAX = 50_000;
  private static final Limits LIMITS = new Limits(100, MAX, 0, 0);

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
  private final FrameWriter writer = new FrameWriter(alloc, LIMITS, 1024).usually(USUAL);
  private final FrameReader<Message> reader = FrameReader.ofMessages(LIMITS);
  private final List<Integer> lengths = new ArrayList<>();
  private final List<Message> sent = new ArrayList<>();
  private final List<Message> read = new ArrayList<>();

  @AfterEach
  void everythingArrived() {
    finish();
    assertThat(read).hasSameSizeAs(sent);
    for (int i = 0; i < sent.size(); i++) {
      assertThat(bytes(read.get(i))).isEqualTo(bytes(sent.get(i)));
    }
    sent.forEach(Message::release);
    read.forEach(Message::release);
    writer.abandon();
    reader.release();
    assertThat(Bytes.live(alloc)).isZero();
  }

  private static byte[] bytes(Message message) {
    byte[] all = new byte[(int) message.size()];
    int from = 0;
    for (int part = 0; part < message.partCount(); part++) {
      ByteBuf bytes = message.part(part);
      bytes.getBytes(bytes.readerIndex(), all, from, bytes.readableBytes());
      from += bytes.readableBytes();
    }
    return all;
  }

  private static byte[] array(int size) {
    byte[] array = new byte[size];
    for (int i = 0; i < size; i++) {
      array[i] = (byte) (i * 31 >> 3);
    }
    return array;
  }

  private void send(Message message) {
    sent.add(message);
    while (!writer.append(message, message)) {
      finish();
    }
  }

  private void finish() {
    if (writer.isEmpty()) {
      return;
    }
    ByteBuf frame = writer.finish();
    lengths.add(frame.readableBytes());
    Ended<Message> ended = reader.read(frame);
    for (int left = ended.size(); left > 0; left--) {
      read.add(ended.take());
    }
  }

  @Test
  void aLargeArrayGoesOnToWhatTheReceiverTakes() {
    send(Message.of(array(3 * MAX)));
    finish();
    assertThat(lengths).startsWith(MAX, MAX, MAX).hasSize(4);
  }

  @Test
  void directMemoryEndsAtTheUsualLength() {
    send(Message.of(alloc.directBuffer().writeBytes(array(3 * USUAL))));
    finish();
    assertThat(lengths).startsWith(USUAL, USUAL).hasSize(4).allMatch(length -> length <= USUAL);
  }

  @Test
  void manyMessagesShareFramesOfTheUsualLength() {
    for (int i = 0; i < 30; i++) {
      send(Message.of(array(3000)));
    }
    finish();
    assertThat(lengths.subList(0, 4)).containsOnly(USUAL);
    assertThat(lengths).hasSize(5);
  }

  @Test
  void anArrayIsLargeIfItWouldFillAFrame() {
    send(Message.of(array(USUAL - 1)));
    finish();
    assertThat(lengths).hasSize(2).startsWith(USUAL);
    lengths.clear();
    send(Message.of(array(USUAL)));
    finish();
    assertThat(lengths).hasSize(1).allMatch(length -> length > USUAL);
  }

  @Test
  void whatIsSmallGoesBeforeALargeArrayNotBehindIt() {
    Message whole = Message.of(new byte[0]);
    send(Message.of(array(500)));
    send(Message.of(array(USUAL)));
    assertThat(writer.messagesEnded()).isEqualTo(2);
    assertThat(writer.isFull()).isTrue();
    assertThat(writer.hasRoomForSmall(0)).isFalse();
    assertThat(writer.hasRoomFor(whole)).isFalse();
    assertThat(writer.append(whole, whole)).isFalse();
    send(Message.of(array(500)));
    finish();
    assertThat(lengths).hasSize(2);
    assertThat(lengths.get(0)).isGreaterThan(USUAL + 500);
    whole.release();
  }

  @Test
  void otherPartsOfTheMessageBeginTheNextFrame() {
    ByteBuf direct = alloc.directBuffer().writeBytes(array(3000));
    send(
        Message.of(
            Unpooled.wrappedBuffer(array(USUAL)),
            Unpooled.wrappedBuffer(array(5)),
            direct,
            Unpooled.wrappedBuffer(array(2 * USUAL))));
    finish();
    assertThat(lengths).hasSize(2);
    assertThat(lengths.get(0)).isGreaterThan(USUAL).isLessThan(USUAL + 100);
    assertThat(lengths.get(1)).isGreaterThan(2 * USUAL + 3000);
  }

  @Test
  void isFullBetweenTwoFramesOfAMessage() {
    Message large = Message.of(array(2 * MAX));
    assertThat(writer.append(large, large)).isFalse();
    assertThat(writer.isFull()).isTrue();
    writer.finish().release();
    assertThat(writer.inMessage()).isTrue();
    assertThat(writer.isFull()).isFalse();
    writer.abandon();
    large.release();
  }

  @ParameterizedTest
  @ValueSource(ints = {MAX, MAX + 1, Integer.MAX_VALUE})
  void aReceiverOfShorterFramesIsHeeded(int usual) {
    writer.usually(usual);
    send(Message.of(alloc.directBuffer().writeBytes(array(2 * MAX))));
    finish();
    assertThat(lengths).startsWith(MAX).allMatch(length -> length <= MAX);
  }

  @Test
  void aPartTableMayTakeALongFrame() {
    byte[][] parts = new byte[MAX - 100][];
    Arrays.fill(parts, new byte[0]);
    parts[MAX - 101] = array(10);
    send(Message.of(array(10)));
    send(Message.of(parts));
    finish();
    assertThat(lengths).hasSize(3);
    assertThat(lengths.get(1)).isGreaterThan(MAX - 100);
    assertThat(lengths.get(2)).as("what the table tells of").isLessThan(100);
  }
}
