package io.reactorzmq.bench;

import io.reactorzmq.RepSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;
import reactor.core.publisher.Mono;

/** Answers small and large requests with themselves, without copying them. */
final class BulkReplier {

  private BulkReplier() {}

  /**
   * Starts to answer.
   *
   * @param outstanding large requests at a time
   * @param queueBytes its {@code highWaterMarkBytes}
   * @return the port it listens on
   */
  static int reply(int outstanding, long queueBytes) {
    RepSocket socket =
        Zmq.rep()
            .codec(Codec.zeroCopy())
            .handle(Mono::just)
            .concurrency(Math.max(256, outstanding + 1))
            .maxMessageSize(0)
            .highWaterMarkBytes(queueBytes)
            .bind("tcp://127.0.0.1:*")
            .openNow();
    return socket.endpoints().get(0).port();
  }
}
