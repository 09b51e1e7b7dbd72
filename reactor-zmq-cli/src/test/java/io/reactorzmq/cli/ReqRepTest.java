package io.reactorzmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests: the lines of stdin, their replies in order, and those that fail. */
class ReqRepTest {

  private static final String ANY_PORT = "tcp://127.0.0.1:0";

  @Test
  void eachLineIsARequestAndEachReplyALine() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT, "--echo");
        Running req = Running.zmq("req", "--connect", rep.endpoint())) {
      req.type("one\n\ntwo\tparts\n\u00ff\0\r\u00fe").endInput();
      assertThat(req.exitCode()).isZero();
      assertThat(req.output()).isEqualTo("one\n\ntwo\tparts\n\u00ff\0\r\u00fe\n");
      assertThat(req.errors()).isEmpty();
      rep.interrupt();
      assertThat(rep.exitCode()).isZero();
      assertThat(rep.output()).isEqualTo(req.output());
      assertThat(rep.errors()).hasLineCount(1); // where it is bound
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1000, 2000", "64, 1000, 50000", "5000, 1000, 20000", "64, 1, 1000", "7, 0, 500"})
  void whateverIsInFlightRepliesComeInTheOrderOfTheRequests(String inFlight, String hwm, int n) {
    String text = numbers(1, n);
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT, "--echo", "--hwm", hwm);
        Running other = Running.zmq("rep", "--bind", ANY_PORT, "--echo", "--concurrency", "1");
        Running req =
            Running.zmq(
                ("req --in-flight %s --hwm %s --connect %s --connect %s"
                        .formatted(inFlight, hwm, rep.endpoint(), other.endpoint()))
                    .split(" "))) {
      req.type(text).endInput();
      assertThat(req.exitCode()).isZero();
      assertThat(req.output()).isEqualTo(text);
    }
  }

  @Test
  void aReplyThatIsLateHoldsUpThoseBehindItAndNoMoreIsAskedThanMayBeInFlight() {
    try (Running req = Running.zmq("req", "--bind", ANY_PORT)) {
      String endpoint = req.endpoint();
      try (Running late = Running.zmq("rep", "--connect", endpoint, "--hwm", "1")) {
        req.type("1\n");
        late.awaitOutput("1\n"::equals); // and has room for no other one
        try (Running prompt = Running.zmq("rep", "--connect", endpoint, "--echo")) {
          req.type(numbers(2, 1_000)).endInput();
          prompt.awaitOutput(numbers(2, 64)::equals);
          assertThat(req.output()).isEmpty();
          late.type("late\n".repeat(1_000));
          assertThat(req.exitCode()).isZero();
        }
      }
      List<String> replies = req.outputLines();
      assertThat(replies).hasSize(1_000).startsWith("late", "2", "3");
      for (int i = 1; i < replies.size(); i++) {
        assertThat(replies.get(i)).isIn("late", "" + (i + 1));
      }
    }
  }

  @Test
  void aRequestWithoutAReplyInTimeFailsWithItsNumberAndTheOthersGoOn() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT);
        Running hasty = Running.zmq("req", "--connect", rep.endpoint(), "--timeout", "1s");
        Running patient = Running.zmq("req", "--connect", rep.endpoint())) {
      hasty.type("one\n");
      rep.awaitOutput("one\n"::equals);
      hasty.awaitError("zmq req: line 1: no reply within 1s\n"::equals);
      // it leaves when rep has answered that nobody waits any more
      hasty.endInput();
      assertThat(hasty.exitCode()).isEqualTo(1);
      patient.type("two\n");
      rep.awaitOutput("one\ntwo\n"::equals);
      rep.type("late\nin time\n");
      patient.awaitOutput("in time\n"::equals);
      rep.awaitError(text -> text.contains("line 1 is not used: whoever asked has given up"));
      assertThat(hasty.output()).isEmpty();
      assertThat(hasty.errors()).endsWith("zmq req: requests that failed: 1 of 1\n");
    }
  }

  @Test
  void withoutAReplierTheTimeoutAppliesToo() {
    try (Running req = Running.zmq("req", "--bind", ANY_PORT, "--timeout", "50ms")) {
      req.type("1\n2\n3\n").endInput();
      assertThat(req.exitCode()).isEqualTo(1);
      assertThat(req.errors())
          .contains("line 1: no", "line 2: no", "line 3: no")
          .endsWith("zmq req: requests that failed: 3 of 3\n");
    }
  }

  @Test
  void withoutAReplierLingerEndsAndTheNumbersAreReported() {
    try (Running req =
        Running.zmq("req", "--bind", ANY_PORT, "--linger", "100ms", "--in-flight", "2")) {
      req.type("1\n2\n3\n").endInput();
      assertThat(req.exitCode()).isEqualTo(3);
      assertThat(req.errors())
          .contains("zmq req: line 1: no reply before --linger was over\n")
          .endsWith("zmq req: requests left without a reply: 2 of 2; lines read but not sent: 1\n");
    }
  }

  @Test
  void anEmptyInputNeedsNoReplier() {
    try (Running req = Running.zmq("req", "--connect", "tcp://127.0.0.1:9")) {
      assertThat(req.endInput().exitCode()).isZero();
      assertThat(req.errors()).isEmpty();
    }
  }

  @Test
  void aCountTakesThatManyLinesThoughThereAreMore() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT, "--echo");
        Running req = Running.zmq("req", "--connect", rep.endpoint(), "--count", "3")) {
      req.type("1\n2\n3\n4\n5\n");
      assertThat(req.exitCode()).isZero();
      assertThat(req.output()).isEqualTo("1\n2\n3\n");
      assertThat(req.errors()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({"json, '1\nx\n2\n', not JSON: Unrecognized token 'x'", "hex, 'ff\n0\n11\n', not hex"})
  void aLineThatIsNotOfTheFormatFailsAloneWithItsNumber(String format, String in, String why) {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT, "--format", format, "--echo");
        Running req = Running.zmq("req", "--connect", rep.endpoint(), "--format", format)) {
      req.type(in).endInput();
      assertThat(req.exitCode()).isEqualTo(1);
      assertThat(req.errors()).startsWith("zmq req: line 2: " + why).hasLineCount(2);
      assertThat(req.outputLines()).hasSize(2);
    }
  }

  @Test
  void aReplyThatIsNotOfTheFormatFailsAlone() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT, "--echo");
        Running req = Running.zmq("req", "--connect", rep.endpoint(), "--format", "hex")) {
      req.type("61\n").endInput();
      assertThat(req.exitCode()).isZero();
      assertThat(rep.output()).isEqualTo("a\n");
    }
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT);
        Running req = Running.zmq("req", "--connect", rep.endpoint(), "--format", "json")) {
      rep.type("oops\n2\n");
      req.type("1\n2\n").endInput();
      assertThat(req.exitCode()).isEqualTo(1);
      assertThat(req.errors()).contains("zmq req: line 1: not JSON");
      assertThat(req.output()).isEqualTo("2\n");
    }
  }

  @Test
  void anInterruptEndsTheInputAndRepliesUnderWayAreStillPrinted() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT);
        Running req = Running.zmq("req", "--connect", rep.endpoint())) {
      req.type("1\n2\nhalf a li");
      rep.awaitOutput("1\n2\n"::equals);
      req.interrupt();
      req.awaitError(text -> text.contains("interrupt once more to leave at once"));
      rep.type("one\ntwo\n");
      assertThat(req.exitCode()).isZero();
      assertThat(req.output()).isEqualTo("one\ntwo\n");
    }
  }

  @Test
  void whatAnInterruptLeavesUnaskedIsReported() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT);
        Running req = Running.zmq("req", "--connect", rep.endpoint(), "--in-flight", "2")) {
      req.type("1\n2\n3\n4\n5\n").awaitAllRead();
      rep.awaitOutput("1\n2\n"::equals);
      req.interrupt();
      rep.type("one\ntwo\n");
      assertThat(req.exitCode()).isEqualTo(3);
      assertThat(req.output()).isEqualTo("one\ntwo\n");
      assertThat(req.errors()).endsWith("zmq req: lines read but not sent: 3\n");
    }
  }

  @Test
  void aClosedStdoutEndsItQuietly() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT, "--echo");
        Running req = Running.zmq("req", "--connect", rep.endpoint())) {
      req.type("1\n");
      req.awaitOutput("1\n"::equals);
      req.closeOutput();
      req.type(numbers(2, 10_000));
      assertThat(req.exitCode()).isZero();
      assertThat(req.errors()).isEmpty();
    }
  }

  @Test
  void statsTellOfRequestsAndReplies() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT, "--echo", "--stats");
        Running req = Running.zmq("req", "--connect", rep.endpoint(), "--stats")) {
      req.type("1\n2\n");
      req.awaitOutput("1\n2\n"::equals);
      req.endInput();
      assertThat(req.exitCode()).isZero();
      assertThat(req.errors()).contains("sent 2 (", "in flight 0", "received 2 (");
      rep.interrupt();
      assertThat(rep.exitCode()).isZero();
      assertThat(rep.errors()).contains("sent 2 (", "received 2 (");
    }
  }

  private static String numbers(int from, int to) {
    return IntStream.rangeClosed(from, to)
        .mapToObj(number -> number + "\n")
        .collect(Collectors.joining());
  }
}
