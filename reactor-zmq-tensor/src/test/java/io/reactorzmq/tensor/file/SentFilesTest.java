package io.reactorzmq.tensor.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Tensor;
import io.reactorzmq.tensor.TensorCodec;
import io.reactorzmq.testing.SocketTest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files go out as they are mapped. */
class SentFilesTest extends SocketTest {

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "inproc"})
  void whatIsMappedIsSent(String transport) throws IOException {
    Path file = directory.resolve("t.safetensors");
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    tensors.put("large", Samples.random(DType.F32, 1, 1000, 1000));
    tensors.put("small", Samples.random(DType.BF16, 2, 3));
    tensors.put("empty", Samples.random(DType.I64, 3, 0));
    NamedTensors original = NamedTensors.of(tensors, Map.of("format", "pt"));
    SafetensorsFile.write(file, original);
    PullSocket<NamedTensors> pull =
        open(Zmq.pull().codec(TensorCodec.named()).bind(anyEndpoint(transport)));
    PushSocket<NamedTensors> push =
        open(Zmq.push().codec(TensorCodec.named()).connect(endpointOf(pull)));
    Queue<NamedTensors> received = collect(pull);

    CompletableFuture<Void> sent = push.send(SafetensorsFile.read(file)).toFuture();

    awaitSize(received, 1);
    NamedTensors arrived = received.remove();
    assertThat(arrived).isEqualTo(original);
    arrived.release();
    // in one process the mapping itself arrived, so it is in use until that release
    assertThat(sent).succeedsWithin(SOON);
  }
}
