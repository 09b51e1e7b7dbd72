package io.reactorzmq.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.reactorzmq.internal.transport.Transports;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.Transport;
import io.reactorzmq.transport.TransportContext;
import io.reactorzmq.transport.TransportServer;
import io.rsocket.DuplexConnection;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.SocketAcceptor;
import io.rsocket.core.RSocketConnector;
import io.rsocket.core.RSocketServer;
import io.rsocket.frame.decoder.PayloadDecoder;
import io.rsocket.util.ByteBufPayload;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * One stream of rsocket-java, a payload per message, over this library's TCP transport: what
 * RSocket does without batching. The receiver keeps a bounded demand.
 */
final class RSocketContender implements Contender {

  private static final Endpoint ANYWHERE = Endpoint.parse("tcp://127.0.0.1:*");
  private static final int DEMAND = 256;
  private static final int MAX_FRAME = 0xFF_FFFF;

  private static Transport tcp() {
    return Transports.forEndpoint(ANYWHERE);
  }

  private static TransportContext context() {
    return new TransportContext(
        ZmqResources.builder().eventLoops(1).build().nextEventLoop(),
        PooledByteBufAllocator.DEFAULT,
        64 << 20,
        Duration.ofSeconds(5),
        MAX_FRAME);
  }

  /** Starts a server on this library's transport; returns its port. */
  static int bind(RSocketServer rsocket) {
    TransportServer server =
        Objects.requireNonNull(
            rsocket
                .bind(
                    accept ->
                        tcp()
                            .bind(
                                ANYWHERE,
                                context(),
                                connection -> accept.apply(connection).subscribe()))
                .block());
    return server.endpoint().port();
  }

  /** A connection of this library's transport. */
  static Mono<DuplexConnection> dial(int port) {
    return tcp()
        .connect(Endpoint.parse("tcp://127.0.0.1:" + port), context())
        .cast(DuplexConnection.class);
  }

  private static void consume(Publisher<Payload> payloads, Counter counter) {
    Flux.from(payloads)
        .limitRate(DEMAND)
        .subscribe(
            payload -> {
              ByteBuf data = payload.data();
              byte[] value = new byte[data.readableBytes()];
              data.readBytes(value);
              payload.release();
              counter.count(value);
            },
            end -> {});
  }

  @Override
  public int receive(Counter counter) {
    SocketAcceptor acceptor =
        SocketAcceptor.forRequestChannel(
            payloads -> {
              consume(payloads, counter);
              return Flux.never();
            });
    return bind(RSocketServer.create(acceptor).payloadDecoder(PayloadDecoder.ZERO_COPY));
  }

  @Override
  public void send(List<Integer> ports, Ring ring) throws InterruptedException {
    int port = ports.get(0);
    long[] number = new long[1];
    Flux<Payload> source =
        Flux.generate(sink -> sink.next(ByteBufPayload.create(ring.get(number[0]++))));
    RSocket receiver =
        Objects.requireNonNull(
            RSocketConnector.create()
                .payloadDecoder(PayloadDecoder.ZERO_COPY)
                .connect(() -> dial(port))
                .block());
    receiver.requestChannel(source).blockLast();
  }
}
