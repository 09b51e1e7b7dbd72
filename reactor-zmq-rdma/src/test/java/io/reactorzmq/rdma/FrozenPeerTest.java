package io.reactorzmq.rdma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.PullSocket;
import io.reactorzmq.PullSpec;
import io.reactorzmq.PushSocket;
import io.reactorzmq.PushSpec;
import io.reactorzmq.Zmq;
import io.reactorzmq.ZmqSocket;
import io.reactorzmq.error.PeerTimeoutException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketEvent.Disconnected;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.testing.ChildJvm;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.util.retry.Retry;

/**
 * Peers in processes of their own that stop where they stand, so that no system says anything of
 * them: keep-alives find out, what was held for them is given back, and they come again when they
 * go on. "tcp" lets UCX use TCP only, where the one side of a rendezvous cannot do without the
 * other; otherwise it uses what it likes, which is shared memory.
 */
class FrozenPeerTest {

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration INTERVAL = Duration.ofMillis(300);
  private static final Duration TIMEOUT = Duration.ofSeconds(1);

  /** What a close in time is at most; the processors are shared. */
  private static final Duration IN_TIME = Duration.ofSeconds(5);

  private static final int LARGE = 3_000_000;

  private static final Retry AT_ONCE =
      Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(20)).transientErrors(true);

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(true);
  private final List<ChildJvm> children = new ArrayList<>();
  private ZmqResources resources;
  private long kept;

  @AfterEach
  void close() {
    children.forEach(ChildJvm::close);
    resources.disposeLater().block(LONG);
    patiently()
        .untilAsserted(
            () -> assertThat(allocator.metric().usedDirectMemory()).isLessThanOrEqualTo(kept));
  }

  private static ConditionFactory patiently() {
    return await().atMost(LONG).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(5));
  }

  private static RdmaOptions options(String transports) {
    RdmaOptions options = RdmaOptions.defaults().rendezvousThreshold(20_000);
    return transports.equals("any") ? options : options.transports(transports);
  }

  private void resources(String transports) {
    resources =
        ZmqResources.builder()
            .eventLoops(1)
            .allocator(allocator)
            .transportOptions(options(transports))
            .build();
  }

  private ChildJvm child(String role, ZmqSocket bound, int bytes, String transports) {
    ChildJvm child =
        ChildJvm.start(
            List.of("-Xmx600m", "-XX:TieredStopAtLevel=1"),
            Child.class,
            role,
            bound.endpoints().get(0).toString(),
            String.valueOf(bytes),
            transports);
    children.add(child);
    return child;
  }

  private static Queue<SocketEvent> events(ZmqSocket socket) {
    Queue<SocketEvent> events = new ConcurrentLinkedQueue<>();
    socket.events().subscribe(events::add);
    return events;
  }

  private static Disconnected awaitDisconnected(Queue<SocketEvent> events) {
    patiently().until(() -> events.stream().anyMatch(Disconnected.class::isInstance));
    return events.stream()
        .filter(Disconnected.class::isInstance)
        .map(Disconnected.class::cast)
        .findFirst()
        .orElseThrow();
  }

  private static PullSpec<byte[]> pull() {
    return Zmq.pull().codec(Codec.bytes()).keepAlive(INTERVAL, TIMEOUT).highWaterMark(8);
  }

  private static PushSpec<byte[]> push() {
    return Zmq.push().codec(Codec.bytes()).keepAlive(INTERVAL, TIMEOUT);
  }

  private static void assertTimedOut(Queue<SocketEvent> events, long frozen) {
    Disconnected gone = awaitDisconnected(events);
    assertThat(Duration.ofNanos(System.nanoTime() - frozen)).isLessThan(IN_TIME);
    assertThat(gone.cause()).isInstanceOf(PeerTimeoutException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"any", "tcp"})
  void anIdlePeerThatStandsStillIsNoticedAndComesAgain(String transports) {
    resources(transports);
    PullSocket<byte[]> pull = pull().resources(resources).bind("rdma://127.0.0.1:0").openNow();
    pull.receive().subscribe();
    ChildJvm child = child("idle", pull, 0, transports);
    patiently().until(() -> pull.peers().size() == 1);
    child.awaitLine("connected");
    Queue<SocketEvent> events = events(pull);
    long frozen = System.nanoTime();
    child.freeze();
    assertTimedOut(events, frozen);
    assertThat(pull.peers()).isEmpty();

    child.thaw();
    patiently().until(() -> pull.peers().size() == 1);
    patiently().until(() -> child.lines().contains("disconnected"));
    pull.disposeLater().block(LONG);
  }

  @ParameterizedTest
  @ValueSource(strings = {"any", "tcp"})
  void aSenderThatStandsStillInAMessageIsNoticedAndComesAgain(String transports) {
    resources(transports);
    PullSocket<byte[]> pull = pull().resources(resources).bind("rdma://127.0.0.1:0").openNow();
    AtomicLong received = new AtomicLong();
    pull.receive().subscribe(bytes -> received.addAndGet(bytes.length == LARGE ? 1 : -1000));
    ChildJvm child = child("push", pull, LARGE, transports);
    patiently().until(() -> received.get() > 5);
    Queue<SocketEvent> events = events(pull);
    long frozen = System.nanoTime();
    child.freeze();
    assertTimedOut(events, frozen);
    patiently()
        .untilAsserted(() -> assertThat(allocator.metric().usedDirectMemory()).isLessThan(LARGE));

    long before = received.get();
    child.thaw();
    patiently().until(() -> received.get() > before + 3);
    child.kill();
    pull.disposeLater().block(LONG);
  }

  @ParameterizedTest
  @ValueSource(strings = {"any", "tcp"})
  void aReceiverThatStandsStillInAMessageIsNoticedAndComesAgain(String transports) {
    resources(transports);
    PushSocket<byte[]> push =
        push().resources(resources).linger(Duration.ZERO).bind("rdma://127.0.0.1:0").openNow();
    ChildJvm child = child("pull", push, LARGE, transports);
    push.sendAll(Flux.generate(sink -> sink.next(new byte[LARGE]))).subscribe(n -> {}, e -> {});
    patiently().until(() -> child.lines().size() > 5);
    Queue<SocketEvent> events = events(push);
    long frozen = System.nanoTime();
    child.freeze();
    assertTimedOut(events, frozen);
    int before = child.lines().size();
    child.thaw();
    patiently().until(() -> child.lines().size() > before + 5);
    child.kill();
    push.dispose();
    if (transports.equals("any")) {
      // what UCX 1.13 has forgotten of each connection is kept, as it may still read it
      kept = 2 * RdmaOptions.defaults().windowBytes();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"any", "tcp"})
  void aPeerThatIsKilledInAMessageIsNoticedAtOnce(String transports) {
    resources(transports);
    PullSocket<byte[]> pull =
        Zmq.pull()
            .codec(Codec.bytes())
            .highWaterMark(8)
            .resources(resources)
            .bind("rdma://127.0.0.1:0")
            .openNow();
    AtomicLong received = new AtomicLong();
    pull.receive().subscribe(bytes -> received.addAndGet(bytes.length == LARGE ? 1 : -1000));
    ChildJvm child = child("push", pull, LARGE, transports);
    patiently().until(() -> received.get() > 5);
    Queue<SocketEvent> events = events(pull);
    child.kill();
    long killed = System.nanoTime();
    Disconnected gone = awaitDisconnected(events);
    // keep-alives would take 90 s here
    assertThat(Duration.ofNanos(System.nanoTime() - killed)).isLessThan(Duration.ofSeconds(10));
    assertThat(gone.cause()).isNotNull().hasMessageContaining("UCX status -");
    patiently()
        .untilAsserted(() -> assertThat(allocator.metric().usedDirectMemory()).isLessThan(LARGE));
    pull.disposeLater().block(LONG);
  }

  @ParameterizedTest
  @ValueSource(strings = {"any", "tcp"})
  void aGigabyteIsNoReasonToGiveUpAPeer(String transports) {
    resources(transports);
    int bytes = 64_000_000;
    PullSocket<byte[]> pull =
        pull()
            .keepAlive(Duration.ofMillis(300), Duration.ofMillis(1000))
            .maxMessageSize(bytes)
            .highWaterMark(1)
            .resources(resources)
            .bind("rdma://127.0.0.1:0")
            .openNow();
    Queue<SocketEvent> events = events(pull);
    AtomicLong sum = new AtomicLong();
    pull.receive().subscribe(message -> sum.addAndGet(message.length));
    ChildJvm child = child("gigabyte", pull, bytes, transports);
    await().atMost(Duration.ofSeconds(35)).until(() -> sum.get() == 16L * bytes);
    assertThat(events).noneMatch(Disconnected.class::isInstance);
    child.kill();
    pull.disposeLater().block(LONG);
  }

  /** The peer: {@code idle|push|pull|gigabyte endpoint bytes transports}. */
  public static final class Child {

    private Child() {}

    public static void main(String[] arguments) throws IOException {
      ZmqResources resources =
          ZmqResources.builder().eventLoops(1).transportOptions(options(arguments[3])).build();
      String endpoint = arguments[1];
      int bytes = Integer.parseInt(arguments[2]);
      if (arguments[0].equals("pull")) {
        PullSocket<byte[]> pull =
            Zmq.pull()
                .codec(Codec.bytes())
                .highWaterMark(8)
                .resources(resources)
                .reconnect(AT_ONCE)
                .connect(endpoint)
                .openNow();
        report(pull);
        pull.receive().subscribe(message -> print(String.valueOf(message.length)));
      } else {
        PushSocket<byte[]> push =
            Zmq.push()
                .codec(Codec.bytes())
                .keepAlive(INTERVAL, TIMEOUT)
                .resources(resources)
                .reconnect(AT_ONCE)
                .connect(endpoint)
                .openNow();
        report(push);
        byte[] message = new byte[bytes];
        if (arguments[0].equals("push")) {
          push.sendAll(Flux.generate(sink -> sink.next(message))).subscribe();
        } else if (arguments[0].equals("gigabyte")) {
          push.sendAll(Flux.range(0, 16).map(i -> message)).subscribe();
        }
      }
      while (System.in.read() >= 0) {
        // whoever started this process has closed the pipe, or has ended
      }
      Runtime.getRuntime().halt(0);
    }

    private static void report(ZmqSocket socket) {
      socket
          .events()
          .subscribe(
              event -> {
                if (event instanceof Disconnected) {
                  print("disconnected");
                } else if (event instanceof SocketEvent.Connected) {
                  print("connected");
                }
              });
    }

    private static synchronized void print(String line) {
      System.out.println(line);
      System.out.flush();
    }
  }
}
