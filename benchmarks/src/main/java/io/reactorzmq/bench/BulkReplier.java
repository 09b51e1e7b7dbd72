package io.reactorzmq.bench;

import io.netty.util.ReferenceCounted;
import io.reactorzmq.RepSocket;
import io.reactorzmq.Zmq;
import reactor.core.publisher.Mono;

/** Answers small and large requests with themselves, without copying them. */
final class BulkReplier {

  private BulkReplier() {}

  /**
   * Starts to answer.
   *
   * @param outstanding large requests at a time
   * @param queueBytes its {@code highWaterMarkBytes}
   * @param values what requests and replies are
   * @return the port it listens on
   */
  static int reply(int outstanding, long queueBytes, TransferValues<?> values) {
    return open(outstanding, queueBytes, values);
  }

  private static <T extends ReferenceCounted> int open(
      int outstanding, long queueBytes, TransferValues<T> values) {
    RepSocket socket =
        Zmq.rep()
            .codec(values.codec())
            .handle(Mono::just)
            .concurrency(Math.max(256, outstanding + 1))
            .maxMessageSize(0)
            .highWaterMarkBytes(queueBytes)
            .resources(Carrier.current().resources())
            .bind(Carrier.current().any())
            .openNow();
    return socket.endpoints().get(0).port();
  }
}
