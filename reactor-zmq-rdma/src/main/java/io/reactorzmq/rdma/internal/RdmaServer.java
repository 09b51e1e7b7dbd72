package io.reactorzmq.rdma.internal;

import io.reactorzmq.internal.transport.TcpTransport;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import io.reactorzmq.transport.TransportServer;
import java.net.InetAddress;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;

/**
 * A bound {@code rdma://} endpoint: a door of plain TCP, at which whoever comes is told how to dial
 * UCX. So an endpoint is bound, refused and given up as one of TCP is, whatever UCX does then.
 */
final class RdmaServer implements TransportServer {

  private static final Logger LOG = LoggerFactory.getLogger(RdmaServer.class);

  private final UcxLoop loop;
  private final TransportContext context;
  private final Consumer<TransportConnection> onConnection;
  private final int port;
  private @Nullable TransportServer door;

  private RdmaServer(
      UcxLoop loop,
      TransportContext context,
      Consumer<TransportConnection> onConnection,
      int port) {
    this.loop = loop;
    this.context = context;
    this.onConnection = onConnection;
    this.port = port;
  }

  /** Binds; cold; subscribe on the loop. */
  static Mono<TransportServer> bind(
      Endpoint endpoint,
      InetAddress address,
      TransportContext context,
      Consumer<TransportConnection> onConnection) {
    return Mono.fromCallable(
            () -> {
              UcxLoop loop = UcxLoop.of(context);
              return new RdmaServer(loop, context, onConnection, loop.port(address));
            })
        .flatMap(
            server ->
                new TcpTransport()
                    .bind(endpoint, context, server::greet)
                    .map(
                        door -> {
                          server.door = door;
                          return server;
                        }));
  }

  private void greet(TransportConnection visitor) {
    new Opening(this, loop, visitor).begin(port);
  }

  void accept(RdmaConnection connection) {
    try {
      onConnection.accept(connection);
    } catch (Throwable t) {
      LOG.warn(
          "The acceptor failed; closing the connection from {}", connection.remoteAddress(), t);
      connection.closeWithError(t);
    }
  }

  TransportContext context() {
    return context;
  }

  private TransportServer door() {
    if (door == null) {
      throw new IllegalStateException("not bound yet");
    }
    return door;
  }

  @Override
  public Endpoint endpoint() {
    return door().endpoint();
  }

  @Override
  public Mono<Void> onClose() {
    return door().onClose();
  }

  @Override
  public boolean isDisposed() {
    return door().isDisposed();
  }

  @Override
  public void dispose() {
    door().dispose();
  }
}
