package io.reactorzmq.rdma.internal;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.internal.transport.Loops;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import io.reactorzmq.transport.TransportServer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.InetSocketAddress;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** A bound {@code rdma://} endpoint: a listener of UCX and the connections it is about to make. */
final class RdmaServer implements TransportServer {

  private static final Logger LOG = LoggerFactory.getLogger(RdmaServer.class);

  private final Sinks.Empty<Void> closed = Sinks.empty();
  private final UcxLoop loop;
  private final TransportContext context;
  private final Consumer<TransportConnection> onConnection;
  private final int number;
  private final long listener;
  private final Endpoint endpoint;
  private volatile boolean disposed;

  private RdmaServer(
      UcxLoop loop,
      TransportContext context,
      Consumer<TransportConnection> onConnection,
      Endpoint requested,
      InetSocketAddress address)
      throws IOException {
    this.loop = loop;
    this.context = context;
    this.onConnection = onConnection;
    this.number = loop.add(this);
    try {
      this.listener = loop.listen(address, number);
    } catch (IOException e) {
      loop.remove(number, this);
      throw e;
    }
    String host = requested.host().equals("*") ? "0.0.0.0" : requested.host();
    this.endpoint = requested.withAddress(host, boundAddress().getPort());
  }

  /** Binds; on the loop. */
  static RdmaServer bind(
      UcxLoop loop,
      TransportContext context,
      Consumer<TransportConnection> onConnection,
      Endpoint requested,
      InetSocketAddress address) {
    try {
      return new RdmaServer(loop, context, onConnection, requested, address);
    } catch (IOException e) {
      throw new EndpointException("cannot bind " + requested + ": " + e.getMessage(), e);
    }
  }

  private InetSocketAddress boundAddress() throws IOException {
    try (Arena scratch = Arena.ofConfined()) {
      long attributes = scratch.allocate(UcpStructs.LISTENER_ATTR_BYTES, 8).address();
      Memory.putLong(attributes, UcpStructs.ATTR_SOCKET_ADDRESS);
      UcpStatus.check("UCX does not tell its port", Ucp.listenerQuery(listener, attributes));
      return SocketAddresses.decode(attributes + UcpStructs.ATTR_ADDRESS);
    }
  }

  /** Somebody dials; on the loop. */
  void dialledBy(long request) {
    if (disposed) {
      return;
    }
    Opening opening = new Opening(this, loop, addressOf(request));
    try {
      opening.begin(loop.accept(request, opening), context.connectTimeout().toMillis());
    } catch (IOException e) {
      LOG.warn("A connection to {} could not be accepted", endpoint, e);
    }
  }

  private static InetSocketAddress addressOf(long request) {
    try (Arena scratch = Arena.ofConfined()) {
      long attributes = scratch.allocate(UcpStructs.CONN_REQUEST_ATTR_BYTES, 8).address();
      Memory.putLong(attributes, UcpStructs.ATTR_SOCKET_ADDRESS);
      return Ucp.connRequestQuery(request, attributes) == UcpStructs.OK
          ? SocketAddresses.decode(attributes + UcpStructs.ATTR_ADDRESS)
          : InetSocketAddress.createUnresolved("unknown", 0);
    }
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

  @Override
  public Endpoint endpoint() {
    return endpoint;
  }

  @Override
  public Mono<Void> onClose() {
    return closed.asMono();
  }

  @Override
  public boolean isDisposed() {
    return disposed;
  }

  @Override
  public void dispose() {
    disposed = true;
    Loops.run(loop.eventLoop(), this::close);
  }

  private void close() {
    if (loop.remove(number, this)) {
      Ucp.listenerDestroy(listener);
      closed.tryEmitEmpty();
    }
  }
}
