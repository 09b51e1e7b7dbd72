package io.reactorzmq.tensor.file;

import static io.reactorzmq.tensor.file.Samples.assertTensor;
import static io.reactorzmq.tensor.file.Samples.bytesOf;
import static io.reactorzmq.tensor.file.Samples.golden;
import static io.reactorzmq.tensor.file.Samples.goldenBytes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyFileTest {

  @TempDir Path directory;

  static Stream<Arguments> types() {
    return Stream.of(
        Arguments.of("f2", DType.F16),
        Arguments.of("f4", DType.F32),
        Arguments.of("f8", DType.F64),
        Arguments.of("i1", DType.I8),
        Arguments.of("i2", DType.I16),
        Arguments.of("i4", DType.I32),
        Arguments.of("i8", DType.I64),
        Arguments.of("u1", DType.U8),
        Arguments.of("u2", DType.U16),
        Arguments.of("u4", DType.U32),
        Arguments.of("u8", DType.U64),
        Arguments.of("b1", DType.BOOL),
        Arguments.of("c8", DType.C64),
        Arguments.of("c16", DType.C128));
  }

  static Stream<Arguments> widerTypes() {
    return types().filter(each -> ((DType) each.get()[1]).itemSize() > 1);
  }

  @ParameterizedTest
  @MethodSource("types")
  void whatNumpyWroteIsRead(String name, DType dtype) throws IOException {
    Tensor tensor = NpyFile.read(golden(name + ".npy"));

    assertTensor(tensor, dtype, goldenBytes(dtype), 2, 3);
    tensor.release();
  }

  @ParameterizedTest
  @MethodSource("types")
  void whatIsWrittenIsWhatNumpyWrites(String name, DType dtype) throws IOException {
    Path file = directory.resolve("t.npy");

    NpyFile.write(file, Samples.tensor(dtype, goldenBytes(dtype), 2, 3));

    assertThat(file).hasSameBinaryContentAs(golden(name + ".npy"));
  }

  @ParameterizedTest
  @MethodSource("widerTypes")
  void bigEndianNumbersAreTurnedAround(String name, DType dtype) throws IOException {
    long before = Samples.memory();

    Tensor tensor = NpyFile.read(golden("big_" + name + ".npy"));

    assertTensor(tensor, dtype, goldenBytes(dtype), 2, 3);
    tensor.release();
    assertThat(Samples.memory()).isEqualTo(before);
  }

  @Test
  void shapesOfAnyRankAreRead() throws IOException {
    assertTensor(NpyFile.read(golden("scalar.npy")), DType.F64, Samples.doubles(42.5));
    assertTensor(NpyFile.read(golden("vector.npy")), DType.I32, Samples.ints(0, 1, 2, 3, 4), 5);
    assertTensor(NpyFile.read(golden("empty.npy")), DType.F32, new byte[0], 0, 3);
    int[] range = IntStream.range(0, 24).toArray();
    assertTensor(
        NpyFile.read(golden("rank8.npy")),
        DType.I16,
        Samples.shorts(range),
        1,
        2,
        1,
        3,
        1,
        2,
        1,
        2);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void allVersionsAreRead(int version) throws IOException {
    Tensor tensor = NpyFile.read(golden("version" + version + ".npy"));

    assertTensor(tensor, DType.U16, Samples.shorts(0, 1, 2, 3, 4, 5), 3, 2);
  }

  @Test
  void fortranOrderBecomesRowMajor() throws IOException {
    long before = Samples.memory();
    float[] range = new float[24];
    for (int i = 0; i < 24; i++) {
      range[i] = i;
    }

    Tensor tensor = NpyFile.read(golden("fortran.npy"));
    Tensor big = NpyFile.read(golden("fortran_big.npy"));

    assertTensor(tensor, DType.F32, Samples.floats(range), 2, 3, 4);
    assertTensor(big, DType.I16, Samples.shorts(0, 1, 2, 3, 4, 5), 2, 3);
    tensor.release();
    big.release();
    assertThat(Samples.memory()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"(4,)", "(1, 4)", "(1, 4, 1)", "()", "(0, 4)"})
  void fortranOrderOfOneAxisIsNotCopied(String shape) throws IOException {
    byte[] data = shape.equals("()") ? Samples.range(1) : Samples.range(4);
    data = shape.startsWith("(0") ? new byte[0] : data;
    Path file =
        Samples.npy(
            directory, "{'descr': '|u1', 'fortran_order': True, 'shape': " + shape + "}", data);

    Tensor tensor = NpyFile.read(file);

    assertThat(bytesOf(tensor)).isEqualTo(data);
    assertThat(tensor.segments()).allMatch(ByteBuf::isReadOnly);
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"BF16", "F8_E4M3", "F8_E5M2"})
  void whatNumpyDoesNotKnowIsNotWritten(DType dtype) {
    Path file = directory.resolve("t.npy");

    assertThatThrownBy(() -> NpyFile.write(file, Samples.random(dtype, 1, 2)))
        .isInstanceOf(TensorFileException.class)
        .hasMessage(
            file
                + ": NumPy has no type for "
                + dtype
                + "; write it as .safetensors, or convert it");
    assertThat(directory).isEmptyDirectory();
  }

  @ParameterizedTest
  @MethodSource("types")
  void whatIsWrittenIsReadAgain(String name, DType dtype) throws IOException {
    Path file = directory.resolve("t.npy");
    for (long[] dims :
        new long[][] {{}, {0}, {3, 0, 2}, {7}, {5, 1, 3}, {2, 2, 2, 2, 2, 2, 2, 2}}) {
      Tensor tensor = Samples.random(dtype, 42, dims);

      NpyFile.write(file, tensor);

      assertTensor(NpyFile.read(file), dtype, bytesOf(tensor), dims);
      assertThat(Files.size(file) - tensor.bytes()).isEqualTo(128);
    }
  }

  @Test
  void aShapeOfHighestRankIsWrittenAndRead() throws IOException {
    Path file = directory.resolve("t.npy");
    long[] dims = new long[Shape.MAX_RANK];
    dims[0] = Long.MAX_VALUE;

    NpyFile.write(file, Samples.tensor(DType.U8, new byte[0], dims));

    assertTensor(NpyFile.read(file), DType.U8, new byte[0], dims);
    assertThat(Files.size(file) % 64).isZero();
  }

  @Test
  void dataInManyPiecesIsWritten() throws IOException {
    Path file = directory.resolve("t.npy");
    byte[] data = new byte[(5 << 20) + 3];
    new Random(7).nextBytes(data);
    CompositeByteBuf composite = Unpooled.compositeBuffer(2000);
    for (int at = 1 << 20, i = 0; i < 1500; i++, at += 100) {
      ByteBuf piece = i % 2 == 0 ? Unpooled.buffer(100) : Unpooled.directBuffer(100);
      composite.addComponent(true, piece.writeBytes(data, at, 100));
    }
    int behind = (1 << 20) + 150_000;
    Tensor tensor =
        Tensor.of(
            DType.U8,
            Shape.of(data.length),
            Unpooled.wrappedBuffer(data, 0, 1 << 20),
            composite,
            Unpooled.wrappedBuffer(data, behind, data.length - behind));

    NpyFile.write(file, tensor);

    assertTensor(NpyFile.read(file), DType.U8, data, data.length);
    tensor.release();
  }
}
