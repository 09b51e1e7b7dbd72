package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.FastThreadLocal;
import io.reactorzmq.rdma.RdmaOptions;
import io.reactorzmq.rdma.RdmaTransport;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import io.reactorzmq.transport.TransportServer;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionFactory;

/**
 * Two event loops with UCX on them and an allocator of its own, for one test. Closing it closes
 * everything, and demands that nothing is left in the loops and that all memory was given back.
 */
final class Ground implements AutoCloseable {

  /** Longer than anything takes, so that only a hang reaches it. */
  static final Duration LONG = Duration.ofSeconds(20);

  final Scarce allocator = new Scarce();
  Duration connectTimeout = LONG;
  int maxInboundFrameLength = 0xFF_FFFF;

  private final RdmaOptions options;
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
  private final EventLoop dialling = group.next();
  private final EventLoop bound = group.next();
  private final Queue<TransportConnection> opened = new ConcurrentLinkedQueue<>();
  private final Queue<Closeable> others = new ConcurrentLinkedQueue<>();
  private final Queue<TransportServer> servers = new ConcurrentLinkedQueue<>();

  Ground() {
    this(RdmaOptions.defaults());
  }

  Ground(RdmaOptions options) {
    this.options = options;
  }

  /** Both ends of a connection. */
  record Pair(RdmaConnection dialled, RdmaConnection accepted) {}

  static ConditionFactory patiently() {
    return await().atMost(LONG).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2));
  }

  EventLoop dialling() {
    return dialling;
  }

  EventLoop bound() {
    return bound;
  }

  TransportContext context(EventLoop loop) {
    return context(loop, options);
  }

  TransportContext context(EventLoop loop, RdmaOptions options) {
    return new TransportContext(
        loop,
        allocator,
        64 * 1024 * 1024,
        connectTimeout,
        maxInboundFrameLength,
        Map.of(RdmaOptions.class, options));
  }

  /** Binds; what is accepted is collected. */
  Door bind() {
    Queue<TransportConnection> accepted = new ConcurrentLinkedQueue<>();
    TransportServer server =
        new RdmaTransport()
            .bind(
                Endpoint.parse("rdma://127.0.0.1:0"),
                context(bound),
                connection -> {
                  opened.add(connection);
                  accepted.add(connection);
                })
            .block(LONG);
    assertThat(server).isNotNull();
    servers.add(server);
    return new Door(server, accepted);
  }

  /** A bound endpoint, and who came in. */
  record Door(TransportServer server, Queue<TransportConnection> accepted) {

    Endpoint endpoint() {
      return server.endpoint();
    }

    RdmaConnection next() {
      patiently().until(() -> !accepted.isEmpty());
      return (RdmaConnection) accepted.remove();
    }
  }

  RdmaConnection connect(Endpoint endpoint) {
    return connect(endpoint, options);
  }

  RdmaConnection connect(Endpoint endpoint, RdmaOptions options) {
    TransportConnection connection =
        new RdmaTransport().connect(endpoint, context(dialling, options)).block(LONG);
    assertThat(connection).isNotNull();
    opened.add(connection);
    return (RdmaConnection) connection;
  }

  Pair pair() {
    Door door = bind();
    RdmaConnection dialled = connect(door.endpoint());
    return new Pair(dialled, door.next());
  }

  /** A connection that works: what is sent arrives, both ways. */
  void assertWorks(Pair pair) {
    Taken atAccepted = Taken.of(pair.accepted());
    Taken atDialled = Taken.of(pair.dialled());
    pair.dialled().sendFrame(0, frame(1, 10));
    pair.accepted().sendFrame(0, frame(2, 10));
    patiently().until(() -> atAccepted.count() == 1 && atDialled.count() == 1);
  }

  /** A frame that begins with a number. */
  ByteBuf frame(int number, int length) {
    return allocator.directBuffer(length).writeInt(number).writeZero(length - 4);
  }

  /** UCX on a loop, started if it was not. */
  UcxLoop ucx(EventLoop loop) {
    return on(loop, () -> UcxLoops.of(context(loop)));
  }

  /** Connections that the test has seen the end of. */
  void forget(TransportConnection... connections) {
    opened.removeAll(List.of(connections));
  }

  /** Ends the event loops, whatever is on them. */
  void endLoops() {
    group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** Closes something of the test's together with the ground. */
  void closeLater(Closeable other) {
    others.add(other);
  }

  static <T> T on(EventLoop loop, Callable<T> task) {
    return loop.submit(task).syncUninterruptibly().getNow();
  }

  static void run(EventLoop loop, Runnable task) {
    loop.submit(task).syncUninterruptibly();
  }

  /** What a loop still holds. */
  static UcxLoop.Held held(UcxLoop loop) {
    return on(loop.eventLoop(), loop::held);
  }

  void awaitNothingHeld() {
    for (EventLoop loop : List.of(dialling, bound)) {
      UcxLoop known = UcxLoops.known(loop);
      if (known != null) {
        patiently()
            .untilAsserted(() -> assertThat(held(known)).isEqualTo(new UcxLoop.Held(0, 0, 0, 0)));
      }
    }
  }

  /** What the loops keep to use it again aside: they are made to forget it. */
  void awaitNoMemory() {
    patiently()
        .untilAsserted(
            () -> {
              for (EventLoop loop : List.of(dialling, bound)) {
                if (!loop.isShuttingDown()) {
                  loop.submit((Runnable) FastThreadLocal::removeAll).syncUninterruptibly();
                }
              }
              assertThat(allocator.metric().usedDirectMemory()).as("direct memory").isZero();
              assertThat(allocator.metric().usedHeapMemory()).as("heap memory").isZero();
            });
  }

  @Override
  public void close() {
    try {
      for (Closeable other : others) {
        other.close();
      }
      servers.forEach(TransportServer::dispose);
      opened.forEach(TransportConnection::dispose);
      opened.forEach(c -> c.onClose().onErrorComplete().block(LONG));
      awaitNothingHeld();
      awaitNoMemory();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      endLoops();
    }
  }
}
