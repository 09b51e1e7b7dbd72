package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.Transport;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import io.reactorzmq.transport.TransportServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import reactor.core.publisher.Mono;

/**
 * Two event loops, an allocator of its own and connections between them, for one test. Closing it
 * closes everything and then demands that every buffer was released.
 */
final class Rig implements AutoCloseable {

  static final Duration LONG = Duration.ofSeconds(15);

  /** Without thread caches, so that a freed buffer counts as freed. */
  final PooledByteBufAllocator allocator =
      new PooledByteBufAllocator(true, 0, 1, 8192, 9, 0, 0, false);

  private final Transport transport;
  private final Endpoint toBind;
  private final EventLoopGroup group;
  private final List<TransportConnection> opened = new ArrayList<>();
  private final List<TransportServer> servers = new ArrayList<>();
  private final EventLoop diallingLoop;
  private final EventLoop bindingLoop;

  long maxPendingBytes = 64 * 1024 * 1024;
  int maxInboundFrameLength = 0xFF_FFFF;

  Rig(Transport transport, String toBind) {
    this(transport, toBind, NioIoHandler.newFactory());
  }

  Rig(Transport transport, String toBind, IoHandlerFactory io) {
    this.transport = transport;
    this.toBind = Endpoint.parse(toBind);
    this.group = new MultiThreadIoEventLoopGroup(2, io);
    this.diallingLoop = group.next();
    this.bindingLoop = group.next();
  }

  EventLoop diallingLoop() {
    return diallingLoop;
  }

  EventLoop bindingLoop() {
    return bindingLoop;
  }

  /** Two ends of one connection. */
  record Pair(TransportConnection dialled, TransportConnection accepted) {}

  TransportContext context(EventLoop loop) {
    return new TransportContext(
        loop, allocator, maxPendingBytes, Duration.ofSeconds(5), maxInboundFrameLength);
  }

  TransportServer bind(Consumer<TransportConnection> onConnection) {
    TransportServer server = transport.bind(toBind, context(bindingLoop), onConnection).block(LONG);
    servers.add(server);
    return server;
  }

  Mono<TransportConnection> connect(Endpoint endpoint) {
    return transport.connect(endpoint, context(diallingLoop)).doOnNext(this::track);
  }

  /** Binds once more and connects to it. */
  Pair pair() {
    BlockingQueue<TransportConnection> accepted = new LinkedBlockingQueue<>();
    TransportServer server = bind(accepted::add);
    TransportConnection dialled = connect(server.endpoint()).block(LONG);
    try {
      TransportConnection other = accepted.poll(LONG.toSeconds(), TimeUnit.SECONDS);
      assertThat(other).isNotNull();
      track(other);
      return new Pair(dialled, other);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  synchronized void track(TransportConnection connection) {
    opened.add(connection);
  }

  long liveBuffers() {
    return allocator.metric().directArenas().stream()
            .mapToLong(PoolArenaMetric::numActiveAllocations)
            .sum()
        + allocator.metric().heapArenas().stream()
            .mapToLong(PoolArenaMetric::numActiveAllocations)
            .sum();
  }

  void awaitNoBuffers() {
    await().atMost(LONG).untilAsserted(() -> assertThat(liveBuffers()).as("buffers").isZero());
  }

  @Override
  public void close() {
    servers.forEach(TransportServer::dispose);
    synchronized (this) {
      opened.forEach(TransportConnection::dispose);
      opened.forEach(c -> c.onClose().onErrorComplete().block(LONG));
    }
    awaitNoBuffers();
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
