package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.error.HandshakeException;
import io.reactorzmq.error.PeerTimeoutException;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketEvent.Bound;
import io.reactorzmq.event.SocketEvent.Connected;
import io.reactorzmq.event.SocketEvent.Disconnected;
import io.reactorzmq.event.SocketEvent.GaveUp;
import io.reactorzmq.event.SocketEvent.HandshakeFailed;
import io.reactorzmq.event.SocketEvent.Retrying;
import io.reactorzmq.event.SocketEvent.Unbound;
import io.reactorzmq.internal.wire.Role;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.testing.ChildJvm;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.RawClient;
import io.reactorzmq.testing.SocketMain;
import io.reactorzmq.testing.SocketTest;
import io.reactorzmq.testing.Taker;
import io.reactorzmq.testing.TcpProxy;
import io.reactorzmq.testing.TestedTransports;
import io.reactorzmq.transport.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/** The statements about all sockets, each quoted by the test that proves it. */
class AllSocketsTest extends SocketTest {

  private static final Retry AT_ONCE =
      Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(10)).transientErrors(true);

  private static final PushSpec<String> PUSH = Zmq.push().codec(Codec.utf8()).reconnect(AT_ONCE);
  private static final PullSpec<String> PULL = Zmq.pull().codec(Codec.utf8()).reconnect(AT_ONCE);
  private static final PairSpec<String> PAIR = Zmq.pair().codec(Codec.utf8()).reconnect(AT_ONCE);

  // ---- T56

  @ParameterizedTest
  @EachTransport
  @DisplayName("T56 Connect before bind works on every transport")
  void connectBeforeBind(String transport) {
    String jobs = knownEndpoint(transport);
    String results = knownEndpoint(transport);
    PushSocket<String> push = open(PUSH.connect(jobs));
    PullSocket<String> pull = open(PULL.connect(results));
    push.send("early").subscribe();
    Queue<String> early = collect(pull);
    awaitEvent(events(push), Retrying.class);
    awaitEvent(events(pull), Retrying.class);

    PullSocket<String> jobsEnd = open(PULL.bind(jobs));
    PushSocket<String> resultsEnd = open(PUSH.bind(results));
    resultsEnd.send("late").block(SOON);

    assertThat(jobsEnd.receive().blockFirst(SOON)).isEqualTo("early");
    awaitSize(early, 1);
    assertThat(early).containsExactly("late");
  }

  // ---- T57

  @ParameterizedTest
  @EachTransport({"tcp://127.0.0.1:0", "tcp://127.0.0.1:*", "tcp://*:0", "inproc://*"})
  @DisplayName("T57 Bind to port 0/wildcard returns the real endpoint; it can be used to unbind")
  void wildcardsBecomeRealEndpoints(String wildcard) {
    PullSocket<String> pull = open(PULL);
    Queue<SocketEvent> events = events(pull);
    Queue<String> received = collect(pull);

    Endpoint one = pull.bind(wildcard).block(SOON);
    Endpoint other = pull.bind(wildcard).block(SOON);

    assertThat(one).isNotEqualTo(other);
    assertThat(pull.endpoints()).containsExactly(one, other);
    for (Endpoint real : List.of(one, other)) {
      assertThat(real.toString()).doesNotContain("*").doesNotEndWith(":0");
      PushSocket<String> push = open(PUSH.connect(real));
      push.send(real.toString()).block(SOON);
      closeClean(push);
    }
    awaitSize(received, 2);
    assertThat(received).containsExactly(one.toString(), other.toString());

    pull.unbind(one.toString()).block(SOON);
    assertThat(pull.endpoints()).containsExactly(other);
    pull.unbind(wildcard).block(SOON);
    assertThat(pull.endpoints()).isEmpty();
    assertThat(pull.bind(one.toString()).block(SOON)).isEqualTo(one);
    await()
        .untilAsserted(
            () ->
                assertThat(events)
                    .filteredOn(e -> e instanceof Bound || e instanceof Unbound)
                    .containsExactly(
                        new Bound(one),
                        new Bound(other),
                        new Unbound(one),
                        new Unbound(other),
                        new Bound(one)));
  }

  @ParameterizedTest
  @EachTransport({"tcp://127.0.0.1:0", "tcp://*:*", "inproc://*"})
  @DisplayName("T57 64 parallel binds never clash")
  void parallelBindsNeverClash(String wildcard) {
    List<PullSocket<String>> sockets = IntStream.range(0, 8).mapToObj(i -> open(PULL)).toList();
    List<Endpoint> bound =
        Flux.range(0, 64)
            .flatMap(
                i -> sockets.get(i % 8).bind(wildcard).subscribeOn(Schedulers.boundedElastic()), 64)
            .collectList()
            .block(SOON);
    assertThat(bound).hasSize(64).doesNotHaveDuplicates();
    assertThat(sockets).allSatisfy(socket -> assertThat(socket.endpoints()).hasSize(8));
    PushSpec<String> all = PUSH;
    for (int i = 0; i < 8; i++) {
      all = all.connect(sockets.get(i).endpoints().get(i));
    }
    PushSocket<String> push = open(all);
    awaitPeers(push, 8);
  }

  // ---- T58

  @ParameterizedTest
  @EachTransport
  @DisplayName("T58 After unbind nothing more is delivered there and send behaves as \"no peer\"")
  void afterUnbindThereIsNoPeer(String transport) {
    PushSocket<String> push = open(PUSH);
    String endpoint = knownEndpoint(transport);
    PullSocket<String> pull = open(PULL.connect(endpoint));
    Queue<String> received = collect(pull);
    int rounds = 20;
    for (int round = 1; round <= rounds; round++) {
      push.bind(endpoint).block(SOON);
      push.send("round " + round).block(SOON);
      push.unbind(endpoint).block(SOON);
      assertThat(push.tryEmit("nobody")).isEqualTo(EmitResult.FAIL_ZERO_SUBSCRIBER);
      assertThat(push.peers()).isEmpty();
      assertThat(push.metrics().unconfirmed()).isZero();
      awaitSize(received, round);
    }
    assertThat(received).hasSize(rounds).doesNotContain("nobody");

    // what is sent without a peer waits for one elsewhere
    AtomicInteger sent = new AtomicInteger();
    push.send("elsewhere").subscribe(v -> {}, e -> {}, sent::incrementAndGet);
    assertThat(sent).hasValue(0);
    push.bind(anyEndpoint(transport)).block(SOON);
    PullSocket<String> other = open(PULL.connect(endpointOf(push)));
    assertThat(other.receive().blockFirst(SOON)).isEqualTo("elsewhere");
    assertThat(received).hasSize(rounds);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T58 After disconnect nothing more is delivered there and send behaves as \"no peer\"")
  void afterDisconnectThereIsNoPeer(String transport) {
    PullSocket<String> pull = open(PULL.bind(anyEndpoint(transport)));
    Queue<String> received = collect(pull);
    Queue<SocketEvent> events = events(pull);
    PushSocket<String> push = open(PUSH);
    int rounds = 20;
    for (int round = 1; round <= rounds; round++) {
      push.connect(endpointOf(pull));
      push.send("round " + round).block(SOON);
      push.disconnect(endpointOf(pull)).block(SOON);
      assertThat(push.tryEmit("nobody")).isEqualTo(EmitResult.FAIL_ZERO_SUBSCRIBER);
      assertThat(push.endpoints()).isEmpty();
      assertThat(push.metrics().unconfirmed()).isZero();
    }
    awaitSize(received, rounds);
    assertThat(received).hasSize(rounds).doesNotContain("nobody");
    await().until(() -> pull.peers().isEmpty());
    await()
        .untilAsserted(
            () ->
                assertThat(events)
                    .filteredOn(Disconnected.class::isInstance)
                    .hasSize(rounds)
                    .allSatisfy(e -> assertThat(((Disconnected) e).cause()).isNull()));
  }

  @ParameterizedTest
  @EachTransport({"tcp,true", "tcp,false", "inproc,true", "inproc,false"})
  @DisplayName("T58 After unbind or disconnect a receiver gets nothing more and has lost nothing")
  void aReceiverThatUnbindsOrDisconnectsLosesNothing(String transport, boolean receiverBinds) {
    String endpoint = knownEndpoint(transport);
    PullSocket<String> pull = open(receiverBinds ? PULL.bind(endpoint) : PULL.connect(endpoint));
    PushSpec<String> spec = PUSH.linger(Duration.ZERO);
    PushSocket<String> push = open(receiverBinds ? spec.connect(endpoint) : spec.bind(endpoint));
    Queue<String> received = collect(pull);
    AtomicInteger next = new AtomicInteger();
    Flux<String> numbers = Flux.generate(sink -> sink.next(String.valueOf(next.getAndIncrement())));
    var sending = push.sendAll(numbers).subscribe();
    awaitSize(received, 1_000);

    (receiverBinds ? pull.unbind(endpoint) : pull.disconnect(endpoint)).block(SOON);
    int count = received.size();
    awaitPeers(push, 0);
    sending.dispose();
    assertThat(push.tryEmit("nobody")).isEqualTo(EmitResult.FAIL_ZERO_SUBSCRIBER);
    assertThat(received)
        .hasSize(count)
        .containsExactlyElementsOf(IntStream.range(0, count).mapToObj(String::valueOf).toList());
    assertThat(push.metrics().sent()).isEqualTo(count);
    assertThat(push.metrics().unconfirmed()).isZero();
    assertThat(pull.metrics().undelivered()).isZero();
  }

  @Test
  @DisplayName("T58 After unbind nobody who was on the way becomes a peer there")
  @Tag("tcp")
  void anUnfinishedHandshakeEndsWithTheUnbind() {
    PullSocket<String> pull = open(PULL.bind(anyEndpoint("tcp")));
    Queue<SocketEvent> events = events(pull);
    String endpoint = endpointOf(pull);
    try (RawClient client = RawClient.connect(endpoint)) {
      PushSocket<String> other = open(PUSH.connect(endpoint));
      awaitPeers(pull, 1); // so the first connection was accepted as well
      pull.unbind(endpoint).block(SOON);
      client.setup(RawClient.hello(Role.PUSH)).awaitClosed();
      awaitEvent(events, HandshakeFailed.class);
      assertThat(events).filteredOn(Connected.class::isInstance).hasSize(1);
      assertThat(pull.peers()).isEmpty();
      assertThat(other.peers()).isEmpty();
    }
  }

  @Test
  @DisplayName("T58 After disconnect nobody who was on the way becomes a peer there")
  @Tag("tcp")
  void anUnfinishedHandshakeEndsWithTheDisconnect() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      String endpoint = "tcp://127.0.0.1:" + server.getLocalPort();
      PushSocket<String> push = open(PUSH.connect(endpoint));
      Queue<SocketEvent> events = events(push);
      try (Socket accepted = server.accept();
          RawClient client = RawClient.over(accepted)) {
        client.next();
        push.disconnect(endpoint).block(SOON);
        client.metadataPush(RawClient.hello(Role.PULL)).awaitClosed();
        awaitEvent(events, HandshakeFailed.class);
        assertThat(push.peers()).isEmpty();
        assertThat(push.tryEmit("nobody")).isEqualTo(EmitResult.FAIL_ZERO_SUBSCRIBER);
        assertThat(events).noneMatch(Connected.class::isInstance);
      }
    }
  }

  // ---- T60

  static Stream<List<Object>> wrongPairs() {
    return TestedTransports.names().stream()
        .flatMap(
            transport ->
                Stream.of(
                    List.of(transport, PUSH, PUSH),
                    List.of(transport, PULL, PULL),
                    List.of(transport, PAIR, PUSH),
                    List.of(transport, PUSH, PAIR),
                    List.of(transport, PAIR, PULL),
                    List.of(transport, PULL, PAIR)));
  }

  @ParameterizedTest
  @MethodSource("wrongPairs")
  @DisplayName("T60 Wrong peer type (PUSH to REP) is refused with a reason at connect")
  void aWrongPeerTypeIsRefused(List<Object> row) {
    ZmqSocket bound = open(((SocketSpec<?, ?>) row.get(1)).bind(anyEndpoint((String) row.get(0))));
    Queue<SocketEvent> boundEvents = events(bound);
    ZmqSocket dialler = open(((SocketSpec<?, ?>) row.get(2)).connect(endpointOf(bound)));
    String reason =
        "a %s talks to a %s, not to a %s"
            .formatted(bound.type(), Role.valueOf(bound.type()).counterpart(), dialler.type());

    HandshakeFailed atBound = awaitEvent(boundEvents, HandshakeFailed.class);
    assertThat(atBound.endpoint()).isEqualTo(bound.endpoints().get(0));
    assertThat(atBound.cause()).isInstanceOf(HandshakeException.class).hasMessage(reason);
    HandshakeFailed atDialler = awaitEvent(events(dialler), HandshakeFailed.class);
    assertThat(atDialler.cause())
        .isInstanceOf(HandshakeException.class)
        .hasMessage(endpointOf(bound) + " refused: " + reason);
    assertThat(bound.peers()).isEmpty();
    assertThat(dialler.peers()).isEmpty();
    assertThat(boundEvents).noneMatch(Connected.class::isInstance);
  }

  // ---- T61

  @Test
  @DisplayName("T61 A silent TCP client is dropped after HANDSHAKE_IVL and others are not delayed")
  @Tag("tcp")
  void aSilentClientIsDropped() {
    Duration limit = Duration.ofMillis(1500);
    PullSocket<String> pull = open(PULL.handshakeTimeout(limit).bind(anyEndpoint("tcp")));
    Queue<SocketEvent> events = events(pull);
    Queue<String> received = collect(pull);
    List<RawClient> silent = new ArrayList<>();
    try {
      long begin = System.nanoTime();
      for (int i = 0; i < 20; i++) {
        silent.add(RawClient.connect(endpointOf(pull)));
      }
      // one that is slow, not silent, gains no time by it
      byte[] setup = RawClient.framed(RawClient.setupFrame("x/y", RawClient.hello(Role.PUSH)));
      silent.get(0).bytes(new byte[] {setup[0], setup[1], setup[2], setup[3]});

      PushSocket<String> push = open(PUSH.connect(endpointOf(pull)));
      push.send("not delayed").block(SOON);
      awaitSize(received, 1);
      assertThat(events)
          .as("the silent ones are still there")
          .noneMatch(HandshakeFailed.class::isInstance);

      silent.forEach(RawClient::awaitClosed);
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      assertThat(took).isBetween(limit, limit.plusSeconds(1));
      await()
          .untilAsserted(
              () ->
                  assertThat(events)
                      .filteredOn(HandshakeFailed.class::isInstance)
                      .hasSize(20)
                      .allSatisfy(
                          e ->
                              assertThat(((HandshakeFailed) e).cause())
                                  .isInstanceOf(HandshakeException.class)
                                  .hasMessageMatching(
                                      "no handshake within 1500 ms from /127.0.0.1:\\d+"
                                          + " \\(handshakeTimeout\\)")));
      push.send("still there").block(SOON);
      awaitSize(received, 2);
      assertThat(events).noneMatch(Disconnected.class::isInstance);
    } finally {
      silent.forEach(RawClient::close);
    }
  }

  @Test
  @DisplayName("T61 A silent listener is given up after HANDSHAKE_IVL and dialled again")
  @Tag("tcp")
  void aSilentListenerIsGivenUp() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      String endpoint = "tcp://127.0.0.1:" + server.getLocalPort();
      PullSocket<String> pull =
          open(PULL.handshakeTimeout(Duration.ofMillis(300)).connect(endpoint));
      Queue<SocketEvent> events = events(pull);
      try (Socket first = server.accept();
          RawClient client = RawClient.over(first)) {
        client.awaitClosed();
        assertThat(awaitEvent(events, HandshakeFailed.class).cause())
            .hasMessageStartingWith("no handshake within 300 ms");
        assertThat(awaitEvent(events, Retrying.class).attempt()).isEqualTo(1);
        server.accept().close();
      }
    }
  }

  // ---- T62

  @ParameterizedTest
  @EachTransport("tcp")
  @DisplayName("T62 A frozen peer (SIGSTOP) is declared dead within ttl/timeout")
  void aFrozenPeerIsDeclaredDead(String transport) {
    Duration interval = Duration.ofMillis(200);
    Duration timeout = Duration.ofMillis(1000);
    PushSocket<String> push = open(PUSH.keepAlive(interval, timeout).bind(anyEndpoint(transport)));
    Queue<SocketEvent> events = events(push);
    try (ChildJvm child = ChildJvm.start(SocketMain.class, "pull", "connect", endpointOf(push))) {
      push.send("one").block(SOON);
      child.awaitLine("one");
      await("an idle peer that answers stays")
          .during(timeout.plus(interval))
          .until(() -> events.stream().noneMatch(Disconnected.class::isInstance));

      child.freeze();
      long begin = System.nanoTime();
      Disconnected gone = awaitEvent(events, Disconnected.class);
      Duration took = Duration.ofNanos(System.nanoTime() - begin);
      assertThat(took).isBetween(timeout.minus(interval.multipliedBy(2)), timeout.plusSeconds(1));
      assertThat(gone.cause())
          .isInstanceOf(PeerTimeoutException.class)
          .hasMessageMatching(
              "peer .*127\\.0\\.0\\.1:\\d+ was silent for \\d+ ms; keepAlive allows 1000 ms");
      assertThat(push.tryEmit("nobody")).isEqualTo(EmitResult.FAIL_ZERO_SUBSCRIBER);

      child.thaw();
      push.send("two").block(SOON);
      child.awaitLine("two");
    }
  }

  @ParameterizedTest
  @CsvSource({
    // a large message that takes several timeouts
    "1, 67108864, 1000, 15000000, 1000",
    // messages so slow that each, a frame of its own, takes longer than the timeout
    "4, 250000, 1, 200000, 1000"
  })
  @DisplayName("T62 Any traffic counts as life, so a 1 GB transfer must not trip it")
  @Tag("tcp")
  void aSlowTransferIsLife(int n, int size, int hwm, long bytesPerSecond, long timeoutMillis) {
    Duration timeout = Duration.ofMillis(timeoutMillis);
    Duration interval = timeout.dividedBy(5);
    PullSocket<byte[]> pull =
        open(
            Zmq.pull()
                .codec(Codec.bytes())
                .highWaterMark(1)
                .keepAlive(interval, timeout)
                .bind(anyEndpoint("tcp")));
    try (TcpProxy proxy = TcpProxy.to(endpointOf(pull)).throttle(bytesPerSecond)) {
      PushSocket<byte[]> push =
          open(
              Zmq.push()
                  .codec(Codec.bytes())
                  .keepAlive(interval, timeout)
                  .connect(proxy.endpoint()));
      Queue<SocketEvent> atPush = events(push);
      Queue<SocketEvent> atPull = events(pull);
      long begin = System.nanoTime();
      push.sendAll(Flux.range(0, n).map(i -> new byte[size])).subscribe();
      assertThat(pull.receive().take(n).collectList().block(SOON.multipliedBy(2)))
          .hasSize(n)
          .allMatch(value -> value.length == size);
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isGreaterThan(timeout.multipliedBy(4));
      assertThat(atPush).noneMatch(Disconnected.class::isInstance);
      assertThat(atPull).noneMatch(Disconnected.class::isInstance);
      proxy.throttle(Long.MAX_VALUE);
      closeClean(push);
    }
  }

  // ---- T65

  @Test
  @DisplayName(
      "T65 Closing the context ends every pending send/receive with a signal; no thread or buffer"
          + " left")
  @Tag("tcp")
  void closingTheResourcesEndsEverything() throws Exception {
    int loops = 3;
    ZmqResources own = ZmqResources.builder().eventLoops(loops).allocator(allocator).build();
    Set<Thread> threads = new HashSet<>();
    for (int i = 0; i < loops; i++) {
      threads.add(own.nextEventLoop().submit(Thread::currentThread).get());
    }
    assertThat(threads).hasSize(loops).allMatch(thread -> thread.getName().startsWith("zmq-"));
    Duration linger = Duration.ofMillis(300);
    PushSpec<String> pushSpec = PUSH.resources(own).linger(linger).highWaterMark(2);
    PushSocket<String> alone = pushSpec.bind(anyEndpoint("tcp")).openNow();
    PushSocket<String> dialling = pushSpec.connect("tcp://127.0.0.1:" + freePort()).openNow();
    PullSocket<String> idle = PULL.resources(own).bind(anyEndpoint("inproc")).openNow();
    // a pair whose one side does not take what the other sends
    PairSpec<String> pairSpec = PAIR.resources(own).linger(linger).highWaterMark(1);
    PairSocket<String> stalled = pairSpec.bind(anyEndpoint("tcp")).openNow();
    PairSocket<String> sender = pairSpec.connect(endpointOf(stalled)).openNow();
    Taker<String> taker = Taker.of(stalled.receive());
    await().until(() -> sender.tryEmit("stuck") == EmitResult.FAIL_OVERFLOW);
    // and a connection in the middle of its handshake
    RawClient silent = RawClient.connect(endpointOf(alone));

    Queue<String> signals = new ConcurrentLinkedQueue<>();
    Consumer<String> expected = signals::add;
    for (PushSocket<String> push : List.of(alone, dialling)) {
      push.send("x").subscribe(v -> {}, e -> expected.accept("send " + e.getClass()));
      push.sendAll(Flux.never())
          .subscribe(v -> {}, e -> expected.accept("sendAll " + e.getClass()));
    }
    sender.send("y").subscribe(v -> {}, e -> expected.accept("send " + e.getClass()));
    sender
        .sendAll(Flux.range(0, 100).map(String::valueOf))
        .subscribe(v -> {}, e -> expected.accept("sendAll " + e.getClass()));
    idle.receive().subscribe(v -> {}, e -> {}, () -> expected.accept("receive"));
    sender.receive().subscribe(v -> {}, e -> {}, () -> expected.accept("receive"));
    List<ZmqSocket> sockets = List.of(alone, dialling, idle, stalled, sender);
    for (ZmqSocket socket : sockets) {
      socket.onDispose().subscribe(v -> {}, e -> {}, () -> expected.accept("onDispose"));
      socket.events().subscribe(v -> {}, e -> {}, () -> expected.accept("events"));
    }

    own.disposeLater().block(SOON);

    assertThat(sockets).allMatch(ZmqSocket::isDisposed);
    assertThat(taker.end()).isNotNull();
    await()
        .untilAsserted(
            () ->
                assertThat(signals)
                    .containsExactlyInAnyOrderElementsOf(
                        Stream.of(
                                times(3, "send " + ClosedException.class),
                                times(3, "sendAll " + ClosedException.class),
                                times(2, "receive"),
                                times(5, "onDispose"),
                                times(5, "events"))
                            .flatMap(List::stream)
                            .toList()));
    silent.awaitClosed();
    silent.close();
    await().untilAsserted(() -> assertThat(threads).noneMatch(Thread::isAlive));
    assertThat(allocator.metric().usedDirectMemory()).isZero();
    assertThat(alone.tryEmit("late")).isEqualTo(EmitResult.FAIL_TERMINATED);
    assertThatThrownBy(() -> alone.send("late").block(SOON)).isInstanceOf(ClosedException.class);
    assertThat(idle.receive().collectList().block(SOON)).isEmpty();
    assertThatThrownBy(() -> alone.bind(anyEndpoint("tcp")).block(SOON))
        .isInstanceOf(ClosedException.class);
    assertThatThrownBy(() -> pushSpec.bind(anyEndpoint("tcp")).openNow())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("these ZmqResources are closed");
    own.disposeLater().block(SOON);
  }

  private static List<String> times(int n, String signal) {
    return IntStream.range(0, n).mapToObj(i -> signal).toList();
  }

  // ---- T67

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "127.0.0.1:5555|does not begin with a scheme",
        "foo://somewhere:1|has the unknown scheme 'foo'; known here: ",
        "rdma://somewhere:1|add the jar reactor-zmq-rdma",
        "tcp://somewhere|has no port",
        "tcp://:5555|has no host",
        "tcp://somewhere:70000|a port is 0 to 65535 or *",
        "tcp://a:1?b=c|has the unknown parameter 'b'; tcp takes rdma",
        "inproc://|has no name",
      })
  @DisplayName("T67 Bad endpoints fail at the call with the reason")
  @Tag("tcp")
  void badEndpointsFailAtTheCall(String endpoint, String reason) {
    PushSocket<String> open = open(PUSH);
    for (Consumer<String> call :
        List.<Consumer<String>>of(
            PUSH::bind, PUSH::connect, PAIR::bind, PAIR::connect, open::bind, open::connect)) {
      assertThatThrownBy(() -> call.accept(endpoint))
          .isInstanceOf(EndpointException.class)
          .hasMessageContaining(endpoint)
          .hasMessageContaining(reason);
    }
    assertThat(open.endpoints()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tcp://*:5555|has the host *, which only a bind can have",
        "tcp://somewhere:0|has no port to connect to",
        "inproc://*|has the name *, which only a bind can have"
      })
  @DisplayName("T67 Bad endpoints fail at the call with the reason: connect to a wildcard")
  @Tag("tcp")
  void aWildcardCannotBeDialled(String endpoint, String reason) {
    PullSocket<String> open = open(PULL);
    assertThatThrownBy(() -> PULL.connect(endpoint)).hasMessageContaining(reason);
    assertThatThrownBy(() -> open.connect(endpoint))
        .isInstanceOf(EndpointException.class)
        .hasMessageContaining(endpoint)
        .hasMessageContaining(reason);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName("T67 Bad endpoints fail with the reason: in use, not bound, not connected, twice")
  void endpointsThatCannotBeServed(String transport) {
    PullSocket<String> first = open(PULL.bind(anyEndpoint(transport)));
    String taken = endpointOf(first);
    String free = knownEndpoint(transport);
    assertThatThrownBy(() -> open(PULL.bind(free).bind(taken)))
        .isInstanceOf(EndpointException.class)
        .hasMessageContaining("cannot bind " + taken);
    PullSocket<String> second = open(PULL.bind(free)); // the failed one left nothing behind
    assertThatThrownBy(() -> second.bind(taken).block(SOON))
        .isInstanceOf(EndpointException.class)
        .hasMessageContaining("cannot bind " + taken);
    assertThatThrownBy(() -> second.unbind(taken).block(SOON))
        .isInstanceOf(EndpointException.class)
        .hasMessage("not bound to " + taken);
    assertThatThrownBy(() -> second.disconnect(taken).block(SOON))
        .isInstanceOf(EndpointException.class)
        .hasMessage("not connected to " + taken);
    assertThatThrownBy(() -> PULL.connect(taken).connect(taken))
        .isInstanceOf(EndpointException.class)
        .hasMessageContaining("connected to " + taken + " already");
  }

  @ParameterizedTest
  @EachTransport("tcp")
  @DisplayName("T67 An unknown host is an event with the reason, and is tried again")
  void anUnknownHostIsReported(String transport) {
    String endpoint = transport + "://no-such-host.invalid:5555";
    PushSocket<String> push = open(PUSH.connect(endpoint));
    assertThat(awaitEvent(events(push), Retrying.class).cause())
        .isInstanceOf(EndpointException.class)
        .hasMessage("cannot connect to " + endpoint + ": unknown host");
  }

  // ---- T68

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T68 Events in order: delayed, connected, handshake ok; then disconnected, retried, connected")
  void eventsAreInOrder(String transport) {
    String endpoint = knownEndpoint(transport);
    PushSocket<String> push = open(PUSH.connect(endpoint));
    Queue<SocketEvent> events = events(push);
    await().until(() -> events.size() >= 2);
    PullSocket<String> pull = open(PULL.bind(endpoint));
    Queue<SocketEvent> atPull = events(pull);
    awaitPeers(push, 1);
    awaitPeers(pull, 1);
    PeerInfo peer = push.peers().get(0);
    assertThat(peer.type()).isEqualTo("PULL");
    assertThat(peer.endpoint()).hasToString(endpoint);
    closeClean(pull);
    await().until(() -> events.stream().filter(Retrying.class::isInstance).count() >= 4);
    PullSocket<String> successor = open(PULL.bind(endpoint));
    awaitPeers(push, 1);
    awaitPeers(successor, 1);
    PeerInfo next = push.peers().get(0);
    assertThat(next.socketId()).isNotEqualTo(peer.socketId());
    await().until(() -> events.stream().filter(Connected.class::isInstance).count() == 2);

    List<SocketEvent> all = List.copyOf(events);
    int connected = all.indexOf(new Connected(peer));
    assertDelayed(all.subList(0, connected), endpoint);
    assertThat(all.get(connected + 1)).isEqualTo(new Disconnected(peer, null, 0));
    assertDelayed(all.subList(connected + 2, all.size() - 1), endpoint);
    assertThat(all.get(all.size() - 1)).isEqualTo(new Connected(next));
    assertThat(push.metrics().reconnects()).isEqualTo(1);
    await()
        .untilAsserted(
            () ->
                assertThat(atPull)
                    .extracting(Object::getClass)
                    .containsExactly(
                        Bound.class, Connected.class, Unbound.class, Disconnected.class));
  }

  /** Attempts 1, 2, 3 and so on, each with a reason. */
  private static void assertDelayed(List<SocketEvent> events, String endpoint) {
    assertThat(events).isNotEmpty();
    for (int i = 0; i < events.size(); i++) {
      Retrying retrying = (Retrying) events.get(i);
      assertThat(retrying.attempt()).isEqualTo(i + 1);
      assertThat(retrying.endpoint()).hasToString(endpoint);
      assertThat(retrying.cause()).isNotNull();
    }
  }

  @Test
  @DisplayName("T68 Events in order: a lost connection says that there was no goodbye")
  @Tag("tcp")
  void aLostConnectionIsToldFromAGoodbye() {
    PullSocket<String> pull = open(PULL.bind(anyEndpoint("tcp")));
    try (TcpProxy proxy = TcpProxy.to(endpointOf(pull))) {
      PushSocket<String> push = open(PUSH.connect(proxy.endpoint()));
      Queue<SocketEvent> atPush = events(push);
      Queue<SocketEvent> atPull = events(pull);
      awaitPeers(push, 1);
      awaitPeers(pull, 1);
      proxy.sever();
      await().until(() -> atPush.stream().filter(Connected.class::isInstance).count() == 2);
      await().until(() -> atPull.stream().filter(Connected.class::isInstance).count() == 2);
      assertThat(atPush)
          .extracting(Object::getClass)
          .containsExactly(Connected.class, Disconnected.class, Retrying.class, Connected.class);
      assertThat(atPull)
          .extracting(Object::getClass)
          .containsExactly(Bound.class, Connected.class, Disconnected.class, Connected.class);
      for (Queue<SocketEvent> events : List.of(atPush, atPull)) {
        assertThat(awaitEvent(events, Disconnected.class).cause())
            .isInstanceOf(ClosedException.class)
            .hasMessageMatching("the connection with .*/127.0.0.1:\\d+ ended without a goodbye");
      }
    }
  }

  @Test
  @Tag("tcp")
  void theReconnectPolicyStartsAnewAfterEachConnection() {
    PullSocket<String> pull = open(PULL.bind(anyEndpoint("tcp")));
    try (TcpProxy proxy = TcpProxy.to(endpointOf(pull))) {
      String endpoint = proxy.endpoint();
      PushSocket<String> push = open(PUSH.reconnect(Retry.max(1)).connect(endpoint));
      Queue<SocketEvent> events = events(push);
      for (int connections = 1; connections <= 3; connections++) {
        int n = connections;
        await().until(() -> events.stream().filter(Connected.class::isInstance).count() == n);
        if (connections < 3) {
          proxy.sever();
        }
      }
      proxy.endForGood();
      GaveUp gaveUp = awaitEvent(events, GaveUp.class);
      assertThat(gaveUp.endpoint()).hasToString(endpoint);
      assertThat(gaveUp.cause()).isInstanceOf(EndpointException.class);
      assertThat(events)
          .filteredOn(Retrying.class::isInstance)
          .hasSize(3)
          .allSatisfy(e -> assertThat(((Retrying) e).attempt()).isEqualTo(1));
      assertThat(push.endpoints()).isEmpty();
      push.connect(endpoint);
      await().until(() -> events.stream().filter(GaveUp.class::isInstance).count() == 2);
    }
  }

  @Test
  @Tag("inproc")
  void theLastEventsAreReplayedAndASlowListenerSlowsNobody() {
    PushSocket<String> push = open(PUSH.connect("inproc://nobody-there"));
    Taker<SocketEvent> slow = Taker.of(push.events());
    await().until(() -> push.events().take(64).count().block(SOON) == 64);
    List<SocketEvent> replayed = push.events().take(64).collectList().block(SOON);
    assertThat(((Retrying) replayed.get(63)).attempt())
        .isEqualTo(((Retrying) replayed.get(0)).attempt() + 63);
    slow.request(1);
    await().until(() -> slow.count() == 1);
  }

  // ---- T69

  @ParameterizedTest
  @EachTransport
  @DisplayName("T69 1000+ sockets/connections work in one process")
  void aThousandSocketsWork(String transport) {
    int n = 1_000;
    PullSocket<String> pull = open(PULL.bind(anyEndpoint(transport)));
    Queue<String> received = collect(pull);
    List<PushSocket<String>> pushes = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      pushes.add(open(PUSH.connect(endpointOf(pull))));
    }
    awaitPeers(pull, n);
    for (int i = 0; i < n; i++) {
      pushes.get(i).send("from " + i).subscribe();
    }
    awaitSize(received, n);
    assertThat(received)
        .containsExactlyInAnyOrderElementsOf(
            IntStream.range(0, n).mapToObj(i -> "from " + i).toList());
    Flux.fromIterable(pushes).flatMap(ZmqSocket::disposeLater, n).blockLast(SOON);
    awaitPeers(pull, 0);
  }
}
