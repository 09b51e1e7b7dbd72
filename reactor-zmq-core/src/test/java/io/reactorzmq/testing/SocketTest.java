package io.reactorzmq.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.PullSocket;
import io.reactorzmq.SocketSpec;
import io.reactorzmq.ZmqSocket;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.options.ZmqResources;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * The ground for tests of whole sockets: resources of their own, closed after each test, with an
 * allocator that must then hold nothing. Waiting is for signals, never for time.
 */
public abstract class SocketTest {

  static {
    Awaitility.setDefaultPollInterval(Duration.ofMillis(10));
    Awaitility.setDefaultPollDelay(Duration.ZERO);
    Awaitility.setDefaultTimeout(Duration.ofSeconds(15));
  }

  protected static final Duration SOON = Duration.ofSeconds(15);

  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final AtomicInteger PORTS =
      new AtomicInteger(ThreadLocalRandom.current().nextInt(22_000));

  protected UnpooledByteBufAllocator allocator;
  protected ZmqResources resources;
  private final List<ZmqSocket> opened = new ArrayList<>();

  @BeforeEach
  void openResources() {
    allocator = new UnpooledByteBufAllocator(true);
    resources = ZmqResources.builder().eventLoops(2).allocator(allocator).build();
  }

  @AfterEach
  void closeResources() {
    for (ZmqSocket socket : opened) {
      socket.dispose();
    }
    resources.disposeLater().block(SOON);
    await("direct memory given back").untilAsserted(this::assertNoMemoryHeld);
  }

  private void assertNoMemoryHeld() {
    assertThat(allocator.metric().usedDirectMemory()).as("direct memory").isZero();
    assertThat(allocator.metric().usedHeapMemory()).as("heap memory").isZero();
  }

  /** Opens a socket on the test's resources; it is closed after the test. */
  protected <K extends ZmqSocket> K open(SocketSpec<?, K> spec) {
    K socket = spec.resources(resources).openNow();
    opened.add(socket);
    return socket;
  }

  /** An endpoint to bind that clashes with no other. */
  protected static String anyEndpoint(String transport) {
    return transport.equals("inproc")
        ? "inproc://test-" + NAMES.incrementAndGet()
        : transport + "://127.0.0.1:0";
  }

  /** An endpoint whose address is known before it is bound. */
  protected static String knownEndpoint(String transport) {
    return transport.equals("inproc")
        ? anyEndpoint(transport)
        : transport + "://127.0.0.1:" + freePort();
  }

  /**
   * A port that nobody listens at, and each call another. It lies below the range that systems take
   * the ports of outgoing connections from, so that none of those comes before whoever binds it.
   */
  protected static int freePort() {
    while (true) {
      int port = 10_000 + Math.floorMod(PORTS.getAndIncrement(), 22_000);
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (BindException e) {
        continue; // taken: the next
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** The real endpoint of a socket that is bound to one. */
  protected static String endpointOf(ZmqSocket socket) {
    return socket.endpoints().get(0).toString();
  }

  protected static void awaitPeers(ZmqSocket socket, int n) {
    await("peers of " + socket).atMost(SOON).until(() -> socket.peers().size() == n);
  }

  /** Closes a socket and asserts that everything was accounted for. */
  protected static void closeClean(ZmqSocket socket) {
    assertThat(socket.disposeLater().block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
  }

  /** Everything a PULL receives, in order. */
  protected static <T> Queue<T> collect(PullSocket<T> socket) {
    Queue<T> received = new ConcurrentLinkedQueue<>();
    socket.receive().subscribe(received::add);
    return received;
  }

  protected static <T> void awaitSize(Queue<T> queue, int n) {
    await("received " + n).atMost(SOON).until(() -> queue.size() >= n);
  }

  /** The events of a socket, as they come. */
  protected static Queue<SocketEvent> events(ZmqSocket socket) {
    Queue<SocketEvent> events = new ConcurrentLinkedQueue<>();
    socket.events().subscribe(events::add);
    return events;
  }

  protected static <E extends SocketEvent> E awaitEvent(Queue<SocketEvent> events, Class<E> type) {
    await(type.getSimpleName())
        .atMost(SOON)
        .until(() -> events.stream().anyMatch(type::isInstance));
    return events.stream().filter(type::isInstance).map(type::cast).findFirst().orElseThrow();
  }
}
