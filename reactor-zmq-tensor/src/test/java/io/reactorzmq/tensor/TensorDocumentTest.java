package io.reactorzmq.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** docs/tensors.md says what the code does: its examples and its codes. */
class TensorDocumentTest {

  private static final Pattern EXAMPLE = Pattern.compile("```hex (\\S+)\n(.*?)```", Pattern.DOTALL);
  private static final Pattern CODE = Pattern.compile("\\| (\\d+) \\| (\\w+) \\| (\\d+) \\|");

  private static String document = "";
  private static final Map<String, String> examples = new LinkedHashMap<>();

  @BeforeAll
  static void read() throws IOException {
    document = Files.readString(Path.of("..", "docs", "tensors.md"));
    Matcher matcher = EXAMPLE.matcher(document);
    while (matcher.find()) {
      examples.put(matcher.group(1), matcher.group(2).replaceAll(";.*", "").replaceAll("\\s", ""));
    }
  }

  private static Tensor tensor(DType dtype, Shape shape, int... segments) {
    ByteBuf[] data = new ByteBuf[segments.length];
    for (int i = 0; i < segments.length; i++) {
      data[i] = Unpooled.wrappedBuffer(new byte[segments[i]]);
    }
    return Tensor.of(dtype, shape, data);
  }

  private static NamedTensors set() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("w", tensor(DType.U8, Shape.of(300), 200, 100));
    tensors.put("mask", tensor(DType.BOOL, Shape.of(4), 4));
    return NamedTensors.of(tensors, Map.of("format", "pt"));
  }

  private static String hex(ByteBuf header) {
    return ByteBufUtil.hexDump(header);
  }

  @Test
  void theExamplesAreWhatIsSent() {
    Map<String, String> sent = new LinkedHashMap<>();
    sent.put("tensor", hex(TensorHeader.of(tensor(DType.F32, Shape.of(2, 3), 24), 1)));
    sent.put("scalar", hex(TensorHeader.of(tensor(DType.BF16, Shape.scalar(), 2), 1)));
    sent.put("empty", hex(TensorHeader.of(tensor(DType.I64, Shape.of(0, 5)), 0)));
    sent.put("set", hex(TensorHeader.of(set())));
    assertThat(examples).containsExactlyEntriesOf(sent);
  }

  @Test
  void theExamplesAreWhatIsRead() {
    assertThat(header("tensor", 24).entries())
        .containsExactly(new TensorHeader.Entry(new TensorInfo("", DType.F32, Shape.of(2, 3)), 1));
    assertThat(header("scalar", 2).entries().get(0).info().shape()).isEqualTo(Shape.scalar());
    assertThat(header("empty").entries().get(0).segments()).isZero();
    TensorHeader set = header("set", 200, 100, 4);
    assertThat(set.isSet()).isTrue();
    assertThat(set.entries()).extracting(each -> each.info().name()).containsExactly("w", "mask");
    assertThat(set.entries()).extracting(TensorHeader.Entry::segments).containsExactly(2, 1);
    assertThat(set.metadata()).isEqualTo(Map.of("format", "pt"));
  }

  private static TensorHeader header(String example, int... parts) {
    ByteBuf bytes = Unpooled.wrappedBuffer(HexFormat.of().parseHex(examples.get(example)));
    int[] sizes = new int[parts.length + 1];
    sizes[0] = bytes.readableBytes();
    System.arraycopy(parts, 0, sizes, 1, parts.length);
    return TensorHeader.read(bytes, sizes);
  }

  @Test
  void theCodesAreThoseOfTheTypes() {
    Map<Integer, String> documented = new LinkedHashMap<>();
    Matcher matcher = CODE.matcher(document);
    while (matcher.find()) {
      documented.put(Integer.valueOf(matcher.group(1)), matcher.group(2) + " " + matcher.group(3));
    }
    Map<Integer, String> actual = new LinkedHashMap<>();
    for (DType each : DType.values()) {
      actual.put(each.code(), each + " " + each.itemSize());
    }
    assertThat(documented).isEqualTo(actual);
  }
}
