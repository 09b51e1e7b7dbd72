package io.reactorzmq.tensor.file;

import static io.reactorzmq.tensor.file.HandmadeZip.npy;
import static io.reactorzmq.tensor.file.Samples.assertSame;
import static io.reactorzmq.tensor.file.Samples.assertTensor;
import static io.reactorzmq.tensor.file.Samples.golden;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpzFileTest {

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"stored", "compressed"})
  void whatNumpyWroteIsRead(String name) throws IOException {
    long before = Samples.memory();

    NamedTensors set = NpzFile.read(golden(name + ".npz"));

    assertThat(set.names())
        .containsExactly(
            "weight", "bias", "step", "nothing", "fortran", "big", "zeros", "layer/0/k\u00E4se");
    assertTensor(set.get("weight"), DType.F32, Samples.goldenBytes(DType.F32), 2, 3);
    assertTensor(set.get("bias"), DType.I64, Samples.longs(0, 1, 2), 3);
    assertTensor(set.get("step"), DType.U32, Samples.ints(7));
    assertTensor(set.get("nothing"), DType.F64, new byte[0], 2, 0);
    assertTensor(set.get("fortran"), DType.I16, Samples.shorts(0, 1, 2, 3, 4, 5), 2, 3);
    assertTensor(set.get("big"), DType.F64, Samples.doubles(0, 1, 2, 3), 4);
    assertTensor(set.get("zeros"), DType.U8, new byte[1000], 1000);
    assertTensor(set.get("layer/0/k\u00E4se"), DType.BOOL, Samples.bytes(1, 0), 2);
    assertThat(set.metadata()).isEmpty();
    set.release();
    assertThat(Samples.memory()).isEqualTo(before);
  }

  @Test
  void storedEntriesAreMappedAndOthersAreNot() throws IOException {
    NamedTensors stored = NpzFile.read(golden("stored.npz"));
    NamedTensors compressed = NpzFile.read(golden("compressed.npz"));

    assertThat(segment(stored, "zeros").isReadOnly()).isTrue();
    assertThat(segment(compressed, "zeros").isReadOnly()).isFalse();
    stored.release();
    compressed.release();
  }

  private static ByteBuf segment(NamedTensors set, String name) {
    return set.asMap().get(name).segments().get(0);
  }

  private static NamedTensors everyType() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    NpyFileTest.types()
        .map(each -> (DType) each.get()[1])
        .forEach(
            dtype -> {
              tensors.put(dtype.name(), Samples.random(dtype, 1, 3, 5));
              tensors.put(dtype + ".scalar/\u2713", Samples.random(dtype, 2));
              tensors.put(dtype + " empty", Samples.random(dtype, 3, 0, 4));
            });
    return NamedTensors.of(tensors);
  }

  @Test
  void whatIsWrittenIsReadAgainAndAligned() throws IOException {
    Path file = directory.resolve("t.npz");
    NamedTensors set = everyType();

    NpzFile.write(file, set);

    assertSame(NpzFile.read(file), set);
    try (Source source = Source.open(file)) {
      assertThat(ZipIndex.read(source))
          .hasSize(set.size())
          .allMatch(each -> each.offset() % NpzWriter.ALIGNMENT == 0);
    }
    try (ZipFile zip = new ZipFile(file.toFile())) { // which looks at the checksums
      for (ZipEntry each : zip.stream().toList()) {
        assertThat(zip.getInputStream(each).readAllBytes()).hasSize((int) each.getSize());
      }
    }
  }

  @Test
  void equalSetsMakeEqualFiles() throws IOException {
    Path one = directory.resolve("one.npz");
    Path other = directory.resolve("other.npz");

    NpzFile.write(one, everyType());
    NpzFile.write(other, everyType());

    assertThat(one).hasSameBinaryContentAs(other);
  }

  @Test
  void whatHasNoPlaceIsRefused() {
    Path file = directory.resolve("t.npz");
    Tensor half = Samples.random(DType.BF16, 1, 2);
    Tensor byteTensor = Samples.random(DType.U8, 1, 2);

    assertThatThrownBy(() -> NpzFile.write(file, NamedTensors.of(Map.of("w", half))))
        .isInstanceOf(TensorFileException.class)
        .hasMessage(
            file
                + ", entry 'w': NumPy has no type for BF16; write it as .safetensors, or convert"
                + " it");
    assertThatThrownBy(
            () -> NpzFile.write(file, NamedTensors.of(Map.of("w", byteTensor), Map.of("a", "b"))))
        .isInstanceOf(TensorFileException.class)
        .hasMessageContaining("no place for metadata");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void zerosThatCompressBestAreNoBomb() throws IOException {
    Path file = directory.resolve("zeros.npz");
    byte[] npy = npy(DType.U8, new byte[10_000_000], 10_000_000);
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.setLevel(9);
      zip.putNextEntry(new ZipEntry("zeros.npy")); // its sizes stand behind it and in the directory
      zip.write(npy);
      zip.closeEntry();
    }

    NamedTensors set = NpzFile.read(file);

    assertThat(Files.size(file)).isLessThan(npy.length / 1000);
    assertTensor(set.get("zeros"), DType.U8, new byte[10_000_000], 10_000_000);
    set.release();
  }
}
