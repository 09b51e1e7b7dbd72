package io.reactorzmq.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import io.reactorzmq.message.MessagePartsTest.Layout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One part more in front, or one less: the other bytes stay where they are, if they are many. */
class MessageFirstPartTest {

  private static final List<String> SIX = List.of("topic", "", "gr\u00FC\u00DFe", "x", "", "end");

  private final AtomicInteger released = new AtomicInteger();

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> texts(Message message) {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < message.partCount(); i++) {
      assertThat(message.partSize(i)).isEqualTo(message.part(i).readableBytes());
      texts.add(message.text(i));
    }
    return texts;
  }

  private static List<String> with(String first, List<String> others) {
    List<String> all = new ArrayList<>(others);
    all.add(0, first);
    return all;
  }

  @ParameterizedTest
  @EnumSource
  void withFirstPutsAPartInFrontOfTheOthers(Layout layout) {
    for (int parts = 1; parts <= SIX.size(); parts++) {
      List<String> others = SIX.subList(SIX.size() - parts, SIX.size());
      Message message = layout.of(others);
      long size = message.size();
      Message longer = message.withFirst(utf8("first"));
      assertThat(texts(longer)).isEqualTo(with("first", others));
      assertThat(longer.size()).isEqualTo(size + 5);
      assertThat(longer.refCnt()).isOne();
      assertThat(longer.release()).isTrue();
      assertThat(message.refCnt()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutFirstLeavesTheOthers(Layout layout) {
    for (int parts = 2; parts <= SIX.size(); parts++) {
      List<String> all = SIX.subList(0, parts);
      Message message = layout.of(all);
      long size = message.size();
      int first = message.partSize(0);
      Message shorter = message.withoutFirst();
      assertThat(texts(shorter)).isEqualTo(all.subList(1, parts));
      assertThat(shorter.size()).isEqualTo(size - first);
      assertThat(shorter.refCnt()).isOne();
      assertThat(shorter.release()).isTrue();
      assertThat(message.refCnt()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void oneUndoesTheOther(Layout layout) {
    Message message = layout.of(SIX).withFirst(utf8("first")).withoutFirst();
    assertThat(texts(message)).isEqualTo(SIX);
    Message less = message.withoutFirst().withoutFirst().withFirst(utf8("other"));
    assertThat(texts(less)).isEqualTo(with("other", SIX.subList(2, 6)));
    ByteBuf target = Unpooled.buffer();
    less.copyTo(1, 1, 2, target);
    assertThat(target.readableBytes()).isEqualTo(2);
    ByteBuf view = less.retainedPart(4, 0, 3);
    assertThat(view.toString(StandardCharsets.UTF_8)).isEqualTo("end");
    view.release();
    less.release();
  }

  @ParameterizedTest
  @EnumSource
  void aMessageThatSomebodyElseHoldsStaysAlive(Layout layout) {
    Message message = layout.of(SIX);
    Message longer = message.retain().withFirst(utf8("first"));
    Message shorter = message.retain().withoutFirst();
    longer.release();
    assertThat(texts(shorter)).isEqualTo(SIX.subList(1, 6));
    shorter.release();
    assertThat(message.refCnt()).isOne();
    assertThat(texts(message)).isEqualTo(SIX);
    message.release();
  }

  @Test
  void whatIsLargeIsNotCopied() {
    ByteBuf one = Unpooled.directBuffer().writeBytes(utf8("one".repeat(400)));
    ByteBuf two = Unpooled.buffer().writeBytes(utf8("two"));
    byte[] first = utf8("first");
    Message longer = Message.of(one, two).withFirst(first);
    one.setByte(0, 'O');
    two.setByte(0, 'T');
    assertThat(longer.text(0)).isEqualTo("first");
    assertThat(longer.text(1)).startsWith("Oneone").hasSize(1200);
    assertThat(longer.text(2)).isEqualTo("Two");
    assertThat(longer.isDirect(0)).isFalse();
    assertThat(longer.isDirect(1)).isTrue();
    assertThat(longer.isDirect(2)).isFalse();
    Message shorter = longer.withoutFirst().withoutFirst();
    assertThat(one.refCnt()).isZero();
    two.setByte(0, 't');
    assertThat(texts(shorter)).containsExactly("two");
    shorter.release();
    assertThat(two.refCnt()).isZero();
  }

  @Test
  void whatIsSmallIsCopiedUnlessItsOwnerWaitsForIt() {
    for (int size : new int[] {1018, 1019}) {
      ByteBuf memory = Unpooled.directBuffer().writeZero(size);
      Message longer = Message.of(memory).withFirst(utf8("first"));
      assertThat(longer.size()).isEqualTo(size + 5);
      assertThat(memory.refCnt()).as("of %d bytes", size).isEqualTo(size < 1019 ? 0 : 1);
      longer.release();
      assertThat(memory.refCnt()).isZero();
    }
    ByteBuf wrapped = Unpooled.directBuffer().writeByte('x');
    Message longer = Message.wrap(List.of(wrapped), released::incrementAndGet).withFirst(utf8("t"));
    assertThat(wrapped.refCnt()).isPositive();
    longer.release();
    assertThat(released).hasValue(1);
  }

  @Test
  void aBodyPassesToTheSuccessorOfAMessageThatNobodyElseHas() {
    ByteBuf body = Unpooled.directBuffer().writeZero(4000);
    Message message = Message.over(body, 0, 1000, 1000, 2000);
    Message shorter = message.withoutFirst();
    assertThat(body.refCnt()).isOne();
    assertThat(message.refCnt()).isZero();
    Message shared = shorter.retain().withoutFirst();
    assertThat(body.refCnt()).as("the other one is still there").isEqualTo(2);
    shared.release();
    assertThat(body.refCnt()).isOne();
    Message longer = shorter.withFirst(utf8("x"));
    assertThat(body.refCnt()).as("one for each part").isEqualTo(2);
    assertThat(longer.partCount()).isEqualTo(3);
    assertThat(longer.partSize(2)).isEqualTo(2000);
    longer.release();
    assertThat(body.refCnt()).isZero();
  }

  @Test
  void aPartInPiecesStaysInPieces() {
    CompositeByteBuf pieces = Unpooled.compositeBuffer();
    pieces.addComponent(true, Unpooled.directBuffer().writeBytes(utf8("ab")));
    pieces.addComponent(true, Unpooled.directBuffer().writeBytes(utf8("cd")));
    Message longer = Message.of(pieces).withFirst(utf8("x"));
    assertThat(texts(longer)).containsExactly("x", "abcd");
    ByteBuf range = longer.retainedPart(1, 1, 2);
    longer.release();
    assertThat(range.toString(StandardCharsets.UTF_8)).isEqualTo("bc");
    assertThat(pieces.refCnt()).as("the pieces of the range are held").isZero();
    range.release();
  }

  @Test
  void wrappedMemoryIsGivenBackOnceWithTheLastSuccessor() {
    ByteBuf memory = Unpooled.directBuffer().writeBytes(utf8("abc"));
    Message message = Message.wrap(List.of(memory), released::incrementAndGet);
    Message longer = message.withFirst(utf8("x"));
    assertThat(message.refCnt()).as("it waits for its successor").isOne();
    Message again = longer.withFirst(utf8("y"));
    assertThat(texts(again)).containsExactly("y", "x", "abc");
    Message shorter = again.withoutFirst().withoutFirst();
    assertThat(texts(shorter)).containsExactly("abc");
    assertThat(released).hasValue(0);
    shorter.release();
    assertThat(released).hasValue(1);
    assertThat(memory.refCnt()).isZero();
    assertThatThrownBy(shorter::release).isInstanceOf(IllegalReferenceCountException.class);
    assertThat(released).hasValue(1);
  }

  @Test
  void wrappedMemoryWaitsForAPartThatSomebodyReads() {
    ByteBuf memory = Unpooled.directBuffer().writeBytes(utf8("abc"));
    Message longer = Message.wrap(List.of(memory), released::incrementAndGet).withFirst(utf8("x"));
    ByteBuf topic = longer.retainedPart(0, 0, 1);
    ByteBuf view = longer.retainedPart(1, 1, 2);
    longer.release();
    topic.release();
    assertThat(released).hasValue(0);
    assertThat(view.toString(StandardCharsets.UTF_8)).isEqualTo("bc");
    view.release();
    assertThat(released).hasValue(1);
    assertThat(memory.refCnt()).isZero();
  }

  @Test
  void wrappedMemoryWaitsForItsOwnerToo() {
    ByteBuf memory = Unpooled.directBuffer().writeBytes(utf8("abc"));
    Message message = Message.wrap(List.of(memory), released::incrementAndGet);
    message.retain().withFirst(utf8("x")).release();
    assertThat(released).hasValue(0);
    assertThat(message.text(0)).isEqualTo("abc");
    message.release();
    assertThat(released).hasValue(1);
  }

  @Test
  void onePartTooManyOrTooFewLeavesEverythingAsItWas() {
    byte[][] most = new byte[Message.MAX_PARTS][];
    Arrays.fill(most, utf8("p"));
    Message full = Message.of(most);
    assertThatThrownBy(() -> full.withFirst(utf8("x")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a message has 1 to 65535 parts, not 65536");
    assertThat(full.refCnt()).isOne();
    Message fewer = full.withoutFirst();
    assertThat(fewer.partCount()).isEqualTo(Message.MAX_PARTS - 1);
    assertThat(fewer.withFirst(utf8("x")).partCount()).isEqualTo(Message.MAX_PARTS);

    Message single = Message.of("only");
    assertThatThrownBy(single::withoutFirst)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a message has 1 to 65535 parts, not 0");
    assertThat(texts(single)).containsExactly("only");
  }

  @Test
  void aReleasedMessageHasNoSuccessor() {
    ByteBuf one = Unpooled.directBuffer().writeByte(1);
    ByteBuf two = Unpooled.directBuffer().writeByte(2);
    Message message = Message.of(one.retain(), two.retain());
    message.release();
    assertThatThrownBy(() -> message.withFirst(utf8("x")))
        .isInstanceOf(IllegalReferenceCountException.class);
    assertThatThrownBy(message::withoutFirst).isInstanceOf(IllegalReferenceCountException.class);
    assertThat(one.refCnt()).isOne();
    assertThat(two.refCnt()).isOne();
    one.release();
    two.release();
  }
}
