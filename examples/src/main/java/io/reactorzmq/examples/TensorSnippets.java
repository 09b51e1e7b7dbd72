package io.reactorzmq.examples;

import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.PushSpec;
import io.reactorzmq.RepSpec;
import io.reactorzmq.Zmq;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.NamedTensors;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import io.reactorzmq.tensor.TensorAllocator;
import io.reactorzmq.tensor.TensorCodec;
import io.reactorzmq.tensor.file.SafetensorsFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import reactor.core.publisher.Mono;

/** The Java of the documents that is about tensors; see {@link Snippets}. */
final class TensorSnippets {

  private TensorSnippets() {}

  static void tensors(ByteBuffer memory, Consumer<FloatBuffer> model) {
    // tag::tensors[]
    PullSocket<Tensor> pull =
        Zmq.pull().codec(TensorCodec.tensors()).bind("inproc://batches").openNow();
    PushSocket<Tensor> push =
        Zmq.push().codec(TensorCodec.tensors()).connect("inproc://batches").openNow();

    // memory is a direct ByteBuffer, filled in order(ByteOrder.LITTLE_ENDIAN)
    Tensor batch = Tensor.of(DType.F32, Shape.of(32, 768), memory);
    push.send(batch).subscribe(); // completes when nobody reads the memory any more

    pull.receive()
        .take(1)
        .doOnNext(
            tensor -> {
              try {
                model.accept(tensor.floatsView()); // or toFloats(), from BF16, F16 and F8 too
              } finally {
                tensor.release(); // each tensor exactly once
              }
            })
        .blockLast();
    // end::tensors[]
    push.disposeLater().then(pull.disposeLater()).block();
  }

  static PullSocket<Tensor> memory(String endpoint) {
    // tag::tensor-memory[]
    TensorAllocator pool = TensorAllocator.pooled(4L << 30); // keeps up to 4 GiB for the next ones
    PullSocket<Tensor> pull =
        Zmq.pull().codec(TensorCodec.into(pool)).maxMessageSize(0).connect(endpoint).openNow();
    // end::tensor-memory[]
    return pull;
  }

  static RepSpec<Tensor, Tensor> handler(Function<Tensor, Tensor> model, Executor workers) {
    // tag::tensor-handler[]
    RepSpec<Tensor, Tensor> rep =
        Zmq.rep()
            .codec(TensorCodec.tensors())
            .handle(
                request ->
                    Mono.fromFuture(
                            () ->
                                CompletableFuture.supplyAsync(
                                    () -> {
                                      try {
                                        return model.apply(request);
                                      } finally {
                                        request.release();
                                      }
                                    },
                                    workers),
                            true) // who gives up does not stop it half-way ...
                        .doOnDiscard(Tensor.class, Tensor::release)); // ... and its result is freed
    // end::tensor-handler[]
    return rep;
  }

  static Mono<Void> files(Path weights, PushSpec<NamedTensors> spec) throws IOException {
    // tag::tensor-files[]
    NamedTensors model = SafetensorsFile.read(weights); // mapped: nothing is loaded yet
    PushSocket<NamedTensors> push = spec.openNow(); // with codec(TensorCodec.named())
    Mono<Void> sent = push.send(model).then(push.disposeLater()).then();
    // end::tensor-files[]
    return sent;
  }
}
