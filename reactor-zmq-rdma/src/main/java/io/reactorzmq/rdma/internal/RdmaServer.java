package io.reactorzmq.rdma.internal;

import io.reactorzmq.internal.transport.TcpTransport;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import io.reactorzmq.transport.TransportServer;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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

  private final TransportContext context;
  private final Consumer<TransportConnection> onConnection;
  private final InetAddress address;
  private @Nullable TransportServer door;

  private RdmaServer(
      TransportContext context, Consumer<TransportConnection> onConnection, InetAddress address) {
    this.context = context;
    this.onConnection = onConnection;
    this.address = address;
  }

  /** Binds; cold; subscribe on the loop. */
  static Mono<TransportServer> bind(
      Endpoint endpoint,
      InetAddress address,
      TransportContext context,
      Consumer<TransportConnection> onConnection) {
    return Mono.fromCallable(
            () -> {
              UcxLoop unused = UcxLoops.of(context); // whether UCX works here is known now
              return new RdmaServer(context, onConnection, address);
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

  /** UCX listens from the first visitor on: nobody else need reach it. */
  private void greet(TransportConnection visitor) {
    try {
      UcxLoop loop = UcxLoops.of(context); // not always the same, see Blockage
      new Opening(this, loop, visitor).begin(portFor(loop, visitor));
    } catch (IOException e) {
      LOG.warn("UCX cannot be reached by {}; closing it", visitor.remoteAddress(), e);
      visitor.closeWithError(e);
    }
  }

  /** A door at all addresses is open to IPv6 as well, a listener of UCX is not. */
  private int portFor(UcxLoop loop, TransportConnection visitor) throws IOException {
    InetAddress from = ((InetSocketAddress) visitor.remoteAddress()).getAddress();
    if (from instanceof Inet6Address || address instanceof Inet6Address) {
      return Greeting.NO_PORT;
    }
    return loop.port(address);
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
