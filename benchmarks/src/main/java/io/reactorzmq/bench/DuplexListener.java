package io.reactorzmq.bench;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.internal.transport.Transports;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportServer;
import java.time.Duration;
import java.util.Objects;
import reactor.core.publisher.BaseSubscriber;

/** Sends frames back, and counts those that go one way. */
final class DuplexListener extends BaseSubscriber<ByteBuf> {

  private static final int ACK_EVERY = 1 << 20;

  private final TransportConnection connection;
  private long received;
  private long told;

  private DuplexListener(TransportConnection connection) {
    this.connection = connection;
  }

  /** Binds and returns the port. */
  static int listen() {
    Endpoint endpoint = Endpoint.parse(Carrier.current().any());
    TransportServer server =
        Objects.requireNonNull(
            Transports.forEndpoint(endpoint)
                .bind(endpoint, DuplexFrames.context(), DuplexListener::accept)
                .block(Duration.ofSeconds(20)));
    return server.endpoint().port();
  }

  private static void accept(TransportConnection connection) {
    connection.onClose().subscribe(nothing -> {}, Answers::fail);
    connection.receive().subscribe(new DuplexListener(connection));
  }

  @Override
  protected void hookOnNext(ByteBuf frame) {
    switch (DuplexFrames.what(frame)) {
      case DuplexFrames.ECHO -> connection.sendFrame(DuplexFrames.stream(), frame.retainedSlice());
      case DuplexFrames.DATA -> {
        received += frame.readableBytes();
        if (received - told >= ACK_EVERY) {
          tell();
        }
      }
      case DuplexFrames.LAST -> {
        received += frame.readableBytes();
        tell();
        received = 0;
        told = 0;
      }
      case DuplexFrames.QUERY -> send(DuplexFrames.QUERY, DuplexFrames.allocated());
      default -> Answers.fail(new IllegalStateException("a frame of an unknown kind"));
    }
  }

  private void tell() {
    told = received;
    send(DuplexFrames.ACK, received);
  }

  private void send(int what, long number) {
    connection.sendFrame(
        DuplexFrames.stream(), DuplexFrames.frame(what, number, DuplexFrames.HEADER));
  }

  @Override
  protected void hookOnError(Throwable cause) {
    // what is wrong with the connection, if it is, is told above
  }
}
