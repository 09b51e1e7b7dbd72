package io.reactorzmq.cli.line;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class LineCodecTest {

  @Test
  void textIsTheBytesAsTheyAre() {
    String everyByteButTabAndLineFeed = "";
    for (char c = 0; c < 256; c++) {
      everyByteButTabAndLineFeed += c == '\t' || c == '\n' ? "" : c;
    }
    assertThat(parts(Format.TEXT, everyByteButTabAndLineFeed))
        .containsExactly(everyByteButTabAndLineFeed);
    assertThat(print(Format.TEXT, everyByteButTabAndLineFeed))
        .isEqualTo(everyByteButTabAndLineFeed);
  }

  @Test
  void anEmptyLineIsAMessageOfOneEmptyPart() {
    assertThat(parts(Format.TEXT, "")).containsExactly("");
    assertThat(print(Format.TEXT, "")).isEmpty();
  }

  @Test
  void aTabSeparatesParts() {
    assertThat(parts(Format.TEXT, "\ta\t\tb\t")).containsExactly("", "a", "", "b", "");
    assertThat(print(Format.TEXT, "", "a", "", "b", "")).isEqualTo("\ta\t\tb\t");
  }

  @Test
  void hexIsTwoDigitsPerByte() {
    assertThat(parts(Format.HEX, "00fF7a\t\t0A")).containsExactly("\0\u00ff\u007a", "", "\n");
    assertThat(print(Format.HEX, "\0\u00ff\u007a", "", "\n")).isEqualTo("00ff7a\t\t0a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{\"a\": [1, 2.50e3, null]}", "[]", "\"t\\tab\"", "true", "-0.10", " 1\r"})
  void jsonIsCheckedAndPassedOnUnchanged(String document) {
    assertThat(parts(Format.JSON, document)).containsExactly(document);
  }

  @Test
  void jsonOfSeveralPartsIsSeveralDocuments() {
    assertThat(parts(Format.JSON, "{\"a\":1}\t2")).containsExactly("{\"a\":1}", "2");
    assertThat(print(Format.JSON, "{\"a\":1}", "2")).isEqualTo("{\"a\":1}\t2");
  }

  @Test
  void jsonIsPrintedOnOneLineWithoutTabs() {
    assertThat(print(Format.JSON, "{\r\n\t\"a b\": [1,\n2]\n}")).isEqualTo("{   \"a b\": [1, 2] }");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "JSON | ''        | not JSON: it is empty",
        "JSON | '1 2'     | not JSON: something follows the document",
        "JSON | '{\"a\":' | not JSON: Unexpected end-of-input",
        "JSON | 'hello'   | not JSON: Unrecognized token 'hello'",
        "HEX  | 'abc'     | not hexadecimal: two digits make a byte, here are 3 characters",
        "HEX  | '0g'      | not hexadecimal: character 2 is no digit",
      })
  void whatIsNotOfTheFormatIsRefusedInBothDirections(Format format, String text, String why) {
    assertThatThrownBy(() -> parts(format, text))
        .isInstanceOf(CodecException.class)
        .hasMessageStartingWith(why);
    if (format != Format.HEX) {
      assertThatThrownBy(() -> print(format, text))
          .isInstanceOf(CodecException.class)
          .hasMessageStartingWith(why);
    }
  }

  @Test
  void jsonInUtf16IsRefused() {
    assertThatThrownBy(() -> parts(Format.JSON, "\0001"))
        .isInstanceOf(CodecException.class)
        .hasMessage("not JSON: it contains a zero byte");
  }

  @Test
  void jsonThatIsNotUtf8IsRefused() {
    assertThatThrownBy(() -> parts(Format.JSON, "\"\u00ff\""))
        .isInstanceOf(CodecException.class)
        .hasMessageStartingWith("not JSON: Invalid UTF-8");
  }

  @Test
  void moreTabsThanAMessageHasPartsAreRefused() {
    assertThat(parts(Format.TEXT, "\t".repeat(65_534))).hasSize(65_535);
    assertThatThrownBy(() -> parts(Format.TEXT, "\t".repeat(65_535)))
        .isInstanceOf(CodecException.class)
        .hasMessage("a message has at most 65535 parts, here are 65536");
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void aMessageIsReleasedWhetherItCanBePrintedOrNot(Format format) {
    for (String text : List.of("1", "nonsense")) {
      Message message = Message.of(text);
      try {
        new LineCodec(format).decode(message);
      } catch (CodecException e) {
        assertThat(format).isEqualTo(Format.JSON);
      }
      assertThat(message.refCnt()).isZero();
    }
  }

  @Test
  void encodedLinesAreCounted() {
    LineCodec codec = new LineCodec(Format.JSON);
    codec.encode("1".getBytes(UTF_8), UnpooledByteBufAllocator.DEFAULT);
    assertThatThrownBy(() -> codec.encode("x".getBytes(UTF_8), UnpooledByteBufAllocator.DEFAULT))
        .isInstanceOf(CodecException.class);
    assertThat(codec.encoded()).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(Format.class)
  void aFormatIsFoundByItsName(Format format) {
    assertThat(Format.of(format.toString())).isEqualTo(format);
  }

  private static List<String> parts(Format format, String line) {
    Message message =
        new LineCodec(format).encode(line.getBytes(ISO_8859_1), UnpooledByteBufAllocator.DEFAULT);
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < message.partCount(); i++) {
      parts.add(new String(message.bytes(i), ISO_8859_1));
    }
    message.release();
    return parts;
  }

  private static String print(Format format, String... parts) {
    byte[][] bytes = new byte[parts.length][];
    for (int i = 0; i < parts.length; i++) {
      bytes[i] = parts[i].getBytes(ISO_8859_1);
    }
    return new String(new LineCodec(format).decode(Message.of(bytes)), ISO_8859_1);
  }
}
