package io.reactorzmq.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.test.StepVerifier;

/** The server releases what it takes, gives what it makes, and runs the model of the script. */
class InferenceServerTest {

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final Workers workers = new Workers();
  private final InferenceServer server =
      new InferenceServer("inproc://inference", workers, allocator);

  private boolean closed;

  @AfterEach
  void nothingIsLeft() {
    if (!closed) {
      server.close();
    }
    assertThat(allocator.metric().usedDirectMemory()).isZero();
  }

  @Test
  void aBatchIsAnsweredAndReleased() {
    Tensor features = features(DType.F32, 2, 4);
    features.floatsView().put(new float[] {1, 0, 0, 0, 0.5f, -1, 2, 0.25f});

    StepVerifier.create(server.answer(features))
        .then(() -> assertThat(features.refCnt()).as("before the network ran").isEqualTo(1))
        .then(workers::work)
        .assertNext(
            reply -> {
              assertThat(reply.shape()).isEqualTo(Shape.of(2, 3));
              assertRow(reply, 0, PlainClassifier.classify(new float[] {1, 0, 0, 0}));
              assertRow(reply, 1, PlainClassifier.classify(new float[] {0.5f, -1, 2, 0.25f}));
              assertThat(reply.release()).as("was given away").isTrue();
            })
        .verifyComplete();
    assertThat(features.refCnt()).isZero();
  }

  @Test
  void noRowsAreAnsweredByNone() {
    StepVerifier.create(server.answer(features(DType.F32, 0, 4)))
        .then(workers::work)
        .assertNext(
            reply -> {
              assertThat(reply.shape()).isEqualTo(Shape.of(0, 3));
              reply.release();
            })
        .verifyComplete();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aRequestThatLiesAnywhereInAFrameIsAnswered(int offset) {
    ByteBuf frame = allocator.directBuffer(offset + 16).writeZero(offset + 16);
    Tensor features = Tensor.of(DType.F32, Shape.of(1, 4), frame.skipBytes(offset));
    StepVerifier.create(server.answer(features))
        .then(workers::work)
        .assertNext(
            reply -> {
              assertRow(reply, 0, PlainClassifier.classify(new float[4]));
              reply.release();
            })
        .verifyComplete();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"F32 | 2,5", "F32 | 4", "F32 | 1,2,4", "F32 | 1025,4", "F64 | 2,4"})
  void aMalformedRequestIsRefusedAndReleased(DType dtype, String dims) {
    Tensor features =
        features(dtype, Arrays.stream(dims.split(",")).mapToLong(Long::parseLong).toArray());
    StepVerifier.create(server.answer(features))
        .then(workers::work)
        .verifyErrorSatisfies(
            failure -> {
              assertThat(failure)
                  .isInstanceOf(RemoteException.class)
                  .hasMessage(
                      "features are F32 [0 to 1024, 4], not " + dtype + " " + features.shape());
              assertThat(((RemoteException) failure).isTransient()).isFalse();
            });
    assertThat(features.refCnt()).isZero();
  }

  @Test
  void aRequesterWhoGaveUpCostsNoMemory() {
    Tensor features = features(DType.F32, 2, 4);
    Disposable requester = server.answer(features).subscribe();
    requester.dispose();
    assertThat(features.refCnt()).as("the network may be reading").isEqualTo(1);
    workers.work();
    assertThat(features.refCnt()).isZero();
  }

  @Test
  void closingWaitsForTheNetwork() {
    Tensor features = features(DType.F32, 2, 4);
    server.answer(features).doOnNext(Tensor::release).subscribe();
    server.close();
    assertThat(features.refCnt()).isZero();
    closed = true;
  }

  @Test
  void theCheckNoticesAWrongReply() {
    Tensor wrong = features(DType.F32, 1, 3);
    wrong.floatsView().put(new float[] {0.5f, 0.25f, 0.25f});
    assertThatIllegalStateException()
        .isThrownBy(() -> InferenceServer.check(wrong, 0))
        .withMessageStartingWith("row 0 of batch 0: 0.5, not ");
    assertThatIllegalStateException()
        .isThrownBy(() -> InferenceServer.check(features(DType.F32, 2, 3), 0))
        .withMessage("the reply to 1 rows is [2, 3]");
  }

  @Test
  void theModelIsWhatTheScriptMakes(@TempDir Path directory) throws Exception {
    Path made = directory.resolve("made.onnx");
    Process script;
    try {
      script =
          new ProcessBuilder("python3", "src/main/python/make_model.py", made.toString())
              .redirectErrorStream(true)
              .redirectOutput(new File("target/make-model.log"))
              .start();
    } catch (IOException e) {
      assumeThat(false).as("there is no python3 here").isTrue();
      return;
    }
    assertThat(script.waitFor(25, TimeUnit.SECONDS)).isTrue();
    assertThat(script.exitValue()).isZero();
    assertThat(Files.readAllBytes(made))
        .isEqualTo(Files.readAllBytes(Path.of("src/main/resources/classifier.onnx")));
  }

  private Tensor features(DType dtype, long... dims) {
    return Tensor.allocate(dtype, Shape.of(dims), allocator);
  }

  private static void assertRow(Tensor reply, int row, float[] expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat(reply.floatsView().get(row * expected.length + i))
          .isCloseTo(expected[i], within(1e-5f));
    }
  }

  /** The server's threads, which work when they are told to. */
  private static final class Workers extends AbstractExecutorService {
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private boolean shutdown;

    void work() {
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        task.run();
      }
    }

    @Override
    public void execute(Runnable task) {
      tasks.add(task);
    }

    @Override
    public void shutdown() {
      shutdown = true;
    }

    @Override
    public List<Runnable> shutdownNow() {
      throw new UnsupportedOperationException("would leave requests unreleased");
    }

    @Override
    public boolean isShutdown() {
      return shutdown;
    }

    @Override
    public boolean isTerminated() {
      return shutdown && tasks.isEmpty();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      work();
      return isTerminated();
    }
  }
}
