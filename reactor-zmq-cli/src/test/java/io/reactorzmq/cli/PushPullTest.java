package io.reactorzmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PushPullTest {

  private static final String ANY_PORT = "tcp://127.0.0.1:0";

  @Test
  void eachLineIsAMessageAndEachMessageALine() {
    try (Running pull = Running.zmq("pull", "--bind", ANY_PORT, "--count", "4");
        Running push = Running.zmq("push", "--connect", pull.endpoint())) {
      push.type("one\n\ntwo\tparts\n\u00ff\0\r\u00fe").endInput();
      assertThat(push.exitCode()).isZero();
      assertThat(pull.exitCode()).isZero();
      assertThat(pull.output()).isEqualTo("one\n\ntwo\tparts\n\u00ff\0\r\u00fe\n");
      assertThat(push.output() + push.errors()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "2", "1000", "0"})
  void whateverTheHighWaterMarkAllLinesArriveInOrder(String hwm) {
    int lines = hwm.equals("1000") ? 100_000 : 3_000;
    String text = numbers(1, lines);
    try (Running pull =
            Running.zmq("pull", "--bind", ANY_PORT, "--hwm", hwm, "--count", "" + lines);
        Running push = Running.zmq("push", "--connect", pull.endpoint(), "--hwm", hwm)) {
      push.type(text).endInput();
      assertThat(push.exitCode()).isZero();
      assertThat(pull.exitCode()).isZero();
      assertThat(pull.output()).isEqualTo(text);
    }
  }

  @Test
  void aMessageIsPrintedAtOnceThoughNoneFollows() {
    try (Running pull = Running.zmq("pull", "--bind", ANY_PORT);
        Running push = Running.zmq("push", "--connect", pull.endpoint())) {
      push.type("first\n");
      pull.awaitOutput("first\n"::equals);
      push.type("second\n");
      pull.awaitOutput("first\nsecond\n"::equals);
    }
  }

  @Test
  void lettersAndNumbersPassBetweenFormats() {
    try (Running pull = Running.zmq("pull", "--bind", ANY_PORT, "--format", "hex");
        Running text = Running.zmq("push", "--connect", pull.endpoint());
        Running json = Running.zmq("push", "--connect", pull.endpoint(), "--format", "JSON")) {
      text.type("az\t\u00ff\n").endInput();
      pull.awaitOutput("617a\tff\n"::equals);
      json.type("[1, 2]\n").endInput();
      pull.awaitOutput("617a\tff\n5b312c20325d\n"::equals);
    }
  }

  @ParameterizedTest
  @CsvSource({"json, '1\nx\n2\n', not JSON: Unrecognized token 'x'", "hex, 'ff\n0\n11\n', not hex"})
  void aLineThatIsNotOfTheFormatEndsTheInputWithItsNumber(String format, String in, String why) {
    try (Running pull = Running.zmq("pull", "--bind", ANY_PORT, "--format", format);
        Running push = Running.zmq("push", "--connect", pull.endpoint(), "--format", format)) {
      push.type(in);
      assertThat(push.exitCode()).isEqualTo(1);
      assertThat(push.errors()).startsWith("zmq push: line 2: " + why).hasLineCount(1);
      pull.awaitOutput(text -> text.equals(in.substring(0, in.indexOf('\n') + 1)));
    }
  }

  @Test
  void aMessageThatIsNotOfTheFormatIsSkippedAndReported() {
    try (Running pull =
            Running.zmq("pull", "--bind", ANY_PORT, "--format", "json", "--count", "2");
        Running push = Running.zmq("push", "--connect", pull.endpoint())) {
      push.type("1\noops\n2\n").endInput();
      assertThat(push.exitCode()).isZero();
      assertThat(pull.exitCode()).isZero();
      assertThat(pull.output()).isEqualTo("1\n2\n");
      assertThat(pull.errors()).contains("zmq pull: skipped a message of PUSH 127.0.0.1:");
    }
  }

  @Test
  void aLineThatNoPullerTakesIsAFailure() {
    try (Running pull = Running.zmq("pull", "--bind", ANY_PORT, "--max-message-size", "10");
        Running push = Running.zmq("push", "--connect", pull.endpoint())) {
      push.type("short\nlonger than it may be\n").endInput();
      assertThat(push.exitCode()).isEqualTo(1);
      assertThat(push.errors()).contains("zmq push: ").contains("maxMessageSize is 10");
      pull.awaitOutput("short\n"::equals);
    }
  }

  @Test
  void withoutAPullerLingerEndsAndTheNumbersAreReported() {
    try (Running push = Running.zmq("push", "--bind", ANY_PORT, "--linger", "100ms")) {
      push.type("1\n2\n3\n").endInput();
      assertThat(push.exitCode()).isEqualTo(3);
      assertThat(push.errors()).endsWith("zmq push: messages lost at the end: 3 not sent\n");
    }
  }

  @Test
  void anEmptyInputNeedsNoPuller() {
    try (Running push = Running.zmq("push", "--connect", "tcp://127.0.0.1:9")) {
      assertThat(push.endInput().exitCode()).isZero();
      assertThat(push.errors()).isEmpty();
    }
  }

  @Test
  void anInterruptEndsTheInputAndWhatWasReadIsStillSent() {
    try (Running push = Running.zmq("push", "--bind", ANY_PORT, "--verbose");
        Running pull = Running.zmq("pull", "--connect", push.endpoint(), "--hwm", "1")) {
      push.awaitPeers(1);
      push.type("1\n2\n3\nhalf a li").awaitAllRead();
      push.interrupt();
      assertThat(push.exitCode()).isZero();
      pull.awaitOutput("1\n2\n3\n"::equals);
    }
  }

  @Test
  void anInterruptedPullerLeavesInGoodOrder() {
    try (Running push = Running.zmq("push", "--bind", ANY_PORT, "--verbose");
        Running pull = Running.zmq("pull", "--connect", push.endpoint())) {
      push.type("1\n");
      pull.awaitOutput("1\n"::equals);
      pull.interrupt();
      assertThat(pull.exitCode()).isZero();
      assertThat(pull.errors()).isEmpty();
      push.awaitError(text -> text.contains(" left\n"));
      assertThat(push.hasEnded()).isFalse();
      push.endInput();
      assertThat(push.exitCode()).isZero();
    }
  }

  @Test
  void whoeverWaitsForAPeerIsToldHowToEndItAtOnce() {
    try (Running push = Running.zmq("push", "--bind", ANY_PORT)) {
      push.type("1\n").awaitAllRead();
      push.interrupt();
      push.awaitError(text -> text.contains("interrupt once more to leave at once"));
      try (Running pull = Running.zmq("pull", "--connect", push.endpoint())) {
        assertThat(push.exitCode()).isZero();
        pull.awaitOutput("1\n"::equals);
      }
    }
  }

  @Test
  void aClosedStdoutEndsThePullerQuietly() {
    try (Running push = Running.zmq("push", "--bind", ANY_PORT, "--verbose");
        Running pull = Running.zmq("pull", "--connect", push.endpoint())) {
      push.type("1\n");
      pull.awaitOutput("1\n"::equals);
      pull.closeOutput();
      push.type("2\n");
      assertThat(pull.exitCode()).isZero();
      assertThat(pull.errors()).isEmpty();
    }
  }

  @Test
  void workersThatComeAndGoLoseNothingBetweenThem() {
    int lines = 40_000;
    try (Running push = Running.zmq("push", "--bind", ANY_PORT)) {
      String endpoint = push.endpoint();
      push.type(numbers(1, lines)).endInput();
      StringBuilder printed = new StringBuilder();
      for (int i = 0; i < 6; i++) {
        try (Running first = Running.zmq("pull", "--connect", endpoint, "--count", "1500");
            Running second = Running.zmq("pull", "--connect", endpoint, "--count", "700")) {
          assertThat(List.of(first.exitCode(), second.exitCode())).containsOnly(0);
          assertThat(first.outputLines()).hasSizeGreaterThanOrEqualTo(1500);
          assertThat(second.outputLines()).hasSizeGreaterThanOrEqualTo(700);
          printed.append(first.output()).append(second.output());
        }
      }
      try (Running last = Running.zmq("pull", "--connect", endpoint)) {
        assertThat(push.exitCode()).isZero();
        last.interrupt();
        assertThat(last.exitCode()).isZero();
        printed.append(last.output());
      }
      List<String> all = printed.toString().lines().toList();
      assertThat(all).hasSize(lines).doesNotHaveDuplicates();
    }
  }

  @Test
  void aHighWaterMarkOf1PrintsAtMostOneMessageTooMany() {
    try (Running push = Running.zmq("push", "--bind", ANY_PORT)) {
      push.type(numbers(1, 100)).endInput();
      String endpoint = push.endpoint();
      try (Running pull =
          Running.zmq("pull", "--connect", endpoint, "--count", "3", "--hwm", "1")) {
        assertThat(pull.exitCode()).isZero();
        assertThat(pull.outputLines()).hasSizeBetween(3, 4);
      }
      try (Running rest = Running.zmq("pull", "--connect", endpoint)) {
        assertThat(push.exitCode()).isZero();
        rest.awaitOutput(text -> text.endsWith("100\n"));
      }
    }
  }

  @Test
  void statsTellRatesDropsAndPeers() {
    try (Running pull = Running.zmq("pull", "--bind", ANY_PORT, "--stats", "--count", "3");
        Running push = Running.zmq("push", "--connect", pull.endpoint(), "--stats")) {
      push.type("1\n2\n");
      pull.awaitOutput("1\n2\n"::equals);
      push.awaitError(text -> text.matches("(?s).*sent 2 \\([\\d,]+/s\\); .*peers 1.*"));
      pull.awaitError(
          text -> text.matches("(?s).*received 2 \\(.*/s\\); .* dropped 0, .*peers 1.*"));
      push.type("3\n").endInput();
      assertThat(push.exitCode()).isZero();
      assertThat(pull.exitCode()).isZero();
      assertThat(push.errors().lines().reduce((first, last) -> last).orElseThrow())
          .contains("sent 3 (");
    }
  }

  @Test
  void anIntervalPassesBetweenTwoMessages() {
    try (Running pull = Running.zmq("pull", "--bind", ANY_PORT, "--count", "4");
        Running push = Running.zmq("push", "--connect", pull.endpoint(), "--interval", "100ms")) {
      long start = System.nanoTime();
      push.type("1\n2\n3\n4\n").endInput();
      assertThat(pull.exitCode()).isZero();
      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(300_000_000L);
      assertThat(pull.output()).isEqualTo("1\n2\n3\n4\n");
    }
  }

  @Test
  void aPeerOfTheWrongTypeIsReportedOnce() {
    try (Running first = Running.zmq("push", "--bind", ANY_PORT);
        Running second = Running.zmq("push", "--connect", first.endpoint())) {
      second.awaitError(text -> text.contains("zmq push: no peer at "));
      second.endInput();
      assertThat(second.exitCode()).isZero();
      assertThat(second.errors()).containsOnlyOnce("no peer at").contains("PUSH");
    }
  }

  @Test
  void severalEndpointsOfBothKindsAreOneSocket() {
    try (Running left = Running.zmq("pull", "--bind", ANY_PORT);
        Running push = Running.zmq("push", "--connect", left.endpoint(), "--bind", ANY_PORT)) {
      push.type("1\n2\n");
      left.awaitOutput("1\n2\n"::equals);
      left.interrupt();
      assertThat(left.exitCode()).isZero();
      push.type("3\n").endInput();
      try (Running right = Running.zmq("pull", "--connect", push.endpoint())) {
        assertThat(push.exitCode()).isZero();
        right.awaitOutput("3\n"::equals);
      }
    }
  }

  private static String numbers(int from, int to) {
    StringBuilder text = new StringBuilder();
    IntStream.rangeClosed(from, to).forEach(number -> text.append(number).append('\n'));
    return text.toString();
  }
}
