package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.error.ClosedException;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketEvent.Connected;
import io.reactorzmq.event.SocketEvent.Disconnected;
import io.reactorzmq.event.SocketEvent.HandshakeFailed;
import io.reactorzmq.event.SocketEvent.Retrying;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.RawClient;
import io.reactorzmq.testing.SocketTest;
import io.reactorzmq.testing.Taker;
import io.reactorzmq.transport.Endpoint;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.SignalType;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

/** What closing promises: who leaves in good order loses nothing, and the rest is counted. */
class ClosingTest extends SocketTest {

  private static final Duration FOR_EVER = Duration.ofSeconds(-1);

  private static final Retry AT_ONCE =
      Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(10)).transientErrors(true);

  private static final PushSpec<String> PUSH = Zmq.push().codec(Codec.utf8()).reconnect(AT_ONCE);
  private static final PullSpec<String> PULL = Zmq.pull().codec(Codec.utf8()).reconnect(AT_ONCE);
  private static final PairSpec<String> PAIR = Zmq.pair().codec(Codec.utf8()).reconnect(AT_ONCE);

  private static List<String> numbers(int n) {
    return Flux.range(0, n).map(String::valueOf).collectList().block();
  }

  /** A PUSH with one message at a PULL that takes none, five queued and two sends waiting. */
  private final class Stalled {
    final PushSocket<String> push;
    final PullSocket<String> pull;
    final Taker<String> taker;
    final Queue<Throwable> failed = new ConcurrentLinkedQueue<>();

    Stalled(String transport, Duration linger) {
      push = open(PUSH.highWaterMark(5).linger(linger).bind(anyEndpoint(transport)));
      pull = open(PULL.highWaterMark(1).linger(linger).connect(endpointOf(push)));
      taker = Taker.of(pull.receive());
      AtomicInteger next = new AtomicInteger();
      await("one is handed over, five wait")
          .until(
              () -> {
                if (push.tryEmit(String.valueOf(next.get())) == EmitResult.OK) {
                  next.incrementAndGet();
                }
                return pull.metrics().undelivered() == 1 && push.metrics().queuedMessages() == 5;
              });
      assertThat(next).hasValue(6);
      push.send("waiting").subscribe(v -> {}, failed::add);
      push.send("waiting").subscribe(v -> {}, failed::add);
      assertThat(push.metrics().pendingSends()).isEqualTo(2);
    }

    /** Waiting sends fail at once; what was accepted has until the end of linger. */
    void assertSendsFailedWhileLingering(Disposable closing) {
      await().until(() -> failed.size() == 2);
      assertThat(closing.isDisposed()).isFalse();
      assertThat(push.metrics().queuedMessages()).isEqualTo(5);
    }

    void assertSendsFailed() {
      await().until(() -> failed.size() == 2);
      assertThat(failed).allMatch(ClosedException.class::isInstance);
      assertThat(push.metrics().pendingSends()).isZero();
      assertThat(push.metrics().queuedMessages()).isZero();
      assertThat(push.metrics().queuedBytes()).isZero();
    }
  }

  // ---- linger

  @ParameterizedTest
  @EachTransport({"tcp,0", "tcp,1000", "inproc,0", "inproc,1000"})
  void withinLingerWhatIsNotTakenIsCounted(String transport, int linger) {
    Stalled stalled = new Stalled(transport, Duration.ofMillis(linger));
    long begin = System.nanoTime();
    Mono<CloseReport> closing = stalled.push.disposeLater().cache();
    Disposable waiting = closing.subscribe();
    if (linger > 0) {
      stalled.assertSendsFailedWhileLingering(waiting);
    }
    assertThat(closing.block(SOON)).isEqualTo(new CloseReport(5, 1, 0));
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    assertThat(took).isBetween(Duration.ofMillis(linger), Duration.ofMillis(linger + 1000));
    stalled.assertSendsFailed();
    assertThat(stalled.push.tryEmit("late")).isEqualTo(EmitResult.FAIL_TERMINATED);

    // the receiver has one that nobody takes
    await().until(() -> stalled.pull.peers().isEmpty());
    begin = System.nanoTime();
    assertThat(stalled.pull.disposeLater().block(SOON)).isEqualTo(new CloseReport(0, 0, 1));
    took = Duration.ofNanos(System.nanoTime() - begin);
    assertThat(took).isBetween(Duration.ofMillis(linger), Duration.ofMillis(linger + 1000));
    assertThat(stalled.taker.count()).isZero();
    assertThat(stalled.taker.end()).isEqualTo(SignalType.ON_COMPLETE);
  }

  @ParameterizedTest
  @EachTransport
  void negativeLingerWaitsForEver(String transport) {
    Stalled stalled = new Stalled(transport, FOR_EVER);
    Mono<CloseReport> pushClosing = stalled.push.disposeLater().cache();
    Disposable waiting = pushClosing.subscribe();
    stalled.assertSendsFailedWhileLingering(waiting);
    await("longer than the default linger")
        .during(Duration.ofMillis(1_200))
        .until(() -> !waiting.isDisposed());

    stalled.taker.request(4);
    await().until(() -> stalled.taker.count() == 4);
    assertThat(waiting.isDisposed()).isFalse();
    stalled.taker.request(2);
    assertThat(pushClosing.block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
    assertThat(stalled.taker.taken()).isEqualTo(numbers(6));
    closeClean(stalled.pull);
  }

  @ParameterizedTest
  @EachTransport
  void aReceiverThatNobodyAsksLeavesItsPeersWithinLinger(String transport) {
    Duration linger = Duration.ofMillis(300);
    Stalled stalled = new Stalled(transport, linger);
    long begin = System.nanoTime();
    assertThat(stalled.pull.disposeLater().block(SOON)).isEqualTo(new CloseReport(0, 0, 1));
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isBetween(linger, linger.plusSeconds(1));
    awaitPeers(stalled.push, 0);
    assertThat(stalled.push.metrics().unconfirmed()).isEqualTo(1);

    // the five, and the two that wait, are for the next one
    PullSocket<String> next = open(PULL.connect(endpointOf(stalled.push)));
    Queue<String> received = collect(next);
    awaitSize(received, 7);
    assertThat(received).containsExactly("1", "2", "3", "4", "5", "waiting", "waiting");
    assertThat(stalled.push.disposeLater().block(SOON)).isEqualTo(new CloseReport(0, 1, 0));
  }

  @ParameterizedTest
  @EachTransport({"tcp,unbind", "tcp,disconnect", "inproc,unbind", "inproc,disconnect"})
  void leavingOneEndpointEndsWithinLingerToo(String transport, String how) {
    Duration linger = Duration.ofMillis(300);
    Stalled stalled = new Stalled(transport, linger);
    String endpoint = endpointOf(stalled.push);
    Mono<Void> leaving =
        how.equals("unbind") ? stalled.push.unbind(endpoint) : stalled.pull.disconnect(endpoint);
    long begin = System.nanoTime();
    leaving.block(SOON);
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isBetween(linger, linger.plusSeconds(1));
    awaitPeers(stalled.push, 0);
    awaitPeers(stalled.pull, 0);
    assertThat(stalled.push.metrics().unconfirmed()).isEqualTo(1);
    assertThat(stalled.push.metrics().queuedMessages()).isEqualTo(5);
    assertThat(stalled.failed).isEmpty();
    // what arrived is still there for the subscriber
    stalled.taker.request(1);
    await().until(() -> stalled.taker.count() == 1);
  }

  @ParameterizedTest
  @EachTransport
  void bothDirectionsOfAPairAreCounted(String transport) {
    PairSpec<String> spec = PAIR.highWaterMark(2).linger(Duration.ZERO);
    PairSocket<String> a = open(spec.bind(anyEndpoint(transport)));
    PairSocket<String> b = open(spec.connect(endpointOf(a)));
    Taker.of(a.receive());
    Taker.of(b.receive());
    await()
        .until(
            () ->
                a.tryEmit("to b") == EmitResult.FAIL_OVERFLOW
                    && a.metrics().inFlight() == 2
                    && b.metrics().undelivered() == 2);
    b.send("to a").block(SOON);
    await().until(() -> a.metrics().undelivered() == 1);
    assertThat(a.disposeLater().block(SOON)).isEqualTo(new CloseReport(2, 2, 1));
    awaitPeers(b, 0);
    assertThat(b.disposeLater().block(SOON)).isEqualTo(new CloseReport(0, 1, 2));
  }

  @ParameterizedTest
  @EachTransport
  void whatWasPrefetchedWhenTheSubscriberLeftIsDiscardedAtOnce(String transport) {
    PushSocket<String> push = open(PUSH.linger(Duration.ZERO).bind(anyEndpoint(transport)));
    PullSocket<String> pull =
        open(PULL.highWaterMark(3).linger(FOR_EVER).connect(endpointOf(push)));
    Taker<String> taker = Taker.of(pull.receive());
    taker.request(2);
    push.sendAll(Flux.fromIterable(numbers(100))).subscribe(v -> {}, e -> {});
    // the credit of those taken came back, so that what is undelivered is what came after them
    await().until(() -> push.metrics().sent() == 5 && pull.metrics().undelivered() == 3);
    taker.cancel();
    assertThat(pull.disposeLater().block(SOON)).isEqualTo(new CloseReport(0, 0, 3));
    awaitPeers(push, 0);
    assertThat(push.metrics().unconfirmed()).isEqualTo(3);
    assertThat(push.metrics().sent()).isEqualTo(5);
  }

  @Test
  @Tag("tcp")
  void aPeerThatNeverHangsUpDelaysClosingByLingerOnly() {
    Duration linger = Duration.ofMillis(300);
    PushSocket<String> push = open(PUSH.linger(linger).bind(anyEndpoint("tcp")));
    PullSocket<String> pull = open(PULL.linger(linger).bind(anyEndpoint("tcp")));
    try (RawClient asPull = RawClient.pull(endpointOf(push));
        RawClient asPush = RawClient.push(endpointOf(pull))) {
      awaitPeers(push, 1);
      awaitPeers(pull, 1);
      for (ZmqSocket socket : List.of(push, pull)) {
        long begin = System.nanoTime();
        assertThat(socket.disposeLater().block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
        assertThat(Duration.ofNanos(System.nanoTime() - begin))
            .isBetween(linger, linger.plusSeconds(1));
      }
      asPull.awaitClosed();
      asPush.awaitClosed();
    }
  }

  // ---- leaving in good order

  /** Numbered messages, of which every fiftieth takes more than a frame. */
  private static Flux<byte[]> stream() {
    return Flux.generate(
        () -> 0,
        (i, sink) -> {
          byte[] message = new byte[i % 50 == 49 ? 600_000 : 8];
          ByteBuffer.wrap(message).putInt(i);
          sink.next(message);
          return i + 1;
        });
  }

  @ParameterizedTest
  @EachTransport({
    "tcp, 1000, false, false",
    "tcp, 1000, true, true",
    "tcp, 4, true, false",
    "inproc, 1000, true, false",
    "inproc, 1, false, true"
  })
  void workersThatComeAndGoInGoodOrderLoseNothing(
      String transport, int hwm, boolean workersBind, boolean callbacks) {
    ZmqResources workerResources =
        callbacks
            ? ZmqResources.builder()
                .eventLoops(2)
                .allocator(allocator)
                .callbacks(Schedulers.boundedElastic())
                .build()
            : resources;
    PushSocket<byte[]> push =
        open(
            workersBind
                ? Zmq.push().codec(Codec.bytes()).reconnect(AT_ONCE)
                : Zmq.push().codec(Codec.bytes()).bind(anyEndpoint(transport)));
    Queue<SocketEvent> events = events(push);
    BitSet all = new BitSet();
    AtomicInteger total = new AtomicInteger();
    Queue<String> wrong = new ConcurrentLinkedQueue<>();
    Disposable sending = push.sendAll(stream()).subscribe(v -> {}, e -> wrong.add(e.toString()));
    List<PullSocket<byte[]>> present = new ArrayList<>();
    List<AtomicInteger> counts = new ArrayList<>();
    int leaves = 20;
    for (int i = 0; i < leaves + 2; i++) {
      PullSpec<byte[]> spec =
          Zmq.pull()
              .codec(Codec.bytes())
              .highWaterMark(hwm)
              .linger(Duration.ofSeconds(10))
              .resources(workerResources);
      PullSocket<byte[]> worker =
          (workersBind ? spec.bind(anyEndpoint(transport)) : spec.connect(endpointOf(push)))
              .openNow();
      if (workersBind) {
        push.connect(endpointOf(worker));
      }
      AtomicInteger count = new AtomicInteger();
      worker
          .receive()
          .subscribe(
              message -> {
                int number = ByteBuffer.wrap(message).getInt();
                synchronized (all) {
                  if (all.get(number)) {
                    wrong.add(number + " came twice");
                  }
                  all.set(number);
                }
                count.incrementAndGet();
                total.incrementAndGet();
              });
      present.add(worker);
      counts.add(count);
      if (present.size() == 3) {
        await().atMost(SOON).until(() -> counts.stream().allMatch(n -> n.get() >= 60));
        PullSocket<byte[]> leaver = present.remove(0);
        counts.remove(0);
        Endpoint bound = workersBind ? leaver.endpoints().get(0) : null;
        assertThat(leaver.disposeLater().block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
        if (bound != null) {
          push.disconnect(bound.toString()).block(SOON);
        }
      }
    }
    // the stream ends when asked no more; what was accepted still goes out
    sending.dispose();
    assertThat(push.disposeLater().block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
    int sent = (int) push.metrics().sent();
    await().atMost(SOON).until(() -> total.get() == sent);
    present.forEach(SocketTest::closeClean);
    assertThat(wrong).isEmpty();
    assertThat(all.cardinality()).isEqualTo(sent);
    assertThat(all.length()).isEqualTo(sent);
    assertThat(push.metrics().unconfirmed()).isZero();
    assertThat(events)
        .filteredOn(Disconnected.class::isInstance)
        .allSatisfy(e -> assertThat(((Disconnected) e).cause()).isNull());
    if (callbacks) {
      workerResources.disposeLater().block(SOON);
    }
  }

  @ParameterizedTest
  @EachTransport({"tcp,1000", "tcp,1", "inproc,1000", "inproc,1"})
  void aSenderThatLeavesInGoodOrderIsClosedWhenAllIsConsumed(String transport, int hwm) {
    PullSocket<String> pull = open(PULL.highWaterMark(hwm).bind(anyEndpoint(transport)));
    Taker<String> taker = Taker.of(pull.receive());
    PushSocket<String> push = open(PUSH.linger(FOR_EVER).connect(endpointOf(pull)));
    Queue<SocketEvent> atPull = events(pull);
    awaitPeers(push, 1);
    int n = 900;
    for (int i = 0; i < n; i++) {
      assertThat(push.tryEmit(String.valueOf(i))).isEqualTo(EmitResult.OK);
    }
    Mono<CloseReport> closing = push.disposeLater().cache();
    Disposable waiting = closing.subscribe();
    taker.request(n - 1);
    await().atMost(SOON).until(() -> taker.count() == n - 1);
    assertThat(waiting.isDisposed()).as("closed before the last one is taken").isFalse();
    taker.request(1);
    assertThat(closing.block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
    assertThat(taker.taken()).isEqualTo(numbers(n));
    assertThat(awaitEvent(atPull, Disconnected.class).cause()).isNull();
  }

  @ParameterizedTest
  @EachTransport
  void aStreamIsCutAtTheCloseAndWhatWasAcceptedIsSent(String transport) {
    PullSocket<String> pull = open(PULL.bind(anyEndpoint(transport)));
    Queue<String> received = collect(pull);
    PushSocket<String> push = open(PUSH.connect(endpointOf(pull)));
    AtomicInteger taken = new AtomicInteger();
    StepVerifier.create(
            push.sendAll(Flux.generate(sink -> sink.next(String.valueOf(taken.getAndIncrement())))))
        .then(() -> awaitSize(received, 500))
        .then(push::dispose)
        .expectError(ClosedException.class)
        .verify(SOON);
    assertThat(push.disposeLater().block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
    int sent = (int) push.metrics().sent();
    assertThat(taken.get()).isBetween(sent, sent + 1);
    awaitSize(received, sent);
    assertThat(received).containsExactlyElementsOf(numbers(sent));
  }

  @ParameterizedTest
  @EachTransport
  void bothSidesOfAPairMayLeaveAtOnce(String transport) {
    for (int round = 0; round < 10; round++) {
      PairSocket<String> a = open(PAIR.linger(FOR_EVER).bind(anyEndpoint(transport)));
      PairSocket<String> b = open(PAIR.linger(FOR_EVER).connect(endpointOf(a)));
      Taker<String> atA = Taker.of(a.receive());
      Taker<String> atB = Taker.of(b.receive());
      int n = 200;
      Flux.merge(a.sendAll(Flux.fromIterable(numbers(n))), b.sendAll(Flux.fromIterable(numbers(n))))
          .blockLast(SOON);
      // one takes all at once, the other begins when both are leaving
      atA.request(n);
      await().until(() -> atA.count() == n);
      Mono<CloseReport> closingA = a.disposeLater().cache();
      Mono<CloseReport> closingB = b.disposeLater().cache();
      Disposable first = closingA.subscribe();
      Disposable second = closingB.subscribe();
      await().until(() -> a.isDisposed() && b.isDisposed());
      atB.request(n / 2);
      await().until(() -> atB.count() == n / 2);
      assertThat(first.isDisposed()).as("closed before all it sent was taken").isFalse();
      assertThat(second.isDisposed()).as("closed before all it got was taken").isFalse();
      atB.request(n);
      assertThat(closingA.block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
      assertThat(closingB.block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
      assertThat(atA.taken()).isEqualTo(numbers(n));
      assertThat(atB.taken()).isEqualTo(numbers(n));
      assertThat(atA.end()).isEqualTo(SignalType.ON_COMPLETE);
      assertThat(atB.end()).isEqualTo(SignalType.ON_COMPLETE);
    }
  }

  @ParameterizedTest
  @EachTransport({"tcp,1000", "tcp,2", "inproc,1000", "inproc,2"})
  void bothEndsOfAPipelineMayLeaveAtOnce(String transport, int hwm) {
    for (int round = 0; round < 5; round++) {
      PushSocket<String> push = open(PUSH.linger(FOR_EVER).bind(anyEndpoint(transport)));
      PullSocket<String> pull =
          open(PULL.highWaterMark(hwm).linger(FOR_EVER).connect(endpointOf(push)));
      Taker<String> taker = Taker.of(pull.receive());
      awaitPeers(push, 1);
      int n = Math.min(hwm, 4); // as many frames as there is credit for, whatever is in each
      Flux.fromIterable(numbers(n)).doOnNext(push::tryEmit).blockLast();
      await().until(() -> push.metrics().sent() == n);
      Mono<CloseReport> sender = push.disposeLater().cache();
      Mono<CloseReport> receiver = pull.disposeLater().cache();
      Disposable first = sender.subscribe();
      Disposable second = receiver.subscribe();
      taker.request(n - 1);
      await().until(() -> taker.count() == n - 1);
      assertThat(first.isDisposed()).isFalse();
      assertThat(second.isDisposed()).isFalse();
      taker.request(1);
      assertThat(sender.block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
      assertThat(receiver.block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
      assertThat(taker.taken()).isEqualTo(numbers(n));
    }
  }

  // ---- whenever

  @ParameterizedTest
  @EachTransport
  void disposingTwiceGivesTheSameReport(String transport) {
    Stalled stalled = new Stalled(transport, Duration.ofMillis(200));
    Mono<CloseReport> twice = stalled.push.disposeLater();
    stalled.push.dispose();
    stalled.push.dispose();
    assertThat(stalled.push.isDisposed()).isTrue();
    CloseReport report = new CloseReport(5, 1, 0);
    List<CloseReport> reports =
        Flux.merge(twice, twice, stalled.push.disposeLater()).collectList().block(SOON);
    assertThat(reports).containsExactly(report, report, report);
    stalled.push.onDispose().block(SOON);
    assertThat(stalled.push.disposeLater().block(SOON)).isEqualTo(report);
    assertThat(stalled.push.endpoints()).isEmpty();
    assertThat(stalled.push.peers()).isEmpty();
  }

  @Test
  @Tag("inproc")
  void givingUpWaitingDoesNotStopTheClosing() {
    Stalled stalled = new Stalled("inproc", Duration.ofMillis(200));
    StepVerifier.create(stalled.push.disposeLater()).thenCancel().verify(SOON);
    stalled.push.onDispose().block(SOON);
    stalled.assertSendsFailed();
  }

  @Test
  @Tag("tcp")
  void closingDuringTheHandshakeEndsItAtOnce() throws IOException {
    PullSocket<String> pull = open(PULL.linger(FOR_EVER).bind(anyEndpoint("tcp")));
    Queue<SocketEvent> atPull = events(pull);
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
        RawClient silent = RawClient.connect(endpointOf(pull))) {
      PushSocket<String> push =
          open(PUSH.linger(FOR_EVER).connect("tcp://127.0.0.1:" + server.getLocalPort()));
      Queue<SocketEvent> atPush = events(push);
      try (Socket accepted = server.accept();
          RawClient listener = RawClient.over(accepted)) {
        listener.next(); // the SETUP is there
        closeClean(push);
        listener.awaitClosed();
        assertThat(awaitEvent(atPush, HandshakeFailed.class).cause())
            .hasMessageContaining("ended before the handshake did");
      }
      // a peer proves that the silent connection, made before it, was accepted
      PushSocket<String> other = open(PUSH.connect(endpointOf(pull)));
      awaitPeers(pull, 1);
      closeClean(pull);
      silent.awaitClosed();
      awaitEvent(atPull, HandshakeFailed.class);
      assertThat(other.metrics().unconfirmed()).isZero();
    }
  }

  @Test
  @Tag("tcp")
  void closingWhileConnectingEndsAtOnce() throws IOException {
    List<SocketChannel> fillers = new ArrayList<>();
    try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      InetSocketAddress address = (InetSocketAddress) full.getLocalSocketAddress();
      // fill the backlog until a connect hangs
      boolean connected = true;
      while (connected) {
        SocketChannel filler = SocketChannel.open();
        fillers.add(filler);
        filler.configureBlocking(false);
        filler.connect(address);
        long until = System.nanoTime() + 300_000_000;
        do {
          connected = filler.finishConnect();
        } while (!connected && System.nanoTime() < until);
      }
      PushSocket<String> hanging =
          open(PUSH.linger(FOR_EVER).connect("tcp://127.0.0.1:" + address.getPort()));
      PushSocket<String> refused =
          open(PUSH.linger(FOR_EVER).connect("tcp://127.0.0.1:" + freePort()));
      Queue<Throwable> failed = new ConcurrentLinkedQueue<>();
      hanging.send("x").subscribe(v -> {}, failed::add);
      refused.send("x").subscribe(v -> {}, failed::add);
      awaitEvent(events(refused), Retrying.class);
      Queue<SocketEvent> events = events(hanging);
      closeClean(hanging);
      closeClean(refused);
      await().until(() -> failed.size() == 2);
      assertThat(failed).allMatch(ClosedException.class::isInstance);
      assertThat(events).noneMatch(Connected.class::isInstance);
      int dials =
          refused.events().filter(Retrying.class::isInstance).count().block(SOON).intValue();
      assertThat(refused.events().filter(Retrying.class::isInstance).count().block(SOON))
          .isEqualTo(dials);
    } finally {
      for (SocketChannel filler : fillers) {
        filler.close();
      }
    }
  }

  @ParameterizedTest
  @EachTransport("tcp")
  void openingThatFailsOrIsCancelledLeavesNothing(String transport) {
    String endpoint = knownEndpoint(transport);
    PullSocket<String> first = open(PULL.bind(endpoint));
    StepVerifier.create(PULL.resources(resources).bind("inproc://held").bind(endpoint).open())
        .expectError()
        .verify(SOON);
    PullSocket<String> second = open(PULL.bind("inproc://held"));
    closeClean(second);
    StepVerifier.create(PULL.resources(resources).bind("inproc://held").open())
        .thenCancel()
        .verify(SOON);
    await()
        .ignoreExceptions()
        .until(
            () -> {
              closeClean(open(PULL.bind("inproc://held")));
              return true;
            });
    closeClean(first);
  }
}
