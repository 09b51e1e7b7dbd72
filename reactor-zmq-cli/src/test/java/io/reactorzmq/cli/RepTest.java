package io.reactorzmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Answers: the n-th line of stdin for the n-th request, and what happens when there are none. */
class RepTest {

  private static final String ANY_PORT = "tcp://127.0.0.1:0";

  @Test
  void theLinesOfStdinAnswerInTurnAndAreUsedOnce() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT);
        Running req = Running.zmq("req", "--connect", rep.endpoint())) {
      rep.type("one\ntwo\tparts\n");
      req.type("1\n2\n3\n");
      req.awaitOutput("one\ntwo\tparts\n"::equals);
      rep.awaitOutput("1\n2\n3\n"::equals);
      rep.type("three\n");
      req.awaitOutput("one\ntwo\tparts\nthree\n"::equals);
      assertThat(rep.hasEnded()).isFalse();
    }
  }

  @Test
  void itLeavesWhenTheLastLineIsUsedAndRefusesWhatComesLater() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT);
        Running req = Running.zmq("req", "--connect", rep.endpoint())) {
      rep.type("a\nb\n").endInput();
      req.type("1\n2\n3\n4\n").endInput();
      assertThat(req.exitCode()).isEqualTo(1);
      assertThat(rep.exitCode()).isZero();
      assertThat(req.output()).isEqualTo("a\nb\n");
      assertThat(req.errors()).contains("zmq req: line 3: ", "zmq req: line 4: ");
    }
  }

  @Test
  void aPrintedRequestFailsIfStdinEndsBeforeItsLine() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT);
        Running req = Running.zmq("req", "--connect", rep.endpoint())) {
      req.type("1\n2\n");
      rep.awaitOutput("1\n2\n"::equals);
      rep.type("one\n").endInput();
      req.awaitOutput("one\n"::equals);
      req.awaitError("zmq req: line 2: the replier says: stdin ended before the answer\n"::equals);
      assertThat(rep.exitCode()).isZero();
      assertThat(rep.errors()).endsWith("requests printed that stdin had no line for: 1\n");
    }
  }

  @Test
  void anEmptyStdinIsToldOf() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT)) {
      assertThat(rep.endInput().exitCode()).isZero();
      assertThat(rep.errors())
          .contains("zmq rep: stdin has no line to answer with; --echo answers each request");
    }
  }

  @Test
  void theLineOfARequestThatWasGivenUpIsForNoOther() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT);
        Running gone = Running.zmq("req", "--connect", rep.endpoint());
        Running req = Running.zmq("req", "--connect", rep.endpoint())) {
      gone.type("1\n");
      rep.awaitOutput("1\n"::equals);
      req.type("2\n");
      rep.awaitOutput("1\n2\n"::equals);
      gone.closeOutput();
      rep.type("one\n");
      assertThat(gone.exitCode()).isZero();
      rep.type("two\n");
      req.awaitOutput("two\n"::equals);
    }
  }

  @Test
  void withoutConcurrencyEachRequestIsAnsweredBeforeTheNextIsPrinted() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT, "--concurrency", "1");
        Running req = Running.zmq("req", "--connect", rep.endpoint());
        Running other = Running.zmq("req", "--connect", rep.endpoint())) {
      req.type("1\n");
      rep.awaitOutput("1\n"::equals);
      other.type("2\n3\n").awaitAllRead();
      rep.type("one\n");
      req.awaitOutput("one\n"::equals);
      rep.awaitOutput("1\n2\n"::equals);
      rep.type("two\n");
      rep.awaitOutput("1\n2\n3\n"::equals);
      rep.interrupt();
    }
  }

  @Test
  void aCountIsExact() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT, "--echo", "--count", "3");
        Running req = Running.zmq("req", "--connect", rep.endpoint())) {
      req.type("1\n2\n3\n4\n5\n").endInput();
      assertThat(rep.exitCode()).isZero();
      assertThat(rep.output()).isEqualTo("1\n2\n3\n");
      req.awaitOutput("1\n2\n3\n"::equals);
      req.awaitError(text -> text.contains("line 4: the replier says: has answered as many"));
      assertThat(rep.errors()).contains("requests refused at the end, which may be sent again: ");
      req.interrupt();
    }
  }

  @Test
  void anAnswerThatIsNotOfTheFormatFailsItsRequestAloneAndIsReported() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT, "--format", "hex");
        Running req = Running.zmq("req", "--connect", rep.endpoint())) {
      rep.type("x\n61\n").endInput();
      req.type("1\n2\n").endInput();
      assertThat(req.exitCode()).isEqualTo(1);
      assertThat(req.output()).isEqualTo("a\n");
      assertThat(req.errors())
          .contains("line 1: the replier says: the answer is not of the format");
      assertThat(rep.exitCode()).isEqualTo(1);
      assertThat(rep.errors()).contains("zmq rep: line 1: not hexadecimal");
    }
  }

  @Test
  void anEchoIsTheSameMessageThoughItsLineHasMoreTabs() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT, "--echo");
        Running req = Running.zmq("req", "--connect", rep.endpoint(), "--format", "hex")) {
      req.type("610962\t63\n").endInput();
      assertThat(req.exitCode()).isZero();
      assertThat(req.output()).isEqualTo("610962\t63\n");
      assertThat(rep.output()).isEqualTo("a\tb\tc\n");
    }
  }

  @Test
  void aRequestThatIsNotOfTheFormatUsesNoLine() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT, "--format", "json");
        Running req = Running.zmq("req", "--connect", rep.endpoint())) {
      rep.type("[1]\n");
      req.type("oops\n2\n").endInput();
      assertThat(req.exitCode()).isEqualTo(1);
      assertThat(req.output()).isEqualTo("[1]\n");
      assertThat(rep.output()).isEqualTo("2\n");
      assertThat(rep.errors()).contains("zmq rep: skipped a message of REQ 127.0.0.1:");
    }
  }

  @Test
  void anInterruptFailsWhatIsPrintedAndLeaves() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT);
        Running req = Running.zmq("req", "--connect", rep.endpoint())) {
      req.type("1\n");
      rep.awaitOutput("1\n"::equals);
      rep.interrupt();
      assertThat(rep.exitCode()).isZero();
      req.awaitError(text -> text.startsWith("zmq req: line 1: the replier says: stdin ended"));
    }
  }

  @Test
  void aClosedStdoutEndsItQuietly() {
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT, "--echo");
        Running req = Running.zmq("req", "--connect", rep.endpoint())) {
      req.type("1\n");
      req.awaitOutput("1\n"::equals);
      rep.awaitOutput("1\n"::equals); // it answers first and flushes then
      rep.closeOutput();
      req.type("2\n");
      assertThat(rep.exitCode()).isZero();
      assertThat(rep.errors()).hasLineCount(1); // where it is bound
      req.awaitOutput("1\n2\n"::equals);
    }
  }
}
