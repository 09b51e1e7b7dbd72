package io.reactorzmq.internal.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.Transport;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import io.reactorzmq.transport.TransportServer;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Mono;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.NettyPipeline;
import reactor.netty.tcp.TcpClient;
import reactor.netty.tcp.TcpServer;

/**
 * {@code tcp://host:port} with RSocket's framing for TCP: a 3-byte length before each frame. Each
 * channel is registered with the event loop of the socket it works for, and is of that loop's kind.
 * The parameters of an endpoint name transports that its connections may move to.
 */
public final class TcpTransport implements Transport {

  private static final Logger LOG = LoggerFactory.getLogger(TcpTransport.class);
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(512 * 1024, 1024 * 1024);
  private static final int BACKLOG = 1024;

  @Override
  public Set<String> schemes() {
    return Set.of("tcp");
  }

  @Override
  public void validate(Endpoint endpoint, boolean bind) {
    TcpEndpoints.validate(endpoint, bind);
    Alternates.requireRequired(endpoint, bind);
  }

  @Override
  public Mono<TransportConnection> connect(Endpoint endpoint, TransportContext context) {
    return Mono.defer(
        () -> {
          TcpEndpoints.validate(endpoint, false);
          return Dial.of(client(endpoint, context).connect(), endpoint, context);
        });
  }

  private static TcpClient client(Endpoint endpoint, TransportContext context) {
    return TcpClient.newConnection()
        .runOn(context.eventLoop())
        .host(TcpEndpoints.host(endpoint))
        .port(endpoint.port())
        .option(ChannelOption.AUTO_READ, false)
        .option(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.ALLOCATOR, context.allocator())
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
        .option(
            ChannelOption.CONNECT_TIMEOUT_MILLIS,
            (int) Math.min(Integer.MAX_VALUE, context.connectTimeout().toMillis()))
        .doOnChannelInit(
            (observer, channel, remote) ->
                channel.config().setRecvByteBufAllocator(new ReadBuffers()));
  }

  @Override
  public Mono<TransportServer> bind(
      Endpoint endpoint, TransportContext context, Consumer<TransportConnection> onConnection) {
    return Mono.defer(
        () -> {
          TcpEndpoints.validate(endpoint, true);
          return server(endpoint, context)
              .doOnConnection(accepted -> accept(accepted, context, onConnection))
              .bind()
              .<TransportServer>map(bound -> new Bound(bound, endpoint))
              .onErrorMap(
                  e ->
                      new EndpointException(
                          "cannot bind " + endpoint + ": " + TcpEndpoints.reason(e), e));
        });
  }

  private static TcpServer server(Endpoint endpoint, TransportContext context) {
    TcpServer server =
        TcpServer.create()
            .runOn(context.eventLoop())
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.ALLOCATOR, context.allocator())
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
            .doOnChannelInit(
                (observer, channel, remote) ->
                    channel.config().setRecvByteBufAllocator(new ReadBuffers()));
    return endpoint.host().equals("*")
        ? server.bindAddress(() -> new InetSocketAddress(endpoint.port()))
        : server.host(TcpEndpoints.host(endpoint)).port(endpoint.port());
  }

  private static void accept(
      Connection accepted, TransportContext context, Consumer<TransportConnection> onConnection) {
    TcpConnection connection = attach(accepted, context);
    try {
      onConnection.accept(connection);
    } catch (Throwable t) {
      LOG.warn(
          "The acceptor failed; closing the connection from {}", connection.remoteAddress(), t);
      connection.closeWithError(t);
    }
  }

  static TcpConnection attach(Connection connection, TransportContext context) {
    Channel channel = connection.channel();
    TcpConnection attached = new TcpConnection(channel, context);
    channel
        .pipeline()
        .addBefore(NettyPipeline.ReactiveBridge, "reactor-zmq.frames", attached.handler());
    return attached;
  }

  private record Bound(DisposableServer server, Endpoint requested) implements TransportServer {

    @Override
    public Endpoint endpoint() {
      SocketAddress address = server.address();
      String host = requested.host().equals("*") ? "0.0.0.0" : requested.host();
      return requested.withAddress(host, ((InetSocketAddress) address).getPort());
    }

    @Override
    public Mono<Void> onClose() {
      return server.onDispose();
    }

    @Override
    public void dispose() {
      server.dispose();
    }

    @Override
    public boolean isDisposed() {
      return server.isDisposed();
    }
  }
}
