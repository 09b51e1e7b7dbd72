package io.reactorzmq.message;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.CodecException;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CodecTest {

  private static final ByteBufAllocator ALLOCATOR = ByteBufAllocator.DEFAULT;

  static Stream<String> texts() {
    return Stream.of(
        "",
        "a",
        "gr\u00FC\u00DFe",
        "\u4F60\u597D",
        "\uD83D\uDE00",
        "line\r\n\0",
        "x".repeat(1023),
        "x".repeat(1024),
        "\u00FC".repeat(1024),
        "\u4F60".repeat(100_000));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void utf8IsOnePartOfUtf8(String text) {
    Message message = Codec.utf8().encode(text, ALLOCATOR);

    assertThat(message.partCount()).isOne();
    assertThat(message.bytes(0)).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
    assertThat(Codec.utf8().decode(received(message))).isEqualTo(text);
    assertThat(message.refCnt()).isOne();
    message.release();
  }

  static Stream<Codec<?>> decodersInPlace() {
    return Stream.of(
        Codec.bytes(),
        Codec.message(),
        Codec.utf8(),
        Codec.string(StandardCharsets.UTF_16LE),
        Codec.string(StandardCharsets.ISO_8859_1));
  }

  /** Well-formed or not, in a heap or direct frame, behind other bytes and before some. */
  @ParameterizedTest
  @MethodSource("decodersInPlace")
  void whatIsDecodedInPlaceIsWhatItsMessageWouldBe(InPlaceDecoder<?> codec) {
    Random random = new Random(3);
    for (int length = 0; length < 200; length++) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      ByteBuffer frame =
          length % 2 == 0 ? ByteBuffer.allocate(length + 7) : ByteBuffer.allocateDirect(length + 7);
      frame.put(3, bytes);
      Object inPlace = codec.decode(frame, 3, length);
      Object whole = codec.decode(Message.of(bytes));
      if (inPlace instanceof Message message) {
        assertThat(message.bytes(0)).isEqualTo(bytes);
        assertThat(message.partCount()).isEqualTo(((Message) whole).partCount());
      } else {
        assertThat(inPlace).isEqualTo(whole);
      }
      assertThat(frame.position()).isZero();
      assertThat(frame.remaining()).isEqualTo(length + 7);
    }
  }

  @Test
  void halfACharacterIsReplaced() {
    assertThat(Codec.utf8().encode("a\uD83Db", ALLOCATOR).bytes(0)).containsExactly('a', '?', 'b');
    assertThat(Codec.utf8().decode(Message.of(new byte[] {'a', (byte) 0xE4, (byte) 0xBD})))
        .isEqualTo("a\uFFFD");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ISO-8859-1", "UTF-16", "UTF-16LE", "US-ASCII", "windows-1252"})
  void stringIsOnePartOfThatCharset(String name) {
    Charset charset = Charset.forName(name);
    Codec<String> codec = Codec.string(charset);
    Message message = codec.encode("abc", ALLOCATOR);

    assertThat(message.bytes(0)).isEqualTo("abc".getBytes(charset));
    assertThat(codec.decode(received(message))).isEqualTo("abc");
    assertThat(Codec.string(StandardCharsets.US_ASCII).encode("\u00FC", ALLOCATOR).bytes(0))
        .containsExactly('?');
  }

  @Test
  void aCharsetThatCannotBeWrittenIsRefusedAtTheCall() {
    assertThatThrownBy(() -> Codec.string(Charset.forName("x-JISAutoDetect")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the charset x-JISAutoDetect can only be read");
  }

  @Test
  void sharedCodecsAreShared() {
    assertThat(Codec.string(StandardCharsets.UTF_8)).isSameAs(Codec.utf8());
    assertThat(Codec.bytes()).isSameAs(Codec.bytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1024, 100_000})
  void bytesAreOnePartThatIsNotCopied(int length) {
    byte[] value = new byte[length];
    Message message = Codec.bytes().encode(value, ALLOCATOR);
    if (length > 0) {
      value[length - 1] = 7;
    }

    assertThat(message.partCount()).isOne();
    assertThat(message.bytes(0)).isEqualTo(value);
    byte[] received = Codec.bytes().decode(received(message));
    assertThat(received).isEqualTo(value);
    assertThat(received == value).isFalse();
  }

  @Test
  void decodedBytesAreOnesOwnEvenOverHeapMemory() {
    byte[] memory = {1, 2, 3};
    byte[] received = Codec.bytes().decode(Message.of(memory));
    memory[0] = 9;

    assertThat(received).containsExactly(1, 2, 3);
  }

  static Stream<Arguments> onePartCodecs() {
    return Stream.of(
        Arguments.of(Codec.utf8(), "a text is one part, this message has 2 parts"),
        Arguments.of(
            Codec.string(StandardCharsets.UTF_16), "a text is one part, this message has 2 parts"),
        Arguments.of(Codec.bytes(), "a byte array is one part, this message has 2 parts"),
        Arguments.of(
            JsonCodec.of(String.class), "a JSON value is one part, this message has 2 parts"));
  }

  @ParameterizedTest
  @MethodSource("onePartCodecs")
  void severalPartsAreRefusedAndReleased(Codec<?> codec, String sentence) {
    ByteBuf buffer = ALLOCATOR.directBuffer().writeLong(1);

    assertThatThrownBy(() -> codec.decode(Message.over(buffer, 0, 4, 4)))
        .isInstanceOf(CodecException.class)
        .hasMessage(sentence);
    assertThat(buffer.refCnt()).isZero();
  }

  @ParameterizedTest
  @MethodSource("onePartCodecs")
  void decodingReleasesTheMessageOnce(Codec<?> codec, String sentence) {
    ByteBuf buffer = ALLOCATOR.directBuffer();
    buffer.writeCharSequence("\"\"", StandardCharsets.US_ASCII);
    Message message = Message.of(buffer).retain();

    codec.decode(message);
    assertThat(message.refCnt()).isOne();
    codec.decode(message);
    assertThat(buffer.refCnt()).isZero();
  }

  @Test
  void discardingAValueDoesNothing() {
    Codec.utf8().discard("a");
    Codec.bytes().discard(new byte[1]);
    JsonCodec.of(String.class).discard("a");
  }

  @Test
  void messageSendsTheMessageItself() {
    for (Codec<Message> codec : List.of(Codec.message(), Codec.zeroCopy())) {
      Message value = Message.of("a", "b");
      assertThat(codec.encode(value, ALLOCATOR)).isSameAs(value);
      assertThat(value.refCnt()).isOne();
    }
  }

  @Test
  void aReleasedMessageIsNotSent() {
    for (Codec<Message> codec : List.of(Codec.message(), Codec.zeroCopy())) {
      Message value = Message.of("a");
      value.release();
      assertThatThrownBy(() -> codec.encode(value, ALLOCATOR))
          .isInstanceOf(CodecException.class)
          .hasMessage(
              "the message was released before; sending takes its reference, send"
                  + " message.retain() to keep one");
    }
  }

  @Test
  void discardReleasesAMessageUnlessItIs() {
    for (Codec<Message> codec : List.of(Codec.message(), Codec.zeroCopy())) {
      Message value = Message.of("a").retain();
      codec.discard(value);
      assertThat(value.refCnt()).isOne();
      codec.discard(value);
      codec.discard(value);
      assertThat(value.refCnt()).isZero();
    }
  }

  static Stream<Message> receivedMessages() {
    return Stream.of(
        Message.over(direct("!abc"), 1, 1, 0, 2),
        Message.over(direct("!abc"), 1, 1, 0, 2, 0, 0, 0),
        Message.over(direct("abc"), 0, 0),
        Message.of(direct("a"), direct(""), direct("bc")),
        Message.of(Unpooled.EMPTY_BUFFER));
  }

  @ParameterizedTest
  @MethodSource("receivedMessages")
  void messageReceivesAHeapCopy(Message message) {
    List<String> expected = texts(message);
    message.retain();

    Message copy = Codec.message().decode(message);

    assertThat(message.refCnt()).isOne();
    message.release();
    assertThat(copy.refCnt()).isOne();
    assertThat(texts(copy)).isEqualTo(expected);
    assertThat(copy.size()).isEqualTo(message.size());
    assertThat(copy.part(0).isDirect() && copy.size() > 0).isFalse();
  }

  @ParameterizedTest
  @MethodSource("receivedMessages")
  void zeroCopyReceivesTheMessageItself(Message message) {
    assertThat(Codec.zeroCopy().decode(message)).isSameAs(message);
    assertThat(message.refCnt()).isOne();
    message.release();
  }

  @Test
  void aCodecNeedNotDiscard() {
    Codec<Integer> codec =
        new Codec<>() {
          @Override
          public Message encode(Integer value, ByteBufAllocator allocator) {
            return Message.of(allocator.buffer(4).writeInt(value));
          }

          @Override
          public Integer decode(Message message) {
            try {
              return message.part(0).readInt();
            } finally {
              message.release();
            }
          }
        };
    codec.discard(1);
    assertThat(codec.decode(codec.encode(7, ALLOCATOR))).isEqualTo(7);
  }

  /** The message as a peer receives it: inside a direct buffer of the transport. */
  private static Message received(Message message) {
    ByteBuf buffer = ALLOCATOR.directBuffer().writeByte('!');
    message.copyTo(0, 0, message.partSize(0), buffer);
    return Message.over(buffer, 1, message.partSize(0));
  }

  private static List<String> texts(Message message) {
    return Stream.iterate(0, i -> i + 1).limit(message.partCount()).map(message::text).toList();
  }

  private static ByteBuf direct(String text) {
    ByteBuf buffer = ALLOCATOR.directBuffer();
    buffer.writeCharSequence(text, StandardCharsets.UTF_8);
    return buffer;
  }
}
