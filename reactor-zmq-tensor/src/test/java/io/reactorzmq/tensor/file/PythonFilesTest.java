package io.reactorzmq.tensor.file;

import static io.reactorzmq.tensor.file.Samples.assertTensor;
import static io.reactorzmq.tensor.file.Samples.bytesOf;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Python reads what is written here, and what Python writes is read here. */
class PythonFilesTest {

  private static final Path SCRIPTS = Path.of("src", "test", "python");

  @TempDir Path directory;

  private static Map<DType, String> numpyTypes() {
    Map<DType, String> names = new LinkedHashMap<>();
    NpyFileTest.types().forEach(each -> names.put((DType) each.get()[1], (String) each.get()[0]));
    return names;
  }

  @Test
  void numpyReadsWhatIsWritten() throws Exception {
    String python = pythonWith("numpy");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    List<String> expected = new ArrayList<>();
    numpyTypes()
        .forEach(
            (dtype, name) -> {
              String type = (dtype.itemSize() == 1 ? "|" : "<") + name;
              tensors.put("k\u00E4se/" + name, Samples.random(dtype, 1, 2, 3, 1));
              tensors.put(name + ".scalar", Samples.random(dtype, 2));
              tensors.put(name + ".empty", Samples.random(dtype, 2, 0, 7));
              tensors.forEach(
                  (key, tensor) -> {
                    if (key.contains(name)) {
                      expected.add(line(key, type, tensor));
                    }
                  });
            });

    Path npz = directory.resolve("t.npz");
    NpzFile.write(npz, NamedTensors.of(tensors));

    assertThat(run(python, "numpy_check.py", "read", npz)).isEqualTo(expected);
    for (String name : List.of("k\u00E4se/c16", "u1.scalar", "f2.empty")) {
      Path npy = directory.resolve("t.npy");
      NpyFile.write(npy, tensors.get(name));
      assertThat(run(python, "numpy_check.py", "read", npy))
          .isEqualTo(
              expected.stream()
                  .filter(each -> each.startsWith(name + "|"))
                  .map(each -> each.substring(name.length()))
                  .toList());
    }
  }

  @Test
  void whatNumpyWritesIsRead() throws Exception {
    String python = pythonWith("numpy");
    Path npy = directory.resolve("t.npy");
    Path npz = directory.resolve("t.npz");

    run(python, "numpy_check.py", "write", npy);
    run(python, "numpy_check.py", "write", npz);

    assertTensor(NpyFile.read(npy), DType.F32, Samples.floats(0, 1, 2, 3, 4, 5), 2, 3);
    NamedTensors set = NpzFile.read(npz);
    assertThat(set.names()).containsExactly("first", "second");
    assertTensor(set.get("first"), DType.F32, Samples.floats(0, 1, 2, 3, 4, 5), 2, 3);
    assertTensor(set.get("second"), DType.I64, Samples.longs(-1));
  }

  @Test
  void pythonReadsSafetensorsThatAreWritten() throws Exception {
    String python = pythonWith("json");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    List<String> expected = new ArrayList<>(List.of("#format|pt", "#\u2713|a \"b\""));
    for (DType dtype : DType.values()) {
      if (dtype != DType.C128) {
        Tensor tensor = Samples.random(dtype, 3, 2, 3);
        tensors.put("k\u00E4se." + dtype, tensor);
        expected.add(line("k\u00E4se." + dtype, dtype.name(), tensor));
      }
    }
    tensors.put("empty", Samples.random(DType.F64, 3, 0));
    expected.add("empty|F64|0|");
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("format", "pt");
    metadata.put("\u2713", "a \"b\"");
    Path file = directory.resolve("t.safetensors");

    SafetensorsFile.write(file, NamedTensors.of(tensors, metadata));

    assertThat(run(python, "safetensors_check.py", "read", file)).isEqualTo(expected);
  }

  @Test
  void safetensorsThatPythonWritesAreRead() throws Exception {
    String python = pythonWith("json");
    Path file = directory.resolve("t.safetensors");

    run(python, "safetensors_check.py", "write", file);

    NamedTensors set = SafetensorsFile.read(file);
    assertThat(set.names()).containsExactly("bits", "floats", "nothing", "scalar");
    assertTensor(set.get("bits"), DType.BF16, Samples.shorts(0x3F80, 0xBF80), 2);
    assertTensor(set.get("floats"), DType.F32, Samples.floats(0, 1, 2, 3, 4, 5), 2, 3);
    assertTensor(set.get("nothing"), DType.I64, new byte[0], 0);
    assertTensor(set.get("scalar"), DType.U8, new byte[] {7});
    assertThat(set.metadata())
        .containsExactly(Map.entry("format", "pt"), Map.entry("k\u00E4se", "\u2713"));
  }

  private static String line(String name, String type, Tensor tensor) {
    String shape =
        LongStream.of(tensor.shape().dims())
            .mapToObj(Long::toString)
            .collect(Collectors.joining(","));
    return String.join("|", name, type, shape, HexFormat.of().formatHex(bytesOf(tensor)));
  }

  private static String pythonWith(String module) {
    String python =
        Stream.of("/usr/bin/python3", "python3")
            .filter(each -> succeeds(each, "-c", "import " + module))
            .findFirst()
            .orElse("");
    assumeTrue(!python.isEmpty(), "no python3 with the module " + module + " is installed");
    return python;
  }

  private static boolean succeeds(String... command) {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** What a script prints. */
  private static List<String> run(String python, String script, String command, Path file)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(python, SCRIPTS.resolve(script).toString(), command, file.toString());
    builder.environment().put("PYTHONIOENCODING", "utf-8");
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
    return printed.lines().toList();
  }
}
