package io.reactorzmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PairTest {

  private static final String ANY_PORT = "tcp://127.0.0.1:0";

  @Test
  void twoShellsTalkUntilOneOfThemLeaves() {
    try (Running one = Running.zmq("pair", "--bind", ANY_PORT, "-v");
        Running other = Running.zmq("pair", "--connect", one.endpoint(), "--wait", "10ms")) {
      other.type("hello\n");
      one.awaitOutput("hello\n"::equals);
      one.type("hello yourself\n");
      other.awaitOutput("hello yourself\n"::equals);
      other.endInput();
      assertThat(other.exitCode()).isZero();
      one.awaitError(text -> text.contains(" left\n"));
      assertThat(one.hasEnded()).isFalse();
      one.endInput();
      assertThat(one.exitCode()).isZero();
    }
  }

  @Test
  void oneLineIsSentAndTheToolEnds() {
    try (Running receiver = Running.zmq("pair", "--bind", ANY_PORT);
        Running sender = Running.zmq("pair", "--connect", receiver.endpoint())) {
      receiver.endInput();
      sender.type("hi\n").endInput();
      assertThat(sender.exitCode()).isZero();
      assertThat(receiver.exitCode()).isZero();
      assertThat(receiver.output()).isEqualTo("hi\n");
      assertThat(sender.errors()).isEmpty();
    }
  }

  @Test
  void afterTheEndOfTheInputItStaysForAnAnswer() {
    try (Running answering = Running.zmq("pair", "--bind", ANY_PORT);
        Running asking =
            Running.zmq("pair", "--connect", answering.endpoint(), "--count", "2", "--wait", "0")) {
      asking.type("question\n").endInput();
      answering.awaitOutput("question\n"::equals);
      answering.type("answer\n");
      asking.awaitOutput("answer\n"::equals);
      assertThat(asking.hasEnded()).isFalse();
      answering.type("and another one\n");
      assertThat(asking.exitCode()).isZero();
      assertThat(asking.output()).isEqualTo("answer\nand another one\n");
    }
  }

  @Test
  void bothDirectionsMayBeLong() {
    String there = numbers(1, 30_000);
    String back = numbers(30_001, 40_000);
    try (Running one = Running.zmq("pair", "--bind", ANY_PORT);
        Running other = Running.zmq("pair", "--connect", one.endpoint())) {
      one.type(there).endInput();
      other.type(back).endInput();
      assertThat(one.exitCode()).isZero();
      assertThat(other.exitCode()).isZero();
      assertThat(one.output()).isEqualTo(back);
      assertThat(other.output()).isEqualTo(there);
    }
  }

  @Test
  void withEnoughReceivedItLeavesThoughItsInputGoesOn() {
    try (Running one = Running.zmq("pair", "--bind", ANY_PORT, "--count", "2");
        Running other = Running.zmq("pair", "--connect", one.endpoint())) {
      one.type("mine\n");
      other.awaitOutput("mine\n"::equals);
      other.type("1\n2\n");
      assertThat(one.exitCode()).isZero();
      assertThat(one.output()).isEqualTo("1\n2\n");
    }
  }

  @Test
  void anInterruptEndsIt() {
    try (Running one = Running.zmq("pair", "--bind", ANY_PORT);
        Running other = Running.zmq("pair", "--connect", one.endpoint())) {
      other.type("1\n");
      one.awaitOutput("1\n"::equals);
      one.interrupt();
      other.interrupt();
      assertThat(one.exitCode()).isZero();
      assertThat(other.exitCode()).isZero();
    }
  }

  @Test
  void aThirdSocketIsRefusedAndToldSo() {
    try (Running one = Running.zmq("pair", "--bind", ANY_PORT, "--verbose");
        Running other = Running.zmq("pair", "--connect", one.endpoint())) {
      one.awaitPeers(1);
      try (Running third = Running.zmq("pair", "--connect", one.endpoint())) {
        third.awaitError(text -> text.contains("zmq pair: no peer at "));
      }
      other.type("still here\n");
      one.awaitOutput("still here\n"::equals);
    }
  }

  private static String numbers(int from, int to) {
    return IntStream.rangeClosed(from, to)
        .mapToObj(number -> number + "\n")
        .collect(Collectors.joining());
  }
}
