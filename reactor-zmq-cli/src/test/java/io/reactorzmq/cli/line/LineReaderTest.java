package io.reactorzmq.cli.line;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {

  @Test
  void anEmptyStreamHasNoLine() throws IOException {
    assertThat(lines("")).isEmpty();
  }

  @Test
  void aLineFeedEndsALineAndTheLastLineNeedsNone() throws IOException {
    assertThat(lines("a\nb")).containsExactly("a", "b");
    assertThat(lines("a\nb\n")).containsExactly("a", "b");
  }

  @Test
  void emptyLinesAreLines() throws IOException {
    assertThat(lines("\n\na\n\n")).containsExactly("", "", "a", "");
  }

  @Test
  void bytesOtherThanTheLineFeedMeanNothing() throws IOException {
    assertThat(lines("\0\r\n\u00ff\u00fe\t\r")).containsExactly("\0\r", "\u00ff\u00fe\t\r");
  }

  @ParameterizedTest
  @ValueSource(ints = {65_535, 65_536, 65_537, 1_000_000})
  void aLineMayBeLongerThanAChunk(int length) throws IOException {
    String line = "x".repeat(length);
    assertThat(lines("a\n" + line + "\n" + line)).containsExactly("a", line, line);
  }

  @Test
  void bytesThatComeOneByOneMakeTheSameLines() throws IOException {
    InputStream in =
        new ByteArrayInputStream("ab\n\ncd".getBytes(ISO_8859_1)) {
          @Override
          public int read(byte[] target, int offset, int length) {
            return super.read(target, offset, 1);
          }
        };
    assertThat(lines(new LineReader(in, 100), Integer.MAX_VALUE)).containsExactly("ab", "", "cd");
  }

  @Test
  void oneAtATimeGivesTheSameLines() throws IOException {
    LineReader reader = reader("a\nb\n\nc", 100);
    assertThat(reader.read(1)).hasSize(1);
    assertThat(lines(reader, 1)).containsExactly("b", "", "c");
  }

  @Test
  void aLineThatIsTooLongIsAnErrorWithItsNumber() {
    LineReader reader = reader("a\nb\n" + "x".repeat(200_000), 100_000);
    assertThatThrownBy(() -> lines(reader, Integer.MAX_VALUE))
        .isInstanceOf(IOException.class)
        .hasMessage("line 3 is longer than 100000 bytes");
  }

  private static LineReader reader(String text, long maxLineBytes) {
    return new LineReader(new ByteArrayInputStream(text.getBytes(ISO_8859_1)), maxLineBytes);
  }

  private static List<String> lines(String text) throws IOException {
    return lines(reader(text, Long.MAX_VALUE), Integer.MAX_VALUE);
  }

  private static List<String> lines(LineReader reader, int most) throws IOException {
    List<String> lines = new ArrayList<>();
    for (List<byte[]> batch; (batch = reader.read(most)) != null; ) {
      assertThat(batch).isNotEmpty().hasSizeLessThanOrEqualTo(most);
      batch.forEach(line -> lines.add(new String(line, ISO_8859_1)));
    }
    return lines;
  }
}
