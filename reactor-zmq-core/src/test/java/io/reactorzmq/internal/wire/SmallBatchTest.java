package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Values that are put together where they are sent, and taken where they are framed. */
class SmallBatchTest {

  private static final Limits LIMITS = new Limits(1000, Limits.MIN_FRAME_BYTES, 0, 0);

  private final SmallValues<byte[]> arrays = Objects.requireNonNull(SmallValues.of(Codec.bytes()));
  private final SmallValues<Message> messages =
      Objects.requireNonNull(SmallValues.of(Codec.message()));

  /** Memory that does something while it is read. */
  private static final class Busy extends UnpooledHeapByteBuf {
    private final Runnable whileRead;

    Busy(String text, Runnable whileRead) {
      super(UnpooledByteBufAllocator.DEFAULT, text.length(), text.length());
      this.whileRead = whileRead;
      writeBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public ByteBuf getBytes(int index, byte[] target, int from, int length) {
      whileRead.run();
      return super.getBytes(index, target, from, length);
    }
  }

  private static byte[] array(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private SmallBatch begun(int capacity, String first) {
    SmallBatch batch = new SmallBatch(capacity);
    batch.begin(7);
    batch.open();
    assertThat(add(batch, first)).isTrue();
    return batch;
  }

  private boolean add(SmallBatch batch, String text) {
    byte[] value = array(text);
    return batch.add(arrays, value, value.length, arrays.bytes(value, value.length));
  }

  private boolean add(SmallBatch batch, Message value) {
    int size = (int) value.size();
    return batch.add(messages, value, size, messages.bytes(value, size));
  }

  private static List<String> takeAll(SmallBatch batch) {
    return takeAll(batch, new FrameWriter(UnpooledByteBufAllocator.DEFAULT, LIMITS, 1024));
  }

  /** What a reader makes of a frame into which all of it goes. */
  private static List<String> takeAll(SmallBatch batch, FrameWriter writer) {
    while (batch.next() > 0) {
      assertThat(writer.append(batch, 1000)).isPositive();
    }
    List<String> texts = new ArrayList<>();
    if (!writer.isEmpty()) {
      FrameReader.ofMessages(LIMITS)
          .read(
              writer.finish(),
              message -> {
                texts.add(String.join("|", texts(message)));
                message.release();
              });
    }
    return texts;
  }

  private static List<String> texts(Message message) {
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < message.partCount(); i++) {
      parts.add(message.text(i));
    }
    return parts;
  }

  @Test
  void valuesStandInAFrameAsTheyWereAdded() {
    SmallBatch batch = begun(2000, "first");
    assertThat(batch.generation()).isEqualTo(7);
    assertThat(add(batch, "")).isTrue();
    String longTable = "x".repeat(200);
    assertThat(add(batch, longTable)).isTrue();
    Message parts = Message.of("one", "", "y".repeat(130));
    assertThat(add(batch, parts)).isTrue();
    parts.release();
    assertThat(takeAll(batch)).containsExactly("first", "", longTable, "one||" + "y".repeat(130));
    assertThat(batch.taken()).isEqualTo(5 + 200 + 133);
    assertThat(batch.isAllTaken()).isTrue();
    assertThat(batch.isSealed()).as("others may add").isFalse();
    assertThat(add(batch, "later")).isTrue();
    assertThat(takeAll(batch)).containsExactly("later");
  }

  @Test
  void whatIsLookedAtIsToldInBytesAndTaken() {
    SmallBatch batch = begun(1000, "four");
    assertThat(add(batch, "x".repeat(128))).isTrue();
    assertThat(batch.next()).isEqualTo(6);
    assertThat(batch.nextSize()).isEqualTo(4);
    assertThat(batch.next()).as("it stays the next").isEqualTo(6);
    batch.skip();
    assertThat(batch.next()).isEqualTo(131);
    assertThat(batch.nextSize()).isEqualTo(128);
    batch.skip();
    assertThat(batch.next()).isZero();
    assertThat(batch.taken()).isEqualTo(132);
  }

  @Test
  void nothingIsAddedForWhichThereIsNoRoom() {
    SmallBatch batch = begun(12, "1234");
    assertThat(add(batch, "12345")).isFalse();
    assertThat(add(batch, "5678")).isTrue();
    assertThat(batch.used()).isEqualTo(12);
    assertThat(add(batch, "")).isFalse();
    assertThat(takeAll(batch)).containsExactly("1234", "5678");
    assertThat(batch.isComplete()).as("others may add").isFalse();
    batch.seal();
    assertThat(batch.isComplete()).isTrue();
  }

  @Test
  void onlyAnOpenOneIsAddedTo() {
    SmallBatch batch = new SmallBatch(100);
    assertThat(batch.isFresh()).isTrue();
    assertThat(add(batch, "early")).isFalse();
    batch.seal();
    assertThat(batch.isFresh()).as("sealed later").isTrue();
    assertThat(batch.isSealed()).isFalse();
    assertThat(batch.isComplete()).isFalse();
    assertThat(batch.used()).isZero();

    SmallBatch open = begun(100, "a");
    assertThat(open.isFresh()).isFalse();
    assertThat(open.isComplete()).as("open").isFalse();
    open.seal();
    assertThat(open.isSealed()).isTrue();
    assertThat(open.used()).isEqualTo(3);
    assertThat(add(open, "late")).isFalse();
    assertThat(open.isAllTaken()).as("a is not taken").isFalse();
    assertThat(open.isComplete()).isTrue();
    assertThat(takeAll(open)).as("as it was before it was asked").containsExactly("a");
    assertThat(open.isAllTaken()).isTrue();
  }

  @Test
  void whatIsBeingWrittenIsNotThereAndNothingBehindIt() {
    SmallBatch batch = begun(1000, "before");
    AtomicInteger looks = new AtomicInteger();
    Busy memory =
        new Busy(
            "slow",
            () -> {
              assertThat(add(batch, "behind")).isTrue();
              if (looks.getAndIncrement() == 0) {
                batch.seal();
                assertThat(takeAll(batch)).containsExactly("before");
                assertThat(batch.next()).isZero();
                assertThat(batch.isAllTaken()).isFalse();
                assertThat(batch.isComplete()).isFalse();
              }
            });
    Message slow = Message.of(memory);
    assertThat(add(batch, slow)).isTrue();
    slow.release();
    assertThat(looks).hasValue(1);
    assertThat(batch.isComplete()).isTrue();
    assertThat(takeAll(batch)).containsExactly("slow", "behind");
    assertThat(batch.isAllTaken()).isTrue();
  }

  @Test
  void whatCannotBeCopiedIsPassedOver() {
    SmallBatch batch = begun(1000, "before");
    Message bad =
        Message.of(
            new Busy(
                "bad",
                () -> {
                  throw new IllegalStateException("not this one");
                }));
    assertThatIllegalStateException().isThrownBy(() -> add(batch, bad));
    assertThat(add(batch, "between")).isTrue();
    assertThatIllegalStateException().isThrownBy(() -> add(batch, bad));
    bad.release();
    batch.seal();
    assertThat(batch.isComplete()).isTrue();
    assertThat(takeAll(batch)).containsExactly("before", "between");
    assertThat(batch.isAllTaken()).isTrue();
    assertThat(batch.taken()).isEqualTo(13);
  }

  @Test
  void noMoreAreTakenThanThereIsRoomFor() {
    SmallBatch batch = begun(1000, "one");
    List.of("two", "six", "ten").forEach(text -> assertThat(add(batch, text)).isTrue());
    ByteBuf out = Unpooled.buffer();
    assertThat(batch.writeTo(out, 2, 100)).isEqualTo(2);
    assertThat(out.readableBytes()).isEqualTo(10);
    assertThat(batch.writeTo(out, 100, 4)).isZero();
    assertThat(batch.writeTo(out, 100, 9)).isEqualTo(1);
    assertThat(batch.writeTo(out, 100, 5)).isEqualTo(1);
    assertThat(batch.writeTo(out, 100, 100)).isZero();
    assertThat(Bytes.hex(out)).isEqualTo("01036f6e65" + "010374776f" + "0103736978" + "010374656e");
  }

  @Test
  void withoutMemoryNothingIsTaken() {
    SmallBatch batch = begun(1000, "one");
    assertThat(add(batch, "two")).isTrue();
    batch.next();
    batch.skip();
    ByteBuf tooShort = Unpooled.buffer(3, 3);
    assertThatThrownBy(() -> batch.writeTo(tooShort, 100, 100))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThat(batch.taken()).isEqualTo(3);
    assertThat(batch.nextSize()).isEqualTo(3);
    assertThat(takeAll(batch)).containsExactly("two");
  }

  @Test
  void aFrameEndsWhereItHasAllItMayHave() {
    FrameWriter writer =
        new FrameWriter(
            UnpooledByteBufAllocator.DEFAULT, new Limits(2, Limits.MIN_FRAME_BYTES, 0, 0), 1024);
    SmallBatch batch = begun(1000, "one");
    List.of("two", "six").forEach(text -> assertThat(add(batch, text)).isTrue());
    assertThat(writer.append(batch, 1000)).isEqualTo(2);
    assertThat(writer.messagesEnded()).isEqualTo(2);
    assertThat(writer.isFull()).isTrue();
    writer.finish().release();
    assertThat(writer.append(batch, 1000)).isEqualTo(1);
    assertThat(writer.messagesEnded()).isEqualTo(1);
    writer.abandon();
  }

  @Test
  void whereSomeMayBeTooLargeEachIsLookedAt() {
    FrameWriter writer =
        new FrameWriter(
            UnpooledByteBufAllocator.DEFAULT, new Limits(9, Limits.MIN_FRAME_BYTES, 100, 0), 1024);
    SmallBatch batch = begun(1000, "one");
    assertThat(add(batch, "two")).isTrue();
    assertThat(writer.append(batch, 1000)).isEqualTo(1);
    assertThat(writer.append(batch, 1000)).isEqualTo(1);
    writer.abandon();
  }

  @Test
  void aRenewedOneIsAsNew() {
    SmallBatch batch = begun(100, "x".repeat(50));
    assertThat(add(batch, "y".repeat(40))).isTrue();
    batch.seal();
    assertThat(takeAll(batch)).hasSize(2);
    batch.renew();
    assertThat(batch.isFresh()).isTrue();
    assertThat(batch.taken()).isZero();
    assertThat(add(batch, "early")).isFalse();
    batch.begin(8);
    batch.open();
    assertThat(batch.generation()).isEqualTo(8);
    assertThat(batch.next()).as("nothing of before").isZero();
    assertThat(add(batch, "b")).isTrue();
    assertThat(takeAll(batch)).containsExactly("b");
  }
}
