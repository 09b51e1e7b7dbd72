package io.reactorzmq.examples;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.reactorzmq.RepSocket;
import io.reactorzmq.ReqSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.tensor.DType;
import io.reactorzmq.tensor.Shape;
import io.reactorzmq.tensor.Tensor;
import io.reactorzmq.tensor.TensorCodec;
import java.nio.FloatBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A server that runs a neural network on tensors, and clients that ask it all at once. Each request
 * is a batch of rows; the event loops only move bytes, the network runs on threads of its own.
 * Every answer is compared with the same network in plain Java.
 */
public final class InferenceServer implements AutoCloseable {

  private static final int CLIENTS = 3;
  private static final int AT_A_TIME = 16;
  private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

  private final Classifier classifier;
  private final ExecutorService workers;
  private final RepSocket rep;

  InferenceServer(String address, ExecutorService workers, ByteBufAllocator allocator) {
    this.classifier = new Classifier(allocator);
    this.workers = workers;
    this.rep = Zmq.rep().codec(TensorCodec.tensors()).handle(this::answer).bind(address).openNow();
  }

  /**
   * Runs server and clients, and fails if an answer is missing or wrong.
   *
   * @param args how many batches each client sends; default: 500
   */
  public static void main(String[] args) {
    int batches = args.length > 0 ? Integer.parseInt(args[0]) : 500;
    ExecutorService workers =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    try (InferenceServer server = new InferenceServer("tcp://127.0.0.1:*", workers, ALLOCATOR)) {
      System.out.println(CLIENTS + " clients send " + batches + " batches each");
      long rows =
          Flux.range(1, CLIENTS)
              .flatMap(client -> askAll(server.address(), batches))
              .reduce(0L, Long::sum)
              .blockOptional()
              .orElseThrow();
      System.out.println(rows + " rows classified, each as in plain Java");
      System.out.println(askWrongly(server.address()));
    }
  }

  // ---- the server

  /**
   * The handler: runs the network on a thread of the workers. The request is released when the
   * network has read it; the reply is given away.
   *
   * <p>A requester may give up at any time, but the network cannot be stopped half-way and its
   * memory has to stay. So the future is not cancelled, as the Mono of a Callable would be, and
   * what it makes too late is released here.
   */
  Mono<Tensor> answer(Tensor features) {
    return Mono.fromFuture(
            () ->
                CompletableFuture.supplyAsync(
                    () -> {
                      try {
                        return classifier.classify(features);
                      } finally {
                        features.release();
                      }
                    },
                    workers),
            true)
        .doOnDiscard(Tensor.class, Tensor::release);
  }

  String address() {
    return rep.endpoints().get(0).toString();
  }

  /** Answers what is under way, then unloads the network. */
  @Override
  public void close() {
    rep.disposeLater().block();
    workers.shutdown();
    try {
      if (!workers.awaitTermination(1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("the network is still running");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while the network is still running", e);
    }
    classifier.close(); // no thread is inside of it any more
  }

  // ---- a client

  /** How many rows were classified. */
  private static Mono<Long> askAll(String address, int batches) {
    return Mono.usingWhen(
        Zmq.req().codec(TensorCodec.tensors()).connect(address).open(),
        req ->
            Flux.range(0, batches)
                .flatMap(
                    batch -> req.request(features(batch)).map(reply -> check(reply, batch)),
                    AT_A_TIME)
                .reduce(0L, Long::sum),
        ReqSocket::disposeLater);
  }

  /** What the server says to rows of 5 features. */
  private static String askWrongly(String address) {
    return Mono.usingWhen(
            Zmq.req().codec(TensorCodec.tensors()).connect(address).open(),
            req ->
                req.request(Tensor.allocate(DType.F32, Shape.of(2, 5), ALLOCATOR))
                    .doOnNext(Tensor::release)
                    .map(reply -> "answered all the same")
                    .onErrorResume(
                        RemoteException.class,
                        failure -> Mono.just("refused: " + failure.getMessage())),
            ReqSocket::disposeLater)
        .blockOptional()
        .orElseThrow();
  }

  private static int rows(int batch) {
    return 1 + batch % 32;
  }

  private static float[] row(int batch, int row) {
    float[] features = new float[Classifier.FEATURES];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) Math.sin(batch + 10 * row + 100 * i);
    }
    return features;
  }

  /** Given away with the request, which releases it. */
  private static Tensor features(int batch) {
    int rows = rows(batch);
    Tensor tensor = Tensor.allocate(DType.F32, Shape.of(rows, Classifier.FEATURES), ALLOCATOR);
    FloatBuffer elements = tensor.floatsView();
    for (int row = 0; row < rows; row++) {
      elements.put(row(batch, row));
    }
    return tensor;
  }

  /** Fails if any probability is not what plain Java computes. Releases the reply. */
  static long check(Tensor reply, int batch) {
    try {
      int rows = rows(batch);
      if (!reply.shape().equals(Shape.of(rows, Classifier.CLASSES))) {
        throw new IllegalStateException("the reply to " + rows + " rows is " + reply.shape());
      }
      FloatBuffer probabilities = reply.floatsView();
      for (int row = 0; row < rows; row++) {
        for (float expected : PlainClassifier.classify(row(batch, row))) {
          float probability = probabilities.get();
          if (!(Math.abs(probability - expected) < 1e-5)) {
            throw new IllegalStateException(
                "row %d of batch %d: %s, not %s".formatted(row, batch, probability, expected));
          }
        }
      }
      return rows;
    } finally {
      reply.release();
    }
  }
}
