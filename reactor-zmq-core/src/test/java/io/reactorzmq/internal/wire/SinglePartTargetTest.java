package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages of a single part in memory of a codec that wants them there: it sees no header. */
class SinglePartTargetTest {

  private static final int FRAME = Limits.MIN_FRAME_BYTES;
  private static final Limits LIMITS = new Limits(100, FRAME, 0, 0);

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
  private final List<Message> out = new ArrayList<>();

  @AfterEach
  void everythingIsReleased() {
    out.forEach(Message::release);
    assertThat(Bytes.live(alloc)).isZero();
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  /** Sends messages of these sizes; the frames that are held on to come back. */
  private List<ByteBuf> send(TestTarget target, boolean admitting, int... sizes) {
    FrameWriter writer = new FrameWriter(alloc, LIMITS, 1024);
    FrameReader<Message> reader = FrameReader.ofMessages(LIMITS).into(target, null);
    List<ByteBuf> frames = new ArrayList<>();
    for (int size : sizes) {
      Message message = Message.of(bytes(size));
      while (!writer.append(message, message)) {
        frames.add(writer.finish());
      }
    }
    frames.add(writer.finish());
    for (ByteBuf frame : frames) {
      reader.read(frame.retain(), out::add);
      if (admitting) {
        reader.admit();
      }
    }
    return frames;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatComesInSeveralFramesIsPutThere(boolean admitting) {
    TestTarget target = TestTarget.ofPieces().takingSingleParts();
    send(target, admitting, 100, 3 * FRAME, 200).forEach(ByteBuf::release);
    assertThat(target.messages).isOne();
    assertThat(target.header).isEmpty();
    assertThat(target.sizes).containsExactly(0, 3 * FRAME);
    assertThat(target.asked).containsExactly(1);
    assertThat(out).extracting(m -> m.bytes(0)).contains(bytes(100), bytes(3 * FRAME), bytes(200));
    assertThat(out.get(1).part(0).unwrap()).isSameAs(target.given.get(0));
  }

  @Test
  void itsFramesAreFreeAtOnce() {
    List<ByteBuf> frames = send(TestTarget.ofPieces().takingSingleParts(), true, 10 * FRAME);
    assertThat(frames.subList(1, frames.size())).allMatch(frame -> frame.refCnt() == 1);
    frames.forEach(ByteBuf::release);
  }

  @Test
  void aTargetOfAllPartsIsAskedForEachMessage() {
    TestTarget target = TestTarget.ofAll().takingSingleParts();
    send(target, true, 100, 0, 3 * FRAME).forEach(ByteBuf::release);
    assertThat(target.messages).isEqualTo(2);
    assertThat(target.asked).containsExactly(1, 1);
    assertThat(out).extracting(m -> m.bytes(0)).contains(bytes(100), bytes(0), bytes(3 * FRAME));
  }

  @ParameterizedTest
  @CsvSource({"true,true", "true,false", "false,true", "false,false"})
  void aRefusalIsOfThisMessageAlone(boolean header, boolean admitting) {
    TestTarget target = TestTarget.ofPieces().takingSingleParts();
    send(header ? target.refusingHeaders() : target.refusingPart(1), admitting, 3 * FRAME, 9)
        .forEach(ByteBuf::release);
    String why = header ? "not this header" : "no memory for part 0, which has 49152 bytes";
    assertThat(out.get(0).size()).isEqualTo(3 * FRAME);
    assertThat(out.get(0).refusal()).hasMessageContaining(why);
    assertThatThrownBy(() -> out.get(0).bytes(0))
        .isInstanceOf(CodecException.class)
        .hasMessageContaining(why);
    assertThat(out.get(1).bytes(0)).isEqualTo(bytes(9));
  }

  @Test
  void behindATopicItIsTheSecondPart() {
    TestTarget target = TestTarget.ofPieces().takingSingleParts();
    FrameWriter writer = FrameWriter.ofNumbered(alloc, LIMITS, 1024, 1024);
    FrameReader<Numbered> numbered = FrameReader.ofNumbered(LIMITS).into(target, null);
    Message sent = Message.of("topic".getBytes(), bytes(2 * FRAME));
    List<Numbered> got = new ArrayList<>();
    boolean done;
    do {
      done = writer.append(sent, 1, sent);
      numbered.read(writer.finish(), got::add);
      numbered.admit();
    } while (!done);
    assertThat(target.sizes).containsExactly(0, 2 * FRAME);
    Message body = got.get(0).message().withoutFirst();
    assertThat(body.bytes(0)).isEqualTo(bytes(2 * FRAME));
    assertThat(body.part(0).unwrap()).isSameAs(target.given.get(0));
    body.release();
  }

  @Test
  void aTopicAloneNeedsNoMemory() {
    TestTarget target = TestTarget.ofAll().takingSingleParts();
    FrameWriter writer = FrameWriter.ofNumbered(alloc, LIMITS, 1024, 1024);
    FrameReader<Numbered> numbered = FrameReader.ofNumbered(LIMITS).into(target, null);
    Message sent = Message.of(bytes(2 * FRAME));
    boolean done;
    do {
      done = writer.append(sent, 1, sent);
      numbered.read(writer.finish(), n -> out.add(n.message()));
    } while (!done);
    assertThat(target.messages).isZero();
    assertThat(out.get(0).bytes(0)).isEqualTo(bytes(2 * FRAME));
  }
}
