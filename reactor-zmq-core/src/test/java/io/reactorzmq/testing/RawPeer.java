package io.reactorzmq.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.internal.transport.Transports;
import io.reactorzmq.internal.wire.Control;
import io.reactorzmq.internal.wire.Hello;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.Role;
import io.reactorzmq.internal.wire.SocketId;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketConnector;
import io.rsocket.util.ByteBufPayload;
import java.time.Duration;
import java.util.function.LongFunction;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A PUSH that a test scripts payload by payload: it dials a bound PULL, does the handshake, and
 * sends what the script says whenever there is credit.
 */
public final class RawPeer {

  /** What the four control payloads in reserve and OPEN take of the demand. */
  private static final int NOT_DATA = 5;

  private final TransportConnection connection;

  private RawPeer(TransportConnection connection) {
    this.connection = connection;
  }

  /**
   * Dials.
   *
   * @param script gives the n-th DATA payload, or null to send no more
   */
  public static RawPeer push(
      String endpoint, ZmqResources resources, LongFunction<ByteBuf> script) {
    return push(endpoint, resources, SocketId.random(), script);
  }

  public static RawPeer push(
      String endpoint, ZmqResources resources, SocketId id, LongFunction<ByteBuf> script) {
    ByteBufAllocator allocator = UnpooledByteBufAllocator.DEFAULT;
    Endpoint parsed = Endpoint.parse(endpoint);
    TransportContext context =
        new TransportContext(
            resources.nextEventLoop(), allocator, 1L << 30, Duration.ofSeconds(5), 1 << 20);
    TransportConnection connection =
        Transports.forEndpoint(parsed).connect(parsed, context).block(Duration.ofSeconds(5));
    Hello hello = new Hello(Hello.MAJOR, Hello.MINOR, Role.PUSH, new byte[0], id, 0, 0);
    Duration never = Duration.ofMillis(Integer.MAX_VALUE);
    RSocketConnector.create()
        .keepAlive(never, never)
        .dataMimeType(Hello.MIME)
        .setupPayload(Mono.fromSupplier(() -> ByteBufPayload.create(hello.encode(allocator))))
        .acceptor((setup, requester) -> Mono.just(new Script(allocator, script)))
        .connect(() -> Mono.just(connection))
        .block(Duration.ofSeconds(5));
    return new RawPeer(connection);
  }

  public boolean isClosed() {
    return connection.isDisposed();
  }

  public void close() {
    connection.dispose();
  }

  private record Script(ByteBufAllocator allocator, LongFunction<ByteBuf> script)
      implements RSocket {

    @Override
    public Mono<Void> metadataPush(Payload payload) {
      payload.release();
      return Mono.empty();
    }

    @Override
    public Flux<Payload> requestChannel(Publisher<Payload> payloads) {
      payloads.subscribe(
          new BaseSubscriber<Payload>() {
            @Override
            protected void hookOnSubscribe(Subscription subscription) {
              request(Long.MAX_VALUE);
            }

            @Override
            protected void hookOnNext(Payload value) {
              value.release();
            }

            @Override
            protected void hookOnError(Throwable throwable) {
              // the connection ended
            }
          });
      return Flux.from(
          subscriber ->
              subscriber.onSubscribe(
                  new Subscription() {
                    private long demand = -NOT_DATA;
                    private long sent;
                    private boolean open;
                    private boolean done;

                    @Override
                    public void request(long n) {
                      demand += n;
                      if (!open) {
                        open = true;
                        subscriber.onNext(
                            ByteBufPayload.create(
                                Control.open(allocator, new Limits(1, 1 << 18, 0, 0))));
                      }
                      while (!done && sent < demand) {
                        ByteBuf next = script.apply(sent);
                        if (next == null) {
                          done = true;
                        } else {
                          sent++;
                          subscriber.onNext(ByteBufPayload.create(next));
                        }
                      }
                    }

                    @Override
                    public void cancel() {
                      done = true;
                    }
                  }));
    }
  }
}
