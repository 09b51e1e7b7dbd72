package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.ReferenceCounted;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When memory runs out, or a holder's release fails, nothing else is lost. */
class MemoryFailureTest {

  private static final int FRAME = Limits.MIN_FRAME_BYTES;

  /** Fails after a number of allocations, and counts what lives. */
  private static final class Scarce extends AbstractByteBufAllocator {
    private int left = Integer.MAX_VALUE;
    private int live;

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
      take();
      live++;
      return new UnpooledHeapByteBuf(this, initialCapacity, maxCapacity) {
        @Override
        protected void deallocate() {
          live--;
          super.deallocate();
        }
      };
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
      return newHeapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
      return false;
    }

    private void take() {
      if (left-- == 0) {
        throw new OutOfMemoryError("on purpose");
      }
    }
  }

  private final Scarce alloc = new Scarce();

  @Test
  void aReaderHoldsNothingAfterItsRelease() {
    for (int affordable = 0; affordable < 2; affordable++) {
      alloc.left = Integer.MAX_VALUE;
      FrameWriter writer = new FrameWriter(alloc, new Limits(3, FRAME, 0, 0), 1 << 20);
      Message cutInBoth = Message.of(new byte[FRAME + 100]);
      Message large = Message.of(new byte[FRAME - 2 - 106 - 3 - 4 - 20]);
      assertThat(writer.append(cutInBoth, cutInBoth)).isFalse();
      ByteBuf first = writer.finish();
      assertThat(writer.append(cutInBoth, cutInBoth)).isTrue();
      assertThat(writer.append(large, large)).isTrue();
      assertThat(writer.append(cutInBoth, cutInBoth)).isFalse();
      ByteBuf second = writer.finish();
      writer.abandon();

      FrameReader<Message> reader = FrameReader.ofMessages(new Limits(3, FRAME, 0, 0));
      List<Message> out = new ArrayList<>();
      reader.read(first, out::add);
      alloc.left = affordable;
      assertThatThrownBy(() -> reader.read(second, out::add)).isInstanceOf(OutOfMemoryError.class);
      assertThat(second.refCnt()).isZero();
      assertThat(out).isEmpty();
      reader.release();
      assertThat(alloc.live).isZero();
    }
  }

  @Test
  void aReaderOfRecordsHoldsNothingAfterItsRelease() {
    for (int affordable = 0; affordable < 2; affordable++) {
      alloc.left = Integer.MAX_VALUE;
      Limits limits = new Limits(4, FRAME, 0, 0);
      FrameWriter writer = FrameWriter.ofRecords(alloc, limits, 1 << 20, 1 << 20);
      Message cutInBoth = Message.of(new byte[FRAME + 100]);
      WireRecord first = new WireRecord.Request(1, cutInBoth);
      WireRecord last = new WireRecord.Reply(2, cutInBoth);
      WireRecord between =
          new WireRecord.Reply(3, Message.of(new byte[FRAME - 2 - 108 - 5 - 3 - 6 - 20]));
      assertThat(writer.append(first, cutInBoth)).isFalse();
      ByteBuf one = writer.finish();
      assertThat(writer.append(first, cutInBoth)).isTrue();
      assertThat(writer.append(between, cutInBoth)).isTrue();
      assertThat(writer.append(new WireRecord.Bulk(4, 5), cutInBoth)).isTrue();
      assertThat(writer.append(last, cutInBoth)).isFalse();
      ByteBuf two = writer.finish();
      writer.abandon();

      FrameReader<WireRecord> reader = FrameReader.ofRecords(limits);
      List<WireRecord> out = new ArrayList<>();
      reader.read(one, out::add);
      alloc.left = affordable;
      assertThatThrownBy(() -> reader.read(two, out::add)).isInstanceOf(OutOfMemoryError.class);
      assertThat(two.refCnt()).isZero();
      assertThat(out).isEmpty();
      reader.release();
      assertThat(alloc.live).isZero();
    }
  }

  @Test
  void aReaderOfNumberedMessagesHoldsNothingAfterItsRelease() {
    for (int affordable = 0; affordable < 2; affordable++) {
      alloc.left = Integer.MAX_VALUE;
      Limits limits = new Limits(4, FRAME, 0, 0);
      FrameWriter writer = FrameWriter.ofNumbered(alloc, limits, 1 << 20, 1 << 20);
      Message cutInBoth = Message.of(new byte[FRAME + 100]);
      Message between = Message.of(new byte[FRAME - 3 - 107 - 4 - 4 - 20]);
      assertThat(writer.append(cutInBoth, 1, cutInBoth)).isFalse();
      ByteBuf one = writer.finish();
      assertThat(writer.append(cutInBoth, 1, cutInBoth)).isTrue();
      assertThat(writer.append(between, 2, cutInBoth)).isTrue();
      assertThat(writer.append(cutInBoth, 3, cutInBoth)).isFalse();
      ByteBuf two = writer.finish();
      writer.abandon();

      FrameReader<Numbered> reader = FrameReader.ofNumbered(limits);
      List<Numbered> out = new ArrayList<>();
      reader.read(one, out::add);
      alloc.left = affordable;
      assertThatThrownBy(() -> reader.read(two, out::add)).isInstanceOf(OutOfMemoryError.class);
      assertThat(two.refCnt()).isZero();
      assertThat(out).isEmpty();
      reader.release();
      assertThat(alloc.live).isZero();
    }
  }

  @Test
  void aWriterOfRecordsThatGotNoMemoryMayBeAbandoned() {
    Limits limits = new Limits(3, FRAME, 0, 0);
    FrameWriter writer = FrameWriter.ofRecords(alloc, limits, 1024, 1024);
    Holder holder = new Holder();
    WireRecord bulk = new WireRecord.Bulk(1, 2);
    alloc.left = 0;
    assertThatThrownBy(() -> writer.append(bulk, holder)).isInstanceOf(OutOfMemoryError.class);
    writer.abandon();
    alloc.left = 1;
    assertThat(writer.append(bulk, holder)).isTrue();
    assertThat(Bytes.hex(writer.finish())).isEqualTo("0200" + "040102");
    assertThat(alloc.live).isZero();
  }

  @Test
  void aWriterThatGotNoMemoryMayBeAbandoned() {
    FrameWriter writer = new FrameWriter(alloc, new Limits(3, FRAME, 0, 0), 1024);
    Message message = Message.of("x");
    alloc.left = 0;
    assertThatThrownBy(() -> writer.append(message, message)).isInstanceOf(OutOfMemoryError.class);
    writer.abandon();
    alloc.left = 1;
    assertThat(writer.append(message, message)).isTrue();
    assertThat(Bytes.hex(writer.finish())).isEqualTo("0200010178");
    assertThat(alloc.live).isZero();
  }

  private static final class Thrower extends AbstractReferenceCounted {
    private final String name;

    Thrower(String name) {
      this.name = name;
    }

    @Override
    protected void deallocate() {
      throw new IllegalStateException(name);
    }

    @Override
    public ReferenceCounted touch(Object hint) {
      return this;
    }
  }

  @Test
  void aHolderThatThrowsDoesNotKeepTheOthers() {
    FrameWriter writer = new FrameWriter(alloc, new Limits(5, FRAME, 0, 0), 1024);
    Holder before = new Holder();
    Holder after = new Holder();
    Thrower one = new Thrower("one");
    Thrower two = new Thrower("two");
    for (ReferenceCounted holder : List.of(before, one, two, after)) {
      writer.append(Message.of(new byte[1024]), holder);
    }
    before.release();
    assertThat(before.refCnt()).isOne();
    one.release();
    two.release();
    after.release();
    ByteBuf frame = writer.finish();
    assertThatThrownBy(frame::release)
        .hasMessage("one")
        .satisfies(e -> assertThat(e.getSuppressed()).singleElement().hasToString(two()));
    assertThat(before.refCnt()).isZero();
    assertThat(after.refCnt()).isZero();
    assertThat(alloc.live).isZero();
  }

  private static String two() {
    return new IllegalStateException("two").toString();
  }
}
