package io.reactorzmq.tensor.file;

import static io.reactorzmq.tensor.file.Samples.assertSame;
import static io.reactorzmq.tensor.file.Samples.assertTensor;
import static io.reactorzmq.tensor.file.Samples.bytesOf;
import static io.reactorzmq.tensor.file.Samples.concat;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SafetensorsFileTest {

  /** Bytes checked by hand against the description of the format. */
  private static final String GOLDEN =
      "5800000000000000" // the header has 88 bytes
          + "7b 22 77 22 3a" // {"w":
          + "7b 22 64 74 79 70 65 22 3a 22 46 33 32 22 2c" // {"dtype":"F32",
          + "22 73 68 61 70 65 22 3a 5b 32 5d 2c" // "shape":[2],
          + "22 64 61 74 61 5f 6f 66 66 73 65 74 73 22 3a" // "data_offsets":
          + "5b 30 2c 38 5d 7d 7d" // [0,8]}}
          + "20".repeat(34) // spaces
          + "0000803f" // 1.0
          + "000020c0"; // -2.5

  @TempDir Path directory;

  private static byte[] golden() {
    return HexFormat.of().parseHex(GOLDEN.replace(" ", ""));
  }

  @Test
  void aFileMadeByHandIsRead() throws IOException {
    NamedTensors set = read(golden());

    assertThat(set.names()).containsExactly("w");
    assertThat(set.metadata()).isEmpty();
    assertTensor(set.get("w"), DType.F32, Samples.floats(1, -2.5f), 2);
    set.release();
  }

  @Test
  void whatIsWrittenIsInTheFormat() throws IOException {
    Path file = directory.resolve("t.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("b", Samples.tensor(DType.U8, new byte[] {7}));
    tensors.put("a", Samples.tensor(DType.F32, Samples.floats(1, -2.5f), 2, 1));
    tensors.put("c", Samples.tensor(DType.I64, new byte[0], 0));

    SafetensorsFile.write(file, NamedTensors.of(tensors, Map.of("format", "pt \"\u2713\"")));

    String header =
        "{\"__metadata__\":{\"format\":\"pt \\\"\u2713\\\"\"},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[8,9]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
            + "\"c\":{\"dtype\":\"I64\",\"shape\":[0],\"data_offsets\":[0,0]}}";
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    byte[] padded = concat(text, " ".repeat(-text.length & 7).getBytes(StandardCharsets.UTF_8));
    assertThat(Files.readAllBytes(file))
        .isEqualTo(
            concat(Samples.longs(padded.length), padded, Samples.floats(1, -2.5f), new byte[] {7}));
  }

  @Test
  void whatIsWrittenIsReadAgainAndAligned() throws IOException {
    Path file = directory.resolve("t.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (DType dtype : DType.values()) {
      if (dtype != DType.C128) {
        tensors.put(dtype.name(), Samples.random(dtype, 1, 3, 5));
        tensors.put(dtype + ".scalar\n\u2713", Samples.random(dtype, 2));
        tensors.put(dtype + " empty", Samples.random(dtype, 3, 0, Long.MAX_VALUE));
      }
    }
    NamedTensors set = NamedTensors.of(tensors, Map.of("a", "", "\u2713", "\u0000\uD83D\uDE00"));

    SafetensorsFile.write(file, set);

    assertSame(SafetensorsFile.read(file), set);
    byte[] whole = Files.readAllBytes(file);
    int dataOffset = 8 + ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getInt();
    SafetensorsHeader parsed =
        SafetensorsReader.read(
            new ByteArrayInputStream(whole, 8, dataOffset - 8),
            whole.length - dataOffset,
            new Place(file));
    assertThat(parsed.regions().values())
        .allMatch(each -> (dataOffset + each.offset()) % each.dtype().itemSize() == 0);
  }

  @Test
  void aSetMayBeEmpty() throws IOException {
    Path file = directory.resolve("t.safetensors");

    SafetensorsFile.write(file, NamedTensors.of(Map.of()));

    assertThat(Files.readAllBytes(file))
        .isEqualTo(HexFormat.of().parseHex("08000000000000007b7d202020202020"));
    assertThat(SafetensorsFile.read(file).size()).isZero();
  }

  @Test
  void whatHasNoPlaceIsRefused() {
    Tensor tensor = Samples.tensor(DType.U8, new byte[] {1});

    assertNotWritten(
        NamedTensors.of(Map.of("z", Samples.random(DType.C128, 1, 2))),
        ", tensor 'z': is of C128, which .safetensors does not have; .npy and .npz do");
    assertNotWritten(
        NamedTensors.of(Map.of("__metadata__", tensor)),
        ", tensor '__metadata__': has the name that .safetensors keeps for its metadata");
    assertNotWritten(
        NamedTensors.of(Map.of("\uDC00", tensor)), ": has a name that is no Unicode: '?'");
    assertNotWritten(
        NamedTensors.of(Map.of("a", tensor), Map.of("b", "\uD800")),
        ": has a metadata text that is no Unicode: '?'");
    assertNotWritten(
        NamedTensors.of(Map.of("a", tensor), Map.of("b", "c".repeat(100_000_000))),
        ": would have a header of 100000");
  }

  private void assertNotWritten(NamedTensors set, String why) {
    Path file = directory.resolve("t.safetensors");
    assertThatThrownBy(() -> SafetensorsFile.write(file, set))
        .isInstanceOf(TensorFileException.class)
        .hasMessageStartingWith(file + why);
    assertThat(directory).isEmptyDirectory();
  }

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
    assertRefused(file(header, 8), why);
  }

  @Test
  void theHeaderHasALimit() throws IOException {
    byte[] whole = golden();
    assertRefused(concat(Samples.longs(100_000_001), new byte[100]), "header of 100000001 bytes");
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
    assertThatThrownBy(() -> read(content))
        .isInstanceOf(TensorFileException.class)
        .hasMessageStartingWith(directory.resolve("made.safetensors").toString())
        .hasMessageContaining(why);
  }

  @Test
  void aHeaderMayBeLaidOutInAnyWay() throws IOException {
    String header =
        "{\n 'b' : {'shape':[ ],'data_offsets':[4,5], 'dtype':'BOOL'},\t'n':"
            + "{'dtype':'F64','shape':[0],'data_offsets':[4,4]},\r\n"
            + "'\\u0061':{'data_offsets':[0,4],'dtype':'U8','shape':[4]},"
            + "'__metadata__':{'k':'v'}} \n ";

    NamedTensors set = read(file(header, 5));

    assertThat(set.names()).containsExactly("b", "n", "a");
    assertTensor(set.get("a"), DType.U8, Samples.range(4), 4);
    assertTensor(set.get("b"), DType.BOOL, new byte[] {4});
    assertTensor(set.get("n"), DType.F64, new byte[0], 0);
    assertThat(set.metadata()).containsExactly(Map.entry("k", "v"));
  }

  @Test
  void aFileThatIsCutOffIsRefused() throws IOException {
    Samples.assertEveryTruncationIsRefused(
        sample(),
        directory.resolve("cut.safetensors"),
        file -> Samples.consume(SafetensorsFile.read(file)));
  }

  @Test
  void whateverIsChangedIsReadOrRefused() throws IOException {
    int refused =
        Samples.fuzz(
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

  @Test
  @EnabledOnOs(OS.LINUX)
  void aLargeFileTakesNoMemoryUntilItIsRead() throws IOException {
    long elements = 3L << 28;
    long bytes = 4 * elements;
    String header =
        "{'large':{'dtype':'F32','shape':[3,%d],'data_offsets':[0,%d]},"
                .formatted(elements / 3, bytes)
            + "'one':{'dtype':'U8','shape':[1],'data_offsets':[%d,%d]}}"
                .formatted(bytes, bytes + 1);
    byte[] start = file(header, 0);
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
    byte[] start = file(header, 0);
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

  @Test
  void whatIsMappedCanBeWrittenInPlaceOfItself() throws IOException {
    Path file = Files.write(directory.resolve("made.safetensors"), golden());
    NamedTensors set = SafetensorsFile.read(file);
    ByteBuf more = Unpooled.directBuffer().writeBytes(Samples.range(100_000));
    Map<String, Tensor> tensors = new LinkedHashMap<>(set.asMap());
    tensors.put("more", Tensor.of(DType.U8, Shape.of(2, 50_000), more));
    NamedTensors larger = NamedTensors.of(tensors);

    SafetensorsFile.write(file, larger);

    assertThat(bytesOf(tensors.get("w"))).isEqualTo(Samples.floats(1, -2.5f));
    assertSame(SafetensorsFile.read(file), larger);
    assertThat(List.of(directory.toFile().list())).containsExactly("made.safetensors");
    larger.release();
  }

  private NamedTensors read(byte[] content) throws IOException {
    return SafetensorsFile.read(Files.write(directory.resolve("made.safetensors"), content));
  }

  /** A header with ' for ", in ISO 8859-1, and so many bytes 0, 1, 2, ... of data. */
  private static byte[] file(String header, int dataBytes) {
    byte[] text = header.replace('\'', '"').getBytes(StandardCharsets.ISO_8859_1);
    return concat(Samples.longs(text.length), text, Samples.range(dataBytes));
  }
}
