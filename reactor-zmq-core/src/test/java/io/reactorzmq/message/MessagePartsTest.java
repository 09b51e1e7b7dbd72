package io.reactorzmq.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Reading the parts: the same answers however the bytes lie in memory. */
class MessagePartsTest {

  private static final List<String> SIX = List.of("topic", "", "gr\u00FC\u00DFe", "x", "", "end");

  /** Every way to make a message. Its buffers have bytes before and behind the parts. */
  enum Layout {
    OVER_ONE_BUFFER {
      @Override
      Message of(List<String> parts) {
        return inside(ByteBufAllocator.DEFAULT.directBuffer(), parts);
      }
    },
    OVER_A_SLICE {
      @Override
      Message of(List<String> parts) {
        ByteBuf owner = ByteBufAllocator.DEFAULT.heapBuffer().writeZero(9);
        Message inner = inside(owner.alloc().buffer(), parts);
        int end = owner.writerIndex();
        for (int i = 0; i < parts.size(); i++) {
          inner.copyTo(i, 0, inner.partSize(i), owner);
        }
        inner.release();
        owner.writeByte('!');
        return Message.over(owner.slice(4, owner.writerIndex() - 4), end - 4, lengths(parts));
      }
    },
    OVER_A_COMPOSITE {
      @Override
      Message of(List<String> parts) {
        CompositeByteBuf owner = ByteBufAllocator.DEFAULT.compositeBuffer(64);
        owner.addComponent(true, Unpooled.directBuffer().writeZero(5));
        parts.forEach(part -> owner.addComponent(true, buffer(part, false)));
        return Message.over(owner, 5, lengths(parts));
      }
    },
    BUFFER_PER_PART {
      @Override
      Message of(List<String> parts) {
        return Message.of(parts.stream().map(part -> buffer(part, true)).toArray(ByteBuf[]::new));
      }
    },
    WRAPPED {
      @Override
      Message of(List<String> parts) {
        return Message.wrap(parts.stream().map(part -> buffer(part, true)).toList(), () -> {});
      }
    },
    TEXTS {
      @Override
      Message of(List<String> parts) {
        return Message.of(parts.toArray(String[]::new));
      }
    },
    ARRAYS {
      @Override
      Message of(List<String> parts) {
        return Message.of(parts.stream().map(MessagePartsTest::utf8).toArray(byte[][]::new));
      }
    };

    abstract Message of(List<String> parts);
  }

  @ParameterizedTest
  @EnumSource
  void hasTheParts(Layout layout) {
    Message message = layout.of(SIX);

    assertThat(message.partCount()).isEqualTo(6);
    assertThat(message.size()).isEqualTo(16);
    for (int i = 0; i < SIX.size(); i++) {
      byte[] expected = utf8(SIX.get(i));
      assertThat(message.partSize(i)).isEqualTo(expected.length);
      assertThat(message.bytes(i)).isEqualTo(expected);
      assertThat(message.text(i)).isEqualTo(SIX.get(i));
      assertThat(message.part(i)).isEqualTo(Unpooled.wrappedBuffer(expected));
    }
    assertThat(message).hasToString("Message[parts=6, size=16, refCnt=1]");
    message.release();
  }

  @ParameterizedTest
  @EnumSource
  void hasOneEmptyPart(Layout layout) {
    Message message = layout.of(List.of(""));

    assertThat(message.partCount()).isOne();
    assertThat(message.partSize(0)).isZero();
    assertThat(message.size()).isZero();
    assertThat(message.bytes(0)).isEmpty();
    assertThat(message.text(0)).isEmpty();
    assertThat(message.part(0).isReadable()).isFalse();
    ByteBuf view = message.retainedPart(0, 0, 0);
    assertThat(view.isReadable()).isFalse();
    ByteBuf target = Unpooled.buffer();
    message.copyTo(0, 0, 0, target);
    assertThat(target.isReadable()).isFalse();
    view.release();
    message.release();
  }

  @ParameterizedTest
  @EnumSource
  void aPartViewHasIndicesOfItsOwnAndEndsWithThePart(Layout layout) {
    Message message = layout.of(List.of("abc", "def"));
    ByteBuf first = message.part(0);
    first.readByte();

    assertThat(message.part(0).readableBytes()).isEqualTo(3);
    assertThat(message.text(0)).isEqualTo("abc");
    assertThat(first.readableBytes()).isEqualTo(2);
    assertThatThrownBy(() -> first.getByte(3)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> first.writeByte(1)).isInstanceOf(IndexOutOfBoundsException.class);
    message.release();
  }

  @ParameterizedTest
  @EnumSource
  void copyToAppendsARange(Layout layout) {
    Message message = layout.of(SIX);
    ByteBuf target = Unpooled.buffer(1).writeByte('>');

    message.copyTo(0, 1, 3, target);
    message.copyTo(1, 0, 0, target);
    message.copyTo(5, 0, 3, target);
    message.copyTo(5, 3, 0, target);

    assertThat(target.toString(StandardCharsets.UTF_8)).isEqualTo(">opiend");
    message.release();
  }

  @ParameterizedTest
  @EnumSource
  void aRetainedPartIsARange(Layout layout) {
    Message message = layout.of(SIX);

    ByteBuf range = message.retainedPart(0, 1, 3);
    ByteBuf whole = message.retainedPart(5, 0, 3);

    assertThat(range.toString(StandardCharsets.UTF_8)).isEqualTo("opi");
    assertThat(whole.toString(StandardCharsets.UTF_8)).isEqualTo("end");
    range.release();
    whole.release();
    message.release();
  }

  @ParameterizedTest
  @EnumSource
  void aRangeNeverLeavesItsPart(Layout layout) {
    Message message = layout.of(List.of("abc", "def", "ghi"));
    ByteBuf target = Unpooled.buffer();
    int[][] outside = {{0, 4}, {-1, 1}, {3, 1}, {1, 3}, {4, 0}, {0, -1}, {1, Integer.MAX_VALUE}};

    for (int[] range : outside) {
      assertThatThrownBy(() -> message.copyTo(1, range[0], range[1], target))
          .as("copyTo %s", Arrays.toString(range))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> message.retainedPart(1, range[0], range[1]))
          .as("retainedPart %s", Arrays.toString(range))
          .isInstanceOf(IndexOutOfBoundsException.class);
    }
    assertThat(target.isReadable()).isFalse();
    message.release();
  }

  @ParameterizedTest
  @EnumSource
  void thereIsNoPartOutsideTheCount(Layout layout) {
    for (List<String> parts : List.of(List.of("a", "b"), SIX)) {
      Message message = layout.of(parts);
      for (int index : new int[] {-1, parts.size()}) {
        assertThatThrownBy(() -> message.partSize(index))
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> message.part(index)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> message.bytes(index))
            .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> message.text(index)).isInstanceOf(IndexOutOfBoundsException.class);
      }
      message.release();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BUFFER_PER_PART", "WRAPPED", "OVER_ONE_BUFFER"})
  void readingABufferAfterwardsDoesNotShortenItsPart(Layout layout) {
    ByteBuf first = Unpooled.copiedBuffer("abc", StandardCharsets.UTF_8);
    ByteBuf second = Unpooled.copiedBuffer("de", StandardCharsets.UTF_8);
    Message message =
        switch (layout) {
          case WRAPPED -> Message.wrap(List.of(first, second), () -> {});
          case BUFFER_PER_PART -> Message.of(first, second);
          default -> Message.of(first);
        };

    first.readByte();
    first.clear();

    assertThat(message.partSize(0)).isEqualTo(3);
    assertThat(message.text(0)).isEqualTo("abc");
    assertThat(message.part(0).readableBytes()).isEqualTo(3);
  }

  @Test
  void malformedTextIsReplaced() {
    assertThat(Message.of(new byte[] {'a', (byte) 0xFF, 'b'}).text(0)).isEqualTo("a\uFFFDb");
  }

  @Test
  void arraysAreNotCopiedAndBytesAre() {
    byte[] array = {1, 2, 3};
    Message message = Message.of(array);
    byte[] copy = message.bytes(0);
    array[0] = 9;

    assertThat(message.bytes(0)).containsExactly(9, 2, 3);
    assertThat(copy).containsExactly(1, 2, 3);
  }

  @Test
  void theListOfBuffersIsCopied() {
    ByteBuf[] parts = {Unpooled.wrappedBuffer(utf8("a")), Unpooled.wrappedBuffer(utf8("b"))};
    Message message = Message.of(parts);
    parts[0] = parts[1];

    assertThat(message.text(0)).isEqualTo("a");
  }

  @Test
  void aMessageHasAtLeastOnePart() {
    String sentence = "a message has 1 to 65535 parts, not 0";
    ByteBuf buffer = Unpooled.buffer(8);

    assertThatThrownBy(() -> Message.of(new ByteBuf[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(sentence);
    assertThatThrownBy(() -> Message.of(new String[0])).hasMessage(sentence);
    assertThatThrownBy(() -> Message.of(new byte[0][])).hasMessage(sentence);
    assertThatThrownBy(() -> Message.wrap(List.of(), () -> {})).hasMessage(sentence);
    assertThatThrownBy(() -> Message.over(buffer, 0)).hasMessage(sentence);
    assertThat(buffer.refCnt()).isOne();
  }

  @Test
  void aMessageHasAtMost65535Parts() {
    String sentence = "a message has 1 to 65535 parts, not 65536";
    byte[][] most = new byte[Message.MAX_PARTS][0];
    byte[][] tooMany = new byte[Message.MAX_PARTS + 1][0];

    assertThat(Message.of(most).partCount()).isEqualTo(65_535);
    assertThatThrownBy(() -> Message.of(tooMany)).hasMessage(sentence);
    assertThat(Message.over(Unpooled.EMPTY_BUFFER, 0, new int[65_535]).partCount())
        .isEqualTo(65_535);
    assertThatThrownBy(() -> Message.over(Unpooled.EMPTY_BUFFER, 0, new int[65_536]))
        .hasMessage(sentence);
  }

  @Test
  void overTakesOnlyWhatTheBufferHolds() {
    ByteBuf owner = Unpooled.buffer(8, 8);

    assertThat(Message.over(owner.retain(), 0, 3, 5).size()).isEqualTo(8);
    assertThat(Message.over(owner.retain(), 8, 0).size()).isZero();
    assertThatThrownBy(() -> Message.over(owner, 0, 3, 6))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("parts of 9 bytes from 0 in a buffer of 8");
    assertThatThrownBy(() -> Message.over(owner, 6, 3))
        .hasMessage("parts of 3 bytes from 6 in a buffer of 8");
    assertThatThrownBy(() -> Message.over(owner, -1, 3))
        .hasMessage("parts of 3 bytes from -1 in a buffer of 8");
    assertThatThrownBy(() -> Message.over(owner, 0, Integer.MAX_VALUE, Integer.MAX_VALUE, 2))
        .hasMessage("parts of 4294967296 bytes from 0 in a buffer of 8");
    assertThatThrownBy(() -> Message.over(owner, 4, 5, -2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a part cannot have -2 bytes");
    assertThat(owner.refCnt()).isEqualTo(3);
    owner.release(3);
  }

  @Test
  void sizeIsALong() {
    ByteBuf megabyte = Unpooled.directBuffer(1 << 20).writeZero(1 << 20);
    CompositeByteBuf gigabyte = Unpooled.compositeBuffer(1024);
    for (int i = 0; i < 1024; i++) {
      gigabyte.addComponent(true, megabyte.retainedSlice());
    }
    megabyte.release();
    Message message = Message.of(gigabyte, gigabyte.retain(), gigabyte.retain());

    assertThat(message.size()).isEqualTo(3L << 30);
    message.release();
    assertThat(megabyte.refCnt()).isZero();
  }

  @Test
  void manyPartsAreReadInLinearTime() {
    int[] lengths = new int[Message.MAX_PARTS];
    Arrays.fill(lengths, 1);
    ByteBuf owner = Unpooled.buffer(lengths.length);
    for (int i = 0; i < lengths.length; i++) {
      owner.writeByte(i);
    }
    Message message = Message.over(owner, 0, lengths);

    for (int round = 0; round < 20; round++) { // minutes if each part were searched for
      for (int i = 0; i < lengths.length; i++) {
        assertThat(message.part(i).getByte(0) == (byte) i).isTrue();
      }
    }
  }

  private static Message inside(ByteBuf owner, List<String> parts) {
    owner.writeZero(7);
    parts.forEach(part -> owner.writeCharSequence(part, StandardCharsets.UTF_8));
    owner.writeByte('!');
    return Message.over(owner, 7, lengths(parts));
  }

  private static ByteBuf buffer(String text, boolean margin) {
    ByteBuf buffer = ByteBufAllocator.DEFAULT.directBuffer();
    if (margin) {
      buffer.writeByte('?').readByte();
    }
    buffer.writeCharSequence(text, StandardCharsets.UTF_8);
    return buffer;
  }

  private static int[] lengths(List<String> parts) {
    return parts.stream().mapToInt(part -> utf8(part).length).toArray();
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void allPartsAreCopiedToAnArrayThatHasRoom() {
    Message message = Message.of("one", "", "two");
    byte[] target = new byte[8];
    message.copyTo(target, 1);
    assertThat(target).isEqualTo("\0onetwo\0".getBytes(StandardCharsets.UTF_8));
    assertThatThrownBy(() -> message.copyTo(target, 3))
        .isInstanceOf(IndexOutOfBoundsException.class);
    message.release();
  }
}
