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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void aHeaderMayBeLaidOutInAnyWay() throws IOException {
    String header =
        "{\n 'b' : {'shape':[ ],'data_offsets':[4,5], 'dtype':'BOOL'},\t'n':"
            + "{'dtype':'F64','shape':[0],'data_offsets':[4,4]},\r\n"
            + "'\\u0061':{'data_offsets':[0,4],'dtype':'U8','shape':[4]},"
            + "'__metadata__':{'k':'v'}} \n ";

    NamedTensors set = read(Samples.safetensors(header, 5));

    assertThat(set.names()).containsExactly("b", "n", "a");
    assertTensor(set.get("a"), DType.U8, Samples.range(4), 4);
    assertTensor(set.get("b"), DType.BOOL, new byte[] {4});
    assertTensor(set.get("n"), DType.F64, new byte[0], 0);
    assertThat(set.metadata()).containsExactly(Map.entry("k", "v"));
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
}
