package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.error.ZmqException;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a reader makes of numbered messages, and of what is told of those that are missing. */
class NumberedReaderTest {

  private static final int FRAME = Limits.MIN_FRAME_BYTES;
  private static final int HALF = FRAME / 2;

  /** What a message of 8,192 bytes begins with behind the number; its last 6 are the rest. */
  private static final String BEGINS = "01 8040" + Bytes.repeat("61", HALF - 6);

  private static final String REST = Bytes.repeat("61", 6);
  private static final String LARGE = "a".repeat(HALF);

  private static final String LARGEST = "feffffffffffffff7f";
  private static final String BEHIND_LARGEST = "ffffffffffffffff7f";

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
  private FrameReader<Numbered> reader = FrameReader.ofNumbered(new Limits(4, FRAME, 0, 0));
  private final List<Numbered> out = new ArrayList<>();

  @AfterEach
  void everythingIsReleased() {
    out.forEach(Numbered::release);
    reader.release();
    assertThat(Bytes.live(alloc)).isZero();
  }

  private ByteBuf frame(String hex) {
    return alloc.buffer().writeBytes(Bytes.array(hex));
  }

  private int read(String hex) {
    return reader.read(frame(hex), out::add);
  }

  private void refused(String hex, Class<? extends ZmqException> type, String reason) {
    int before = out.size();
    ByteBuf frame = frame(hex);
    assertThatThrownBy(() -> reader.read(frame, out::add))
        .isInstanceOf(type)
        .hasMessageContaining(reason);
    assertThat(out).hasSize(before);
    assertThat(frame.refCnt()).isZero();
  }

  private void refused(String hex, String reason) {
    refused(hex, ProtocolException.class, reason);
  }

  private void arrived(String... texts) {
    assertThat(out).extracting(NumberedReaderTest::text).containsExactly(texts);
  }

  private static String text(Numbered numbered) {
    Message message = numbered.message();
    return (numbered.gap() ? "gap " : "")
        + numbered.number()
        + (message == null ? "" : "=" + message.text(0));
  }

  @Test
  void numbersAreCountedFromOne() {
    assertThat(read("0200 01 01 02 6869")).isOne();
    assertThat(read("0200 02 01 01 61 01 01 62 0100")).isEqualTo(3);
    assertThat(read("0200 05 01 01 63")).isOne();
    arrived("1=hi", "2=a", "3=b", "4=", "5=c");
  }

  @ParameterizedTest
  @CsvSource({"02, 2", "7f, 127", "8001, 128", "808001, 16384", LARGEST + ", 9223372036854775806"})
  void aHoleIsALoss(String hex, long number) {
    read("0200" + hex + "01 01 61");
    arrived(number + "=a");
  }

  @Test
  void messagesShareTheFrameWithOneReferenceEach() {
    ByteBuf frame = frame("0200 03 01 01 61 01 01 62");
    assertThat(reader.read(frame, out::add)).isEqualTo(2);
    assertThat(frame.refCnt()).isEqualTo(2);
  }

  @Test
  void aMessageKeepsTheNumberItBeganWith() {
    assertThat(read("0201 07" + BEGINS)).isZero();
    assertThat(reader.assembledBytes()).isEqualTo(HALF - 6);
    assertThat(read("0202 08" + REST + "01 01 62")).isEqualTo(2);
    arrived("7=" + LARGE, "8=b");
  }

  @Test
  void aFrameEndsOneMessageAndBeginsAnother() {
    read("0201 01" + BEGINS);
    assertThat(read("0203 02" + REST + "0100" + BEGINS)).isEqualTo(2);
    assertThat(read("0202 04" + REST)).isOne();
    arrived("1=" + LARGE, "2=", "3=" + LARGE);
  }

  @Test
  void aMiddleFrameTellsWhatIsExpected() {
    read("0201 01 01 808001" + Bytes.repeat("61", HALF - 7));
    assertThat(read("0203 02" + Bytes.repeat("61", HALF - 3))).isZero();
    assertThat(read("0202 02" + Bytes.repeat("61", 10))).isOne();
    arrived("1=" + "a".repeat(FRAME));
  }

  @Test
  void aLossBehindAMessageThatEnds() {
    read("0201 01" + BEGINS);
    assertThat(read("0202 05" + REST + "01 01 62")).isEqualTo(2);
    arrived("1=" + LARGE, "5=b");
  }

  @Test
  void aLossBehindWhichNothingFollows() {
    assertThat(read("0200 04")).isOne();
    assertThat(read("0200 04 0100")).isOne();
    read("0201 05" + BEGINS);
    assertThat(read("0202 09" + REST)).isEqualTo(2);
    assertThat(read("0200 0a")).isOne();
    assertThat(read("0200 0a 01 01 61")).isOne();
    arrived("4", "4=", "5=" + LARGE, "9", "10", "10=a");
  }

  @Test
  void whatIsOnlyToldHoldsNoMemory() {
    ByteBuf frame = frame("0200 04");
    reader.read(frame, out::add);
    assertThat(frame.refCnt()).isZero();
    assertThat(out).containsExactly(new Numbered(4, false, null));
  }

  @Test
  void aGapIsBeforeTheFirstThatBegins() {
    assertThat(read("0208 01 01 01 61 01 01 62")).isEqualTo(2);
    assertThat(read("0208 05 01 01 63")).isOne();
    assertThat(read("0200 06 01 01 64")).isOne();
    arrived("gap 1=a", "2=b", "gap 5=c", "6=d");
  }

  @Test
  void aGapBeforeAMessageThatEndsLater() {
    assertThat(read("0209 01" + BEGINS)).isZero();
    assertThat(read("0202 02" + REST + "01 01 62")).isEqualTo(2);
    arrived("gap 1=" + LARGE, "2=b");
  }

  @Test
  void aGapBehindAMessageThatEnds() {
    read("0201 01" + BEGINS);
    assertThat(read("020a 02" + REST + "01 01 62")).isEqualTo(2);
    arrived("1=" + LARGE, "gap 2=b");
    read("0201 03" + BEGINS);
    assertThat(read("020b 04" + REST + BEGINS)).isOne();
    assertThat(read("020a 05" + REST)).isEqualTo(2);
    assertThat(out.subList(2, 5))
        .extracting(NumberedReaderTest::text)
        .containsExactly("3=" + LARGE, "gap 4=" + LARGE, "gap 5");
  }

  @Test
  void aGapBehindWhichNothingFollows() {
    assertThat(read("0208 01")).isOne();
    assertThat(read("0208 01")).isOne();
    assertThat(read("0208 03")).isOne();
    assertThat(read("0200 03 0100")).isOne();
    arrived("gap 1", "gap 1", "gap 3", "3=");
  }

  @Test
  void headersStandBehindTheNumber() {
    assertThat(read("020c 02 02 4000 01 01 61 00 01 01 62")).isEqualTo(2);
    arrived("gap 2=a", "3=b");
  }

  @ParameterizedTest
  @CsvSource({
    "0200, ends within a varint",
    "0200 80, ends within a varint",
    "0200 8100, not the fewest possible",
    "0200 80808080808080808001 0100, more than 63 bits",
    "0200 00 0100, 'has number 0, the next one is 1'",
    "0200 00, 'has number 0, the next one is 1'",
    "0208 00, 'has number 0, the next one is 1'",
    "0200 01, a DATA payload without messages",
    "0204 01, a DATA payload without messages",
    "0210 01 0100, flags 0x10",
    "0220 01 0100, flags 0x20",
    "0240 01 0100, flags 0x40",
    "0280 01 0100, flags 0x80",
    "0202 01 0100, no message is unfinished",
    "020a 05, no message is unfinished",
    "0201 05, below 8192",
    "0200 01 00, '1 to 65535 parts, not 0'",
    "0200 05 01 01, CONTINUES is missing",
    "0208 05 01 01, CONTINUES is missing"
  })
  void aMalformedFrame(String hex, String reason) {
    refused(hex, reason);
  }

  @ParameterizedTest
  @ValueSource(strings = {"01", "02", "03"})
  void aNumberThatWasThere(String number) {
    read("0200 02 0100 0100");
    refused(
        "0200" + number + "0100", "has number " + Integer.parseInt(number) + ", the next one is 4");
  }

  @Test
  void aNumberBelowOneThatWasTold() {
    read("0200 09");
    refused("0200 08 0100", "has number 8, the next one is 9");
    refused("0200 09", "without messages");
  }

  @Test
  void aLossWithinAMessage() {
    read("0201 01 01 808001" + Bytes.repeat("61", HALF - 7));
    String middle = Bytes.repeat("61", HALF - 3);
    refused("0203 03" + middle, "a loss is told of within a message");
    reader.release();
    reader = FrameReader.ofNumbered(new Limits(4, FRAME, 0, 0));
    read("0201 01 01 808001" + Bytes.repeat("61", HALF - 7));
    refused("020b 02" + middle, "a loss is told of within a message");
    refused("0203 01" + middle, "has number 1, the next one is 2");
  }

  @Test
  void anUnfinishedMessageMustBeContinued() {
    read("0201 01" + BEGINS);
    refused("0200 03", "CONTINUATION is missing");
    refused("0208 02 0100", "CONTINUATION is missing");
    refused("0202 02", "CONTINUES is missing");
    refused("0202 02" + REST.substring(2), "CONTINUES is missing");
    assertThat(read("0202 02" + REST)).isOne();
  }

  @Test
  void theNumbersEnd() {
    read("0200" + LARGEST + "0100");
    refused("0200" + BEHIND_LARGEST + "0100", "has the number 9223372036854775807, one too many");
  }

  @Test
  void theNumbersEndWithinAFrame() {
    refused("0200" + LARGEST + "0100 0100", "has the number 9223372036854775807, one too many");
  }

  @Test
  void theLastNumberCanStillBeTold() {
    assertThat(read("0200" + BEHIND_LARGEST)).isOne();
    arrived(Long.toString(Long.MAX_VALUE));
  }

  @Test
  void aFrameTouchesAtMostMaxMessages() {
    assertThat(read("0200 01 0100 0100 0100 0100")).isEqualTo(4);
    refused("0200 05 0100 0100 0100 0100 0100", "more messages than maxMessagesPerFrame 4");
  }

  @Test
  void whatIsOnlyToldDoesNotCountAmongThem() {
    reader = FrameReader.ofNumbered(new Limits(1, FRAME, 0, 0));
    read("0201 01" + BEGINS);
    assertThat(read("0202 03" + REST)).isEqualTo(2);
  }

  @Test
  void theNumberCountsTowardsTheFrame() {
    assertThat(read("0200 01 01 fa7f" + Bytes.repeat("61", FRAME - 6))).isOne();
    refused("0200 02 01 fb7f" + Bytes.repeat("61", FRAME - 5), "has 16385 bytes, more than");
    refused("0201 02 01 8080 01" + Bytes.repeat("61", HALF - 8), "has 8191 bytes, below 8192");
    assertThat(read("0201 02 01 8080 01" + Bytes.repeat("61", HALF - 7))).isZero();
  }

  @Test
  void aMessageHasAtMostMaxMessageSizeBytes() {
    reader = FrameReader.ofNumbered(new Limits(2, FRAME, 3, 0));
    assertThat(read("0200 01 01 03 616161")).isOne();
    refused(
        "0200 02 01 04 61616161",
        MessageTooLargeException.class,
        "a message of 4 bytes, maxMessageSize is 3");
  }

  @Test
  void whatTheConsumerDoesNotReachIsReleased() {
    read("0201 01" + BEGINS);
    ByteBuf frame = frame("0202 03" + REST + "01 01 61 01 01 62");
    IllegalStateException failure = new IllegalStateException("no");
    assertThatThrownBy(
            () ->
                reader.read(
                    frame,
                    numbered -> {
                      out.add(numbered);
                      throw failure;
                    }))
        .isSameAs(failure);
    arrived("1=" + LARGE);
    assertThat(read("0200 05 0100")).isOne();
  }

  @Test
  void releaseIsForTheMessage() {
    Message message = Message.of(alloc.buffer().writeByte(1));
    Numbered.release(new Numbered(1, false, message));
    assertThat(message.refCnt()).isZero();
    Numbered.release(new Numbered(1, true, null));
  }
}
