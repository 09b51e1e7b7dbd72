package io.reactorzmq.bench;

import io.grpc.MethodDescriptor;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** A client stream of gRPC to each receiver, a message per message. */
final class GrpcContender implements Contender {

  private static final MethodDescriptor<byte[], byte[]> PUSH =
      Grpc.method(
          "push", MethodDescriptor.MethodType.CLIENT_STREAMING, new GrpcBytes(), new GrpcBytes());

  @Override
  public int receive(Counter counter) {
    return Grpc.serve(
        PUSH,
        ServerCalls.asyncClientStreamingCall(
            answers ->
                new StreamObserver<>() {
                  @Override
                  public void onNext(byte[] message) {
                    counter.count(message);
                  }

                  @Override
                  public void onError(Throwable cause) {
                    // the sender has ended
                  }

                  @Override
                  public void onCompleted() {
                    Answers.fail(new IllegalStateException("the sender has no more messages"));
                  }
                }));
  }

  @Override
  public void send(List<Integer> ports, Ring ring) throws InterruptedException {
    for (int port : ports) {
      long[] number = {0};
      CountDownLatch unused = GrpcStream.send(Grpc.dial(port), PUSH, () -> ring.get(number[0]++));
    }
    Thread.sleep(Long.MAX_VALUE);
  }
}
