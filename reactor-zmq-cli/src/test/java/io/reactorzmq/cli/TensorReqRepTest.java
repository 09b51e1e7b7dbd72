package io.reactorzmq.cli;

import static io.reactorzmq.cli.Tensors.assertSame;
import static io.reactorzmq.cli.Tensors.names;
import static io.reactorzmq.cli.Tensors.numbers;
import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.RepSocket;
import io.reactorzmq.ReqSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import io.reactorzmq.tensor.TensorCodec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Mono;

/** Files of tensors as requests, and replies that are tensors. PAIR is both at a time. */
class TensorReqRepTest {

  private static final String ANY_PORT = "tcp://127.0.0.1:0";

  @TempDir Path dir;

  @Test
  void anEchoComesBackAsItWasAndIsSavedAtBothEnds() throws IOException {
    Path one = numbers(dir.resolve("one.npy"), 1, 3);
    Path set = Tensors.set(dir.resolve("set.safetensors"));
    Path large = numbers(dir.resolve("large.npy"), 5, 3_000_000); // on a stream of its own
    try (Running rep = replier("--echo");
        Running req = requester(rep, one, set, large)) {
      assertThat(req.exitCode()).isZero();
      assertThat(req.outputLines())
          .containsExactly(
              dir.resolve("req/000001-one.npy").toString(),
              dir.resolve("req/000002.safetensors").toString(),
              dir.resolve("req/000003-large.npy").toString());
      rep.interrupt();
      assertThat(rep.exitCode()).isZero();
      assertThat(rep.outputLines()).hasSize(3);
    }
    assertSame(one, dir.resolve("req/000001-one.npy"));
    assertSame(set, dir.resolve("req/000002.safetensors"));
    assertSame(large, dir.resolve("req/000003-large.npy"));
    assertThat(names(dir.resolve("rep"))).hasSize(3);
  }

  @Test
  void withoutAnEchoTheAnswerHasNoTensorsAndIsPrinted() throws IOException {
    Path one = numbers(dir.resolve("one.npy"), 1, 3);
    try (Running rep = replier("--count", "1");
        Running req = Running.zmq("req", "--connect", rep.endpoint(), "--tensor", one.toString())) {
      assertThat(req.exitCode()).isZero();
      assertThat(req.output()).isEqualTo("no tensors\n");
      assertThat(rep.exitCode()).isZero();
    }
    assertSame(one, dir.resolve("rep/000001-one.npy"));
  }

  @Test
  void aSingleTensorIsAnsweredBySuchAOne() {
    Tensor request = numbers(1, 5);
    try (Running echo = replier("--echo", "--count", "1");
        Running acknowledging = replier("--count", "1")) {
      Tensor same = ask(echo.endpoint(), request.retain());
      assertThat(same.toInts()).containsExactly(1, 2, 3, 4, 5);
      same.release();
      Tensor none = ask(acknowledging.endpoint(), request);
      assertThat(none.elements()).isZero();
      none.release();
      assertThat(echo.exitCode() + acknowledging.exitCode()).isZero();
    }
  }

  @Test
  void aProgramThatTakesOneTensorIsAskedWithoutAName() throws IOException {
    Path one = numbers(dir.resolve("one.npy"), 1, 3);
    Path set = Tensors.set(dir.resolve("set.safetensors"));
    RepSocket rep =
        Zmq.rep().codec(TensorCodec.tensors()).handle(Mono::just).bind(ANY_PORT).openNow();
    String endpoint = rep.endpoints().get(0).toString();
    try (Running named = Running.zmq("req", "--connect", endpoint, "--tensor", one.toString());
        Running unnamed =
            Running.zmq(
                "req",
                "--connect",
                endpoint,
                "--tensor",
                one.toString(),
                "--unnamed",
                "--tensor-dir",
                dir.resolve("req").toString());
        Running several =
            Running.zmq("req", "--connect", endpoint, "--tensor", set.toString(), "--unnamed")) {
      assertThat(unnamed.exitCode()).isZero();
      assertThat(names(dir.resolve("req"))).containsExactly("000001-tensor.npy");
      assertThat(named.exitCode()).isEqualTo(1);
      assertThat(several.exitCode()).isNotZero();
      assertThat(several.errors()).contains("without names only one can be sent");
    }
    rep.disposeLater().block();
  }

  private static Tensor ask(String endpoint, Tensor request) {
    ReqSocket<Tensor, Tensor> req =
        Zmq.req().codec(TensorCodec.tensors(), TensorCodec.tensors()).connect(endpoint).openNow();
    Tensor reply = req.request(request).blockOptional().orElseThrow();
    req.disposeLater().block();
    return reply;
  }

  @Test
  void aReplyThatIsNotSavedIsPrintedWhateverItIs() throws IOException {
    Path one = numbers(dir.resolve("one.npy"), 1, 3);
    NamedTensors reply =
        NamedTensors.of(Map.of("bad\n\tname", numbers(7, 2)), Map.of("key", "a\u001b[2Jtext"));
    RepSocket rep =
        Zmq.rep()
            .codec(TensorCodec.named(), TensorCodec.named())
            .handle(
                request -> {
                  request.release();
                  return Mono.just(reply);
                })
            .bind(ANY_PORT)
            .openNow();
    try (Running lines = Running.zmq("rep", "--bind", ANY_PORT);
        Running first = ask(rep.endpoints().get(0).toString(), one);
        Running second = ask(lines.endpoint(), one)) {
      assertThat(first.exitCode()).isZero();
      assertThat(first.output()).isEqualTo("bad??name I32 [2] [7, 8]\tkey=a?[2Jtext\n");
      lines.type("a line\n");
      assertThat(second.exitCode()).isZero();
      assertThat(second.output()).isEqualTo("a line\n");
    }
    rep.disposeLater().block();
  }

  private static Running ask(String endpoint, Path file) {
    return Running.zmq("req", "--connect", endpoint, "--tensor", file.toString());
  }

  @Test
  void aReplyThatShouldBeSavedAndIsNoTensorFailsWithTheNameOfTheFile() throws IOException {
    Path one = numbers(dir.resolve("one.npy"), 1, 3);
    try (Running rep = Running.zmq("rep", "--bind", ANY_PORT);
        Running req = requester(rep, one)) {
      rep.type("a line\n");
      assertThat(req.exitCode()).isEqualTo(1);
      assertThat(req.errors()).contains("zmq req: " + one + ": the message is none of tensors");
      assertThat(names(dir.resolve("req"))).isEmpty();
    }
  }

  @Test
  void aReplyTooLargeToPrintTellsWhichOptionAllowsMore() throws IOException {
    Path large = numbers(dir.resolve("large.npy"), 1, 17 << 20);
    try (Running rep = replier("--echo");
        Running req = ask(rep.endpoint(), large)) {
      assertThat(req.exitCode()).isEqualTo(1);
      assertThat(req.errors())
          .contains("zmq req: " + large + ": the replier says: the message has ")
          .contains("; --max-message-size of the receiver allows more");
    }
  }

  @Test
  void aLineCanAskForTensors() {
    NamedTensors weights = NamedTensors.of(Map.of("w", numbers(1, 500_000)));
    RepSocket rep =
        Zmq.rep()
            .codec(Codec.utf8(), TensorCodec.named())
            .handle(request -> Mono.just(weights))
            .bind(ANY_PORT)
            .openNow();
    try (Running req =
        Running.zmq(
            "req",
            "--connect",
            rep.endpoints().get(0).toString(),
            "--tensor-dir",
            dir.resolve("req").toString())) {
      req.type("weights, please\n").endInput();
      assertThat(req.exitCode()).isZero();
      assertThat(req.output()).isEqualTo(dir.resolve("req/000001-w.npy") + "\n");
    }
    rep.disposeLater().block();
  }

  @Test
  void aPairSendsFilesAndSavesOthers() throws IOException {
    Path one = numbers(dir.resolve("one.npy"), 1, 3);
    Path two = numbers(dir.resolve("two.npy"), 9, 300_000);
    try (Running a = pair("a", one, "--bind", ANY_PORT);
        Running b = pair("b", two, "--connect", a.endpoint())) {
      assertThat(a.exitCode()).isZero();
      assertThat(b.exitCode()).isZero();
    }
    assertSame(two, dir.resolve("a/000001-two.npy"));
    assertSame(one, dir.resolve("b/000001-one.npy"));
  }

  @Test
  void aPairMaySendFilesAndReceiveLines() throws IOException {
    Path one = numbers(dir.resolve("one.npy"), 1, 3);
    try (Running lines =
            Running.zmq(
                "pair",
                "--bind",
                ANY_PORT,
                "--tensor-dir",
                dir.resolve("a").toString(),
                "--count",
                "1");
        Running files =
            Running.zmq(
                "pair",
                "--connect",
                lines.endpoint(),
                "--tensor",
                one.toString(),
                "--count",
                "1")) {
      lines.type("thanks\n");
      assertThat(files.exitCode()).isZero();
      assertThat(files.output()).isEqualTo("thanks\n");
      assertThat(lines.exitCode()).as(lines.errors()).isZero();
    }
    assertSame(one, dir.resolve("a/000001-one.npy"));
  }

  private Running pair(String out, Path file, String... where) {
    return Running.zmq(
        "pair",
        where[0],
        where[1],
        "--count",
        "1",
        "--tensor",
        file.toString(),
        "--tensor-dir",
        dir.resolve(out).toString());
  }

  private Running replier(String... more) {
    String options = "rep --bind " + ANY_PORT + " --tensor-dir " + dir.resolve("rep") + " ";
    return Running.zmq((options + String.join(" ", more)).split(" "));
  }

  private Running requester(Running rep, Path... files) {
    String options = "req --connect " + rep.endpoint() + " --tensor-dir " + dir.resolve("req");
    for (Path each : files) {
      options += " --tensor " + each;
    }
    return Running.zmq(options.split(" "));
  }
}
