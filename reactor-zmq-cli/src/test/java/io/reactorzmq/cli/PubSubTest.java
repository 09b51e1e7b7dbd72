package io.reactorzmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Topics and lines, who gets which, and what is said of those that somebody missed. */
class PubSubTest {

  private static final String ANY_PORT = "tcp://127.0.0.1:0";
  private static final Pattern MISSED =
      Pattern.compile("zmq sub: missed ([0-9]+) messages? (?:before|after) line [0-9]+\n");

  @Test
  void aLineIsATopicATabAndAMessage() {
    try (Running pub = Running.zmq("pub", "--bind", ANY_PORT, "--wait-subscribers", "1");
        Running sub = Running.zmq("sub", "--connect", pub.endpoint())) {
      pub.type("a\tone\n\tno topic\nb\t\nc\ttwo\tparts\nd\t\u00ff\0\r\u00fe").endInput();
      assertThat(pub.exitCode()).isZero();
      sub.interrupt();
      assertThat(sub.exitCode()).isZero();
      assertThat(sub.output())
          .isEqualTo("a\tone\n\tno topic\nb\t\nc\ttwo\tparts\nd\t\u00ff\0\r\u00fe\n");
      assertThat(pub.errors()).hasLineCount(1); // where it is bound
      assertThat(sub.errors()).isEmpty();
    }
  }

  @Test
  void withATopicForAllALineIsAMessage() {
    try (Running sub = Running.zmq("sub", "--bind", ANY_PORT, "--count", "3");
        Running pub =
            Running.zmq(
                "pub", "--connect", sub.endpoint(), "--topic", "t", "--wait-subscribers", "1")) {
      pub.type("one\n\ntwo\tparts\n").endInput();
      assertThat(pub.exitCode()).isZero();
      assertThat(sub.exitCode()).isZero();
      assertThat(sub.output()).isEqualTo("t\tone\nt\t\nt\ttwo\tparts\n");
    }
  }

  @Test
  void eachSubscriberGetsWhatItAskedForAndOnce() {
    try (Running pub = Running.zmq("pub", "--bind", ANY_PORT, "--wait-subscribers", "3");
        Running all = subscriber(pub);
        Running twice = subscriber(pub, "--subscribe", "1", "--subscribe", "12");
        Running some = subscriber(pub, "--subscribe", "2", "--subscribe", "1", "--count", "4")) {
      pub.type(lines(1, 130)).endInput();
      assertThat(pub.exitCode()).isZero();
      all.interrupt();
      twice.interrupt();
      assertThat(List.of(all.exitCode(), twice.exitCode(), some.exitCode())).containsOnly(0);
      assertThat(all.output()).isEqualTo(lines(1, 130));
      assertThat(twice.outputLines())
          .isEqualTo(lines(1, 130).lines().filter(line -> line.startsWith("1")).toList());
      assertThat(some.output()).isEqualTo(lines(1, 2) + lines(10, 11));
    }
  }

  @Test
  void nothingIsPublishedBeforeThereAreEnoughSubscribersOfTheFirstTopic() {
    try (Running pub = Running.zmq("pub", "--bind", ANY_PORT, "--wait-subscribers", "2", "-v");
        Running first = subscriber(pub, "--subscribe", "a");
        Running other = subscriber(pub, "--subscribe", "b")) {
      pub.type("a1\t1\nb1\t2\n");
      pub.awaitError(text -> text.split("has subscribed to '", -1).length == 3);
      pub.endInput();
      assertThat(pub.hasEnded()).isFalse();
      assertThat(first.output() + other.output()).isEmpty();
      try (Running second = subscriber(pub, "--subscribe", "a1")) {
        assertThat(pub.exitCode()).isZero();
        second.awaitOutput("a1\t1\n"::equals);
        first.awaitOutput("a1\t1\n"::equals);
        other.awaitOutput("b1\t2\n"::equals);
      }
    }
  }

  @Test
  void whoeverWaitsForSubscribersWaitsAsLingerAllows() {
    try (Running pub =
        Running.zmq("pub", "--bind", ANY_PORT, "--wait-subscribers", "1", "--linger", "100ms")) {
      pub.type("a\t1\na\t2\n").endInput();
      assertThat(pub.exitCode()).isEqualTo(3);
      assertThat(pub.errors()).endsWith("zmq pub: messages lost at the end: 2 not sent\n");
    }
  }

  @Test
  void whatNobodyAskedForGoesNowhereAndThatIsSaid() {
    try (Running pub = Running.zmq("pub", "--bind", ANY_PORT)) {
      pub.endpoint(); // its sentence is another thread's, and may otherwise come after the last one
      pub.type("a\t1\n").endInput();
      assertThat(pub.exitCode()).isZero();
      assertThat(pub.errors())
          .endsWith("zmq pub: nobody asked for any of it; --wait-subscribers waits for somebody\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "text, 'a\t1\nno tab\na\t2\n', it has no tab, 'a\t1\n'",
    "text, 'a\t1\n\n', it has no tab, 'a\t1\n'",
    "text, 'a\t1\n\u00ff\t2\n', its topic is not UTF-8, 'a\t1\n'",
    "json, 'a\t1\na\tx\n', not JSON, 'a\t1\n'",
    "hex, '61\tff\na\tff\n', not hexadecimal, '61\tff\n'",
  })
  void aLineThatCannotBePublishedEndsTheInputWithItsNumber(
      String format, String in, String why, String out) {
    try (Running pub =
            Running.zmq("pub", "--bind", ANY_PORT, "--wait-subscribers", "1", "--format", format);
        Running sub = subscriber(pub, "--format", format)) {
      pub.type(in);
      assertThat(pub.exitCode()).isEqualTo(1);
      assertThat(pub.errors()).contains("zmq pub: line 2: " + why).hasLineCount(2);
      sub.awaitOutput(out::equals);
    }
  }

  @Test
  void aTopicIsTextButInHexadecimalLines() {
    try (Running pub =
            Running.zmq("pub", "--bind", ANY_PORT, "--wait-subscribers", "2", "--format", "json");
        Running json = subscriber(pub, "--format", "json");
        Running hex = subscriber(pub, "--format", "hex")) {
      pub.type("a b\t[1]\t2\n").endInput();
      json.awaitOutput("a b\t[1]\t2\n"::equals);
      hex.awaitOutput("612062\t5b315d\t32\n"::equals);
    }
  }

  @Test
  void aTopicMayContainWhatSeparatesLines() {
    try (Running pub =
            Running.zmq("pub", "--bind", ANY_PORT, "--wait-subscribers", "1", "--format", "hex");
        Running hex = subscriber(pub, "--format", "hex", "--subscribe", "\t")) {
      pub.type("090a\t00\n").endInput();
      hex.awaitOutput("090a\t00\n"::equals);
    }
  }

  @Test
  void aMessageThatIsNotOfTheFormatIsSkippedAndReported() {
    try (Running pub = Running.zmq("pub", "--bind", ANY_PORT, "--wait-subscribers", "1");
        Running sub = subscriber(pub, "--format", "json", "--count", "2")) {
      pub.type("a\t1\na\toops\na\t2\n").endInput();
      assertThat(pub.exitCode()).isZero();
      assertThat(sub.exitCode()).isZero();
      assertThat(sub.output()).isEqualTo("a\t1\na\t2\n");
      assertThat(sub.errors()).contains("zmq sub: skipped a message of PUB 127.0.0.1:");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "10", "1000", "0"})
  void withWaitOnBothSidesNothingIsMissed(String hwm) {
    String text = lines(1, 20_000);
    try (Running pub =
            Running.zmq(
                ("pub --overflow WAIT --wait-subscribers 2 --hwm " + hwm + " --bind " + ANY_PORT)
                    .split(" "));
        Running sub = subscriber(pub, "--overflow", "wait", "--hwm", hwm);
        Running other =
            subscriber(pub, "--overflow", "wait", "--subscribe", "7", "--subscribe", "1")) {
      pub.type(text).endInput();
      assertThat(pub.exitCode()).isZero();
      sub.interrupt();
      other.interrupt();
      assertThat(sub.exitCode() + other.exitCode()).isZero();
      assertThat(sub.output()).isEqualTo(text);
      assertThat(other.outputLines())
          .isEqualTo(text.lines().filter(line -> line.matches("[17].*")).toList());
      assertThat(sub.errors() + other.errors()).isEmpty();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "drop_latest, drop_latest",
    "DROP-LATEST, wait",
    "drop-oldest, Drop_Oldest",
    "drop_oldest, wait",
    "conflate, conflate",
  })
  void whatIsPrintedAndWhatIsMissedIsAllThereWas(String atPub, String atSub) {
    int lines = 100_000;
    try (Running pub =
            Running.zmq(
                ("pub --hwm 10 --topic t --wait-subscribers 1 --overflow %s --bind %s"
                        .formatted(atPub, ANY_PORT))
                    .split(" "));
        Running sub = subscriber(pub, "--hwm", "10", "--overflow", atSub)) {
      pub.type(
              IntStream.rangeClosed(1, lines)
                  .mapToObj(number -> number + "\n")
                  .collect(Collectors.joining()))
          .endInput();
      assertThat(pub.exitCode()).isZero();
      sub.interrupt();
      assertThat(sub.exitCode()).isZero();
      assertThat(sub.outputLines().size() + missed(sub)).isEqualTo(lines);
      assertThat(missed(sub)).isPositive();
      assertThat(sub.outputLines()).doesNotHaveDuplicates();
    }
  }

  private static long missed(Running sub) {
    Matcher gaps = MISSED.matcher(sub.errors());
    long missed = 0;
    while (gaps.find()) {
      missed += Long.parseLong(gaps.group(1));
    }
    return missed;
  }

  @Test
  void aGapBehindTheLastLineIsToldThoughNothingFollows() {
    try (Running pub =
            Running.zmq("pub", "--bind", ANY_PORT, "--topic", "t", "--wait-subscribers", "1");
        Running sub = subscriber(pub, "--max-message-size", "10")) {
      pub.type("1\ntoo long to be taken\nas is this line\n");
      sub.awaitError("zmq sub: missed 2 messages after line 1\n"::equals);
      pub.type("2\n");
      sub.awaitOutput("t\t1\nt\t2\n"::equals);
      pub.type("longer than it may be\n3\n").endInput();
      assertThat(pub.exitCode()).isZero();
      sub.interrupt();
      assertThat(sub.exitCode()).isZero();
      assertThat(sub.output()).isEqualTo("t\t1\nt\t2\nt\t3\n");
      assertThat(sub.errors())
          .isEqualTo(
              "zmq sub: missed 2 messages after line 1\nzmq sub: missed 1 message before line 3\n");
      assertThat(pub.errors())
          .contains("maxMessageSize is 10")
          .endsWith("zmq pub: messages dropped on their way to subscribers: 3\n");
    }
  }

  @Test
  void aPublisherThatComesBackMayHaveSentMore() {
    String endpoint;
    Running sub;
    try (Running pub =
        Running.zmq("pub", "--bind", ANY_PORT, "--topic", "t", "--wait-subscribers", "1")) {
      endpoint = pub.endpoint();
      sub = Running.zmq("sub", "--connect", endpoint);
      pub.type("1\n");
      sub.awaitOutput("t\t1\n"::equals);
    }
    try (sub;
        Running again =
            Running.zmq("pub", "--bind", endpoint, "--topic", "t", "--wait-subscribers", "1")) {
      again.type("2\n");
      sub.awaitOutput("t\t1\nt\t2\n"::equals);
      sub.awaitError(
          text -> text.contains("missed messages before line 2, nobody knows how many\n"));
    }
  }

  @Test
  void anInterruptEndsTheInputAndWhatWasReadIsStillPublished() {
    try (Running pub = Running.zmq("pub", "--bind", ANY_PORT, "--wait-subscribers", "1");
        Running sub = subscriber(pub)) {
      pub.type("a\t1\na\t2\nhalf a li").awaitAllRead();
      sub.awaitOutput("a\t1\na\t2\n"::equals);
      pub.interrupt();
      assertThat(pub.exitCode()).isZero();
      assertThat(sub.hasEnded()).isFalse();
    }
  }

  @Test
  void aClosedStdoutEndsTheSubscriberQuietly() {
    try (Running pub = Running.zmq("pub", "--bind", ANY_PORT, "--wait-subscribers", "1");
        Running sub = subscriber(pub)) {
      pub.type("a\t1\n");
      sub.awaitOutput("a\t1\n"::equals);
      sub.closeOutput();
      pub.type("a\t2\n");
      assertThat(sub.exitCode()).isZero();
      assertThat(sub.errors()).isEmpty();
      pub.endInput();
      assertThat(pub.exitCode()).isZero();
    }
  }

  @Test
  void statsTellWhatWasMissed() {
    try (Running pub =
            Running.zmq("pub", "--bind", ANY_PORT, "--wait-subscribers", "1", "--stats");
        Running sub = subscriber(pub, "--stats", "--count", "1")) {
      pub.type("a\t1\n").endInput();
      assertThat(pub.exitCode()).isZero();
      assertThat(sub.exitCode()).isZero();
      assertThat(pub.errors()).contains("sent 1 (").doesNotContain("received");
      assertThat(sub.errors()).contains("received 1 (", "missed 0;").doesNotContain("sent");
    }
  }

  private static Running subscriber(Running pub, String... options) {
    String[] args = new String[options.length + 3];
    args[0] = "sub";
    args[1] = "--connect";
    args[2] = pub.endpoint();
    System.arraycopy(options, 0, args, 3, options.length);
    return Running.zmq(args);
  }

  /** The topic of each is its number. */
  private static String lines(int from, int to) {
    return IntStream.rangeClosed(from, to)
        .mapToObj(number -> number + "\tv" + number + "\n")
        .collect(Collectors.joining());
  }
}
