package io.reactorzmq.cli;

import static io.reactorzmq.cli.Tensors.assertSame;
import static io.reactorzmq.cli.Tensors.names;
import static io.reactorzmq.cli.Tensors.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of tensors from a PUB to SUBs, and their topics. */
class TensorPubSubTest {

  private static final String ANY_PORT = "tcp://127.0.0.1:0";

  @TempDir Path dir;

  @Test
  void theTopicOfAFileIsItsNameAndEachSubscriberGetsWhatItAskedFor() throws IOException {
    Path red = numbers(dir.resolve("red.npy"), 1, 3);
    Path blue = Tensors.set(dir.resolve("blue.v1.safetensors"));
    try (Running all = subscriber("all");
        Running some = subscriber("some", "--subscribe", "blue");
        Running pub =
            Running.zmq(
                "pub",
                "--connect",
                all.endpoint(),
                "--connect",
                some.endpoint(),
                "--wait-subscribers",
                "2",
                "--tensor",
                blue.toString(),
                "--tensor",
                red.toString(),
                "--overflow",
                "wait",
                "--verbose")) {
      all.awaitOutput(text -> text.contains("red"));
      some.awaitOutput(text -> text.contains("blue"));
      assertThat(pub.exitCode()).isZero();
    }
    assertThat(names(dir.resolve("all")))
        .containsExactly("000001-blue.v1.safetensors", "000002-red.npy");
    assertThat(names(dir.resolve("some"))).containsExactly("000001-blue.v1.safetensors");
    assertSame(red, dir.resolve("all/000002-red.npy"));
    assertSame(blue, dir.resolve("some/000001-blue.v1.safetensors"));
  }

  @Test
  void aTopicThatIsGivenIsThatOfAllFilesAndIsSafeInTheirNames() throws IOException {
    Path one = numbers(dir.resolve("one.npy"), 1, 400_000);
    try (Running sub = subscriber("out", "--subscribe", "../up/", "--count", "2")) {
      String endpoint = sub.endpoint();
      try (Running pub =
          Running.zmq(
              "pub",
              "--connect",
              endpoint,
              "--wait-subscribers",
              "1",
              "--topic",
              "../up/here",
              "--tensor",
              one.toString(),
              "--tensor",
              one.toString())) {
        assertThat(pub.exitCode()).isZero();
        assertThat(sub.exitCode()).isZero();
      }
      assertThat(sub.outputLines())
          .containsExactly(
              dir.resolve("out/000001-.__up_here-one.npy").toString(),
              dir.resolve("out/000002-.__up_here-one.npy").toString());
    }
    assertSame(one, dir.resolve("out/000002-.__up_here-one.npy"));
    assertThat(names(dir)).containsExactly("one.npy", "out");
  }

  @Test
  void aSubscriberThatCannotSaveFails() throws IOException {
    Path one = numbers(dir.resolve("one.npy"), 1, 3);
    try (Running sub = subscriber("out")) {
      String endpoint = sub.endpoint();
      publish(endpoint, one);
      sub.awaitOutput(text -> text.contains("000001-one.npy"));
      Files.delete(dir.resolve("out/000001-one.npy"));
      Files.delete(dir.resolve("out"));
      publish(endpoint, one, one, one);
      assertThat(sub.exitCode()).isEqualTo(1);
      assertThat(sub.errors()).contains("there is no directory " + dir.resolve("out"));
    }
  }

  private static void publish(String endpoint, Path... files) {
    String options = "pub --linger 1s --wait-subscribers 1 --connect " + endpoint;
    for (Path each : files) {
      options += " --tensor " + each;
    }
    try (Running pub = Running.zmq(options.split(" "))) {
      pub.exitCode();
    }
  }

  private Running subscriber(String out, String... more) {
    String[] options = {
      "sub", "--bind", ANY_PORT, "--overflow", "wait", "--tensor-dir", dir.resolve(out).toString()
    };
    String[] all = Arrays.copyOf(options, options.length + more.length);
    System.arraycopy(more, 0, all, options.length, more.length);
    return Running.zmq(all);
  }
}
