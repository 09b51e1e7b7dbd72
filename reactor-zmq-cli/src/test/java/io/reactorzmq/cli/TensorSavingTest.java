package io.reactorzmq.cli;

import static io.reactorzmq.cli.Tensors.assertSame;
import static io.reactorzmq.cli.Tensors.names;
import static io.reactorzmq.cli.Tensors.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.PushSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import io.reactorzmq.tensor.TensorCodec;
import io.reactorzmq.tensor.file.TensorFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What the files are called that a PULL makes of tensors, and what becomes of others. */
class TensorSavingTest extends TensorTransfers {

  @Test
  void whatOneFormatDoesNotHaveAnotherOneHas() throws IOException {
    Map<String, NamedTensors> sets = new LinkedHashMap<>();
    Tensor small = Tensor.ofFloats(DType.BF16, Shape.of(2), 1, 2);
    sets.put("000001-w.safetensors", NamedTensors.of(Map.of("w", small)));
    Tensor complex = Tensor.of(DType.C128, Shape.of(1), buffer(16));
    sets.put("000002.npz", NamedTensors.of(Map.of("c", complex, "d", Tensor.of(new double[] {1}))));
    sets.put(
        "000003-n.safetensors",
        NamedTensors.of(Map.of("n", numbers(1, 2)), Map.of("about", "one")));
    sets.put("000004.safetensors", NamedTensors.of(Map.of()));
    try (Running pull = pull("--count", "4")) {
      send(pull.endpoint(), sets.values().stream().map(NamedTensors::retain).toList());
      assertThat(pull.exitCode()).isZero();
    }
    for (Map.Entry<String, NamedTensors> each : sets.entrySet()) {
      NamedTensors read = TensorFiles.read(out(each.getKey()));
      assertThat(read).isEqualTo(each.getValue());
      read.release();
    }
  }

  @Test
  void namesFromTheWireLeadNowhere() throws IOException {
    List<String> hostile =
        List.of(
            "../../x",
            "a/b",
            "/etc/passwd",
            "..",
            ".",
            "C:\\x",
            "x".repeat(1024),
            "\u202egp\n\u0000\u001b[2J",
            "-rf",
            "a b;$(c)");
    List<NamedTensors> sets =
        hostile.stream().map(name -> NamedTensors.of(Map.of(name, numbers(1, 1)))).toList();
    try (Running pull = pull("--count", "" + hostile.size())) {
      send(pull.endpoint(), sets);
      assertThat(pull.exitCode()).isZero();
    }
    assertThat(names(dir.resolve("out")))
        .containsExactly(
            "000001-.__.__x.npy",
            "000002-a_b.npy",
            "000003-_etc_passwd.npy",
            "000004-._.npy",
            "000005-_.npy",
            "000006-C__x.npy",
            "000007-" + "x".repeat(64) + ".npy",
            "000008-_gp____2J.npy",
            "000009--rf.npy",
            "000010-a_b___c_.npy");
    assertThat(names(dir)).containsExactly("out");
  }

  @Test
  void filesThatAreThereAreKept() throws IOException {
    Files.createDirectory(dir.resolve("out"));
    Files.writeString(out("000001-one.npy"), "mine");
    Files.createSymbolicLink(out("000001-one-2.npy"), dir.resolve("nowhere"));
    Path one = numbers(dir.resolve("one.npy"), 1, 3);
    try (Running pull = pull("--count", "1");
        Running push = push(pull, one)) {
      assertThat(push.exitCode()).isZero();
      assertThat(pull.exitCode()).isZero();
      assertThat(pull.outputLines()).containsExactly(saved("000001-one-3.npy"));
    }
    assertThat(out("000001-one.npy")).hasContent("mine");
    assertThat(dir.resolve("nowhere")).doesNotExist();
    assertSame(one, out("000001-one-3.npy"));
  }

  @Test
  void aSingleTensorOfAProgramIsSavedToo() throws IOException {
    try (Running pull = pull("--count", "1")) {
      PushSocket<Tensor> push =
          Zmq.push().codec(TensorCodec.tensors()).connect(pull.endpoint()).openNow();
      push.send(numbers(1, 100_000)).then(push.disposeLater()).block();
      assertThat(pull.exitCode()).isZero();
      assertThat(pull.outputLines()).containsExactly(saved("000001-tensor.npy"));
    }
    assertThat(TensorFiles.read(out("000001-tensor.npy")).get("000001-tensor"))
        .isEqualTo(numbers(1, 100_000));
  }

  @Test
  void aSetThatNoFormatHoldsFailsAloneAndTheExitCodeTells() throws IOException {
    Map<String, Tensor> both = new LinkedHashMap<>();
    both.put("a", Tensor.of(DType.C128, Shape.of(1), buffer(16)));
    both.put("b", Tensor.ofFloats(DType.BF16, Shape.of(2), 1, 2));
    try (Running pull = pull()) {
      send(
          pull.endpoint(),
          List.of(NamedTensors.of(both), NamedTensors.of(Map.of("n", numbers(1, 1)))));
      pull.awaitOutput((saved("000002-n.npy") + "\n")::equals);
      pull.interrupt();
      assertThat(pull.exitCode()).isEqualTo(1);
      assertThat(pull.errors()).contains("zmq pull: message 1 is not saved: ", "BF16");
    }
    assertThat(names(dir.resolve("out"))).containsExactly("000002-n.npy");
  }

  @Test
  void aDirectoryThatIsGoneEndsItWithASentence() throws IOException {
    Path one = numbers(dir.resolve("one.npy"), 1, 3);
    try (Running pull = pull()) {
      String endpoint = pull.endpoint();
      Files.delete(dir.resolve("out"));
      try (Running push = Running.zmq("push", "--connect", endpoint, "--tensor", one.toString())) {
        assertThat(pull.exitCode()).isEqualTo(1);
        assertThat(pull.errors())
            .contains("bytes in " + dir.resolve("out") + ": there is no such file or directory");
        push.interrupt();
      }
    }
  }

  @Test
  void whatCannotBeSavedEndsItAndWhatComesLaterIsNotTaken() throws IOException {
    Path one = numbers(dir.resolve("one.npy"), 1, 3);
    try (Running pull = pull("--hwm", "1")) {
      String endpoint = pull.endpoint();
      try (Running first = push(pull, one)) {
        assertThat(first.exitCode()).isZero();
      }
      Files.delete(out("000001-one.npy"));
      Files.delete(dir.resolve("out")); // memory to receive into is there from the first time
      String file = one.toString();
      try (Running push =
          Running.zmq(
              ("push --linger 100ms --connect " + endpoint + (" --tensor " + file).repeat(5))
                  .split(" "))) {
        assertThat(pull.exitCode()).isEqualTo(1);
        assertThat(pull.errors())
            .contains("zmq pull: message 2 is not saved: ", "there is no directory ")
            .doesNotContain("message 3");
        push.interrupt();
      }
    }
  }
}
