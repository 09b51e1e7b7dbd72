package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PoolArenaMetric;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.Transport;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import io.reactorzmq.transport.TransportServer;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.awaitility.core.ConditionFactory;
import org.jspecify.annotations.Nullable;

/**
 * Two event loops, an allocator of its own and connections between them, for one test. Closing it
 * closes everything and then demands that every buffer was released.
 */
final class Rig implements AutoCloseable {

  /** Longer than anything takes, so that only a hang reaches it. */
  static final Duration LONG = Duration.ofSeconds(Integer.getInteger("zmq.test.patience", 20));

  /** Without thread caches, so that a freed buffer counts as freed; shared, for its chunks stay. */
  private static final PooledByteBufAllocator SHARED =
      new PooledByteBufAllocator(true, 1, 1, 8192, 5, 0, 0, false);

  final PooledByteBufAllocator allocator = SHARED;

  long maxPendingBytes = 64 * 1024 * 1024;
  int maxInboundFrameLength = 0xFF_FFFF;

  private final Transport transport;
  private final Endpoint toBind;
  private final EventLoopGroup group;
  private final EventLoop dialling;
  private final EventLoop bound;
  private final Queue<TransportConnection> opened = new ConcurrentLinkedQueue<>();
  private final List<TransportServer> servers = new ArrayList<>();

  private final long liveBefore = arenas().mapToLong(PoolArenaMetric::numActiveAllocations).sum();
  private final long hugeBefore = arenas().mapToLong(PoolArenaMetric::numHugeAllocations).sum();
  private volatile boolean closing;

  Rig(Transport transport, String toBind, IoHandlerFactory io) {
    this.transport = transport;
    this.toBind = Endpoint.parse(toBind);
    this.group = new MultiThreadIoEventLoopGroup(2, io);
    this.dialling = group.next();
    this.bound = group.next();
  }

  /** Two ends of one connection. */
  record Pair(TransportConnection dialled, TransportConnection accepted) {}

  Endpoint toBind() {
    return toBind;
  }

  /**
   * An endpoint that stays free between two binds: the system gives ports of this range to nobody
   * who does not ask for them.
   */
  Endpoint endpointOfOurOwn() {
    if (toBind.scheme().equals("inproc")) {
      return toBind.withAddress("of-our-own-" + System.nanoTime(), -1);
    }
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      try (ServerSocket free = new ServerSocket(port)) {
        return toBind.withAddress(toBind.host(), free.getLocalPort());
      } catch (IOException e) {
        // taken: the next one
      }
    }
  }

  Transport transport() {
    return transport;
  }

  EventLoop diallingLoop() {
    return dialling;
  }

  EventLoop boundLoop() {
    return bound;
  }

  TransportContext context(EventLoop loop) {
    return context(loop, LONG);
  }

  TransportContext context(EventLoop loop, Duration connectTimeout) {
    return new TransportContext(
        loop, allocator, maxPendingBytes, connectTimeout, maxInboundFrameLength);
  }

  TransportServer bind(Consumer<TransportConnection> onConnection) {
    return bind(toBind, onConnection);
  }

  TransportServer bind(Endpoint endpoint, Consumer<TransportConnection> onConnection) {
    Consumer<TransportConnection> tracking =
        connection -> {
          track(connection);
          onConnection.accept(connection);
        };
    TransportServer server = transport.bind(endpoint, context(bound), tracking).block(LONG);
    assertThat(server).isNotNull();
    servers.add(server);
    return server;
  }

  TransportConnection connect(Endpoint endpoint) {
    TransportConnection connection =
        transport.connect(endpoint, context(dialling)).doOnNext(this::track).block(LONG);
    assertThat(connection).isNotNull();
    return connection;
  }

  /** Binds once more and connects to it. */
  Pair pair() {
    BlockingQueue<TransportConnection> accepted = new LinkedBlockingQueue<>();
    TransportServer server = bind(accepted::add);
    TransportConnection dialled = connect(server.endpoint());
    return new Pair(dialled, take(accepted));
  }

  static <T> T take(BlockingQueue<T> queue) {
    try {
      @Nullable T taken = queue.poll(LONG.toSeconds(), TimeUnit.SECONDS);
      assertThat(taken).as("taken in time").isNotNull();
      return taken;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  void track(TransportConnection connection) {
    opened.add(connection);
    if (closing) {
      connection.dispose();
    }
  }

  /** Waits for a condition that only a hang keeps from coming true. */
  static ConditionFactory patiently() {
    return await().atMost(LONG).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(1));
  }

  /** A frame that starts with two numbers and is as long as asked, but at least 8 bytes. */
  ByteBuf frame(int first, int second, int length) {
    ByteBuf frame = allocator.directBuffer(Math.max(8, length)).writeInt(first).writeInt(second);
    return frame.writeZero(Math.max(0, length - 8));
  }

  /** Waits until both loops have done what they had to do when this was called. */
  void settle() {
    for (int i = 0; i < 3; i++) {
      dialling.submit(() -> {}).syncUninterruptibly();
      bound.submit(() -> {}).syncUninterruptibly();
    }
  }

  /** How many buffers above 256 KiB were allocated so far. */
  long hugeAllocations() {
    return arenas().mapToLong(PoolArenaMetric::numHugeAllocations).sum() - hugeBefore;
  }

  /** Buffers above 28 KiB. */
  long liveLargeBuffers() {
    return arenas().mapToLong(PoolArenaMetric::numActiveNormalAllocations).sum();
  }

  long liveBuffers() {
    return arenas().mapToLong(PoolArenaMetric::numActiveAllocations).sum() - liveBefore;
  }

  private static Stream<PoolArenaMetric> arenas() {
    return Stream.concat(
        SHARED.metric().directArenas().stream(), SHARED.metric().heapArenas().stream());
  }

  void awaitNoBuffers() {
    patiently().untilAsserted(() -> assertThat(liveBuffers()).as("buffers").isZero());
  }

  @Override
  public void close() {
    servers.forEach(TransportServer::dispose);
    closing = true;
    opened.forEach(TransportConnection::dispose);
    opened.forEach(c -> c.onClose().onErrorComplete().block(LONG));
    awaitNoBuffers();
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }
}
