package io.reactorzmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of tensors between processes: large ones, with little memory, and an interrupt. */
class TensorProcessTest extends Processes {

  private static final long LARGE = 300L << 20;

  @TempDir Path dir;

  /** A sparse file: so many bytes of zero but for the last one. */
  private Path large(long bytes) throws Exception {
    Path file = dir.resolve("large.npy");
    String header = "{'descr': '|u1', 'fortran_order': False, 'shape': (" + bytes + ",), }";
    byte[] start = new byte[128];
    Arrays.fill(start, (byte) ' ');
    System.arraycopy(
        new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 118, 0}, 0, start, 0, 10);
    byte[] ascii = header.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(ascii, 0, start, 10, ascii.length);
    start[127] = '\n';
    Files.write(file, start);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(128 + bytes);
      sparse.seek(127 + bytes);
      sparse.write(7);
    }
    return file;
  }

  @Test
  void aLargeFilePassesThroughLittleMemory() throws Exception {
    Path file = large(LARGE);
    Path out = dir.resolve("out");
    Process pull =
        start(small(zmq("pull", "--bind", ANY_PORT, "--count", "1", "--tensor-dir", "" + out)));
    Process push =
        start(
            small(
                zmq(
                    "push",
                    "--connect",
                    endpoint(pull),
                    "--tensor",
                    "" + file,
                    "--progress",
                    "always")));
    assertThat(exitCode(push)).isZero();
    assertThat(exitCode(pull)).isZero();
    assertThat(push.errorReader().lines().collect(Collectors.joining()))
        .contains("sending 300.0 of 300.0 MiB (100 %)");
    Path received = out.resolve("000001-large.npy");
    assertThat(Files.size(received)).isEqualTo(Files.size(file));
    assertThat(Files.mismatch(file, received)).isEqualTo(-1);
  }

  @Test
  void nothingIsLeftOfWhatAKilledReceiverHad() throws Exception {
    Path file = large(LARGE);
    Path out = dir.resolve("out");
    Process pull =
        start(zmq("pull", "--bind", ANY_PORT, "--tensor-dir", "" + out, "--progress", "always"));
    BufferedReader errors = pull.errorReader();
    start(zmq("push", "--connect", endpoint(errors), "--tensor", "" + file));
    StringBuilder said = new StringBuilder();
    while (said.indexOf("receiving ") < 0) {
      said.append((char) errors.read());
    }
    pull.destroyForcibly();
    exitCode(pull);
    assertThat(Tensors.names(out)).isEmpty();
  }

  @Test
  void progressIsNotToldWhereStderrIsNoTerminal() throws Exception {
    Path file = large(LARGE);
    Process pull =
        start(
            zmq(
                "pull",
                "--bind",
                ANY_PORT,
                "--count",
                "1",
                "--tensor-dir",
                "" + dir.resolve("out")));
    BufferedReader errors = pull.errorReader();
    Process push = start(zmq("push", "--connect", endpoint(errors), "--tensor", "" + file));
    assertThat(exitCode(push)).isZero();
    assertThat(exitCode(pull)).isZero();
    assertThat(errors.lines()).isEmpty();
    assertThat(push.errorReader().lines()).isEmpty();
  }
}
