package io.reactorzmq.bench;

import io.netty.buffer.ByteBuf;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.SocketAcceptor;
import io.rsocket.core.RSocketConnector;
import io.rsocket.core.RSocketServer;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.transport.netty.client.TcpClientTransport;
import io.rsocket.transport.netty.server.TcpServerTransport;
import io.rsocket.util.ByteBufPayload;
import java.util.Objects;
import reactor.core.publisher.Mono;

/**
 * requestResponse of rsocket-java over its own TCP transport. Values are byte arrays here as well.
 */
final class RSocketRequests implements RequestContender {

  private static byte[] take(Payload payload) {
    ByteBuf data = payload.data();
    byte[] value = new byte[data.readableBytes()];
    data.readBytes(value);
    payload.release();
    return value;
  }

  @Override
  public int reply(int outstanding) {
    RSocketServer server =
        RSocketServer.create(
                SocketAcceptor.forRequestResponse(
                    request -> Mono.just(ByteBufPayload.create(take(request)))))
            .payloadDecoder(PayloadDecoder.ZERO_COPY);
    return Objects.requireNonNull(server.bind(TcpServerTransport.create("127.0.0.1", 0)).block())
        .address()
        .getPort();
  }

  @Override
  public void request(int port, Answers answers, int size, int outstanding)
      throws InterruptedException {
    RSocketConnector connector = RSocketConnector.create().payloadDecoder(PayloadDecoder.ZERO_COPY);
    RSocket replier =
        Objects.requireNonNull(
            connector.connect(TcpClientTransport.create("127.0.0.1", port)).block());
    for (int i = 0; i < outstanding; i++) {
      new Repeating<Payload>(answers, size, i, outstanding) {
        @Override
        Mono<Payload> request(byte[] message) {
          return replier.requestResponse(ByteBufPayload.create(message));
        }

        @Override
        byte[] bytes(Payload answer) {
          return take(answer);
        }
      }.begin();
    }
    Thread.sleep(Long.MAX_VALUE);
  }
}
