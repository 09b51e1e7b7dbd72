package io.reactorzmq.cli;

import static io.reactorzmq.cli.Tensors.assertSame;
import static io.reactorzmq.cli.Tensors.names;
import static io.reactorzmq.cli.Tensors.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.PushSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Files of tensors from a PUSH to a PULL: all of them, or a sentence why not. */
class TensorPushPullTest extends TensorTransfers {

  @Test
  void filesArriveInOrderAndAsTheyWere() throws IOException {
    Path one = numbers(dir.resolve("one.npy"), 1, 3);
    Path set = Tensors.set(dir.resolve("set.safetensors"));
    Path large = numbers(dir.resolve("large.npy"), 5, 3_000_000);
    try (Running pull = pull("--count", "3");
        Running push = push(pull, one, set, large)) {
      assertThat(push.exitCode()).isZero();
      assertThat(pull.exitCode()).isZero();
      assertThat(pull.outputLines())
          .containsExactly(
              saved("000001-one.npy"), saved("000002.safetensors"), saved("000003-large.npy"));
      assertThat(push.output() + push.errors()).isEmpty();
      assertThat(pull.errors()).hasLineCount(1); // where it is bound
    }
    assertSame(one, out("000001-one.npy"));
    assertSame(set, out("000002.safetensors"));
    assertSame(large, out("000003-large.npy"));
    assertThat(names(dir.resolve("out"))).hasSize(3); // nothing hidden stays
  }

  @Test
  void aMessageThatIsNoTensorIsSkippedAndToldOf() throws IOException {
    try (Running pull = pull("--count", "1")) {
      PushSocket<byte[]> push = Zmq.push().codec(Codec.bytes()).connect(pull.endpoint()).openNow();
      push.send(new byte[3]).then(push.send(new byte[300_000])).then(push.disposeLater()).block();
      pull.awaitError(text -> text.split("skipped a message", -1).length == 2 + 1);
      Path one = numbers(dir.resolve("one.npy"), 1, 3);
      try (Running sender = push(pull, one)) {
        assertThat(sender.exitCode()).isZero();
      }
      assertThat(pull.exitCode()).isZero();
      assertThat(names(dir.resolve("out"))).containsExactly("000001-one.npy");
    }
  }

  @Test
  void aFileThatCannotBeReadFailsBeforeAnythingIsSent() throws IOException {
    Path one = numbers(dir.resolve("one.npy"), 1, 3);
    Path bad = Files.writeString(dir.resolve("bad.npy"), "no tensor");
    try (Running pull = pull();
        Running push = push(pull, one, bad)) {
      assertThat(push.exitCode()).isEqualTo(1);
      assertThat(push.errors()).startsWith("zmq push: " + bad + ": does not begin with ");
      pull.interrupt();
      assertThat(pull.exitCode()).isZero();
      assertThat(pull.output()).isEmpty();
    }
  }

  @Test
  void aReceiverOfLinesTellsTheSenderWhichOptionAllowsMore() throws IOException {
    Path file = numbers(dir.resolve("large.npy"), 1, 17 << 20);
    try (Running pull = Running.zmq("pull", "--bind", ANY_PORT);
        Running push = push(pull, file)) {
      assertThat(push.exitCode()).isEqualTo(1);
      assertThat(push.errors())
          .contains("the receiver's maxMessageSize is 67108864")
          .contains("; --max-message-size of the receiver allows more");
    }
  }

  @Test
  void aLimitThatIsGivenHolds() throws IOException {
    Path file = numbers(dir.resolve("one.npy"), 1, 1000);
    try (Running pull = pull("--max-message-size", "1000");
        Running push = push(pull, file)) {
      assertThat(push.exitCode()).isEqualTo(1);
      assertThat(push.errors()).contains("maxMessageSize is 1000");
    }
  }

  @Test
  void progressIsToldOnOneLineThatIsClearedAtTheEnd() throws IOException {
    Path file = numbers(dir.resolve("one.npy"), 1, 1 << 20);
    try (Running pull = pull("--count", "1", "--progress", "always");
        Running push =
            Running.zmq(
                "push",
                "--connect",
                pull.endpoint(),
                "--tensor",
                file.toString(),
                "--progress",
                "always")) {
      assertThat(push.exitCode()).isZero();
      assertThat(pull.exitCode()).isZero();
      assertThat(push.errors())
          .contains("\r\u001b[Kzmq push: sending 4.0 of 4.0 MiB (100 %)")
          .endsWith("\r\u001b[K")
          .doesNotContain("\n");
      assertThat(pull.errors())
          .contains("\r\u001b[Kzmq pull: receiving 4.0 of 4.0 MiB (100 %)")
          .endsWith("\r\u001b[K");
    }
  }

  @Test
  void severalFilesWithAPauseBetweenThem() throws IOException {
    Path one = numbers(dir.resolve("one.npy"), 1, 3);
    try (Running pull = pull("--count", "2");
        Running push =
            Running.zmq(
                "push",
                "--connect",
                pull.endpoint(),
                "--tensor",
                one.toString(),
                "--tensor",
                one.toString(),
                "--interval",
                "300ms")) {
      long start = System.nanoTime();
      assertThat(push.exitCode()).isZero();
      assertThat(pull.exitCode()).isZero();
      assertThat(System.nanoTime() - start).isGreaterThan(200_000_000);
    }
  }

  @Test
  void filesThatNobodyTakesWithinLingerAreCounted() throws IOException {
    Path one = numbers(dir.resolve("one.npy"), 1, 3);
    try (Running push =
        Running.zmq("push", "--bind", ANY_PORT, "--linger", "50ms", "--tensor", one.toString())) {
      assertThat(push.exitCode()).isEqualTo(3);
      assertThat(push.errors()).contains("messages lost at the end: 1 not sent");
    }
  }
}
