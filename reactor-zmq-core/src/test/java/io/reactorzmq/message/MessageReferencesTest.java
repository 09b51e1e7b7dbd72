package io.reactorzmq.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import io.reactorzmq.testing.LeakDetection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who holds the memory, and until when. */
class MessageReferencesTest {

  private static final Runnable NOTHING = () -> {};

  static Stream<Message> messages() {
    return Stream.of(
        Message.over(direct("abcd"), 1, 2, 1),
        Message.of(direct("abcd")),
        Message.of(direct("ab"), direct("cd")),
        Message.wrap(List.of(direct("abcd")), NOTHING),
        Message.of("ab", "cd"));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void aReleasedMessageCannotBeUsed(Message message) {
    assertThat(message.release()).isTrue();

    ByteBuf target = Unpooled.buffer();
    List<ThrowingCallable> uses =
        List.of(
            message::retain,
            () -> message.retain(2),
            message::release,
            () -> message.release(1),
            () -> message.part(0),
            () -> message.retainedPart(0, 0, 1),
            () -> message.copyTo(0, 0, 1, target),
            () -> message.bytes(0),
            () -> message.text(0));
    assertThat(uses)
        .allSatisfy(
            use -> assertThatThrownBy(use).isInstanceOf(IllegalReferenceCountException.class));
    assertThat(message.refCnt()).isZero();
    assertThat(message.toString()).endsWith("refCnt=0]");
    assertThat(message.partCount()).isPositive();
  }

  @ParameterizedTest
  @MethodSource("messages")
  void aMessageLivesUntilItsLastReferenceIsReleased(Message message) {
    assertThat(message.retain()).isSameAs(message);
    assertThat(message.retain(2)).isSameAs(message);
    assertThat(message.refCnt()).isEqualTo(4);

    assertThat(message.release()).isFalse();
    assertThat(message.release(2)).isFalse();
    assertThat(message.bytes(0)).isNotEmpty();
    assertThatThrownBy(() -> message.release(2)).isInstanceOf(IllegalReferenceCountException.class);
    assertThat(message.release()).isTrue();
  }

  @ParameterizedTest
  @MethodSource("messages")
  void referencesDoNotOverflow(Message message) {
    message.retain(Integer.MAX_VALUE - 1);
    assertThat(message.refCnt()).isEqualTo(Integer.MAX_VALUE);
    assertThatThrownBy(message::retain).isInstanceOf(IllegalReferenceCountException.class);
    assertThatThrownBy(() -> message.retain(Integer.MAX_VALUE))
        .isInstanceOf(IllegalReferenceCountException.class);
    assertThat(message.release(Integer.MAX_VALUE)).isTrue();
  }

  @Test
  void theLastReleaseReleasesEveryBufferOnce() {
    ByteBuf a = direct("a").retain();
    ByteBuf b = direct("b").retain();
    Message message = Message.of(a, b);

    message.retain().release();
    assertThat(a.refCnt()).isEqualTo(2);

    message.release();
    assertThat(a.refCnt()).isOne();
    assertThat(b.refCnt()).isOne();
    assertThat(a.release() & b.release()).isTrue();
  }

  @Test
  void aBufferReleasedTooOftenDoesNotKeepTheOthers() {
    ByteBuf broken = direct("a");
    ByteBuf sound = direct("b");
    List<String> calls = new ArrayList<>();
    Message message = Message.wrap(List.of(broken, sound), () -> calls.add("released"));
    broken.release();

    assertThatThrownBy(message::release).isInstanceOf(IllegalReferenceCountException.class);

    assertThat(sound.refCnt()).isZero();
    assertThat(calls).containsExactly("released");
  }

  @Test
  void manyMessagesShareOneBuffer() {
    ByteBuf owner = ByteBufAllocator.DEFAULT.directBuffer();
    List<Message> messages = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      owner.writeInt(i);
    }
    for (int i = 0; i < 1000; i++) {
      messages.add(Message.over(owner.retain(), i * 4, 3, 1));
    }
    owner.release();

    for (int i = 0; i < 1000; i++) {
      assertThat(owner.refCnt()).isEqualTo(1000 - i);
      Message message = messages.get(i);
      assertThat(message.part(1).getByte(0)).isEqualTo((byte) i);
      message.release();
      assertThatThrownBy(() -> message.part(0))
          .as("its own reference is gone, whoever keeps the buffer")
          .isInstanceOf(IllegalReferenceCountException.class);
    }
    assertThat(owner.refCnt()).isZero();
  }

  @Test
  void aPartViewHasNoReferenceOfItsOwn() {
    ByteBuf owner = direct("abcd");
    Message message = Message.over(owner, 0, 2, 2);
    ByteBuf view = message.part(1);

    assertThat(owner.refCnt()).isOne();
    message.release();
    assertThatThrownBy(() -> view.getByte(0)).isInstanceOf(IllegalReferenceCountException.class);
  }

  @Test
  void aRetainedPartOutlivesTheMessage() {
    ByteBuf one = direct("abcd");
    ByteBuf first = direct("ab");
    ByteBuf second = direct("cd");
    for (Message message : List.of(Message.over(one, 0, 2, 2), Message.of(first, second))) {
      ByteBuf view = message.retainedPart(1, 1, 1);
      message.release();

      assertThat(view.toString(StandardCharsets.UTF_8)).isEqualTo("d");
      assertThat(view.release()).isTrue();
    }
    assertThat(one.refCnt() + first.refCnt() + second.refCnt()).isZero();
  }

  @ParameterizedTest
  @MethodSource("messages")
  void touchReturnsTheMessage(Message message) {
    assertThat(message.touch()).isSameAs(message);
    assertThat(message.touch("here")).isSameAs(message);
    message.release();
  }

  @Test
  void aHintIsInTheLeakReportOfEachBuffer() {
    // reports that are equal word for word come once
    Supplier<Message> two =
        () -> Message.of(direct("a").touch("first"), direct("b").touch("second"));
    Supplier<Message> one = () -> Message.of(direct("a"));

    assertThat(LeakDetection.expectLeaks("two parts", () -> two.get().touch("two parts")))
        .hasSize(2);
    assertThat(LeakDetection.expectLeaks("one part", () -> one.get().touch("one part"))).hasSize(1);
  }

  private static ByteBuf direct(String text) {
    ByteBuf buffer = ByteBufAllocator.DEFAULT.directBuffer();
    buffer.writeCharSequence(text, StandardCharsets.UTF_8);
    return buffer;
  }
}
