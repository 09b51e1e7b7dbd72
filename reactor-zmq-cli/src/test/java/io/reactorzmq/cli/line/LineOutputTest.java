package io.reactorzmq.cli.line;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class LineOutputTest {

  private final ByteArrayOutputStream stream = new ByteArrayOutputStream();
  private final LineOutput output = new LineOutput(stream);

  @Test
  void linesAreHeldUntilTheFlush() throws IOException {
    output.write("a".getBytes(ISO_8859_1));
    output.write(new byte[0]);
    assertThat(stream.size()).isZero();
    output.flush();
    assertThat(stream.toString(ISO_8859_1)).isEqualTo("a\n\n");
  }

  @Test
  void linesOfEveryLengthComeOutInOrder() throws IOException {
    StringBuilder expected = new StringBuilder();
    for (int length : new int[] {1, 65_534, 65_535, 65_536, 3, 200_000, 0, 40_000, 40_000}) {
      String line = "x".repeat(length);
      output.write(line.getBytes(ISO_8859_1));
      expected.append(line).append('\n');
    }
    output.flush();
    assertThat(stream.toString(ISO_8859_1)).isEqualTo(expected.toString());
  }
}
