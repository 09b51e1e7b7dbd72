package io.reactorzmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.cli.tensor.Transfer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is told of the bytes under way. */
class ProgressTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0          | 10          | 0       | sending 0 of 10 B (0 %)",
        "1023       | 1024        | 100     | sending 1.0 of 1.0 KiB (99 %), 100 B/s",
        "1288490188 | 2147483648  | 8.5e8   | sending 1.2 of 2.0 GiB (59 %), 810.6 MiB/s",
        "2147483648 | 2147483648  | 1.2e9   | sending 2.0 of 2.0 GiB (100 %), 1.1 GiB/s",
        "1          | 9e18        | 0       | sending 0.0 of 8185452.3 TiB (0 %)",
      })
  void bytesPercentAndRate(double done, double total, double rate, String line) {
    Transfer transfer = new Transfer("sending", (long) done, (long) total, (long) done);
    assertThat(Progress.line(transfer, rate)).isEqualTo(line);
  }

  @Test
  void aSentenceTakesTheLineAwayAndStays() {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    StatusLine status = new StatusLine(new PrintStream(err, true, StandardCharsets.UTF_8));
    status.show("half");
    status.show("half");
    status.say("a sentence");
    status.show("whole");
    status.clear();
    status.clear();
    String clear = "\r\u001b[K";
    assertThat(err).hasToString(clear + "half" + clear + "a sentence\n" + clear + "whole" + clear);
  }
}
