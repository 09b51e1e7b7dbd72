package io.reactorzmq.bench;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sending end of a client stream of gRPC, which sends as long as gRPC says that it is ready.
 *
 * @param <T> messages
 */
final class GrpcStream<T> implements ClientResponseObserver<T, byte[]> {

  private final Supplier<@Nullable T> source;
  private final CountDownLatch answered = new CountDownLatch(1);
  private boolean completed;

  private GrpcStream(Supplier<@Nullable T> source) {
    this.source = source;
  }

  /**
   * Begins to send, and returns at once.
   *
   * @param source the next message, or null after the last one
   * @return opens when the receiver has answered
   */
  static <T> CountDownLatch send(
      ManagedChannel channel, MethodDescriptor<T, byte[]> method, Supplier<@Nullable T> source) {
    GrpcStream<T> stream = new GrpcStream<>(source);
    StreamObserver<T> unused =
        ClientCalls.asyncClientStreamingCall(channel.newCall(method, CallOptions.DEFAULT), stream);
    return stream.answered;
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<T> requests) {
    requests.setOnReadyHandler(() -> sendWhileReady(requests));
  }

  private void sendWhileReady(ClientCallStreamObserver<T> requests) {
    while (!completed && requests.isReady()) {
      T next = source.get();
      if (next != null) {
        requests.onNext(next);
      } else {
        completed = true;
        requests.onCompleted();
      }
    }
  }

  @Override
  public void onNext(byte[] answer) {
    answered.countDown();
  }

  @Override
  public void onCompleted() {
    // the answer has said it
  }

  @Override
  public void onError(Throwable cause) {
    Answers.fail(cause);
  }
}
