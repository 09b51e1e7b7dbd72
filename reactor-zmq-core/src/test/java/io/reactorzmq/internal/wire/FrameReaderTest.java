package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a reader makes of well-formed frames, and whose memory the messages are in. */
class FrameReaderTest {

  private static final int FRAME = Limits.MIN_FRAME_BYTES;
  private static final int HALF = FRAME / 2;

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
  private final FrameReader<Message> reader = FrameReader.ofMessages(new Limits(4, FRAME, 0, 0));
  private final List<Message> out = new ArrayList<>();

  @AfterEach
  void everythingIsReleased() {
    out.forEach(Message::release);
    reader.release();
    assertThat(Bytes.live(alloc)).isZero();
  }

  private ByteBuf frame(String hex) {
    return alloc.buffer().writeBytes(Bytes.array(hex));
  }

  private int read(String hex) {
    return reader.read(frame(hex), out::add);
  }

  /** A message as text: parts separated by bars. */
  private static String text(Message message) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < message.partCount(); i++) {
      parts.add(message.text(i));
    }
    return String.join("|", parts);
  }

  @Test
  void oneMessage() {
    assertThat(read("0200 01 02 6869")).isOne();
    assertThat(out).extracting(FrameReaderTest::text).containsExactly("hi");
    assertThat(reader.assembling()).isFalse();
  }

  @Test
  void messagesOfAllShapes() {
    assertThat(read("0200 03 01 00 03 61626364 01 00 02 00 00 01 01 7a")).isEqualTo(4);
    assertThat(out).extracting(FrameReaderTest::text).containsExactly("a||bcd", "", "|", "z");
    assertThat(out.get(0).size()).isEqualTo(4);
  }

  @Test
  void headersArePassedOver() {
    assertThat(read("0204 00 01 01 61 07 01 02 abcd 40 01 ef 01 01 62 02 7f 00 01 00"))
        .isEqualTo(3);
    assertThat(out).extracting(FrameReaderTest::text).containsExactly("a", "b", "");
  }

  @Test
  void headersStandOnlyWhereAMessageBegins() {
    String begins = "0205 02 10 00 01 8040 ";
    read(begins + Bytes.repeat("61", HALF - 7));
    assertThat(read("0206" + Bytes.repeat("61", 8192 - HALF + 7) + "00 01 01 62")).isEqualTo(2);
    assertThat(out.get(0).size()).isEqualTo(8192);
    assertThat(text(out.get(1))).isEqualTo("b");
  }

  @Test
  void messagesShareTheFrameWithOneReferenceEach() {
    ByteBuf frame = frame("0200 01 01 61 01 01 62 01 01 63");
    assertThat(reader.read(frame, out::add)).isEqualTo(3);
    assertThat(frame.refCnt()).isEqualTo(3);
    out.remove(1).release();
    out.remove(0).release();
    assertThat(frame.refCnt()).isOne();
    assertThat(text(out.get(0))).isEqualTo("c");
    out.remove(0).release();
    assertThat(frame.refCnt()).isZero();
  }

  @Test
  void aMessageInTwoFrames() {
    assertThat(read("0201 02 01 8040 62" + Bytes.repeat("61", HALF - 7))).isZero();
    assertThat(reader.assembling()).isTrue();
    assertThat(reader.assemblySize()).isEqualTo(8193);
    assertThat(reader.assembledBytes()).isEqualTo(HALF - 6);
    assertThat(out).isEmpty();

    assertThat(read("0202" + Bytes.repeat("61", 8192 - HALF + 7) + "01 01 63")).isEqualTo(2);
    assertThat(reader.assembling()).isFalse();
    assertThat(reader.assemblySize()).isZero();
    assertThat(reader.assembledBytes()).isZero();
    assertThat(out).extracting(FrameReaderTest::text).containsExactly("b|" + "a".repeat(8192), "c");
  }

  @Test
  void aMessageMayBeginWithItsTableAlone() {
    assertThat(read("0201 01" + "f93f" + Bytes.repeat("61", 8185) + "01 02")).isOne();
    assertThat(reader.assembling()).isTrue();
    assertThat(reader.assemblySize()).isEqualTo(2);
    assertThat(reader.assembledBytes()).isZero();
    assertThat(read("0202 6869")).isOne();
    assertThat(text(out.get(1))).isEqualTo("hi");
  }

  @Test
  void oneFrameMayEndAMessageAndBeginAnother() {
    read("0201 01 8040" + Bytes.repeat("61", HALF - 5));
    int rest = 8192 - HALF + 5;
    String second = "01 8040" + Bytes.repeat("62", HALF - rest - 5);
    assertThat(read("0203" + Bytes.repeat("61", rest) + second)).isOne();
    assertThat(reader.assembling()).isTrue();
    assertThat(reader.assemblySize()).isEqualTo(8192);
    assertThat(reader.assembledBytes()).isEqualTo(HALF - rest - 5);
    assertThat(read("0202" + Bytes.repeat("62", 8192 - HALF + rest + 5))).isOne();
    assertThat(out)
        .extracting(FrameReaderTest::text)
        .containsExactly("a".repeat(8192), "b".repeat(8192));
  }

  @Test
  void aPartOfOneFrameIsOneSliceOfIt() {
    ByteBuf first = frame("0201 02 8020 8020" + Bytes.repeat("61", HALF - 7));
    reader.read(first, out::add);
    assertThat(first.refCnt()).isEqualTo(1 + 1);
    ByteBuf second = frame("0202" + Bytes.repeat("62", 8192 - HALF + 7));
    reader.read(second, out::add);
    Message message = out.get(0);
    assertThat(message.part(0).unwrap()).isNotInstanceOf(CompositeByteBuf.class);
    assertThat(message.part(0).memoryAddress()).isEqualTo(first.memoryAddress() + 7);
    assertThat(first.refCnt()).isEqualTo(2);
    assertThat(second.refCnt()).as("7 bytes of it are copied").isZero();
    assertThat(message.text(1)).isEqualTo("a".repeat(4089) + "b".repeat(7));
  }

  @Test
  void fewBytesOfAFrameAreCopiedNotPinned() {
    ByteBuf first =
        frame("0201 01" + "ea3f" + Bytes.repeat("7a", 8170) + "01 d00f" + Bytes.repeat("61", 1024));
    reader.read(first, out::add);
    out.remove(0).release();
    assertThat(first.refCnt()).as("1,024 bytes are referred to").isOne();
    ByteBuf second = frame("0202" + Bytes.repeat("62", 976));
    reader.read(second, out::add);
    assertThat(second.refCnt()).as("976 bytes are copied").isZero();
    assertThat(text(out.get(0))).isEqualTo("a".repeat(1024) + "b".repeat(976));
    out.remove(0).release();
    assertThat(first.refCnt()).isZero();

    ByteBuf third =
        frame("0201 01" + "ea3f" + Bytes.repeat("7a", 8170) + "01 d00f" + Bytes.repeat("61", 1023));
    reader.read(third, out::add);
    out.remove(0).release();
    assertThat(third.refCnt()).as("1,023 bytes are copied").isZero();
  }

  @Test
  void manyPartsAcrossTwoFrames() {
    int parts = 3000;
    String table = "b817" + Bytes.repeat("03", parts);
    int inFirst = HALF - 2 - 2 - parts;
    read("0201" + table + Bytes.repeat("61", inFirst));
    read("0202" + Bytes.repeat("61", 3 * parts - inFirst));
    Message message = out.get(0);
    assertThat(message.partCount()).isEqualTo(parts);
    for (int i = 0; i < parts; i++) {
      assertThat(message.text(i)).isEqualTo("aaa");
    }
  }

  @Test
  void releaseDropsWhatHasBegun() {
    ByteBuf first = frame("0201 01 8040" + Bytes.repeat("61", HALF - 5));
    reader.read(first, out::add);
    assertThat(first.refCnt()).isOne();
    reader.release();
    assertThat(first.refCnt()).isZero();
    assertThat(reader.assembling()).isFalse();
    reader.release();
  }

  @Test
  void whatTheConsumerDoesNotReachIsReleased() {
    ByteBuf frame = frame("0200 01 01 61 01 01 62 01 01 63");
    IllegalStateException failure = new IllegalStateException("no");
    assertThatThrownBy(
            () ->
                reader.read(
                    frame,
                    message -> {
                      out.add(message);
                      if (out.size() == 2) {
                        throw failure;
                      }
                    }))
        .isSameAs(failure);
    assertThat(frame.refCnt()).isEqualTo(2);
    assertThat(read("0200 01 01 64")).isOne();
    assertThat(out).extracting(FrameReaderTest::text).containsExactly("a", "b", "d");
  }

  @Test
  void moreMessagesThanEverBefore() {
    FrameReader<Message> many = FrameReader.ofMessages(new Limits(1000, FRAME, 0, 0));
    assertThat(many.read(frame("0200" + Bytes.repeat("010161", 1000)), out::add)).isEqualTo(1000);
    assertThat(out).hasSize(1000).allMatch(message -> text(message).equals("a"));
  }

  @Test
  void aFrameNeedNotStartAtIndexZero() {
    ByteBuf frame = frame("ffff 0200 01 02 6869").skipBytes(2);
    reader.read(frame, out::add);
    assertThat(text(out.get(0))).isEqualTo("hi");
  }
}
