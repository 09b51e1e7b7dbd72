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
import io.netty.util.IllegalReferenceCountException;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ReadOnlyBufferException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
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
    Path file = npy("{'descr': '|u1', 'fortran_order': True, 'shape': " + shape + "}", data);

    Tensor tensor = NpyFile.read(file);

    assertThat(bytesOf(tensor)).isEqualTo(data);
    assertThat(tensor.segments()).allMatch(ByteBuf::isReadOnly);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\u0000',
      value = {
        "object; type '|O': Python objects are pickled, which is never read",
        "unicode ; type '<U6': texts are no tensors",
        "bytes ; type '|S6': texts are no tensors",
        "datetime; type '<M8[D]': dates and times are no tensors",
        "timedelta ; type '<m8[s]': dates and times are no tensors",
        "void; type '|V2': NumPy does not know this type",
        "longdouble; type '<f16': known are f2 f4 f8",
        "structured; elements with several fields",
      })
  void otherTypesAreRefused(String name, String why) {
    Path file = golden("refused_" + name + ".npy");

    assertThatThrownBy(() -> NpyFile.read(file))
        .isInstanceOf(TensorFileException.class)
        .hasMessageStartingWith(file + ": has elements ")
        .hasMessageContaining(why);
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

  static Stream<Arguments> malformedHeaders() {
    String dims = "1, ".repeat(256);
    return Stream.of(
        Arguments.of("", "its end at 0 where '{' belongs"),
        Arguments.of("[]", "'[' at 0 where '{' belongs"),
        Arguments.of("{", "its end at 1 where a string belongs"),
        Arguments.of("{}", "not all of the keys"),
        Arguments.of("{,}", "',' at 1 where a string belongs"),
        Arguments.of(header("'<f4'", "False", "(2,)", "") + "x", "'x' at"),
        Arguments.of(header("'<f4'", "False", "(2,)", "'more': 1"), "the unknown key 'more'"),
        Arguments.of(header("'<f4'", "False", "(2,)", "'descr': '<f4'"), "the key 'descr' twice"),
        Arguments.of(header("'<f4'", "False", "(2,)", "'shape': ()"), "the key 'shape' twice"),
        Arguments.of(
            header("'<f4'", "False", "(2,)", "'fortran_order': True"),
            "the key 'fortran_order' twice"),
        Arguments.of("{'descr': '<f4', 'shape': (2,)}", "not all of the keys"),
        Arguments.of("{'descr': '<f4', 'fortran_order': False}", "not all of the keys"),
        Arguments.of("{'fortran_order': False, 'shape': (2,)}", "not all of the keys"),
        Arguments.of("{'descr' '<f4'}", "where ':' belongs"),
        Arguments.of("{'descr': '<f4' 'shape': (2,)}", "where ',' or '}' belongs"),
        Arguments.of("{'descr': '<f4", "a string without an end at 10"),
        Arguments.of(header("'<\\x664'", "False", "(2,)", ""), "an escape in the string"),
        Arguments.of(header("f4", "False", "(2,)", ""), "where a string belongs"),
        Arguments.of(header("'f4'", "False", "(2,)", ""), "elements of type 'f4'"),
        Arguments.of(header("''", "False", "(2,)", ""), "elements of type ''"),
        Arguments.of(header("'|f4'", "False", "(2,)", ""), "elements of type '|f4'"),
        Arguments.of(header("'=f4'", "False", "(2,)", ""), "elements of type '=f4'"),
        Arguments.of(header("'<f3'", "False", "(2,)", ""), "elements of type '<f3'"),
        Arguments.of(header("'<f4'", "false", "(2,)", ""), "where True or False belongs"),
        Arguments.of(header("'<f4'", "0", "(2,)", ""), "where True or False belongs"),
        Arguments.of(header("'<f4'", "False", "2", ""), "'2' at 50 where '(' belongs"),
        Arguments.of(header("'<f4'", "False", "[2]", ""), "'[' at 50 where '(' belongs"),
        Arguments.of(header("'<f4'", "False", "(2)", ""), "a number and not a tuple"),
        Arguments.of(header("'<f4'", "False", "(,)", ""), "',' at 51 where a number"),
        Arguments.of(header("'<f4'", "False", "(2,,)", ""), "where a number of 0 or more"),
        Arguments.of(header("'<f4'", "False", "(1 2)", ""), "where ',' or ')' belongs"),
        Arguments.of(header("'<f4'", "False", "(-2,)", ""), "'-' at 51 where a number"),
        Arguments.of(header("'<f4'", "False", "(2.0,)", ""), "where ',' or ')' belongs"),
        Arguments.of(header("'<f4'", "False", "(02,)", ""), "a number that begins with 0"),
        Arguments.of(header("'<f4'", "False", "(1_0,)", ""), "where ',' or ')' belongs"),
        Arguments.of(
            header("'<f4'", "False", "(9223372036854775808,)", ""),
            "an axis of '9223372036854775808' elements, more than 2^63 - 1"),
        Arguments.of(
            header("'<f4'", "False", "(9223372036854775807, 2)", ""),
            "has more than 2^63 - 1 elements"),
        Arguments.of(
            header("'<f4'", "False", "(9223372036854775807,)", ""), "has more than 2^63 - 1 bytes"),
        Arguments.of(header("'<f4'", "False", "(" + dims + ")", ""), "more than 255 axes"),
        Arguments.of(
            header("'<f4'", "False", "(3,)", ""), "8 bytes behind its header, but F32 [3]"),
        Arguments.of(
            header("'<f4'", "False", "(1,)", ""), "8 bytes behind its header, but F32 [1]"),
        Arguments.of(
            header("'<f4'", "False", "(1099511627776,)", ""),
            "8 bytes behind its header, but F32 [1099511627776] takes 4398046511104"));
  }

  @ParameterizedTest
  @MethodSource("malformedHeaders")
  void aMalformedHeaderIsRefused(String header, String why) throws IOException {
    Path file = npy(header, new byte[8]);

    assertThatThrownBy(() -> NpyFile.read(file))
        .isInstanceOf(TensorFileException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'descr':'<f4','fortran_order':False,'shape':(2,)}",
        "  {\n\t\"shape\" : ( 2 , ) ,\r\n 'fortran_order': False, \"descr\": \"<f4\" , }  \n",
        "{'shape': (2L,), 'fortran_order': True, 'descr': '<f4'}",
        "{'shape': (1, 2), 'fortran_order': False, 'descr': '<f4'}",
      })
  void aHeaderMayBeLaidOutInAnyWay(String header) throws IOException {
    Tensor tensor = NpyFile.read(npy(header, Samples.floats(1, 2)));

    assertThat(tensor.dtype()).isEqualTo(DType.F32);
    assertThat(bytesOf(tensor)).isEqualTo(Samples.floats(1, 2));
  }

  @Test
  void otherFilesAndVersionsAreRefused() throws IOException {
    byte[] whole = Files.readAllBytes(golden("f4.npy"));
    byte[] magic = whole.clone();
    magic[5] = 'P';
    byte[] version = whole.clone();
    version[6] = 4;
    byte[] minor = whole.clone();
    minor[7] = 1;
    byte[] large = Files.readAllBytes(golden("version2.npy"));
    large[10] = 2;

    assertRefused(magic, "does not begin with \\x93NUMPY, so it is no .npy file");
    assertRefused(version, "is of version 4.0 of the .npy format, known are 1.0, 2.0 and 3.0");
    assertRefused(minor, "is of version 1.1 of the .npy format");
    assertRefused(large, "has a header of 131188 bytes, at most 65536 are read");
  }

  private void assertRefused(byte[] content, String why) throws IOException {
    Path file = Files.write(directory.resolve("refused.npy"), content);
    assertThatThrownBy(() -> NpyFile.read(file))
        .isInstanceOf(TensorFileException.class)
        .hasMessageStartingWith(file + ": " + why);
  }

  @ParameterizedTest
  @ValueSource(strings = {"f4", "big_c16", "fortran_big", "version3"})
  void aFileThatIsCutOffIsRefused(String name) throws IOException {
    Samples.assertEveryTruncationIsRefused(
        Files.readAllBytes(golden(name + ".npy")),
        directory.resolve("cut.npy"),
        file -> NpyFile.read(file).release());
  }

  @ParameterizedTest
  @ValueSource(strings = {"i1", "big_f4", "fortran_big", "version2"})
  void whateverIsChangedIsReadOrRefused(String name) throws IOException {
    int refused =
        Samples.fuzz(
            Files.readAllBytes(golden(name + ".npy")),
            directory.resolve("fuzz.npy"),
            name.hashCode(),
            2000,
            file -> {
              Tensor tensor = NpyFile.read(file);
              bytesOf(tensor);
              tensor.release();
            });

    assertThat(refused).isBetween(200, 1999);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aLargeFileTakesNoMemoryUntilItIsRead() throws IOException {
    long elements = 3L << 28;
    Path file = npy(header("'<f4'", "False", "(" + elements + ",)", ""), new byte[0]);
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
    Path file = npy(header, new byte[0]);
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
    Path file = npy("{'descr': '>f8', 'fortran_order': False, 'shape': (268435456,)}", new byte[0]);
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
  void whatIsMappedCannotBeWrittenTo() throws IOException {
    ByteBuf data = NpyFile.read(golden("f4.npy")).segments().get(0);

    assertThatThrownBy(() -> data.setByte(0, 1)).isInstanceOf(ReadOnlyBufferException.class);
    assertThatThrownBy(() -> data.nioBuffer().put(0, (byte) 1))
        .isInstanceOf(ReadOnlyBufferException.class);
  }

  @Test
  void aFileIsReplacedWhileItIsMapped() throws IOException {
    Path file = directory.resolve("t.npy");
    NpyFile.write(file, Samples.tensor(DType.U8, new byte[] {1, 2, 3}, 3));
    Tensor before = NpyFile.read(file);

    NpyFile.write(file, Samples.tensor(DType.U8, new byte[] {4, 5, 6}, 3));

    assertThat(bytesOf(before)).containsExactly(1, 2, 3);
    assertThat(bytesOf(NpyFile.read(file))).containsExactly(4, 5, 6);
    assertThat(directory.toFile().list()).containsExactly("t.npy");
  }

  @Test
  void aWriteThatFailsChangesNothing() throws IOException {
    Path file = Files.writeString(directory.resolve("t.npy"), "as it was");
    ByteBuf buffer = Unpooled.directBuffer(4).writeZero(4);
    Tensor released = Tensor.of(DType.F32, Shape.scalar(), buffer);
    released.release();

    assertThatThrownBy(() -> NpyFile.write(file, released))
        .isInstanceOf(IllegalReferenceCountException.class);

    assertThat(file).hasContent("as it was");
    assertThat(directory.toFile().list()).containsExactly("t.npy");
  }

  @Test
  void aFileIsWrittenThroughALinkAndOnlyIntoADirectory() throws IOException {
    Tensor tensor = Samples.tensor(DType.U8, new byte[] {1}, 1);
    Path real = Files.createFile(directory.resolve("real.npy"));
    Path link = Files.createSymbolicLink(directory.resolve("link.npy"), real);

    NpyFile.write(link, tensor);

    assertThat(link).isSymbolicLink();
    assertThat(bytesOf(NpyFile.read(real))).containsExactly(1);
    Path nowhere = directory.resolve("none").resolve("t.npy");
    assertThatThrownBy(() -> NpyFile.write(nowhere, tensor))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessage(nowhere + ": there is no directory " + nowhere.getParent());
    assertThatThrownBy(() -> NpyFile.write(directory, tensor))
        .isInstanceOf(TensorFileException.class)
        .hasMessageContaining("is no regular file");
    assertThatThrownBy(() -> NpyFile.read(nowhere)).isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> NpyFile.read(directory)).isInstanceOf(IOException.class);
  }

  private static String header(String descr, String fortran, String shape, String more) {
    return "{'descr': %s, 'fortran_order': %s, 'shape': %s, %s}"
        .formatted(descr, fortran, shape, more);
  }

  private Path npy(String header, byte[] data) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
    byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) text.length, 0};
    start[9] = (byte) (text.length >> 8);
    return Files.write(directory.resolve("made.npy"), Samples.concat(start, text, data));
  }
}
