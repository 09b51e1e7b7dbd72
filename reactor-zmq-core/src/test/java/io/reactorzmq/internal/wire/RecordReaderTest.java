package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.error.ZmqException;
import io.reactorzmq.internal.wire.WireRecord.Bulk;
import io.reactorzmq.internal.wire.WireRecord.Failure;
import io.reactorzmq.internal.wire.WireRecord.Reply;
import io.reactorzmq.internal.wire.WireRecord.Request;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a reader makes of records, well-formed or not. */
class RecordReaderTest {

  private static final int FRAME = Limits.MIN_FRAME_BYTES;
  private static final int HALF = FRAME / 2;

  /** Begins a request of 8,192 bytes; its last 7 are the rest. */
  private static final String BEGINS = "0201 01 05 01 8040" + Bytes.repeat("61", HALF - 7);

  private static final String REST = Bytes.repeat("61", 7);

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
  private FrameReader<WireRecord> reader = FrameReader.ofRecords(new Limits(4, FRAME, 0, 0));
  private final List<WireRecord> out = new ArrayList<>();

  @AfterEach
  void everythingIsReleased() {
    out.forEach(WireRecord::release);
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
    ByteBuf frame = frame(hex);
    assertThatThrownBy(() -> reader.read(frame, out::add))
        .isInstanceOf(type)
        .hasMessageContaining(reason);
    assertThat(out).isEmpty();
    assertThat(frame.refCnt()).isZero();
  }

  private static String text(WireRecord record) {
    Message message = record.message();
    return message == null
        ? record.toString()
        : record.getClass().getSimpleName() + record.id() + ":" + message.text(0);
  }

  @Test
  void oneOfEachKind() {
    assertThat(
            read("0200" + "01 05 01 02 6869" + "02 06 01 01 79" + "03 07 02 01 02 6e6f" + "040809"))
        .isEqualTo(4);
    assertThat(out)
        .extracting(RecordReaderTest::text)
        .containsExactly(
            "Request5:hi",
            "Reply6:y",
            new Failure(7, 2, true, "no").toString(),
            new Bulk(8, 9).toString());
    assertThat(out)
        .hasExactlyElementsOfTypes(Request.class, Reply.class, Failure.class, Bulk.class);
    assertThat(out).extracting(WireRecord::kind).containsExactly(1, 2, 3, 4);
    assertThat(reader.assembling()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "01, 1",
    "7f, 127",
    "8001, 128",
    "ff7f, 16383",
    "808001, 16384",
    "ffffffffffffffff7f, 9223372036854775807"
  })
  void idsAndSizesUpToTheLargestVarint(String hex, long value) {
    assertThat(read("0200 01" + hex + "0100 03" + hex + "ff0000 04" + hex + hex)).isEqualTo(3);
    assertThat(out).extracting(WireRecord::id).containsOnly(value);
    assertThat(out.subList(1, 3))
        .containsExactly(new Failure(value, 255, false, ""), new Bulk(value, value));
  }

  @Test
  void onlyMessagesReferToTheFrame() {
    ByteBuf frame = frame("0200" + "040109" + "01 02 01 01 61" + "03 03 010000" + "02 04 01 01 62");
    assertThat(reader.read(frame, out::add)).isEqualTo(4);
    assertThat(frame.refCnt()).isEqualTo(2);
    out.forEach(WireRecord::release);
    out.clear();
    assertThat(frame.refCnt()).isZero();

    ByteBuf without = frame("0200" + "040109" + "03 03 010000");
    assertThat(reader.read(without, out::add)).isEqualTo(2);
    assertThat(without.refCnt()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {15, 16, 17, 32, 33})
  void asManyAsThereIsPlaceForAndOneMore(int records) {
    reader = FrameReader.ofRecords(new Limits(40, FRAME, 0, 0));
    assertThat(read("0200" + "040101".repeat(records))).isEqualTo(records);
    assertThat(out).hasSize(records).containsOnly(new Bulk(1, 1));
  }

  @Test
  void otherFlagsOfAFailureAreIgnored() {
    read("0200" + "030101fe00" + "030201ff00");
    assertThat(out).containsExactly(new Failure(1, 1, false, ""), new Failure(2, 1, true, ""));
  }

  @Test
  void aTextThatIsNoUtf8IsTaken() {
    read("0200" + "0301010003 61ff62");
    assertThat(out).containsExactly(new Failure(1, 1, false, "a\uFFFDb"));
  }

  @Test
  void aTextOfAsManyBytesAsItMayHave() {
    read("0200" + "030101008008" + Bytes.repeat("61", 1024) + "040203");
    assertThat(out).containsExactly(new Failure(1, 1, false, "a".repeat(1024)), new Bulk(2, 3));
  }

  @Test
  void headersStandBeforeTheTableOfMessagesOnly() {
    assertThat(
            read(
                "0204" + "01 05 02 4000 01 01 61" + "0405ff01" + "03 06 01 00 00" + "02070001017a"))
        .isEqualTo(4);
    assertThat(out)
        .extracting(RecordReaderTest::text)
        .containsExactly(
            "Request5:a",
            new Bulk(5, 255).toString(),
            new Failure(6, 1, false, "").toString(),
            "Reply7:z");
  }

  @Test
  void aRecordInTwoFramesAndOthersBehindIt() {
    assertThat(read(BEGINS)).isZero();
    assertThat(reader.assembling()).isTrue();
    assertThat(reader.assemblySize()).isEqualTo(8192);
    assertThat(reader.assembledBytes()).isEqualTo(HALF - 7);
    assertThat(read("0202" + REST + "040609" + "03 07 01 00 00" + "02 08 01 01 62")).isEqualTo(4);
    assertThat(out)
        .extracting(RecordReaderTest::text)
        .containsExactly(
            "Request5:" + "a".repeat(8192),
            new Bulk(6, 9).toString(),
            new Failure(7, 1, false, "").toString(),
            "Reply8:b");
    assertThat(reader.assembling()).isFalse();
  }

  @Test
  void aFrameEndsOneRecordAndBeginsAnother() {
    read(BEGINS);
    String reply = "02 ffffffffffffffff7f 01 8140";
    assertThat(read("0203" + REST + "040102" + reply + Bytes.repeat("62", HALF))).isEqualTo(2);
    assertThat(reader.assembling()).isTrue();
    assertThat(reader.assembledBytes()).isEqualTo(HALF);
    assertThat(read("0202" + "62" + "040203")).isEqualTo(2);
    assertThat(out)
        .extracting(RecordReaderTest::text)
        .containsExactly(
            "Request5:" + "a".repeat(8192),
            new Bulk(1, 2).toString(),
            "Reply" + Long.MAX_VALUE + ":" + "b".repeat(HALF + 1),
            new Bulk(2, 3).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "0200, without messages",
    "0200 00 01 01 00, no record is of kind 0",
    "0200 05 01 01 00, no record is of kind 5",
    "0200 ff 01 01 00, no record is of kind 255",
    "0200 01, ends within a varint",
    "0200 01 00 01 00, 'a correlation id is 1 or more, not 0'",
    "0200 03 00 01 00 00, 'a correlation id is 1 or more, not 0'",
    "0200 04 00 01, 'a correlation id is 1 or more, not 0'",
    "0200 01 8000 01 00, not the fewest possible",
    "0200 01 80808080808080808001 01 00, more than 63 bits",
    "0200 01 01, ends within a varint",
    "0200 01 01 00, '1 to 65535 parts, not 0'",
    "0200 01 01 01 01, CONTINUES is missing",
    "0200 02 01 01 02 61, CONTINUES is missing",
    "0204 01 01 02 4000, ends within a varint",
    "0204 01 01 02 c000 01 00, field 0xc0 must be understood",
    "0204 04 01 00, nothing of 0 bytes is announced",
    "0200 03 01, ends within an ERROR record",
    "0200 03 01 01, ends within an ERROR record",
    "0200 03 01 01 00, ends within a varint",
    "0200 03 01 01 00 02 61, 'the text of an ERROR record has 2 bytes, at most 1024 are allowed and 1 are left'",
    "0200 03 01 01 00 8080808008, above 2147483647",
    "0200 04 01, ends within a varint",
    "0200 04 01 00, nothing of 0 bytes is announced as BULK",
    "0200 04 01 80808080808080808001, more than 63 bits",
    "0202 04 01 01, no message is unfinished",
    "0200 04 01 01 00, no record is of kind 0"
  })
  void aMalformedRecord(String hex, String reason) {
    refused(hex, ProtocolException.class, reason);
    // as is one behind others, of which nothing is delivered then
    if (hex.startsWith("0200 ")) {
      refused(
          "0200 01 01 01 01 61 030101000161 " + hex.substring(5), ProtocolException.class, reason);
    }
  }

  @Test
  void aTextAboveTheLimit() {
    refused(
        "0200 03010100 8108" + Bytes.repeat("61", 1025),
        ProtocolException.class,
        "the text of an ERROR record has 1025 bytes, at most 1024 are allowed and 1025 are left");
  }

  @Test
  void whatEndsInItsFrameIsNotContinued() {
    refused(
        "0201 01 01 01 f03f" + Bytes.repeat("61", 8176) + "0301010005" + Bytes.repeat("61", 5),
        ProtocolException.class,
        "CONTINUES, but the last message ends in its frame");
  }

  @Test
  void everyRecordCounts() {
    reader = FrameReader.ofRecords(new Limits(2, FRAME, 0, 0));
    assertThat(read("0200" + "040101" + "0301010000")).isEqualTo(2);
    out.clear();
    refused(
        "0200" + "040101" + "0301010000" + "040201",
        ProtocolException.class,
        "more messages than maxMessagesPerFrame 2");
    read(BEGINS);
    refused(
        "0202" + REST + "040201" + "040301",
        ProtocolException.class,
        "more messages than maxMessagesPerFrame 2");
    assertThat(reader.assembling()).isTrue();
    assertThat(read("0202" + REST + "040201")).isEqualTo(2);
  }

  @Test
  void theMessageOfARecordHasAtMostMaxMessageSizeBytes() {
    reader = FrameReader.ofRecords(new Limits(2, FRAME, 3, 0));
    assertThat(read("0200 01 01 01 03 616161 02 01 02 01 02 616161")).isEqualTo(2);
    out.forEach(WireRecord::release);
    out.clear();
    refused(
        "0200 01 01 01 04 61616161",
        MessageTooLargeException.class,
        "a message of 4 bytes, maxMessageSize is 3");
    assertThat(read("0200 040104")).as("what is only announced is judged elsewhere").isOne();
  }

  @Test
  void anAnswerInTheMiddleOfARequestIsMissingItsContinuation() {
    read(BEGINS);
    refused("0200 040101", ProtocolException.class, "CONTINUATION is missing");
    refused("0202" + REST.substring(2), ProtocolException.class, "CONTINUES is missing");
  }

  @Test
  void whatTheConsumerDoesNotReachIsReleased() {
    ByteBuf frame = frame("0200 01 01 01 01 61 040201 02 03 01 01 63 0304010000");
    IllegalStateException failure = new IllegalStateException("no");
    assertThatThrownBy(
            () ->
                reader.read(
                    frame,
                    record -> {
                      out.add(record);
                      if (out.size() == 2) {
                        throw failure;
                      }
                    }))
        .isSameAs(failure);
    assertThat(out).hasSize(2);
    assertThat(frame.refCnt()).isOne();
    assertThat(read("0200 040501")).isOne();
  }
}
