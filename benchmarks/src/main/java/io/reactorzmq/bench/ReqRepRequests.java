package io.reactorzmq.bench;

import io.reactorzmq.RepSocket;
import io.reactorzmq.ReqSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;
import reactor.core.publisher.Mono;

/** REQ and REP sockets of byte arrays. */
final class ReqRepRequests implements RequestContender {

  @Override
  public int reply(int outstanding) {
    return reply(Carrier.current().any(), outstanding).endpoints().get(0).port();
  }

  /** Starts to answer at an endpoint. */
  static RepSocket reply(String endpoint, int outstanding) {
    return Zmq.rep()
        .codec(Codec.bytes())
        .handle(Mono::just)
        .concurrency(outstanding)
        .highWaterMark(Math.max(outstanding, Contender.HIGH_WATER_MARK))
        .resources(Carrier.current().resources())
        .bind(endpoint)
        .openNow();
  }

  @Override
  public void request(int port, Answers answers, int size, int outstanding)
      throws InterruptedException {
    request(Carrier.current().at(String.valueOf(port)), answers, size, outstanding);
  }

  /** Asks an endpoint without end. */
  static void request(String endpoint, Answers answers, int size, int outstanding)
      throws InterruptedException {
    ReqSocket<byte[], byte[]> socket =
        Zmq.req()
            .codec(Codec.bytes())
            .highWaterMark(Math.max(outstanding, Contender.HIGH_WATER_MARK))
            .resources(Carrier.current().resources())
            .connect(endpoint)
            .openNow();
    for (int i = 0; i < outstanding; i++) {
      new Repeating<byte[]>(answers, size, i, outstanding) {
        @Override
        Mono<byte[]> request(byte[] message) {
          return socket.request(message);
        }

        @Override
        byte[] bytes(byte[] answer) {
          return answer;
        }
      }.begin();
    }
    Thread.sleep(Long.MAX_VALUE);
  }
}
