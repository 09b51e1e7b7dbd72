package io.reactorzmq.tensor.file;

import static io.reactorzmq.tensor.file.Samples.concat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsMalformedTest {

  @TempDir Path directory;

  static Stream<Arguments> malformed() {
    String w = "{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}";
    return Stream.of(
        // the header as a whole
        Arguments.of(w.replace("}}", "}"), "no such JSON, at "),
        Arguments.of(w.replace("}}", "}},"), "no such JSON, at "),
        Arguments.of(w + "{}", "something behind the JSON"),
        Arguments.of(w + "\0", "no such JSON"),
        Arguments.of(" " + w, "does not begin with {"),
        Arguments.of("[]", "does not begin with {"),
        Arguments.of("{}", "8 bytes of data, but tensors of 0"),
        Arguments.of("{'w':[]}", "header 'w' that is no object"),
        Arguments.of("{'w':null}", "header 'w' that is no object"),
        Arguments.of(w.replace("'w'", "'\u00FF'"), "no UTF-8"),
        Arguments.of(w.replace("{'dtype'", "/**/{'dtype'"), "no such JSON"),
        Arguments.of(w.replace("[2]", "[[[2]]]"), "no such JSON"),
        // keys
        Arguments.of(w.replace("}}", "},'w':{}}"), "Duplicate"),
        Arguments.of(w.replace("'shape'", "'dtype':'F32','shape'"), "Duplicate"),
        Arguments.of(w.replace("'shape'", "'more':1,'shape'"), "'w': has the unknown key 'more'"),
        Arguments.of(w.replace("'w'", "''"), "a name of 0 bytes, but 1 to 1024"),
        Arguments.of(w.replace("'w'", "'" + "w".repeat(1025) + "'"), "a name of 1025 bytes"),
        Arguments.of(w.replace("'w'", "'\\ud800'"), "no Unicode"),
        // the type
        Arguments.of(w.replace("'dtype':'F32',", ""), "'w': needs a dtype, a shape"),
        Arguments.of(w.replace("'F32'", "32"), "'dtype' that is no string"),
        Arguments.of(w.replace("F32", "f32"), "of type 'f32', known are [F16, BF16, F32, F64"),
        Arguments.of(w.replace("F32", "F4"), "elements of type 'F4'"),
        Arguments.of(w.replace("F32", "C128"), "elements of type 'C128'"),
        // the shape
        Arguments.of(w.replace("'shape':[2],", ""), "'w': needs a dtype, a shape"),
        Arguments.of(w.replace("[2]", "2"), "'shape' that is no array"),
        Arguments.of(w.replace("[2]", "['2']"), "'2' in its shape, where an integer"),
        Arguments.of(w.replace("[2]", "[-2]"), "'-2' in its shape, where an integer"),
        Arguments.of(w.replace("[2]", "[2.0]"), "'2.0' in its shape, where an integer"),
        Arguments.of(w.replace("[2]", "[2e0]"), "'2e0' in its shape, where an integer"),
        Arguments.of(w.replace("[2]", "[null]"), "'null' in its shape, where an integer"),
        Arguments.of(w.replace("[2]", "[9223372036854775808]"), "in its shape, where an integer"),
        Arguments.of(w.replace("[2]", "[4294967296,4294967296]"), "more than 2^63 - 1 elements"),
        Arguments.of(w.replace("[2]", "[9223372036854775807]"), "more than 2^63 - 1 bytes"),
        Arguments.of(w.replace("[2]", "[2" + ",1".repeat(255) + "]"), "more than 255 numbers"),
        Arguments.of(w.replace("[2]", "[3]"), "data from 0 to 8, but F32 [3] takes 12 bytes"),
        Arguments.of(w.replace("[2]", "[1]"), "data from 0 to 8, but F32 [1] takes 4 bytes"),
        // the place of the data
        Arguments.of(w.replace(",'data_offsets':[0,8]", ""), "'w': needs a dtype, a shape"),
        Arguments.of(w.replace("[0,8]", "[0]"), "and two data_offsets"),
        Arguments.of(w.replace("[0,8]", "[0,8,8]"), "more than 2 numbers in its data_offsets"),
        Arguments.of(w.replace("[0,8]", "[8,0]"), "data from 8 to 0, but F32 [2] takes 8"),
        Arguments.of(w.replace("[0,8]", "[-8,0]"), "'-8' in its data_offsets"),
        Arguments.of(w.replace("[0,8]", "[8,16]"), "data from 8 on, where 0 is next"),
        Arguments.of(
            w.replace("[2]", "[1]").replace("8", "4"), "8 bytes of data, but tensors of 4"),
        Arguments.of(
            w.replace("[0,8]", "[9223372036854775799,9223372036854775807]"),
            "data from 9223372036854775799 on, where 0 is next"),
        Arguments.of(two(0, 4, 4, 8, 8, 12), "8 bytes of data, but tensors of 12"),
        Arguments.of(two(0, 4, 0, 4, 4, 8), "data from 0 on, where 4 is next"),
        Arguments.of(two(0, 4, 2, 6, 4, 8), "data from 2 on, where 4 is next"),
        Arguments.of(two(0, 4, 5, 9, 4, 8), "data from 5 on, where 8 is next"),
        // metadata
        Arguments.of(w.replace("{'w'", "{'__metadata__':[],'w'"), "'__metadata__' that is no obj"),
        Arguments.of(w.replace("{'w'", "{'__metadata__':{'a':1},'w'"), "that is no string"),
        Arguments.of(w.replace("{'w'", "{'__metadata__':{'a':{}},'w'"), "that is no string"),
        Arguments.of(w.replace("{'w'", "{'__metadata__':{'':''},'w'"), "a name of 0 bytes"),
        Arguments.of(w.replace("{'w'", "{'__metadata__':{'a':'\\udc00'},'w'"), "no Unicode"),
        Arguments.of(w.replace("{'w'", "{'__metadata__':{'a':'','a':''},'w'"), "Duplicate"),
        Arguments.of(w.replace("{'w'", "{'__metadata__':{},'__metadata__':{},'w'"), "Duplicate"));
  }

  /** Three tensors of 4 bytes, of which the second has data that may be wrong. */
  private static String two(int... offsets) {
    String json = "{";
    for (int i = 0; i < 3; i++) {
      json +=
          "%s'%d':{'dtype':'U8','shape':[4],'data_offsets':[%d,%d]}"
              .formatted(i == 0 ? "" : ",", i, offsets[2 * i], offsets[2 * i + 1]);
    }
    return json + "}";
  }

  @ParameterizedTest(name = "{1}: {0}")
  @MethodSource("malformed")
  void whatIsMalformedIsRefused(String header, String why) {
    assertRefused(Samples.safetensors(header, 8), why);
  }

  @Test
  void theHeaderHasALimit() throws IOException {
    byte[] whole = Samples.safetensors("{'w':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}}", 8);
    assertRefused(
        concat(Samples.longs(100_000_001), new byte[100]),
        "header of 100000001 bytes, at most 100000000 are read");
    assertRefused(concat(Samples.longs(-1), new byte[100]), "18446744073709551615 bytes, at most");
    assertRefused(concat(Samples.longs(100), new byte[99]), "header of 100 bytes, but ends at 107");
    assertRefused(concat(Samples.longs(0), new byte[8]), "does not begin with {");
    assertRefused(new byte[0], "has 0 bytes, too few");
    assertRefused(concat(whole, new byte[1]), "has 9 bytes of data, but tensors of 8");
    // as large as it may be
    Path file = directory.resolve("t.safetensors");
    try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
      byte[] spaces = " ".repeat(100_000_000).getBytes(StandardCharsets.US_ASCII);
      spaces[0] = '{';
      spaces[99_999_999] = '}';
      out.write(concat(Samples.longs(100_000_000), spaces));
    }
    assertThat(SafetensorsFile.read(file).size()).isZero();
  }

  private void assertRefused(byte[] content, String why) {
    Path file = directory.resolve("made.safetensors");

    assertThatThrownBy(() -> SafetensorsFile.read(Files.write(file, content)))
        .isInstanceOf(TensorFileException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(why);
  }

  @Test
  void aFileThatIsCutOffIsRefused() throws IOException {
    Damage.assertEveryTruncationIsRefused(
        sample(),
        directory.resolve("cut.safetensors"),
        file -> Samples.consume(SafetensorsFile.read(file)));
  }

  @Test
  void whateverIsChangedIsReadOrRefused() throws IOException {
    int refused =
        Damage.fuzz(
            sample(),
            directory.resolve("fuzz.safetensors"),
            4711,
            4000,
            file -> Samples.consume(SafetensorsFile.read(file)));

    assertThat(refused).isBetween(1000, 3999);
  }

  private byte[] sample() throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("w", Samples.random(DType.F32, 1, 3, 2));
    tensors.put("b", Samples.random(DType.BF16, 2, 3));
    tensors.put("s", Samples.random(DType.U8, 3));
    tensors.put("n", Samples.random(DType.I64, 4, 0));
    Path file = directory.resolve("sample.safetensors");
    SafetensorsFile.write(file, NamedTensors.of(tensors, Map.of("format", "pt")));
    return Files.readAllBytes(file);
  }
}
