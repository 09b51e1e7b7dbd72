package io.reactorzmq.tensor.file;

import static io.reactorzmq.tensor.file.HandmadeZip.central;
import static io.reactorzmq.tensor.file.HandmadeZip.crc;
import static io.reactorzmq.tensor.file.HandmadeZip.end;
import static io.reactorzmq.tensor.file.HandmadeZip.end64;
import static io.reactorzmq.tensor.file.HandmadeZip.local;
import static io.reactorzmq.tensor.file.HandmadeZip.npy;
import static io.reactorzmq.tensor.file.HandmadeZip.zip64;
import static io.reactorzmq.tensor.file.Samples.assertTensor;
import static io.reactorzmq.tensor.file.Samples.bytesOf;
import static io.reactorzmq.tensor.file.Samples.concat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Files of gigabytes, most of them holes, and of very many tensors. */
class LargeFilesTest {

  @TempDir Path directory;

  @Test
  @EnabledOnOs(OS.LINUX)
  void aLargeNpyFileTakesNoMemoryUntilItIsRead() throws IOException {
    long elements = 3L << 28;
    Path file =
        Samples.npy(
            directory,
            "{'descr': '<f4', 'fortran_order': False, 'shape': (" + elements + ",)}",
            new byte[0]);
    long begin = Files.size(file);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(begin + 4 * elements);
      sparse.seek(begin + 4 * elements - 4);
      sparse.write(Samples.floats(7));
    }
    long resident = Samples.residentFileBytes();
    long memory = Samples.memory();

    Tensor tensor = NpyFile.read(file);

    assertThat(Samples.memory()).isEqualTo(memory);
    assertThat(Samples.residentFileBytes() - resident).isLessThan(64 << 20);
    assertThat(tensor.segments()).hasSize(3).allMatch(each -> each.readableBytes() == 1 << 30);
    assertThat(tensor.isDirect()).isTrue();
    assertThat(tensor.isContiguous()).isFalse();
    assertThat(tensor.segments().get(2).getFloatLE((1 << 30) - 4)).isEqualTo(7);
    Tensor last = tensor.retainedAt(elements - 1);
    assertThat(bytesOf(last)).isEqualTo(Samples.floats(7));
    last.release();
    tensor.release();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void fortranOrderHasALimit() throws IOException {
    String header = "{'descr': '<u1', 'fortran_order': True, 'shape': (2, 1073741824)}";
    Path file = Samples.npy(directory, header, new byte[0]);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(Files.size(file) + (2L << 30));
    }

    assertThatThrownBy(() -> NpyFile.read(file))
        .isInstanceOf(TensorFileException.class)
        .hasMessage(
            file
                + ": 2147483648 bytes in Fortran order, but at most 2147483639 can be put into"
                + " row-major order");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aCopyForWhichThereIsNoMemoryIsAnError() throws IOException {
    Path file =
        Samples.npy(
            directory,
            "{'descr': '>f8', 'fortran_order': False, 'shape': (268435456,)}",
            new byte[0]);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(Files.size(file) + (2L << 30)); // the tests run with 1 GiB
    }
    long before = Samples.memory();

    assertThatThrownBy(() -> NpyFile.read(file))
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(TensorFileException.class)
        .hasMessage(
            file
                + ": no memory for the 2147483648 bytes of F64 [268435456],"
                + " -XX:MaxDirectMemorySize limits it");
    assertThat(Samples.memory()).isEqualTo(before);
  }

  @Test
  void thereMayBeNoTensorsAndMoreThanZipOnceAllowed() throws IOException {
    Path file = directory.resolve("t.npz");
    NpzFile.write(file, NamedTensors.of(Map.of()));
    assertThat(NpzFile.read(file).size()).isZero();
    Tensor tensor = Samples.tensor(DType.U8, new byte[] {5}, 1);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < 66_000; i++) {
      tensors.put("t" + i, tensor);
    }
    long mappings = Samples.mappings();

    NpzFile.write(file, NamedTensors.of(tensors));
    NamedTensors read = NpzFile.read(file);

    assertThat(read.size()).isEqualTo(66_000);
    assertThat(bytesOf(read.asMap().get("t65999"))).containsExactly(5);
    assertThat(Samples.mappings() - mappings).isLessThanOrEqualTo(1);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void entriesBehindAndBeyondFourGibibytesAreMapped() throws IOException {
    long large = 5L << 30;
    byte[] header = NpyHeader.bytes(DType.U8, Shape.of(large), new Place(directory));
    byte[] small = npy(DType.U8, new byte[] {1, 2, 3}, 3);
    Path file = directory.resolve("large.npz");
    long size = header.length + large;
    byte[] firstLocal = local("large.npy", 0, 0, 0xFFFFFFFFL, 0xFFFFFFFFL, zip64(size, size));
    long secondAt = firstLocal.length + size;
    byte[] secondLocal = local("small.npy", 0, crc(small), small.length, small.length);
    byte[] directoryBytes =
        concat(
            central("large.npy", 0, 0, 0xFFFFFFFFL, 0xFFFFFFFFL, 0, zip64(size, size)),
            central(
                "small.npy",
                0,
                crc(small),
                small.length,
                small.length,
                0xFFFFFFFFL,
                zip64(secondAt)));
    long directoryAt = secondAt + secondLocal.length + small.length;
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(concat(firstLocal, header));
      sparse.seek(secondAt - 1);
      sparse.write(9);
      sparse.write(concat(secondLocal, small, directoryBytes));
      sparse.write(end64(2, directoryBytes.length, directoryAt));
      sparse.write(end(0xFFFF, 0xFFFFFFFFL, 0xFFFFFFFFL));
    }
    long resident = Samples.residentFileBytes();

    NamedTensors set = NpzFile.read(file);

    assertThat(Samples.residentFileBytes() - resident).isLessThan(64 << 20);
    List<ByteBuf> segments = set.asMap().get("large").segments();
    assertThat(segments).hasSize(5);
    assertThat(segments.get(4).getByte((1 << 30) - 1)).isEqualTo((byte) 9);
    assertTensor(set.get("small"), DType.U8, new byte[] {1, 2, 3}, 3);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aLargeSafetensorsFileTakesNoMemoryUntilItIsRead() throws IOException {
    long elements = 3L << 28;
    long bytes = 4 * elements;
    String header =
        "{'large':{'dtype':'F32','shape':[3,%d],'data_offsets':[0,%d]},"
                .formatted(elements / 3, bytes)
            + "'one':{'dtype':'U8','shape':[1],'data_offsets':[%d,%d]}}"
                .formatted(bytes, bytes + 1);
    byte[] start = Samples.safetensors(header, 0);
    Path file = Files.write(directory.resolve("large.safetensors"), start);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.seek(start.length + bytes - 4);
      sparse.write(concat(Samples.floats(7), new byte[] {9}));
    }
    long resident = Samples.residentFileBytes();
    long memory = Samples.memory();
    long mappings = Samples.mappings();

    NamedTensors set = SafetensorsFile.read(file);

    assertThat(Samples.memory()).isEqualTo(memory);
    assertThat(Samples.residentFileBytes() - resident).isLessThan(64 << 20);
    assertThat(Samples.mappings() - mappings).isLessThanOrEqualTo(4);
    Tensor large = set.asMap().get("large");
    assertThat(large.isDirect()).isTrue();
    assertThat(large.segments()).hasSize(3).allMatch(each -> each.readableBytes() == 1 << 30);
    assertThat(large.segments().get(2).getFloatLE((1 << 30) - 4)).isEqualTo(7);
    assertTensor(set.get("one"), DType.U8, new byte[] {9}, 1);
    set.release();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aTensorOfLessThanTwoGibibytesIsContiguous() throws IOException {
    long bytes = Mappings.MAX_CONTIGUOUS_BYTES;
    String header = "{'w':{'dtype':'U8','shape':[%d],'data_offsets':[0,%<d]}}".formatted(bytes);
    byte[] start = Samples.safetensors(header, 0);
    Path file = Files.write(directory.resolve("large.safetensors"), start);
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(start.length + bytes);
    }

    Tensor tensor = SafetensorsFile.read(file).asMap().get("w");

    assertThat(tensor.isContiguous()).isTrue();
    assertThat(tensor.bytesView().remaining()).isEqualTo(Mappings.MAX_CONTIGUOUS_BYTES);
    assertThat(tensor.bytesView().get(Mappings.MAX_CONTIGUOUS_BYTES - 1)).isZero();
  }

  @Test
  void thousandsOfTensorsShareAMapping() throws IOException {
    Path file = directory.resolve("t.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < 5000; i++) {
      tensors.put("t" + i, Samples.tensor(DType.I32, Samples.ints(i), 1));
    }
    SafetensorsFile.write(file, NamedTensors.of(tensors));
    long mappings = Samples.mappings();

    NamedTensors set = SafetensorsFile.read(file);

    assertThat(Samples.mappings() - mappings).isLessThanOrEqualTo(1);
    for (int i = 0; i < 5000; i++) {
      assertThat(set.asMap().get("t" + i).intsView().get(0)).isEqualTo(i);
    }
  }
}
