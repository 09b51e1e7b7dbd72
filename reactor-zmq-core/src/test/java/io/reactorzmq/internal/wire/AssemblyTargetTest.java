package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

// Past 300 lines because whichever way memory comes, or not, the same message must come of it.

/** Parts that are put together in memory of the codec: which, when, and what a refusal leaves. */
class AssemblyTargetTest {

  private static final int FRAME = Limits.MIN_FRAME_BYTES;
  private static final Limits LIMITS = new Limits(100, FRAME, 0, 0);

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
  private final List<Message> out = new ArrayList<>();
  private final List<ByteBuf> frames = new ArrayList<>();
  private FrameReader<Message> reader;

  @AfterEach
  void everythingIsReleased() {
    frames.forEach(ByteBuf::release);
    out.forEach(Message::release);
    if (reader != null) {
      reader.release();
    }
    assertThat(Bytes.live(alloc)).isZero();
  }

  private void write(Message... messages) {
    FrameWriter writer = new FrameWriter(alloc, LIMITS, 1024);
    for (Message each : messages) {
      while (!writer.append(each, each)) {
        frames.add(writer.finish());
      }
      each.release();
    }
    frames.add(writer.finish());
  }

  private void read(int count, TestTarget target, boolean admitting) {
    if (reader == null) {
      reader = FrameReader.ofMessages(LIMITS).into(target, null);
    }
    for (int i = 0; i < count && !frames.isEmpty(); i++) {
      reader.read(frames.remove(0), out::add);
      if (admitting) {
        reader.admit();
      }
    }
  }

  private void readAll(TestTarget target) {
    read(Integer.MAX_VALUE, target, true);
  }

  /** A part of so many bytes, each other than its neighbours, from a seed. */
  private static byte[] bytes(int length, int seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static Message message(int... lengths) {
    byte[][] parts = new byte[lengths.length][];
    for (int i = 0; i < lengths.length; i++) {
      parts[i] = bytes(lengths[i], i);
    }
    return Message.of(parts);
  }

  private static void assertContent(Message message, int... lengths) {
    assertThat(message.partCount()).isEqualTo(lengths.length);
    for (int i = 0; i < lengths.length; i++) {
      assertThat(message.bytes(i)).as("part " + i).isEqualTo(bytes(lengths[i], i));
    }
  }

  @Test
  void onlyWhatComesInSeveralFramesNeedsMemory() {
    TestTarget target = TestTarget.ofPieces();
    write(message(6, 500), message(6, 3 * FRAME, 900, 0, FRAME), message(5, 100));
    readAll(target);
    assertThat(target.asked).containsExactly(1, 4);
    assertThat(target.sizes).containsExactly(6, 3 * FRAME, 900, 0, FRAME);
    assertThat(out).hasSize(3);
    assertContent(out.get(1), 6, 3 * FRAME, 900, 0, FRAME);
    assertThat(out.get(1).part(1).nioBufferCount()).as("one run").isOne();
    assertThat(out.get(1).part(1).unwrap()).isSameAs(target.given.get(0));
  }

  @Test
  void aFrameIsFreeAsSoonAsItsBytesAreInPlace() {
    TestTarget target = TestTarget.ofPieces();
    write(message(6, 10 * FRAME));
    List<ByteBuf> sent = List.copyOf(frames);
    sent.forEach(ByteBuf::retain);
    read(5, target, true);
    assertThat(sent.subList(1, 5)).as("ours alone").allMatch(frame -> frame.refCnt() == 1);
    readAll(target);
    sent.forEach(ByteBuf::release);
    assertContent(out.get(0), 6, 10 * FRAME);
  }

  @Test
  void nothingIsAskedForBeforeTheMessageIsAdmitted() {
    TestTarget target = TestTarget.ofPieces();
    write(message(6, 5 * FRAME));
    read(3, target, false);
    assertThat(target.messages).isZero();
    reader.admit();
    assertThat(target.asked).containsExactly(1);
    readAll(target);
    assertThat(target.asked).containsExactly(1);
    assertContent(out.get(0), 6, 5 * FRAME);
  }

  @Test
  void aMessageThatEndsUnadmittedIsPlacedThen() {
    TestTarget target = TestTarget.ofPieces();
    write(message(6, 2 * FRAME, 100));
    read(10, target, false);
    assertThat(target.asked).containsExactly(1);
    assertContent(out.get(0), 6, 2 * FRAME, 100);
    assertThat(out.get(0).part(1).nioBufferCount()).isOne();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aHeaderOfSeveralFramesIsWholeWhenItIsShown(boolean admitting) {
    TestTarget target = TestTarget.ofPieces();
    write(message(2 * FRAME + 5, FRAME));
    read(100, target, admitting);
    assertThat(target.asked).containsExactly(1);
    assertThat(target.header).hasSize(out.get(0).text(0).length());
    assertContent(out.get(0), 2 * FRAME + 5, FRAME);
  }

  @Test
  void aHeaderAloneNeedsNoMemory() {
    TestTarget target = TestTarget.ofAll();
    write(message(2 * FRAME), message(7));
    readAll(target);
    assertThat(target.messages).isZero();
    assertContent(out.get(0), 2 * FRAME);
  }

  @Test
  void aTargetOfAllPartsIsAskedForEachThatHasBytes() {
    TestTarget target = TestTarget.ofAll();
    write(message(6, 500, 0, 3), message(6, 2 * FRAME, 20), message(4, 1), message(9));
    readAll(target);
    assertThat(target.asked).containsExactly(1, 3, 1, 2, 1);
    assertThat(target.messages).isEqualTo(3);
    assertContent(out.get(0), 6, 500, 0, 3);
    assertContent(out.get(1), 6, 2 * FRAME, 20);
    assertContent(out.get(2), 4, 1);
    assertContent(out.get(3), 9);
    assertThat(out.get(0).part(1).unwrap()).isSameAs(target.given.get(0));
  }

  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void arbitraryMessagesAreWhatWasSent(boolean all, boolean admitting) {
    Random random = new Random(all ? 7 : 8);
    for (int round = 0; round < 60; round++) {
      TestTarget target = all ? TestTarget.ofAll() : TestTarget.ofPieces();
      List<int[]> shapes = new ArrayList<>();
      for (int m = 0; m < 5; m++) {
        int[] lengths = new int[1 + random.nextInt(5)];
        for (int i = 0; i < lengths.length; i++) {
          lengths[i] = random.nextInt(new int[] {3, 1100, FRAME, 3 * FRAME}[random.nextInt(4)]);
        }
        shapes.add(lengths);
      }
      write(shapes.stream().map(AssemblyTargetTest::message).toArray(Message[]::new));
      read(Integer.MAX_VALUE, target, admitting && random.nextBoolean());
      assertThat(out).hasSize(5);
      for (int m = 0; m < 5; m++) {
        assertContent(out.get(m), shapes.get(m));
      }
      out.forEach(Message::release);
      out.clear();
    }
  }

  // ---- refusals

  private void assertRefused(Message message, int size, String why) {
    assertThat(message.size()).isEqualTo(size);
    assertThat(message.bytes(0)).isEqualTo(bytes(6, 0));
    assertThat(message.refusal()).hasMessageContaining(why);
    assertThatThrownBy(() -> message.part(1))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining(why);
    assertThatThrownBy(() -> message.bytes(message.partCount() - 1)).hasMessageContaining(why);
    assertThatThrownBy(() -> message.retainedPart(1, 0, 1)).hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void aRefusedHeaderCostsNoMemoryAndNoOtherMessage(boolean all, boolean admitting) {
    TestTarget target = (all ? TestTarget.ofAll() : TestTarget.ofPieces()).refusingHeaders();
    write(message(6, 4 * FRAME, 10), message(9));
    List<ByteBuf> sent = List.copyOf(frames);
    sent.forEach(ByteBuf::retain);
    read(100, target, admitting);
    assertThat(sent.subList(1, sent.size() - 1)).allMatch(frame -> frame.refCnt() == 1);
    sent.forEach(ByteBuf::release);
    assertThat(target.messages).isOne();
    assertThat(target.given).isEmpty();
    assertRefused(out.get(0), 6 + 4 * FRAME + 10, "not this header");
    assertContent(out.get(1), 9);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aRefusedPartGivesBackTheOthers(boolean admitting) {
    TestTarget target = TestTarget.ofPieces().refusingPart(2);
    write(message(6, 2 * FRAME, 2 * FRAME, 2 * FRAME), message(9));
    read(100, target, admitting);
    assertThat(target.asked).containsExactly(1, 2);
    assertThat(target.given.get(0).refCnt()).isZero();
    assertRefused(out.get(0), 6 + 6 * FRAME, "no memory today");
    assertContent(out.get(1), 9);
  }

  @Test
  void aSmallMessageCanBeRefusedToo() {
    TestTarget target = TestTarget.ofAll().refusingPart(2);
    write(message(6, 10, 20), message(9));
    readAll(target);
    assertThat(target.given.get(0).refCnt()).isZero();
    assertRefused(out.get(0), 36, "no memory today");
    assertContent(out.get(1), 9);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void memoryThatIsTooSmallIsARefusal(boolean all) {
    TestTarget target = (all ? TestTarget.ofAll() : TestTarget.ofPieces()).lacking(1);
    write(message(6, 2 * FRAME));
    readAll(target);
    assertThat(target.given.get(0).refCnt()).isZero();
    assertRefused(
        out.get(0),
        6 + 2 * FRAME,
        "part 1 has 32768 bytes, the memory given for it only 32767 behind its writer index");
  }

  /** A target that is given by somebody who makes mistakes. */
  private AssemblyTarget target(boolean all, Supplier<ByteBuf> memory) {
    return new AssemblyTarget() {
      @Override
      public Parts begin(ByteBuf header, int[] sizes, ByteBufAllocator allocator) {
        return (part, bytes) -> memory.get();
      }

      @Override
      public boolean takesWholeParts() {
        return all;
      }
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 2 * FRAME, LONG})
  void memoryThatIsNoneIsARefusal(int size) {
    ByteBuf dead = alloc.directBuffer(LONG);
    dead.release();
    List<Supplier<ByteBuf>> mistakes =
        List.of(
            () -> null,
            () -> dead,
            () -> {
              throw new NoClassDefFoundError("a library");
            },
            () -> {
              throw new OutOfMemoryError("all is taken");
            });
    for (Supplier<ByteBuf> mistake : mistakes) {
      write(message(6, size), message(9));
      Aside atOnce =
          (work, then) -> {
            work.run();
            thens.add(then);
          };
      FrameReader<Message> careless =
          FrameReader.ofMessages(LIMITS).into(target(true, mistake), atOnce);
      while (!frames.isEmpty()) {
        careless.read(frames.remove(0), out::add);
        careless.admit();
        thens.forEach(Runnable::run);
        thens.clear();
      }
      assertRefused(out.get(0), 6 + size, "there is no memory for part 1, which has " + size);
      assertContent(out.get(1), 9);
      out.forEach(Message::release);
      out.clear();
    }
  }

  @Test
  void memoryThatIsReleasedByItsGiverIsARefusal() {
    List<ByteBuf> given = new ArrayList<>();
    reader =
        FrameReader.ofMessages(LIMITS)
            .into(
                target(
                    false,
                    () -> {
                      given.add(alloc.directBuffer(4 * FRAME));
                      return given.get(0);
                    }),
                null);
    write(message(6, 4 * FRAME), message(9));
    read(2, null, true);
    given.get(0).release();
    assertThat(reader.land(2, 3, 100, 11)).isNull();
    read(100, null, true);
    assertThat(out.get(0).refusal()).hasMessageContaining("cannot be written to");
    assertContent(out.get(1), 9);
  }

  @Test
  void memoryInSeveralRunsIsFilledByCopies() {
    reader =
        FrameReader.ofMessages(LIMITS)
            .into(
                target(
                    false,
                    () ->
                        alloc
                            .compositeDirectBuffer()
                            .addComponent(true, alloc.directBuffer(FRAME).writeZero(FRAME))
                            .addComponent(true, alloc.directBuffer(4 * FRAME).writeZero(4 * FRAME))
                            .clear()),
                null);
    write(message(6, 4 * FRAME), message(9));
    while (!frames.isEmpty()) {
      assertThat(reader.land(2, 3, 100, 11)).isNull();
      read(1, null, true);
    }
    assertContent(out.get(0), 6, 4 * FRAME);
  }

  @Test
  void anUnfinishedMessageGivesItsMemoryBack() {
    TestTarget target = TestTarget.ofPieces();
    write(message(6, 5 * FRAME));
    read(3, target, true);
    assertThat(target.given.get(0).refCnt()).isOne();
    reader.release();
    assertThat(target.given.get(0).refCnt()).isZero();
  }

  // ---- memory that takes long to make

  private static final int LONG = 8 * 1024 * 1024;

  /** What was put aside: to be made, and to be done then. */
  private final List<Runnable> works = new ArrayList<>();

  private final List<Runnable> thens = new ArrayList<>();
  private int supplied;

  private void readAside(TestTarget target, int count) {
    if (reader == null) {
      Aside aside =
          (work, then) -> {
            works.add(work);
            thens.add(then);
          };
      reader = FrameReader.ofMessages(LIMITS).into(target, aside);
      reader.onMemory(() -> supplied++);
    }
    read(count, target, true);
  }

  @Test
  void untilThereIsMemoryAPartConsistsOfItsFrames() {
    TestTarget target = TestTarget.ofPieces();
    write(message(6, LONG, 3 * FRAME), message(9));
    readAside(target, 5);
    assertThat(reader.isWaiting()).isTrue();
    assertThat(target.asked).as("on another thread").isEmpty();
    works.remove(0).run();
    assertThat(target.asked).containsExactly(1);
    assertThat(reader.isWaiting()).as("it is not handed over yet").isTrue();
    readAside(target, 2);
    thens.remove(0).run();
    assertThat(supplied).isOne();
    assertThat(reader.isWaiting()).isFalse();
    assertThat(target.given.get(0).writerIndex()).as("what has come").isGreaterThan(6 * FRAME);
    readAll(target);
    assertThat(works).as("the next part is not large").isEmpty();
    assertContent(out.get(0), 6, LONG, 3 * FRAME);
    assertThat(out.get(0).part(1).nioBufferCount()).isOne();
    assertContent(out.get(1), 9);
  }

  @Test
  void aPartJustBelowIsAskedForAtOnce() {
    TestTarget target = TestTarget.ofPieces();
    write(message(6, LONG - 1));
    readAside(target, 1000);
    assertThat(works).isEmpty();
    assertContent(out.get(0), 6, LONG - 1);
  }

  @Test
  void eachLargePartWaitsForItsOwnMemory() {
    TestTarget target = TestTarget.ofAll();
    write(message(6, LONG, LONG));
    for (int part = 1; part <= 2; part++) {
      while (!reader().isWaiting()) {
        readAside(target, 1);
      }
      works.remove(0).run();
      thens.remove(0).run();
    }
    readAll(target);
    assertThat(supplied).isEqualTo(2);
    assertContent(out.get(0), 6, LONG, LONG);
  }

  private FrameReader<Message> reader() {
    if (reader == null) {
      readAside(TestTarget.ofAll(), 0);
    }
    return reader;
  }

  @Test
  void memoryThatComesTooLateIsGivenBack() {
    TestTarget target = TestTarget.ofPieces();
    write(message(6, LONG));
    readAside(target, 3);
    works.remove(0).run();
    reader.release();
    assertThat(target.given.get(0).refCnt()).isOne();
    thens.remove(0).run();
    assertThat(target.given.get(0).refCnt()).isZero();
    assertThat(supplied).as("whoever kept a share of the budget for it is told").isOne();
  }

  @Test
  void memoryThatIsNotToBeHadIsARefusal() {
    TestTarget target = TestTarget.ofPieces().refusingPart(1);
    write(message(6, LONG), message(9));
    readAside(target, 3);
    works.remove(0).run();
    thens.remove(0).run();
    assertThat(supplied).isOne();
    readAll(target);
    assertRefused(out.get(0), 6 + LONG, "no memory today");
    assertContent(out.get(1), 9);
  }

  @Test
  void aRefusedHeaderWaitsForNothing() {
    TestTarget target = TestTarget.ofPieces().refusingHeaders();
    write(message(6, LONG), message(9));
    readAside(target, 10_000);
    assertThat(works).isEmpty();
    assertRefused(out.get(0), 6 + LONG, "not this header");
  }

  // ---- what lands in memory by itself

  @Test
  void whatLandsIsNotCopied() {
    TestTarget target = TestTarget.ofPieces();
    write(message(6, 4 * FRAME), message(9));
    read(1, target, true);
    int landed = 0;
    while (!frames.isEmpty()) {
      ByteBuf frame = frames.get(0);
      int at = frame.readerIndex();
      int rest = frame.readableBytes() - 2;
      ByteBuf place =
          reader.land(frame.getUnsignedByte(at), frame.getUnsignedByte(at + 1), rest, 11);
      if (place != null) {
        landed++;
        assertThat(place.isReadable()).isFalse();
        assertThat(place.writableBytes()).isBetween(rest, rest + 11);
        ByteBuf memory = target.given.get(0);
        assertThat(place.memoryAddress()).isEqualTo(memory.memoryAddress() + memory.writerIndex());
        place.writeBytes(frame, at + 2, rest).release();
        // what is behind the first two bytes is not looked at any more
        frame.setZero(at + 2, rest);
      }
      read(1, target, true);
    }
    assertThat(landed).isEqualTo(3);
    assertContent(out.get(0), 6, 4 * FRAME);
    assertContent(out.get(1), 9);
  }

  @Test
  void nothingLandsThatIsNotAllOfOnePart() {
    TestTarget target = TestTarget.ofPieces();
    int continues = DataFormat.CONTINUATION | DataFormat.CONTINUES;
    write(message(6, 4 * FRAME, 9));
    read(0, target, true);
    assertThat(reader.land(2, continues, 100, 11)).as("nothing has begun").isNull();
    read(1, target, true);
    assertThat(reader.land(1, continues, 100, 11)).as("a control payload").isNull();
    assertThat(reader.land(2, 0, 100, 11)).as("no continuation").isNull();
    assertThat(reader.land(2, continues | 0x40, 100, 11)).as("an unknown flag").isNull();
    assertThat(reader.land(2, continues, 4 * FRAME, 11)).as("more than a frame").isNull();
    assertThat(reader.land(2, continues, 0, 11)).as("no bytes").isNull();
    read(3, target, true);
    assertThat(reader.land(2, DataFormat.CONTINUATION, FRAME - 2, 11))
        .as("it ends the part, and more")
        .isNull();
    readAll(target);
    assertContent(out.get(0), 6, 4 * FRAME, 9);
  }

  // ---- behind a topic, and within a record

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void behindATopicTheHeaderIsTheSecondPart(boolean all) {
    TestTarget target = all ? TestTarget.ofAll() : TestTarget.ofPieces();
    FrameWriter writer = FrameWriter.ofNumbered(alloc, LIMITS, 1024, 1024);
    FrameReader<Numbered> numbered = FrameReader.ofNumbered(LIMITS).into(target, null);
    Message sent = message(4, 6, 2 * FRAME, 9);
    List<Numbered> got = new ArrayList<>();
    boolean done;
    do {
      done = writer.append(sent, 1, sent);
      numbered.read(writer.finish(), got::add);
      numbered.admit();
    } while (!done);
    sent.release();
    assertThat(target.asked).containsExactlyElementsOf(all ? List.of(1, 2) : List.of(1));
    assertThat(target.sizes).containsExactly(6, 2 * FRAME, 9);
    assertContent(got.get(0).message(), 4, 6, 2 * FRAME, 9);
    Message body = got.get(0).message().withoutFirst();
    assertThat(body.bytes(1)).isEqualTo(bytes(2 * FRAME, 2));
    body.release();
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 2 * FRAME})
  void aRefusalBehindATopicKeepsTheTopic(int size) {
    TestTarget target = TestTarget.ofAll().refusingHeaders();
    FrameWriter writer = FrameWriter.ofNumbered(alloc, LIMITS, 1024, 1024);
    FrameReader<Numbered> numbered = FrameReader.ofNumbered(LIMITS).into(target, null);
    Message sent = message(4, 6, size);
    List<Numbered> got = new ArrayList<>();
    boolean done;
    do {
      done = writer.append(sent, 1, sent);
      numbered.read(writer.finish(), got::add);
    } while (!done);
    sent.release();
    assertThat(got.get(0).message().bytes(0)).isEqualTo(bytes(4, 0));
    Message body = got.get(0).message().withoutFirst();
    assertThat(body.bytes(0)).isEqualTo(bytes(6, 1));
    assertThatThrownBy(() -> body.part(1)).hasMessageContaining("not this header");
    body.release();
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 2 * FRAME})
  void recordsKeepTheirKindAndId(int size) {
    TestTarget target = TestTarget.ofAll();
    FrameWriter writer = FrameWriter.ofRecords(alloc, LIMITS, 1024, 1024);
    FrameReader<WireRecord> records = FrameReader.ofRecords(LIMITS).into(target, null);
    Message sent = message(6, size);
    WireRecord reply = new WireRecord.Reply(42, sent);
    WireRecord failure = new WireRecord.Failure(43, 1, false, "no");
    List<WireRecord> got = new ArrayList<>();
    while (!writer.append(reply, sent)) {
      records.read(writer.finish(), got::add);
    }
    writer.append(failure, sent);
    records.read(writer.finish(), got::add);
    sent.release();
    assertThat(got).hasSize(2);
    assertThat(got.get(0)).isInstanceOf(WireRecord.Reply.class);
    assertThat(got.get(0).id()).isEqualTo(42);
    assertThat(got.get(1)).isEqualTo(failure);
    assertContent(got.get(0).message(), 6, size);
    assertThat(target.asked).containsExactly(1);
    got.get(0).message().release();
  }
}
