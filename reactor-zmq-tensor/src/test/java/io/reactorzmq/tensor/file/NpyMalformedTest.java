package io.reactorzmq.tensor.file;

import static io.reactorzmq.tensor.file.Samples.bytesOf;
import static io.reactorzmq.tensor.file.Samples.golden;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyMalformedTest {

  @TempDir Path directory;

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
    Path file = Samples.npy(directory, header, new byte[8]);

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
    Tensor tensor = NpyFile.read(Samples.npy(directory, header, Samples.floats(1, 2)));

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
    Damage.assertEveryTruncationIsRefused(
        Files.readAllBytes(golden(name + ".npy")),
        directory.resolve("cut.npy"),
        file -> NpyFile.read(file).release());
  }

  @ParameterizedTest
  @ValueSource(strings = {"i1", "big_f4", "fortran_big", "version2"})
  void whateverIsChangedIsReadOrRefused(String name) throws IOException {
    int refused =
        Damage.fuzz(
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

  private static String header(String descr, String fortran, String shape, String more) {
    return "{'descr': %s, 'fortran_order': %s, 'shape': %s, %s}"
        .formatted(descr, fortran, shape, more);
  }
}
