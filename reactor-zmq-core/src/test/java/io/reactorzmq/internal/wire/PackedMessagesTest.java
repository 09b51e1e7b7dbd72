package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.InPlaceDecoder;
import io.reactorzmq.message.Message;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages that stay in their frame until they are taken, as values or as messages. */
class PackedMessagesTest {

  private static final Limits LIMITS = new Limits(4, 1 << 20, 300_000, 0);
  private static final InPlaceDecoder<String> UTF_8 = (InPlaceDecoder<String>) Codec.utf8();

  private final UnpooledByteBufAllocator alloc = Bytes.countingAllocator();
  private final FrameReader<Message> reader = packing(LIMITS);

  private static FrameReader<Message> packing(Limits limits) {
    return FrameReader.ofMessages(limits).packedFor(Codec.utf8());
  }

  @AfterEach
  void everythingIsReleased() {
    assertThat(Bytes.live(alloc)).isZero();
  }

  private ByteBuf frame(String hex) {
    return alloc.directBuffer().writeBytes(Bytes.array(hex));
  }

  private PackedMessages packed(String hex) {
    Ended<Message> read = reader.read(frame(hex));
    assertThat(read).isInstanceOf(PackedMessages.class);
    return (PackedMessages) (Ended<?>) read;
  }

  @Test
  void valuesAreTakenInOrderAndTheFrameIsKeptForTheLast() {
    PackedMessages messages = packed("0200 01 01 61 01 00 01 02 6263");
    assertThat(messages.size()).isEqualTo(3);
    assertThat(messages.beganBefore()).isFalse();
    assertThat(messages.take(UTF_8)).isEqualTo("a");
    assertThat(messages.take(UTF_8)).isEmpty();
    assertThat(messages.hasNext()).isTrue();
    assertThat(Bytes.live(alloc)).isPositive();
    assertThat(messages.take(UTF_8)).isEqualTo("bc");
    assertThat(Bytes.live(alloc)).isZero();
    assertThat(messages.hasNext()).isFalse();
    assertThat(messages.size()).as("in the beginning").isEqualTo(3);
    assertThatThrownBy(messages::take).isInstanceOf(NoSuchElementException.class);
    assertThatThrownBy(() -> messages.take(UTF_8)).isInstanceOf(NoSuchElementException.class);
  }

  @Test
  void messagesHaveAReferenceEach() {
    PackedMessages messages = packed("0200 01 01 61 01 02 6263 01 01 64");
    Message first = messages.take();
    assertThat(messages.take(UTF_8)).isEqualTo("bc");
    Message last = messages.take();
    assertThat(last.text(0)).isEqualTo("d");
    last.release();
    assertThat(first.text(0)).isEqualTo("a");
    first.release();
  }

  @Test
  void whatIsNotTakenIsReleased() {
    PackedMessages messages = packed("0200 01 01 61 01 01 62");
    Message first = messages.take();
    messages.release();
    assertThat(messages.hasNext()).isFalse();
    assertThat(first.text(0)).isEqualTo("a");
    first.release();
    messages.release();
  }

  @Test
  void whatTheDecoderRefusesIsTaken() {
    InPlaceDecoder<String> failing =
        new InPlaceDecoder<>() {
          @Override
          public Message encode(String value, ByteBufAllocator allocator) {
            throw new UnsupportedOperationException();
          }

          @Override
          public String decode(Message message) {
            throw new UnsupportedOperationException();
          }

          @Override
          public String decode(ByteBuffer frame, int index, int length) {
            throw new IllegalStateException("not at " + index);
          }
        };
    PackedMessages messages = packed("0200 01 01 61 01 01 62 01 01 63");
    assertThatIllegalStateException().isThrownBy(() -> messages.take(failing));
    assertThat(messages.take(UTF_8)).isEqualTo("b");
    assertThatIllegalStateException().isThrownBy(() -> messages.take(failing));
    assertThat(Bytes.live(alloc)).as("it was the last").isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 127, 128, 16_383, 16_384, 300_000})
  void ofEachLengthOfTable(int size) {
    String text = "x".repeat(size);
    ByteBuf frame = frame("0200 01 01 61");
    frame.writeByte(1);
    Varint.write(frame, size);
    frame.writeCharSequence(text, StandardCharsets.US_ASCII);
    frame.writeBytes(Bytes.array("01 01 7a"));
    Ended<Message> read = reader.read(frame);
    assertThat(read).isInstanceOf(PackedMessages.class);
    PackedMessages messages = (PackedMessages) (Ended<?>) read;
    assertThat(messages.take(UTF_8)).isEqualTo("a");
    assertThat(messages.take(UTF_8)).isEqualTo(text);
    assertThat(messages.take(UTF_8)).isEqualTo("z");
  }

  /** Frames that are read message by message; the first four are well-formed. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0200 01 01 61 02 01 01 6262",
        "0204 00 01 01 61",
        "0200 00",
        "0200",
        "0200 01",
        "0200 01 80",
        "0200 01 8000",
        "0200 01 ffffffffff01",
        "0200 01 8080808001",
        "0200 01 808080808001",
        "0200 01 02 61",
        "0200 01 01 61 01 01 62 01 01 63 01 01 64 01 01 65",
        "0200 01 e1a712",
        "0201 01 01 61"
      })
  void allOthersAreReadAsByAReaderThatPacksNothing(String hex) {
    assertSame(reader, FrameReader.ofMessages(LIMITS), Bytes.array(hex));
  }

  @Test
  void whatIsNotInTheShortestFormIsRefusedAlsoWhereTheRestWouldFit() {
    String hex = "0200 01 808100" + Bytes.repeat("61", 127) + "0100";
    assertSame(reader, FrameReader.ofMessages(LIMITS), Bytes.array(hex));
  }

  @Test
  void whatIsTooLargeIsRefused() {
    Limits limits = new Limits(8, Limits.MIN_FRAME_BYTES, 20, 0);
    for (int size = 20; size <= 21; size++) {
      byte[] frame =
          Bytes.array("0200 01 %02x".formatted(size) + Bytes.repeat("61", size) + "010162");
      FrameReader<Message> plain = FrameReader.ofMessages(limits);
      assertThat(assertSame(packing(limits), plain, frame)).isEqualTo(size == 20);
    }
  }

  @Test
  void pieceByPieceNothingIsPacked() {
    ByteBuf frame =
        alloc.compositeBuffer().addComponents(true, frame("0200 01 01 61"), frame("01 01 62"));
    Ended<Message> read = reader.read(frame);
    assertThat(read).isNotInstanceOf(PackedMessages.class);
    assertThat(read.size()).isEqualTo(2);
    read.release();
  }

  @Test
  void onlyForACodecThatDecodesInPlace() {
    FrameReader<Message> other = FrameReader.ofMessages(LIMITS).packedFor(Codec.zeroCopy());
    Ended<Message> read = other.read(frame("0200 01 01 61"));
    assertThat(read).isNotInstanceOf(PackedMessages.class);
    read.release();
  }

  /** Whatever bytes come: the same messages, or the same refusal. */
  @Test
  void anyFrameMeansTheSame() {
    Random random = new Random(7);
    Limits limits = new Limits(8, Limits.MIN_FRAME_BYTES, 20, 0);
    int packed = 0;
    for (int i = 0; i < 100_000; i++) {
      byte[] bytes = new byte[2 + random.nextInt(24)];
      bytes[0] = 2;
      for (int at = 2; at < bytes.length; at++) {
        int size = random.nextInt(5);
        boolean atTable = random.nextInt(size + 2) < 2;
        bytes[at] = (byte) (atTable ? 1 : random.nextInt(16) == 0 ? random.nextInt() : size);
      }
      if (assertSame(packing(limits), FrameReader.ofMessages(limits), bytes)) {
        packed++;
      }
    }
    assertThat(packed).isGreaterThan(1000);
  }

  /** True if the first one packs it. */
  private boolean assertSame(FrameReader<Message> one, FrameReader<Message> other, byte[] frame) {
    List<String> texts = new ArrayList<>();
    List<String> expected = new ArrayList<>();
    boolean packs = read(one, frame, texts);
    assertThat(read(other, frame, expected)).isFalse();
    assertThat(texts).isEqualTo(expected).isNotEmpty();
    one.release();
    other.release();
    return packs;
  }

  private boolean read(FrameReader<Message> from, byte[] frame, List<String> out) {
    Ended<Message> read;
    try {
      read = from.read(alloc.directBuffer().writeBytes(frame));
    } catch (RuntimeException e) {
      out.add(e.toString());
      return false;
    }
    out.add(read.size() + " messages");
    boolean packed = (Ended<?>) read instanceof PackedMessages;
    while (read.hasNext()) {
      if ((Ended<?>) read instanceof PackedMessages messages && out.size() % 2 == 0) {
        out.add(messages.take(UTF_8));
      } else {
        Message message = read.take();
        out.add(message.partCount() == 1 ? message.text(0) : message.partCount() + " parts");
        message.release();
      }
    }
    return packed;
  }
}
