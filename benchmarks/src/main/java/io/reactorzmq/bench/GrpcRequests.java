package io.reactorzmq.bench;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;

/** Unary calls of gRPC on one channel. */
final class GrpcRequests implements RequestContender {

  private static final MethodDescriptor<byte[], byte[]> ECHO =
      Grpc.method("echo", MethodDescriptor.MethodType.UNARY, new GrpcBytes(), new GrpcBytes());

  @Override
  public int reply(int outstanding) {
    return Grpc.serve(
        ECHO,
        ServerCalls.asyncUnaryCall(
            (request, answers) -> {
              answers.onNext(request);
              answers.onCompleted();
            }));
  }

  @Override
  public void request(int port, Answers answers, int size, int outstanding)
      throws InterruptedException {
    ManagedChannel channel = Grpc.dial(port);
    for (int i = 0; i < outstanding; i++) {
      new Asking(channel, answers, size, i, outstanding).begin();
    }
    Thread.sleep(Long.MAX_VALUE);
  }

  /** One of the requests that are unanswered at a time: its end begins the next. */
  private static final class Asking implements StreamObserver<byte[]> {

    private final ManagedChannel channel;
    private final Answers answers;
    private final byte[] message;
    private final int step;
    private long number;
    private long begun;

    Asking(ManagedChannel channel, Answers answers, int size, int first, int step) {
      this.channel = channel;
      this.answers = answers;
      this.message = new byte[size];
      this.number = first;
      this.step = step;
    }

    void begin() {
      begun = answers.number(message, number);
      ClientCalls.asyncUnaryCall(channel.newCall(ECHO, CallOptions.DEFAULT), message, this);
    }

    @Override
    public void onNext(byte[] answer) {
      answers.answered(answer, number, begun);
      number += step;
    }

    @Override
    public void onCompleted() {
      begin();
    }

    @Override
    public void onError(Throwable cause) {
      Answers.fail(cause);
    }
  }
}
