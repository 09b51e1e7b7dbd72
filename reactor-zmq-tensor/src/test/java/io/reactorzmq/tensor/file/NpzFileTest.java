package io.reactorzmq.tensor.file;

import static io.reactorzmq.tensor.file.Samples.assertSame;
import static io.reactorzmq.tensor.file.Samples.assertTensor;
import static io.reactorzmq.tensor.file.Samples.bytesOf;
import static io.reactorzmq.tensor.file.Samples.concat;
import static io.reactorzmq.tensor.file.Samples.golden;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpzFileTest {

  private static final int LOCAL = 0;

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
    assertThatThrownBy(() -> NpzFile.write(file, NamedTensors.of(Map.of("\uD800", byteTensor))))
        .isInstanceOf(TensorFileException.class)
        .hasMessageContaining("no Unicode");
    assertThat(directory).isEmptyDirectory();
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

  static Stream<Arguments> malformed() {
    byte[] npy = npy(DType.U8, Samples.range(100), 100);
    byte[] deflated = deflate(npy);
    return Stream.of(
        // the end of the directory
        Arguments.of("several parts", stored(npy, end(4, 1))),
        Arguments.of("several parts", stored(npy, end(8, 2))),
        Arguments.of(
            "51 bytes, which cannot name 2 entries", stored(npy, end(8, 2).andThen(end(10, 2)))),
        Arguments.of("a directory of 1 entries in 52 bytes", stored(npy, end(12, 52))),
        Arguments.of("a directory of 1 entries in 51 bytes at 0", stored(npy, end(16, 0))),
        Arguments.of("no zip64 locator", stored(npy, end(8, 0xFFFF).andThen(end(10, 0xFFFF)))),
        Arguments.of("no directory at its end", stored(npy, end(20, 1))),
        // an entry of the directory
        Arguments.of("no entry in its directory at 0", stored(npy, central(0, 0))),
        Arguments.of("is encrypted", stored(npy, central(8, 1))),
        Arguments.of("compressed by method 12", stored(npy, central(10, 12))),
        Arguments.of("has at 0 another header", stored(npy, central(10, 8))),
        Arguments.of("stored in 227 bytes but", stored(npy, central(20, 227))),
        Arguments.of("stored in 228 bytes but", stored(npy, central(24, 229))),
        Arguments.of("a directory cut off", stored(npy, central(28, 6))),
        Arguments.of("a directory cut off", stored(npy, central(30, 1))),
        Arguments.of("a directory cut off", stored(npy, central(32, 1))),
        Arguments.of("has at 1 another header", stored(npy, central(42, 1))),
        Arguments.of("begins at 65535, but the directory", stored(npy, central(42, 0xFFFF))),
        Arguments.of(
            "no valid size or offset of 64 bits",
            stored(npy, central(20, 0xFFFF).andThen(central(22, 0xFFFF)))),
        // the header of an entry
        Arguments.of("has at 0 another header", stored(npy, set(LOCAL, 0))),
        Arguments.of("has at 0 another header", stored(npy, set(LOCAL + 6, 1))),
        Arguments.of("has at 0 another header", stored(npy, set(LOCAL + 8, 8))),
        Arguments.of("has at 0 another header", stored(npy, set(LOCAL + 26, 4))),
        Arguments.of("has at 0 another header", stored(npy, set(LOCAL + 30, 'b'))),
        Arguments.of("has 228 bytes at 36, but", stored(npy, set(LOCAL + 28, 1))),
        // what entries hold
        Arguments.of("does not begin with", stored(new byte[100], bytes -> {})),
        Arguments.of("ends after 3 bytes, within its header", stored(new byte[3], bytes -> {})),
        Arguments.of(
            "has 101 bytes behind its header", stored(concat(npy, new byte[1]), bytes -> {})),
        Arguments.of("no .npy file", zip(entry("a.txt", 0, npy, npy.length, crc(npy)))),
        Arguments.of("no .npy file", zip(entry("a/", 0, new byte[0], 0, 0))),
        Arguments.of(
            "a name of 0 bytes, but 1 to 1024", zip(entry(".npy", 0, npy, npy.length, crc(npy)))),
        Arguments.of(
            "a name of 1025 bytes, but 1 to 1024",
            zip(entry("a".repeat(1025) + ".npy", 0, npy, npy.length, crc(npy)))),
        Arguments.of(
            "the entry 'a.npy' twice",
            zip(
                entry("a.npy", 0, npy, npy.length, crc(npy)),
                entry("a.npy", 0, npy, npy.length, crc(npy)))),
        // what is inflated
        Arguments.of(
            "has the CRC-32 00000001, its content",
            zip(entry("a.npy", 8, deflated, npy.length, 1))),
        Arguments.of(
            "has 101 bytes behind its header",
            zip(entry("a.npy", 8, deflated, npy.length + 1, crc(npy)))),
        Arguments.of(
            "has 99 bytes behind its header",
            zip(entry("a.npy", 8, deflated, npy.length - 1, crc(npy)))),
        Arguments.of(
            "inflates to more than the 228 bytes",
            zip(entry("a.npy", 8, deflate(concat(npy, new byte[1])), npy.length, crc(npy)))),
        Arguments.of(
            "inflates to less than the 228 bytes",
            zip(entry("a.npy", 8, deflate(Samples.head(npy, 227)), npy.length, crc(npy)))),
        Arguments.of(
            "inflates to less than the 228 bytes",
            zip(entry("a.npy", 8, deflate(Samples.head(npy, 5)), npy.length, crc(npy)))),
        Arguments.of(
            "deflated data that is cut off",
            zip(
                entry(
                    "a.npy",
                    8,
                    Samples.head(deflated, deflated.length - 5),
                    npy.length,
                    crc(npy)))),
        Arguments.of(
            "has bytes behind its deflated data",
            zip(entry("a.npy", 8, concat(deflated, new byte[1]), npy.length, crc(npy)))),
        Arguments.of(
            "deflated data that is malformed",
            zip(entry("a.npy", 8, new byte[] {-1, -1, -1, -1}, 228, 0))));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void whatIsMalformedIsRefused(String why, byte[] content) throws IOException {
    Path file = Files.write(directory.resolve("malformed.npz"), content);
    long before = Samples.memory();

    assertThatThrownBy(() -> NpzFile.read(file))
        .isInstanceOf(TensorFileException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(why);
    assertThat(Samples.memory()).isEqualTo(before);
  }

  @Test
  void theFilesMadeHereAreRightUnlessChanged() throws IOException {
    byte[] npy = npy(DType.U8, Samples.range(100), 100);
    for (byte[] content :
        List.of(
            stored(npy, bytes -> {}), zip(entry("a.npy", 8, deflate(npy), npy.length, crc(npy))))) {
      NamedTensors set = NpzFile.read(Files.write(directory.resolve("a.npz"), content));
      assertTensor(set.get("a"), DType.U8, Samples.range(100), 100);
      set.release();
    }
  }

  @Test
  void aCommentAtTheEndMayLookLikeTheEnd() throws IOException {
    byte[] npy = npy(DType.U8, new byte[] {1}, 1);
    byte[] comment = concat(end(0, 0, 0), new byte[] {'!'});
    byte[] whole = stored(npy, end(20, comment.length));

    NamedTensors set =
        NpzFile.read(Files.write(directory.resolve("a.npz"), concat(whole, comment)));

    assertTensor(set.get("a"), DType.U8, new byte[] {1}, 1);
  }

  @Test
  void aBombIsRefusedBeforeMemoryIsAllocated() throws IOException {
    // a header that is honest about a size that a few bytes cannot inflate to
    byte[] start = NpyHeader.bytes(DType.U8, Shape.of(1L << 40), new Place(directory));
    byte[] deflated = deflate(start);
    long size = start.length + (1L << 40);
    byte[] local = local("a.npy", 8, 0, deflated.length, 0xFFFFFFFFL, zip64(size));
    byte[] central = central("a.npy", 8, 0, deflated.length, 0xFFFFFFFFL, 0, zip64(size));
    byte[] content =
        concat(local, deflated, central, end(1, central.length, local.length + deflated.length));
    Path file = Files.write(directory.resolve("bomb.npz"), content);

    assertThatThrownBy(() -> NpzFile.read(file))
        .isInstanceOf(TensorFileException.class)
        .hasMessage(
            "%s, entry 'a.npy': claims %d bytes, but no %d bytes inflate to more than 1032 times as"
                + " many",
            file, size, deflated.length);
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

  @Test
  void entriesThatShareTheirBytesAreRefused() throws IOException {
    byte[] npy = npy(DType.U8, Samples.range(100), 100);
    byte[] inner = concat(local("b.npy", 0, crc(npy), npy.length, npy.length), npy);
    byte[] outer = concat(local("a.npy", 0, 0, inner.length, inner.length), inner);
    int innerAt = outer.length - inner.length;
    byte[] central =
        concat(
            central("b.npy", 0, crc(npy), npy.length, npy.length, innerAt),
            central("a.npy", 0, 0, inner.length, inner.length, 0));
    Path file =
        Files.write(
            directory.resolve("overlap.npz"),
            concat(outer, central, end(2, central.length, outer.length)));

    assertThatThrownBy(() -> NpzFile.read(file))
        .isInstanceOf(TensorFileException.class)
        .hasMessage(file + ": has the entries 'a.npy' and 'b.npy' at the same place");
  }

  @ParameterizedTest
  @ValueSource(strings = {"stored", "compressed"})
  void aFileThatIsCutOffIsRefused(String name) throws IOException {
    Samples.assertEveryTruncationIsRefused(
        Files.readAllBytes(golden(name + ".npz")),
        directory.resolve("cut.npz"),
        file -> Samples.consume(NpzFile.read(file)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"stored", "compressed"})
  void whateverIsChangedIsReadOrRefused(String name) throws IOException {
    int refused =
        Samples.fuzz(
            Files.readAllBytes(golden(name + ".npz")),
            directory.resolve("fuzz.npz"),
            name.hashCode(),
            4000,
            file -> Samples.consume(NpzFile.read(file)));

    assertThat(refused).isBetween(1000, 3999);
  }

  // ---- zip files made by hand

  private static byte[] npy(DType dtype, byte[] data, long... dims) {
    try {
      return concat(NpyHeader.bytes(dtype, Shape.of(dims), new Place(Path.of("test"))), data);
    } catch (TensorFileException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] deflate(byte[] content) {
    Deflater deflater = new Deflater(6, true);
    deflater.setInput(content);
    deflater.finish();
    byte[] deflated = new byte[content.length + 100];
    int length = deflater.deflate(deflated);
    deflater.end();
    return Samples.head(deflated, length);
  }

  private static long crc(byte[] content) {
    CRC32 crc = new CRC32();
    crc.update(content);
    return crc.getValue();
  }

  private record Made(String name, int method, byte[] data, long size, long crc) {}

  private static Made entry(String name, int method, byte[] data, long size, long crc) {
    return new Made(name, method, data, size, crc);
  }

  private static byte[] zip(Made... entries) {
    byte[] content = {};
    byte[] directory = {};
    for (Made each : entries) {
      int length = each.data().length;
      byte[] local = local(each.name(), each.method(), each.crc(), length, each.size());
      byte[] central =
          central(each.name(), each.method(), each.crc(), length, each.size(), content.length);
      content = concat(content, local, each.data());
      directory = concat(directory, central);
    }
    return concat(content, directory, end(entries.length, directory.length, content.length));
  }

  /** One stored entry a.npy, of which something is changed then. */
  private static byte[] stored(byte[] data, Consumer<ByteBuffer> change) {
    byte[] whole = zip(entry("a.npy", 0, data, data.length, crc(data)));
    change.accept(ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN));
    return whole;
  }

  private static Consumer<ByteBuffer> set(int at, int value) {
    return bytes -> bytes.putShort(at, (short) value);
  }

  private static Consumer<ByteBuffer> end(int at, int value) {
    return bytes -> bytes.putShort(bytes.capacity() - 22 + at, (short) value);
  }

  private static Consumer<ByteBuffer> central(int at, int value) {
    return bytes -> bytes.putShort(bytes.capacity() - 22 - 51 + at, (short) value);
  }

  private static byte[] local(
      String name, int method, long crc, long compressed, long size, byte... extra) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    ByteBuffer header = ByteBuffer.allocate(30).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(0, 0x04034b50).putShort(4, (short) 20).putShort(8, (short) method);
    header.putInt(14, (int) crc).putInt(18, (int) compressed).putInt(22, (int) size);
    header.putShort(26, (short) text.length).putShort(28, (short) extra.length);
    return concat(header.array(), text, extra);
  }

  private static byte[] central(
      String name, int method, long crc, long compressed, long size, long at, byte... extra) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    ByteBuffer header = ByteBuffer.allocate(46).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(0, 0x02014b50).putShort(4, (short) 20).putShort(6, (short) 20);
    header.putShort(10, (short) method).putInt(16, (int) crc);
    header.putInt(20, (int) compressed).putInt(24, (int) size);
    header.putShort(28, (short) text.length).putShort(30, (short) extra.length);
    header.putInt(42, (int) at);
    return concat(header.array(), text, extra);
  }

  private static byte[] zip64(long... values) {
    ByteBuffer field = ByteBuffer.allocate(4 + 8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    field.putShort((short) 1).putShort((short) (8 * values.length));
    for (long each : values) {
      field.putLong(each);
    }
    return field.array();
  }

  private static byte[] end(int count, long bytes, long at) {
    ByteBuffer end = ByteBuffer.allocate(22).order(ByteOrder.LITTLE_ENDIAN);
    end.putInt(0, 0x06054b50).putShort(8, (short) count).putShort(10, (short) count);
    return end.putInt(12, (int) bytes).putInt(16, (int) at).array();
  }

  private static byte[] end64(long count, long bytes, long at) {
    ByteBuffer end = ByteBuffer.allocate(56 + 20).order(ByteOrder.LITTLE_ENDIAN);
    end.putInt(0, 0x06064b50).putLong(4, 44).putLong(24, count).putLong(32, count);
    end.putLong(40, bytes).putLong(48, at);
    return end.putInt(56, 0x07064b50).putLong(64, at + bytes).putInt(72, 1).array();
  }
}
