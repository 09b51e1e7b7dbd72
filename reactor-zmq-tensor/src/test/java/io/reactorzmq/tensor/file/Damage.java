package io.reactorzmq.tensor.file;

import static io.reactorzmq.tensor.file.Samples.concat;
import static io.reactorzmq.tensor.file.Samples.memory;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** Files that were cut off or changed: they are read or refused, and nothing else. */
final class Damage {

  private Damage() {}

  /** Reads all bytes of all tensors of a file and releases them. */
  interface Reading {
    void read(Path file) throws IOException;
  }

  /** Every beginning of a file is refused, and nothing of it stays in memory. */
  static void assertEveryTruncationIsRefused(byte[] whole, Path file, Reading reading)
      throws IOException {
    long before = memory();
    for (int length = 0; length < whole.length; length++) {
      rewrite(file, Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> reading.read(file))
          .as("the first %d of %d bytes", length, whole.length)
          .isInstanceOf(TensorFileException.class)
          .hasMessageStartingWith(file.toString());
    }
    assertThat(memory()).isEqualTo(before);
  }

  /** Whatever is changed in a file, it is read or refused, and nothing of it stays in memory. */
  static int fuzz(byte[] whole, Path file, long seed, int rounds, Reading reading)
      throws IOException {
    long before = memory();
    Random random = new Random(seed);
    int refused = 0;
    for (int round = 0; round < rounds; round++) {
      byte[] changed = mutate(whole.clone(), random);
      rewrite(file, changed);
      try {
        reading.read(file);
      } catch (TensorFileException e) {
        refused++;
      } catch (RuntimeException | IOException | Error e) {
        throw new AssertionError("seed " + seed + ", round " + round, e);
      }
    }
    assertThat(memory()).as("seed %d", seed).isEqualTo(before);
    return refused;
  }

  /** A new file: the old one may be mapped, and some file systems flush one that is truncated. */
  private static void rewrite(Path file, byte[] content) throws IOException {
    Files.deleteIfExists(file);
    Files.write(file, content);
  }

  private static byte[] mutate(byte[] bytes, Random random) {
    for (int change = random.nextInt(3); change >= 0; change--) {
      int at = random.nextInt(bytes.length);
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> bytes[at] = (byte) random.nextInt(256);
        case 2 -> bytes[at] = (byte) "09{}[](),:'\"-e.<>| \0".charAt(random.nextInt(19));
        default -> bytes = cutOrRepeat(bytes, at, random);
      }
    }
    return bytes;
  }

  private static byte[] cutOrRepeat(byte[] bytes, int at, Random random) {
    int from = random.nextInt(bytes.length);
    byte[] start = Arrays.copyOf(bytes, at + 1);
    return concat(start, Arrays.copyOfRange(bytes, from, bytes.length));
  }
}
