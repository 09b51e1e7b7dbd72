package io.reactorzmq.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import io.reactorzmq.tensor.file.TensorFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Files of tensors for tests. */
final class Tensors {

  private Tensors() {}

  /** A file of one tensor of so many numbers, from a first one on. */
  static Path numbers(Path file, int first, int count) throws IOException {
    TensorFiles.write(file, NamedTensors.of(Map.of("numbers", numbers(first, count))));
    return file;
  }

  static Tensor numbers(int first, int count) {
    int[] values = new int[count];
    for (int i = 0; i < count; i++) {
      values[i] = first + i;
    }
    return Tensor.of(values);
  }

  /** A file of two tensors and a text about them. */
  static Path set(Path file) throws IOException {
    Map<String, Tensor> tensors = new TreeMap<>();
    tensors.put("a", Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
    tensors.put("b", numbers(0, 200_000));
    TensorFiles.write(file, NamedTensors.of(tensors, Map.of("about", "tests")));
    return file;
  }

  /** Their names, hidden ones too. */
  static List<String> names(Path dir) throws IOException {
    try (Stream<Path> files = Files.list(dir)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  static void assertSame(Path file, Path other) throws IOException {
    assertThat(Files.mismatch(file, other)).as(file + " and " + other).isEqualTo(-1);
  }
}
