package io.reactorzmq.examples;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import io.reactorzmq.tensor.onnx.OnnxTensors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;

/**
 * A small neural network that ONNX Runtime runs: rows of 4 features in, for each the probabilities
 * of 3 classes out. The network reads the request's memory and writes the reply's, nothing between.
 */
final class Classifier implements AutoCloseable {

  static final int FEATURES = 4;
  static final int CLASSES = 3;
  static final int MAX_ROWS = 1024;

  /** Made by src/main/python/make_model.py. */
  private static final String MODEL = "/classifier.onnx";

  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final ByteBufAllocator allocator;
  private final OrtSession session;

  /**
   * Loads the network.
   *
   * @param allocator gives the memory of the results
   */
  Classifier(ByteBufAllocator allocator) {
    this.allocator = allocator;
    try (InputStream model = Classifier.class.getResourceAsStream(MODEL);
        OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1); // many requests run side by side, each on one thread
      session = environment.createSession(Objects.requireNonNull(model).readAllBytes(), options);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (OrtException e) {
      throw new IllegalStateException("the model cannot be loaded", e);
    }
  }

  /**
   * Runs the network; takes a while, from any number of threads.
   *
   * @param features F32, at most {@value #MAX_ROWS} rows; stay the caller's, who must not release
   *     them before this returns
   * @return F32, a row for each row; the caller's to release
   * @throws RemoteException if the features have another type or shape
   */
  Tensor classify(Tensor features) {
    long rows = rowsOf(features);
    Tensor probabilities = Tensor.allocate(DType.F32, Shape.of(rows, CLASSES), allocator);
    try (OnnxTensor in = OnnxTensors.viewOrCopy(environment, features);
        OnnxTensor out = OnnxTensors.view(environment, probabilities)) {
      session.run(Map.of("features", in), Map.of("probabilities", out)).close();
    } catch (OrtException e) {
      probabilities.release();
      throw new IllegalStateException("the model failed", e);
    } catch (RuntimeException | Error e) {
      probabilities.release();
      throw e;
    }
    return probabilities;
  }

  private static long rowsOf(Tensor features) {
    Shape shape = features.shape();
    if (features.dtype() != DType.F32
        || shape.rank() != 2
        || shape.dim(0) > MAX_ROWS
        || shape.dim(1) != FEATURES) {
      throw new RemoteException(
          RemoteException.Code.HANDLER,
          false,
          "features are F32 [0 to %d, %d], not %s %s"
              .formatted(MAX_ROWS, FEATURES, features.dtype(), shape));
    }
    return shape.dim(0);
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("the model cannot be unloaded", e);
    }
  }
}
