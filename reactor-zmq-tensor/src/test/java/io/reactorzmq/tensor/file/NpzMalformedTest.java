package io.reactorzmq.tensor.file;

import static io.reactorzmq.tensor.file.HandmadeZip.central;
import static io.reactorzmq.tensor.file.HandmadeZip.crc;
import static io.reactorzmq.tensor.file.HandmadeZip.deflate;
import static io.reactorzmq.tensor.file.HandmadeZip.end;
import static io.reactorzmq.tensor.file.HandmadeZip.entry;
import static io.reactorzmq.tensor.file.HandmadeZip.local;
import static io.reactorzmq.tensor.file.HandmadeZip.npy;
import static io.reactorzmq.tensor.file.HandmadeZip.set;
import static io.reactorzmq.tensor.file.HandmadeZip.stored;
import static io.reactorzmq.tensor.file.HandmadeZip.zip;
import static io.reactorzmq.tensor.file.HandmadeZip.zip64;
import static io.reactorzmq.tensor.file.Samples.assertTensor;
import static io.reactorzmq.tensor.file.Samples.concat;
import static io.reactorzmq.tensor.file.Samples.golden;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpzMalformedTest {

  private static final int LOCAL = 0;

  @TempDir Path directory;

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
    Damage.assertEveryTruncationIsRefused(
        Files.readAllBytes(golden(name + ".npz")),
        directory.resolve("cut.npz"),
        file -> Samples.consume(NpzFile.read(file)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"stored", "compressed"})
  void whateverIsChangedIsReadOrRefused(String name) throws IOException {
    int refused =
        Damage.fuzz(
            Files.readAllBytes(golden(name + ".npz")),
            directory.resolve("fuzz.npz"),
            name.hashCode(),
            4000,
            file -> Samples.consume(NpzFile.read(file)));

    assertThat(refused).isBetween(1000, 3999);
  }
}
