package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.error.ZmqException;
import io.reactorzmq.message.Message;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each rule that a frame can break, at the limit and one beyond it. */
class FrameRefusalTest {

  private static final int FRAME = Limits.MIN_FRAME_BYTES;
  private static final int HALF = FRAME / 2;

  /** Begins a message of 8,192 bytes; its last 5 are the rest. */
  private static final String BEGINS = "0201 01 8040" + Bytes.repeat("61", HALF - 5);

  private static final String REST = Bytes.repeat("61", 8192 - HALF + 5);

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
  private final List<Message> out = new ArrayList<>();

  @AfterEach
  void everythingIsReleased() {
    assertThat(Bytes.live(alloc)).isZero();
  }

  private ByteBuf frame(String hex) {
    return alloc.buffer().writeBytes(Bytes.array(hex));
  }

  private void accepted(FrameReader<Message> reader, String hex, int messages) {
    assertThat(reader.read(frame(hex), out::add)).isEqualTo(messages);
    out.forEach(Message::release);
    out.clear();
  }

  private void refused(
      FrameReader<Message> reader, String hex, Class<? extends ZmqException> type, String reason) {
    ByteBuf frame = frame(hex);
    assertThatThrownBy(() -> reader.read(frame, out::add))
        .isInstanceOf(type)
        .hasMessageContaining(reason);
    assertThat(out).isEmpty();
    assertThat(frame.refCnt()).isZero();
  }

  private void refused(FrameReader<Message> reader, String hex, String reason) {
    refused(reader, hex, ProtocolException.class, reason);
  }

  private static FrameReader<Message> reader(int maxMessages, long maxMessageSize) {
    return FrameReader.ofMessages(new Limits(maxMessages, FRAME, maxMessageSize, 0));
  }

  @ParameterizedTest
  @CsvSource({
    "'', not DATA",
    "02, a payload of 1 bytes is not DATA",
    "0100, not DATA",
    "0200, without messages",
    "0208 01 00, flags 0x08",
    "0210 01 00, flags 0x10",
    "0220 01 00, flags 0x20",
    "0240 01 00, flags 0x40",
    "0280 01 00, flags 0x80",
    "0202 01 00, no message is unfinished",
    "0201 01 01, below 8192",
    "0200 00, '1 to 65535 parts, not 0'",
    "0200 8000, not the fewest possible",
    "0200 01, ends within a varint",
    "0200 01 80, ends within a varint",
    "0200 01 01, CONTINUES is missing",
    "0200 01 00 01 02 61, CONTINUES is missing",
    "0200 01 8080808008, above 2147483647",
    "0200 808004 00, '1 to 65535 parts, not 65536'",
    "0200 ffff03 00, 'table of 65535 parts does not end in its frame, 1 bytes'",
    "0200 03 00 00, 'table of 3 parts does not end in its frame, 2 bytes'",
    "0200 02 00 80, ends within a varint",
    "0204 02 40, 'header block of 2 bytes does not end in its frame, 1 bytes'",
    "0204 01 40 00 01 00, a field crosses the end of its block",
    "0204 02 40 01 00 01 00, a field crosses the end of its block",
    "0204 02 40 08 01 00, only 2 are left",
    "0204 02 c0 00 01 00, field 0xc0 must be understood",
    "0204 02 81 00 01 00, field 0x81 must be understood",
    "0204 00, ends within a varint"
  })
  void aMalformedFrame(String hex, String reason) {
    refused(reader(1000, 0), hex, reason);
  }

  @Test
  void aMessageGoesBeforeTheOneThatIsRefused() {
    refused(reader(1000, 0), "0200 01 01 61 01 01 62 00", "parts, not 0");
  }

  @Test
  void aFrameHasAtMostMaxFrameBytes() {
    FrameReader<Message> reader = reader(3, 0);
    accepted(reader, "0200 01 fb7f" + Bytes.repeat("61", FRAME - 5), 1);
    refused(
        reader,
        "0200 01 fc7f" + Bytes.repeat("61", FRAME - 4),
        "a frame has 16385 bytes, more than maxFrameBytes 16384");
  }

  @Test
  void aFrameTouchesAtMostMaxMessages() {
    accepted(reader(3, 0), "0200 0100 0100 0100", 3);
    refused(reader(3, 0), "0200 0100 0100 0100 0100", "more messages than maxMessagesPerFrame 3");

    FrameReader<Message> reader = reader(1, 0);
    accepted(reader, BEGINS, 0);
    accepted(reader, "0202" + REST, 1);
    accepted(reader, BEGINS, 0);
    refused(reader, "0202" + REST + "0100", "more messages than maxMessagesPerFrame 1");
    assertThat(reader.assembling()).isTrue();
    assertThat(reader.assembledBytes()).isEqualTo(HALF - 5);
    reader.release();
    refused(reader, "0202" + REST, "no message is unfinished");
  }

  @Test
  void aMessageHasAtMostMaxMessageSizeBytes() {
    accepted(reader(2, 3), "0200 01 03 616161 02 01 02 616161", 2);
    for (String tooLarge : List.of("0200 01 04 61616161", "0200 02 02 02 61616161")) {
      refused(
          reader(2, 3),
          tooLarge,
          MessageTooLargeException.class,
          "a message of 4 bytes, maxMessageSize is 3");
    }
    refused(
        reader(2, 1L << 40),
        "0201 8110" + Bytes.repeat("ffffffff07", 2049),
        MessageTooLargeException.class,
        "a message of 4400193992703 bytes");
  }

  @Test
  void aPartMayHaveTwoGigabytes() {
    FrameReader<Message> reader = reader(2, 0);
    accepted(reader, "0201 02 ffffffff07 ffffffff07" + Bytes.repeat("00", HALF - 13), 0);
    assertThat(reader.assemblySize()).isEqualTo(2L * Integer.MAX_VALUE);
    reader.release();
  }

  @Test
  void aFrameThatIsContinuedIsAtLeastHalfFull() {
    FrameReader<Message> reader = reader(2, 0);
    refused(reader, "0201 01 8040" + Bytes.repeat("61", HALF - 6), "has 8191 bytes, below 8192");
    accepted(reader, "0201 01 808008" + Bytes.repeat("61", HALF - 6), 0);
    accepted(reader, "0203" + Bytes.repeat("61", HALF - 2), 0);
    refused(reader, "0203" + Bytes.repeat("61", HALF - 3), "has 8191 bytes, below 8192");
    reader.release();
  }

  @Test
  void aSenderOfSmallerFramesThanAllowedIsTaken() {
    FrameReader<Message> large =
        FrameReader.ofMessages(new Limits(2, Limits.MAX_FRAME_BYTES, 0, 0));
    accepted(large, "0201 01 808008" + Bytes.repeat("61", HALF - 6), 0);
    accepted(large, "0203" + Bytes.repeat("61", HALF - 2), 0);
    large.release();
  }

  @Test
  void continuesMeansThatSomethingIsLeft() {
    refused(
        reader(2, 0),
        "0201 01 fb3f" + Bytes.repeat("61", HALF - 5),
        "CONTINUES, but the last message ends in its frame");
    FrameReader<Message> reader = reader(2, 0);
    accepted(reader, "0201 01 8080 01" + Bytes.repeat("61", HALF - 6), 0);
    refused(reader, "0203" + Bytes.repeat("61", HALF + 6), "CONTINUES, but the last message ends");
    reader.release();
  }

  @Test
  void anUnfinishedMessageMustBeContinued() {
    FrameReader<Message> reader = reader(2, 0);
    accepted(reader, BEGINS, 0);
    refused(reader, "0200 01 00", "a message is unfinished, but CONTINUATION is missing");
    refused(reader, "0202" + REST.substring(2), "CONTINUES is missing");
    refused(reader, "0202", "CONTINUES is missing");
    accepted(reader, "0202" + REST, 1);
  }

  @Test
  void aHugeClaimInAFewBytesAllocatesNothing() {
    FrameReader<Message> reader = reader(1000, 0);
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    ByteBuf frame = Bytes.of("0200 ffff03 00 00 00");
    long before = threads.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < 100; i++) {
      frame.readerIndex(0).retain();
      assertThatThrownBy(() -> reader.read(frame, out::add)).isInstanceOf(ProtocolException.class);
    }
    assertThat((threads.getCurrentThreadAllocatedBytes() - before) / 100).isLessThan(100_000);
  }
}
