package io.reactorzmq.internal.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.internal.wire.WireRecord.Bulk;
import io.reactorzmq.internal.wire.WireRecord.Failure;
import io.reactorzmq.internal.wire.WireRecord.Reply;
import io.reactorzmq.internal.wire.WireRecord.Request;
import io.reactorzmq.message.Message;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a writer makes of records, and when it says that the frame is full. */
class RecordWriterTest {

  private static final int FRAME = Limits.MIN_FRAME_BYTES;

  /** What kind and id may take, and so what a writer keeps free for them. */
  private static final int HEAD = 10;

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
  private final Holder holder = new Holder();

  @AfterEach
  void everythingIsReleased() {
    assertThat(holder.refCnt()).isOne();
    assertThat(Bytes.live(alloc)).isZero();
  }

  private FrameWriter writer(int maxMessages) {
    return FrameWriter.ofRecords(alloc, new Limits(maxMessages, FRAME, 0, 0), 1024, 1024);
  }

  private static Request sized(long id, int... sizes) {
    return new Request(
        id, Message.of(Arrays.stream(sizes).mapToObj(byte[]::new).toArray(byte[][]::new)));
  }

  /** A frame whose one request leaves so many bytes. */
  private FrameWriter leaving(int left) {
    FrameWriter writer = writer(10);
    assertThat(writer.append(sized(1, FRAME - 2 - 2 - 3 - left), holder)).isTrue();
    assertThat(writer.bytes()).isEqualTo(FRAME - left);
    return writer;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 01",
    "127, 7f",
    "128, 8001",
    "16384, 808001",
    "9223372036854775807, ffffffffffffffff7f"
  })
  void oneOfEachKind(long id, String hex) {
    FrameWriter writer = writer(4);
    assertThat(writer.append(new Request(id, Message.of("hi")), holder)).isTrue();
    assertThat(writer.append(new Reply(id, Message.of("", "a")), holder)).isTrue();
    assertThat(writer.append(new Failure(id, 255, true, "no"), holder)).isTrue();
    assertThat(writer.append(new Bulk(id, id), holder)).isTrue();
    assertThat(writer.messagesEnded()).isEqualTo(4);
    assertThat(writer.inMessage()).isFalse();
    String frame =
        "0200"
            + ("01" + hex + "01026869")
            + ("02" + hex + "02000161")
            + ("03" + hex + "ff01026e6f")
            + ("04" + hex + hex);
    assertThat(writer.bytes()).isEqualTo(frame.length() / 2);
    assertThat(Bytes.hex(writer.finish())).isEqualTo(frame);
  }

  @Test
  void aFailureThatIsNotTransient() {
    FrameWriter writer = writer(1);
    writer.append(new Failure(2, 0, false, ""), holder);
    assertThat(Bytes.hex(writer.finish())).isEqualTo("0200" + "0302000000");
  }

  private static String a(int count) {
    return "a".repeat(count);
  }

  static Stream<Arguments> texts() {
    return Stream.of(
        Arguments.of(a(1024), a(1024)),
        Arguments.of(a(1025), a(1024)),
        Arguments.of(a(100_000), a(1024)),
        Arguments.of(a(1022) + "\u00e9", a(1022) + "\u00e9"),
        Arguments.of(a(1023) + "\u00e9", a(1023)),
        Arguments.of(a(1024) + "\u00e9", a(1024)),
        Arguments.of(a(1021) + "\u20ac", a(1021) + "\u20ac"),
        Arguments.of(a(1022) + "\u20ac!", a(1022)),
        Arguments.of(a(1023) + "\u20ac", a(1023)),
        Arguments.of("\u20ac".repeat(341) + "a", "\u20ac".repeat(341) + "a"),
        Arguments.of("\u20ac".repeat(342), "\u20ac".repeat(341)),
        Arguments.of("\u20ac".repeat(5000), "\u20ac".repeat(341)),
        Arguments.of(a(1020) + "\ud83d\ude00", a(1020) + "\ud83d\ude00"),
        Arguments.of(a(1021) + "\ud83d\ude00", a(1021)),
        Arguments.of(a(1022) + "\ud83d\ude00", a(1022)),
        Arguments.of(a(1023) + "\ud83d\ude00", a(1023)),
        Arguments.of(a(1024) + "\ud83d\ude00", a(1024)),
        Arguments.of("\ud83d\ude00".repeat(256), "\ud83d\ude00".repeat(256)),
        Arguments.of("\ud83d\ude00".repeat(300), "\ud83d\ude00".repeat(256)),
        Arguments.of("x\ud83dy", "x?y"));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void aTextIsCutBetweenTwoCharacters(String text, String cut) {
    FrameWriter writer = writer(1);
    Failure failure = new Failure(1, 1, false, text);
    assertThat(writer.append(failure, holder)).isTrue();
    int length = cut.getBytes(UTF_8).length;
    assertThat(writer.bytes())
        .isEqualTo(2 + 4 + Varint.size(length) + length)
        .isLessThanOrEqualTo(2 + WireRecord.maxBytes(failure));
    ByteBuf frame = writer.finish();
    FrameReader.ofRecords(new Limits(1, FRAME, 0, 0))
        .read(frame, read -> assertThat(read).isEqualTo(new Failure(1, 1, false, cut)));
  }

  @Test
  void whatARecordTakesAtMost() {
    assertThat(WireRecord.maxBytes(new Bulk(1, 1))).isEqualTo(HEAD + 9);
    assertThat(WireRecord.maxBytes(new Failure(1, 1, false, ""))).isEqualTo(HEAD + 4);
    assertThat(WireRecord.maxBytes(new Failure(1, 1, false, a(341)))).isEqualTo(HEAD + 4 + 1023);
    assertThat(WireRecord.maxBytes(new Failure(1, 1, false, a(342)))).isEqualTo(HEAD + 4 + 1024);
    assertThat(WireRecord.maxBytes(new Failure(1, 1, false, a(9000)))).isEqualTo(HEAD + 4 + 1024);
  }

  @Test
  void aMessageHasNoBodyOfItsOwn() {
    assertThatThrownBy(() -> WireRecord.writeBody(alloc.buffer(0), sized(1, 0)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void releaseIsForTheMessage() {
    Message message = Message.of(alloc.buffer().writeByte(1));
    WireRecord.release(new Reply(1, message));
    assertThat(message.refCnt()).isZero();
    WireRecord.release(new Bulk(1, 1));
    WireRecord.release(new Failure(1, 1, false, ""));
  }

  @Test
  void aRequestThatDoesNotFitIsContinuedWithoutItsHead() {
    FrameWriter writer = writer(3);
    Request large = sized(300, FRAME);
    assertThat(writer.append(large, holder)).isFalse();
    assertThat(writer.isFull()).isTrue();
    assertThat(writer.messagesEnded()).isZero();
    assertThat(Bytes.hex(writer.finish()))
        .isEqualTo("0201" + "01ac02" + "01808001" + Bytes.repeat("00", FRAME - 9));
    assertThat(writer.hasRoomFor(large)).isFalse();
    assertThat(writer.append(large, holder)).isTrue();
    assertThat(writer.append(new Bulk(301, 5), holder)).isTrue();
    assertThat(writer.isFull()).isFalse();
    assertThat(writer.append(new Reply(2, Message.of("x")), holder)).isTrue();
    assertThat(writer.isFull()).as("three of at most three").isTrue();
    assertThat(Bytes.hex(writer.finish()))
        .isEqualTo("0202" + Bytes.repeat("00", 9) + "04ad0205" + "0202010178");
  }

  @Test
  void everyRecordCountsTowardsMaxMessages() {
    FrameWriter writer = writer(2);
    Failure failure = new Failure(1, 1, false, "");
    Bulk bulk = new Bulk(2, 1);
    assertThat(writer.hasRoomFor(failure)).isTrue();
    assertThat(writer.append(failure, holder)).isTrue();
    assertThat(writer.isFull()).isFalse();
    assertThat(writer.append(bulk, holder)).isTrue();
    assertThat(writer.messagesEnded()).isEqualTo(2);
    assertThat(writer.isFull()).isTrue();
    for (WireRecord next : new WireRecord[] {failure, bulk, sized(3, 0)}) {
      assertThat(writer.hasRoomFor(next)).isFalse();
      assertThat(writer.append(next, holder)).isFalse();
    }
    assertThat(Bytes.hex(writer.finish())).isEqualTo("0200" + "0301010000" + "040201");
    assertThat(writer.hasRoomFor(bulk)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"15, 3", "14, 2", "13, 1", "12, 0", "11, -1", "2, -1", "0, -1"})
  void aMessageBeginsWhereHeadAndTableFit(int left, int bytesBesideTheTable) {
    FrameWriter writer = leaving(left);
    boolean begins = bytesBesideTheTable >= 0;
    assertThat(writer.isFull()).isEqualTo(!begins);
    Reply next = new Reply(Long.MAX_VALUE, Message.of(new byte[100]));
    assertThat(writer.hasRoomFor(next)).isEqualTo(begins);
    assertThat(writer.hasRoomFor(next.message())).isEqualTo(begins);
    assertThat(writer.append(next, holder)).isFalse();
    assertThat(writer.inMessage()).isEqualTo(begins);
    assertThat(writer.bytes()).isEqualTo(begins ? FRAME : FRAME - left);
    writer.finish().release();
    assertThat(writer.append(next, holder)).isTrue();
    String head = begins ? "0202" : "0200" + "02ffffffffffffffff7f" + "0164";
    assertThat(Bytes.hex(writer.finish()))
        .isEqualTo(head + Bytes.repeat("00", 100 - Math.max(0, bytesBesideTheTable)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void aBulkAtTheVeryEnd(int missing) {
    FrameWriter writer = leaving(19 - missing);
    Bulk bulk = new Bulk(Long.MAX_VALUE, Long.MAX_VALUE);
    assertThat(writer.hasRoomFor(bulk)).isEqualTo(missing == 0);
    assertThat(writer.append(bulk, holder)).isEqualTo(missing == 0);
    assertThat(writer.bytes()).isEqualTo(missing == 0 ? FRAME : FRAME - 18);
    assertThat(writer.inMessage()).isFalse();
    assertThat(writer.isFull()).isEqualTo(missing == 0);
    assertThat(writer.messagesEnded()).isEqualTo(2 - missing);
    writer.finish().release();
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "1, 0", "0, 1000", "1, 1000", "0, 5000", "1, 5000"})
  void aFailureAtTheVeryEnd(int missing, int chars) {
    int most = Math.min(3 * chars, 1024);
    FrameWriter writer = leaving(HEAD + 4 + most - missing);
    Failure failure = new Failure(Long.MAX_VALUE, 1, false, "\u20ac".repeat(chars));
    assertThat(writer.hasRoomFor(failure)).isEqualTo(missing == 0);
    assertThat(writer.append(failure, holder)).isEqualTo(missing == 0);
    assertThat(writer.bytes()).isLessThanOrEqualTo(FRAME).isGreaterThanOrEqualTo(FRAME - 1024 - 14);
    writer.finish().release();
  }

  @Test
  void nothingCutsInWhileAMessageIsInProgress() {
    FrameWriter writer = writer(10);
    Request large = sized(1, FRAME);
    writer.append(large, holder);
    for (WireRecord next :
        new WireRecord[] {new Bulk(2, 1), new Failure(2, 1, false, ""), sized(2, 0)}) {
      assertThat(writer.hasRoomFor(next)).isFalse();
      assertThatThrownBy(() -> writer.append(next, holder))
          .isInstanceOf(IllegalStateException.class);
    }
    writer.finish().release();
    assertThat(writer.hasRoomFor(new Bulk(2, 1))).as("not in an empty frame either").isFalse();
    assertThatThrownBy(() -> writer.append(new Bulk(2, 1), holder))
        .isInstanceOf(IllegalStateException.class);
    assertThat(writer.append(large, holder)).isTrue();
    assertThat(writer.append(new Bulk(2, 1), holder)).isTrue();
    writer.abandon();
  }

  @Test
  void aTableThatDoesNotFitBehindAHeadIsRefused() {
    FrameWriter writer = writer(1);
    byte[][] parts = new byte[FRAME - 2 - HEAD - 2][0];
    Request most = new Request(Long.MAX_VALUE, Message.of(parts));
    assertThat(writer.refusal(most.message())).isNull();
    assertThat(writer.hasRoomFor(most)).isTrue();
    assertThat(writer.append(most, holder)).isTrue();
    assertThat(writer.bytes()).isEqualTo(FRAME);
    writer.abandon();

    byte[][] more = Arrays.copyOf(parts, parts.length + 1);
    more[parts.length] = new byte[0];
    Request tooMany = new Request(1, Message.of(more));
    assertThat(writer.refusal(tooMany.message()))
        .hasMessageContaining("16371 parts take 16373 bytes")
        .hasMessageContaining("room for 16372");
    assertThat(writer.hasRoomFor(tooMany)).isFalse();
    assertThatThrownBy(() -> writer.append(tooMany, holder))
        .isInstanceOf(MessageTooLargeException.class);
  }

  @Test
  void aHolderIsRetainedOncePerFrame() {
    FrameWriter writer = writer(10);
    Request large = sized(1, 5000, 5000, 10_000);
    writer.append(new Bulk(1, 1), holder);
    assertThat(holder.retains()).isZero();
    assertThat(writer.append(large, holder)).isFalse();
    assertThat(holder.retains()).isOne();
    writer.finish().release();
    assertThat(writer.append(large, holder)).isTrue();
    assertThat(holder.retains()).isEqualTo(2);
    writer.append(new Bulk(1, 1), holder);
    writer.append(sized(2, 2000, 2000), holder);
    assertThat(holder.retains()).isEqualTo(3);
    writer.abandon();
  }

  @Test
  void thresholdsAreOneOrMore() {
    Limits limits = new Limits(1, FRAME, 0, 0);
    assertThatThrownBy(() -> FrameWriter.ofRecords(alloc, limits, 0, 5))
        .hasMessage("copyThreshold is 0, below 1");
    assertThatThrownBy(() -> FrameWriter.ofRecords(alloc, limits, 5, -3))
        .hasMessage("copyThreshold is -3, below 1");
    assertThat(FrameWriter.ofRecords(alloc, limits, 1, 1).isEmpty()).isTrue();
  }

  @Test
  void heapPiecesHaveAThresholdOfTheirOwn() {
    FrameWriter writer = FrameWriter.ofRecords(alloc, new Limits(9, FRAME, 0, 0), 1024, 2048);
    Message direct = Message.of(alloc.directBuffer(1024).writeZero(1024));
    writer.append(sized(1, 2047), holder);
    assertThat(holder.retains()).isZero();
    writer.append(new Reply(2, direct), holder);
    writer.append(sized(3, 2048), holder);
    assertThat(holder.retains()).isEqualTo(2);
    writer.abandon();
    direct.release();
  }
}
