package io.reactorzmq.tensor.file;

import static io.reactorzmq.tensor.file.Samples.assertSame;
import static io.reactorzmq.tensor.file.Samples.bytesOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TensorFilesTest {

  private final Tensor tensor = Samples.random(DType.F32, 1, 2, 3);

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"a.npy", "a.npz", "a.safetensors", "a.NPY", "a.SafeTensors", "a.b.npy"})
  void theNameTellsTheFormat(String name) throws IOException {
    Path file = directory.resolve(name);
    String tensorName = name.startsWith("a.b") ? "a.b" : "a";
    NamedTensors set = NamedTensors.of(Map.of(tensorName, tensor));

    TensorFiles.write(file, set);

    assertSame(TensorFiles.read(file), set);
  }

  @Test
  void eachFormatIsItself() throws IOException {
    NamedTensors set = NamedTensors.of(Map.of("w", tensor));
    for (String each : new String[] {"t.npy", "t.npz", "t.safetensors"}) {
      TensorFiles.write(directory.resolve(each), set);
    }

    assertThat(bytesOf(NpyFile.read(directory.resolve("t.npy")))).isEqualTo(bytesOf(tensor));
    assertSame(NpzFile.read(directory.resolve("t.npz")), set);
    assertSame(SafetensorsFile.read(directory.resolve("t.safetensors")), set);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a.pt", "npy", "a.npy.gz", ""})
  void otherNamesAreRefused(String name) {
    Path file = Path.of(name);

    assertThatThrownBy(() -> TensorFiles.read(file))
        .isInstanceOf(TensorFileException.class)
        .hasMessage(file + ": its name ends with none of .npy, .npz and .safetensors");
    assertThatThrownBy(() -> TensorFiles.write(file, NamedTensors.of(Map.of("a", tensor))))
        .isInstanceOf(TensorFileException.class)
        .hasMessage(file + ": its name ends with none of .npy, .npz and .safetensors");
  }

  @Test
  void aNpyFileHoldsOneTensor() throws IOException {
    Path file = directory.resolve("t.npy");
    String why = ": a .npy file holds one tensor and no metadata, not %d and %d texts";

    assertThatThrownBy(() -> TensorFiles.write(file, NamedTensors.of(Map.of())))
        .isInstanceOf(TensorFileException.class)
        .hasMessageStartingWith(file + why.formatted(0, 0));
    assertThatThrownBy(
            () -> TensorFiles.write(file, NamedTensors.of(Map.of("a", tensor, "b", tensor))))
        .hasMessageStartingWith(file + why.formatted(2, 0));
    assertThatThrownBy(
            () -> TensorFiles.write(file, NamedTensors.of(Map.of("a", tensor), Map.of("k", "v"))))
        .hasMessageStartingWith(file + why.formatted(1, 1));
    assertThat(directory).isEmptyDirectory();

    Path nameless = Files.copy(Samples.golden("f4.npy"), directory.resolve(".npy"));
    assertThatThrownBy(() -> TensorFiles.read(nameless))
        .isInstanceOf(TensorFileException.class)
        .hasMessageStartingWith(nameless + ": has a name of 0 bytes");
  }
}
