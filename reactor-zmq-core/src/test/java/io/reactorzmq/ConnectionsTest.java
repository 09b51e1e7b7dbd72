package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.OverflowException;
import io.reactorzmq.error.PeerUnavailableException;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketEvent.Connected;
import io.reactorzmq.event.SocketEvent.Disconnected;
import io.reactorzmq.event.SocketEvent.HandshakeFailed;
import io.reactorzmq.event.SocketEvent.OneConnection;
import io.reactorzmq.event.SocketEvent.Retrying;
import io.reactorzmq.event.SocketMetrics;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketTest;
import io.reactorzmq.testing.TcpProxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

// Past 300 lines because several connections touch every promise that a REQ makes.

/** A REQ with several connections to each endpoint is one socket, whatever carries it. */
class ConnectionsTest extends SocketTest {

  private static final ReqSpec<String, String> REQ = Zmq.req().codec(Codec.utf8());
  private static final RepSpec<String, String> REP = Zmq.rep().codec(Codec.utf8());

  /** A REP whose handlers do not answer before the test says so. */
  private static final class Held implements Function<String, Mono<String>> {
    final Map<String, Sinks.One<String>> open = new ConcurrentHashMap<>();
    final Queue<String> asked = new ConcurrentLinkedQueue<>();
    final Queue<String> cancelled = new ConcurrentLinkedQueue<>();

    @Override
    public Mono<String> apply(String request) {
      Sinks.One<String> answer = Sinks.one();
      open.put(request, answer);
      asked.add(request);
      return answer.asMono().doOnCancel(() -> cancelled.add(request));
    }

    void answer(String request) {
      open.get(request).tryEmitValue("re:" + request).orThrow();
    }

    void answerAll() {
      open.values().forEach(answer -> answer.tryEmitValue("re"));
    }

    void awaitAsked(int n) {
      await("requests at the handlers").atMost(SOON).until(() -> asked.size() >= n);
    }
  }

  /** What became of requests. */
  private static final class Outcome {
    final Queue<String> replies = new ConcurrentLinkedQueue<>();
    final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    void ask(ReqSocket<String, String> req, String request) {
      req.request(request).subscribe(replies::add, failures::add);
    }

    void awaitEnded(int n) {
      await("ended").atMost(SOON).until(() -> replies.size() + failures.size() == n);
    }
  }

  private RepSocket echo(String transport) {
    return open(REP.handle(Mono::just).bind(anyEndpoint(transport)));
  }

  /** Until each connection has opened its credit, and so has its turn. */
  private static void awaitAllInTurn(ReqSocket<String, String> req, int connections) {
    awaitPeers(req, connections);
    await("each has a turn")
        .atMost(SOON)
        .until(
            () -> {
              long[] before = sentOfEach(req);
              Flux.range(0, connections).concatMap(i -> req.request("")).blockLast(SOON);
              long[] after = sentOfEach(req);
              for (int i = 0; i < connections; i++) {
                if (after[i] != before[i] + 1) {
                  return false;
                }
              }
              return true;
            });
  }

  private static long[] sentOfEach(ReqSocket<?, ?> req) {
    return req.metrics().peers().stream().mapToLong(SocketMetrics.PeerMetrics::sent).toArray();
  }

  private static <E extends SocketEvent> long count(Queue<SocketEvent> events, Class<E> type) {
    return events.stream().filter(type::isInstance).count();
  }

  // ---- connections and loops

  @ParameterizedTest
  @EachTransport
  void eachConnectionHasAnEventLoopOfItsOwnAndATurn(String transport) {
    ZmqResources four = ZmqResources.builder().eventLoops(4).allocator(allocator).build();
    RepSocket rep = echo(transport);
    Queue<SocketEvent> atRep = events(rep);
    ReqSocket<String, String> req =
        REQ.connections(4).connect(endpointOf(rep)).resources(four).openNow();
    Queue<SocketEvent> atReq = events(req);
    awaitAllInTurn(req, 4);

    long[] before = sentOfEach(req);
    Map<String, Integer> threads = new ConcurrentHashMap<>();
    Flux.range(0, 40)
        .concatMap(
            i ->
                req.request("q")
                    .doOnNext(
                        r -> threads.merge(Thread.currentThread().getName(), 1, Integer::sum)))
        .blockLast(SOON);
    long[] after = sentOfEach(req);
    for (int i = 0; i < 4; i++) {
      assertThat(after[i] - before[i]).as("requests by connection " + i).isEqualTo(10);
    }
    assertThat(threads).hasSize(4).allSatisfy((thread, n) -> assertThat(n).isEqualTo(10));
    assertThat(rep.peers()).hasSize(4).extracting(PeerInfo::socketId).containsOnly(idOf(rep, 0));
    assertThat(req.peers()).hasSize(4).extracting(PeerInfo::socketId).containsOnly(idOf(req, 0));
    assertThat(count(atReq, Connected.class)).isEqualTo(4);
    await().until(() -> count(atRep, Connected.class) == 4);
    assertThat(count(atReq, OneConnection.class)).isZero();
    assertThat(req.endpoints()).hasSize(1);
    four.disposeLater().block(SOON);
    awaitPeers(rep, 0);
  }

  private static String idOf(ZmqSocket socket, int peer) {
    return socket.peers().get(peer).socketId();
  }

  @ParameterizedTest
  @EachTransport
  void thereMayBeMoreConnectionsThanEventLoops(String transport) {
    ReqSocket<String, String> req =
        open(
            REQ.connections(5)
                .connect(endpointOf(echo(transport)))
                .connect(endpointOf(echo(transport))));
    awaitPeers(req, 10);
    assertThat(
            Flux.range(0, 2000).flatMap(i -> req.request("q" + i)).distinct().count().block(SOON))
        .isEqualTo(2000);
    await().until(() -> req.metrics().received() == 2000);
    SocketMetrics metrics = req.metrics();
    assertThat(metrics.sent()).isEqualTo(2000);
    assertThat(metrics.peers()).hasSize(10).allMatch(peer -> peer.sent() > 0);
    assertThat(metrics.peers().stream().mapToLong(SocketMetrics.PeerMetrics::sent).sum())
        .isEqualTo(2000);
    assertThat(metrics.queuedMessages() + metrics.queuedBytes() + metrics.pendingSends()).isZero();
    closeClean(req);
  }

  @ParameterizedTest
  @EachTransport
  void repliersGetEqualShares(String transport) {
    ReqSocket<String, String> req =
        open(
            REQ.connections(3)
                .connect(
                    endpointOf(open(REP.handle(q -> Mono.just("a")).bind(anyEndpoint(transport)))))
                .connect(
                    endpointOf(
                        open(REP.handle(q -> Mono.just("b")).bind(anyEndpoint(transport))))));
    awaitAllInTurn(req, 6);
    List<String> answers =
        Flux.range(0, 600).concatMap(i -> req.request("")).collectList().block(SOON);
    assertThat(answers).filteredOn("a"::equals).hasSize(300);
    assertThat(answers).filteredOn("b"::equals).hasSize(300);
  }

  @Test
  void theNumberHasLimits() {
    assertThatThrownBy(() -> REQ.connections(0)).hasMessage("connections is 0, must be 1 to 256");
    assertThatThrownBy(() -> REQ.connections(257))
        .hasMessage("connections is 257, must be 1 to 256");
  }

  // ---- what has no room goes where there is some

  @ParameterizedTest
  @EachTransport
  void whatWaitsGoesByWhicheverConnectionHasRoom(String transport) {
    Held held = new Held();
    RepSocket rep = open(REP.handle(held).highWaterMark(1).bind(anyEndpoint(transport)));
    ReqSocket<String, String> req = open(REQ.connections(2).connect(endpointOf(rep)));
    awaitPeers(req, 2);
    Outcome outcome = new Outcome();
    for (int i = 0; i < 8; i++) {
      outcome.ask(req, "q" + i);
    }
    held.awaitAsked(2);
    String stuck = held.asked.peek();
    for (int answered = 0; answered < 7; answered++) {
      int asked = answered + 2;
      if (asked <= 8) {
        held.awaitAsked(asked);
      }
      String next =
          held.asked.stream()
              .filter(q -> !q.equals(stuck) && !outcome.replies.contains("re:" + q))
              .findFirst()
              .orElseThrow();
      held.answer(next);
      await().until(() -> outcome.replies.contains("re:" + next));
    }
    assertThat(req.metrics().inFlight()).isEqualTo(1);
    held.answer(stuck);
    outcome.awaitEnded(8);
    assertThat(outcome.failures).isEmpty();
  }

  @ParameterizedTest
  @EachTransport
  void boundsAreThoseOfTheWholeSocket(String transport) {
    Held held = new Held();
    RepSocket rep = open(REP.handle(held).highWaterMark(1).bind(anyEndpoint(transport)));
    ReqSocket<String, String> req =
        open(REQ.connections(3).highWaterMark(2).maxPendingSends(1).connect(endpointOf(rep)));
    awaitPeers(req, 3);
    Outcome outcome = new Outcome();
    for (int i = 0; i < 3; i++) {
      outcome.ask(req, "flying" + i);
      held.awaitAsked(i + 1);
    }
    for (int i = 0; i < 3; i++) {
      outcome.ask(req, "waiting" + i);
    }
    await().until(() -> req.metrics().queuedMessages() == 2);
    assertThat(req.metrics().pendingSends()).isEqualTo(1);
    assertThat(req.metrics().inFlight()).isEqualTo(3);
    assertThatThrownBy(() -> req.request("too much").block(SOON))
        .isInstanceOf(OverflowException.class)
        .hasMessageContaining("2 of 2 messages")
        .hasMessageContaining("1 of 1 sends waiting");
    for (int i = 0; i < 6; i++) {
      held.awaitAsked(i + 1);
      held.answerAll();
    }
    outcome.awaitEnded(6);
    assertThat(outcome.failures).isEmpty();
    await().until(() -> req.metrics().queuedMessages() + req.metrics().pendingSends() == 0);
  }

  @ParameterizedTest
  @EachTransport
  void withoutAPeerRequestsWaitWithinOneBound(String transport) {
    String endpoint = knownEndpoint(transport);
    ReqSocket<String, String> req = open(REQ.connections(3).maxPendingSends(4).connect(endpoint));
    Outcome outcome = new Outcome();
    for (int i = 0; i < 4; i++) {
      outcome.ask(req, "q" + i);
    }
    assertThatThrownBy(() -> req.request("one more").block(SOON))
        .isInstanceOf(OverflowException.class)
        .hasMessageContaining("4 of 4 sends waiting");
    open(REP.handle(Mono::just).bind(endpoint));
    outcome.awaitEnded(4);
    assertThat(outcome.replies).containsExactlyInAnyOrder("q0", "q1", "q2", "q3");
    awaitPeers(req, 3);
  }

  @ParameterizedTest
  @EachTransport
  void aRequestThatIsGivenUpFreesItsPlaceOnWhicheverConnection(String transport) {
    Held held = new Held();
    RepSocket rep = open(REP.handle(held).highWaterMark(1).bind(anyEndpoint(transport)));
    ReqSocket<String, String> req = open(REQ.connections(3).connect(endpointOf(rep)));
    awaitPeers(req, 3);
    for (int i = 0; i < 200; i++) {
      String request = "q" + i;
      req.request(request).timeout(Duration.ofSeconds(1)).subscribe(r -> {}, e -> {});
    }
    held.awaitAsked(3);
    await("all given up").until(() -> req.metrics().queuedMessages() == 0);
    await("each slot is free").until(() -> req.metrics().inFlight() == 0);
    assertThat(held.cancelled).hasSizeGreaterThanOrEqualTo(3).hasSameSizeAs(held.asked);
    Outcome outcome = new Outcome();
    for (int i = 0; i < 3; i++) {
      outcome.ask(req, "after" + i);
    }
    await().until(() -> held.asked.containsAll(List.of("after0", "after1", "after2")));
    held.answerAll();
    outcome.awaitEnded(3);
    assertThat(outcome.failures).isEmpty();
  }

  // ---- a connection is lost

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  @Tag("tcp")
  void aCutConnectionFailsWhatItHadInFlightAndNothingElse(int cut) {
    Held held = new Held();
    RepSocket rep = open(REP.handle(held).highWaterMark(2).bind(anyEndpoint("tcp")));
    try (TcpProxy proxy = TcpProxy.to(endpointOf(rep))) {
      ReqSocket<String, String> req = open(REQ.connections(3).connect(proxy.endpoint()));
      Queue<SocketEvent> events = events(req);
      awaitPeers(req, 3);
      Outcome outcome = new Outcome();
      for (int i = 0; i < 6; i++) {
        outcome.ask(req, "flying" + i);
      }
      held.awaitAsked(6);
      for (int i = 0; i < 4; i++) {
        outcome.ask(req, "waiting" + i);
      }
      await().until(() -> req.metrics().queuedMessages() == 4);

      proxy.sever(cut);
      await().until(() -> outcome.failures.size() == 2);
      assertThat(outcome.failures)
          .allSatisfy(e -> assertThat(((PeerUnavailableException) e).maybeProcessed()).isTrue());
      assertThat(awaitEvent(events, Disconnected.class).unconfirmed()).isEqualTo(2);
      awaitPeers(req, 3);
      assertThat(outcome.replies).isEmpty();
      for (int asked = 6; asked <= 10; asked++) {
        held.awaitAsked(asked);
        held.answerAll();
      }
      outcome.awaitEnded(10);
      assertThat(outcome.replies).hasSize(8);
      assertThat(outcome.failures).hasSize(2);
      assertThat(count(events, Disconnected.class)).isEqualTo(1);
      assertThat(count(events, HandshakeFailed.class)).isZero();
      assertThat(req.metrics().reconnects()).isEqualTo(1);
      assertThat(req.metrics().unconfirmed()).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EachTransport
  void oneConnectionLooksForAnEndpointThatIsAwayAndAllComeBack(String transport) {
    String endpoint = knownEndpoint(transport);
    ReqSocket<String, String> req =
        open(
            REQ.connections(4)
                .reconnect(
                    reactor.util.retry.Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(20)))
                .connect(endpoint));
    Queue<SocketEvent> events = events(req);
    await().until(() -> count(events, Retrying.class) >= 5);
    assertThat(events)
        .filteredOn(Retrying.class::isInstance)
        .extracting(e -> ((Retrying) e).attempt())
        .doesNotHaveDuplicates();
    for (int life = 1; life <= 2; life++) {
      RepSocket rep = open(REP.handle(Mono::just).bind(endpoint));
      awaitAllInTurn(req, 4);
      events.clear();
      closeClean(rep);
      awaitPeers(req, 0);
      await().until(() -> attempts(events).contains(6L));
      assertThat(attempts(events)).doesNotHaveDuplicates();
    }

    assertThat(req.metrics().reconnects()).isEqualTo(4);
  }

  /** The later ones: a connection that was lost is missed before it is known that all are. */
  private static List<Long> attempts(Queue<SocketEvent> events) {
    return events.stream()
        .filter(Retrying.class::isInstance)
        .map(e -> ((Retrying) e).attempt())
        .filter(attempt -> attempt > 2)
        .toList();
  }

  // ---- the socket as a whole

  @ParameterizedTest
  @EachTransport
  void closingWaitsForAllThatWasAccepted(String transport) {
    Held held = new Held();
    RepSocket rep = open(REP.handle(held).highWaterMark(1).bind(anyEndpoint(transport)));
    ReqSocket<String, String> req =
        open(REQ.connections(3).linger(Duration.ofSeconds(-1)).connect(endpointOf(rep)));
    awaitPeers(req, 3);
    Outcome outcome = new Outcome();
    for (int i = 0; i < 10; i++) {
      outcome.ask(req, "q" + i);
    }
    held.awaitAsked(3);
    Queue<CloseReport> report = new ConcurrentLinkedQueue<>();
    req.disposeLater().subscribe(report::add);
    assertThat(req.isDisposed()).isTrue();
    assertThat(report).isEmpty();
    for (int asked = 3; asked <= 10; asked++) {
      held.awaitAsked(asked);
      held.answerAll();
    }
    outcome.awaitEnded(10);
    assertThat(outcome.failures).isEmpty();
    await().atMost(SOON).until(() -> report.size() == 1);
    assertThat(report).containsExactly(new CloseReport(0, 0, 0));
    assertThat(req.events().blockLast(SOON)).isInstanceOf(Disconnected.class);
    req.onDispose().block(SOON);
    assertThatThrownBy(() -> req.request("late").block(SOON)).isInstanceOf(ClosedException.class);
  }

  @ParameterizedTest
  @EachTransport
  void eventsGoOnUntilTheLastConnectionHasLeft(String transport) {
    Held held = new Held();
    RepSocket rep = open(REP.handle(held).bind(anyEndpoint(transport)));
    ReqSocket<String, String> req =
        open(REQ.connections(3).linger(Duration.ofSeconds(-1)).connect(endpointOf(rep)));
    awaitPeers(req, 3);
    Outcome outcome = new Outcome();
    outcome.ask(req, "q");
    held.awaitAsked(1);
    Queue<CloseReport> report = new ConcurrentLinkedQueue<>();
    req.disposeLater().subscribe(report::add);
    awaitPeers(req, 1);
    assertThat(report).isEmpty();
    held.answerAll();
    outcome.awaitEnded(1);
    assertThat(outcome.failures).isEmpty();
    List<SocketEvent> events = req.events().collectList().block(SOON);
    assertThat(events).filteredOn(Disconnected.class::isInstance).hasSize(3);
    await().until(() -> report.size() == 1);
  }

  @ParameterizedTest
  @EachTransport
  void lingerEndsItForAll(String transport) {
    Held held = new Held();
    RepSocket rep = open(REP.handle(held).highWaterMark(1).bind(anyEndpoint(transport)));
    ReqSocket<String, String> req =
        open(
            REQ.connections(3)
                .highWaterMark(4)
                .linger(Duration.ofMillis(200))
                .connect(endpointOf(rep)));
    awaitPeers(req, 3);
    Outcome outcome = new Outcome();
    for (int i = 0; i < 3; i++) {
      outcome.ask(req, "flying" + i);
      held.awaitAsked(i + 1);
    }
    for (int i = 0; i < 6; i++) {
      outcome.ask(req, "waiting" + i);
    }
    await().until(() -> req.metrics().pendingSends() == 2);
    CloseReport report = req.disposeLater().block(SOON);
    assertThat(report).isEqualTo(new CloseReport(4, 3, 0));
    outcome.awaitEnded(9);
    assertThat(outcome.failures).hasSize(9).allMatch(ClosedException.class::isInstance);
  }

  @ParameterizedTest
  @EachTransport
  void anUnusedSocketClosesAtOnce(String transport) {
    ReqSocket<String, String> req =
        open(REQ.connections(3).linger(Duration.ofSeconds(-1)).connect(knownEndpoint(transport)));
    Outcome outcome = new Outcome();
    outcome.ask(req, "never sent");
    closeClean(req);
    outcome.awaitEnded(1);
    assertThat(outcome.failures).allMatch(ClosedException.class::isInstance);
  }

  @ParameterizedTest
  @EachTransport
  void endpointsComeAndGoWithAllTheirConnections(String transport) {
    RepSocket a = echo(transport);
    RepSocket b = echo(transport);
    ReqSocket<String, String> req = open(REQ.connections(3).connect(endpointOf(a)));
    awaitPeers(req, 3);
    req.connect(endpointOf(b));
    awaitPeers(req, 6);
    req.disconnect(endpointOf(a)).block(SOON);
    assertThat(req.peers()).hasSize(3);
    awaitPeers(a, 0);
    assertThat(req.endpoints()).extracting(Object::toString).containsExactly(endpointOf(b));
    assertThat(req.request("q").block(SOON)).isEqualTo("q");
    req.connect(endpointOf(a));
    awaitPeers(req, 6);
    assertThat(req.metrics().unconfirmed()).isZero();
  }

  @ParameterizedTest
  @EachTransport
  void aReplierThatLeavesAnswersWhatItHasOnEachConnection(String transport) {
    Held held = new Held();
    RepSocket leaving = open(REP.handle(held).linger(SOON).bind(anyEndpoint(transport)));
    ReqSocket<String, String> req = open(REQ.connections(3).connect(endpointOf(leaving)));
    awaitPeers(req, 3);
    Outcome outcome = new Outcome();
    for (int i = 0; i < 9; i++) {
      outcome.ask(req, "q" + i);
    }
    held.awaitAsked(9);
    Queue<CloseReport> report = new ConcurrentLinkedQueue<>();
    leaving.disposeLater().subscribe(report::add);
    RepSocket next = echo(transport);
    req.connect(endpointOf(next));
    for (int i = 0; i < 100; i++) {
      outcome.ask(req, "later" + i); // to the next one, or before the goodbye was heard
    }
    await().until(() -> held.asked.size() + outcome.replies.size() == 109);
    held.answerAll();
    outcome.awaitEnded(109);
    assertThat(outcome.failures).isEmpty();
    await().atMost(SOON).until(() -> report.size() == 1);
    assertThat(report).containsExactly(new CloseReport(0, 0, 0));
    assertThat(req.metrics().unconfirmed()).isZero();
    awaitPeers(next, 3);
  }

  @ParameterizedTest
  @EachTransport
  void peersThatConnectHaveOneConnection(String transport) {
    ReqSocket<String, String> req = open(REQ.connections(3).bind(anyEndpoint(transport)));
    RepSocket rep = open(REP.handle(Mono::just).connect(endpointOf(req)));
    awaitPeers(req, 1);
    assertThat(Flux.range(0, 100).flatMap(i -> req.request("q" + i)).count().block(SOON))
        .isEqualTo(100);
    assertThat(rep.peers()).hasSize(1);
    req.unbind(endpointOf(req)).block(SOON);
    awaitPeers(rep, 0);
    assertThat(req.endpoints()).isEmpty();
  }

  @ParameterizedTest
  @EachTransport
  void connectionsOfOneSocketShareItsRoutingId(String transport) {
    RepSocket rep = echo(transport);
    ReqSocket<String, String> req =
        open(REQ.routingId("me").connections(3).connect(endpointOf(rep)));
    awaitPeers(req, 3);
    assertThat(rep.peers()).extracting(PeerInfo::routingId).containsOnly("me");
    ReqSocket<String, String> other = open(REQ.routingId("me").connect(endpointOf(rep)));
    assertThat(awaitEvent(events(other), HandshakeFailed.class).cause())
        .hasMessageEndingWith("the routing id 'me' is in use by another peer");
    assertThat(rep.peers()).hasSize(3);
  }

  @ParameterizedTest
  @EachTransport
  void socketsThatDialEachOtherComeToTerms(String transport) {
    ReqSocket<String, String> req = open(REQ.connections(3).bind(anyEndpoint(transport)));
    RepSocket rep =
        open(REP.handle(Mono::just).bind(anyEndpoint(transport)).connect(endpointOf(req)));
    req.connect(endpointOf(rep));
    await("one side's dials stay")
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(req.peers().size()).isIn(1, 3).isEqualTo(rep.peers().size());
              assertThat(req.peers())
                  .extracting(PeerInfo::endpoint)
                  .hasSameElementsAs(List.of(req.peers().get(0).endpoint()));
            });
    assertThat(Flux.range(0, 100).flatMap(i -> req.request("q" + i)).count().block(SOON))
        .isEqualTo(100);
  }

  // ---- a peer that takes one connection

  @Test
  @Tag("tcp")
  void aPeerThatDoesNotNegotiateKeepsItsOneConnection() {
    RepSocket rep = echo("tcp");
    Queue<SocketEvent> atRep = events(rep);
    try (TcpProxy proxy = TcpProxy.to(endpointOf(rep)).rewriteToDialler(CAPABLE, INCAPABLE)) {
      ReqSocket<String, String> req = open(REQ.connections(4).connect(proxy.endpoint()));
      Queue<SocketEvent> atReq = events(req);
      OneConnection one = awaitEvent(atReq, OneConnection.class);
      assertThat(one.wanted()).isEqualTo(4);
      assertThat(one.peer()).isEqualTo(req.peers().get(0));
      assertThat(Flux.range(0, 100).flatMap(i -> req.request("q" + i)).count().block(SOON))
          .isEqualTo(100);
      assertThat(req.peers()).hasSize(1);
      assertThat(count(atRep, Connected.class)).isEqualTo(1);
      assertThat(count(atReq, HandshakeFailed.class) + count(atReq, Retrying.class)).isZero();

      // it is replaced by a version that does
      proxy.rewriteToDialler(CAPABLE, CAPABLE).sever();
      awaitPeers(req, 4);
      closeClean(req);
    }
  }

  @Test
  @Tag("tcp")
  void aPeerThatWasNotToldRefusesFurtherConnections() {
    RepSocket rep = echo("tcp");
    try (TcpProxy proxy = TcpProxy.to(endpointOf(rep)).rewriteToListener(CAPABLE, INCAPABLE)) {
      ReqSocket<String, String> req = open(REQ.connections(2).connect(proxy.endpoint()));
      Queue<SocketEvent> events = events(req);
      assertThat(awaitEvent(events, HandshakeFailed.class).cause())
          .hasMessageContaining("refused: already connected to socket");
      assertThat(req.request("q").block(SOON)).isEqualTo("q");
      assertThat(rep.peers()).hasSize(1);
    }
  }

  @Test
  @Tag("tcp")
  void anAdditionalConnectionDoesNotBecomeTheOnlyOneOfAnEarlierVersion() {
    RepSocket rep = echo("tcp");
    try (TcpProxy proxy = TcpProxy.to(endpointOf(rep))) {
      ReqSocket<String, String> req =
          open(
              REQ.connections(2)
                  .reconnect(
                      reactor.util.retry.Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(50)))
                  .connect(proxy.endpoint()));
      Queue<SocketEvent> events = events(req);
      awaitPeers(req, 2);
      proxy.rewriteToDialler(CAPABLE, INCAPABLE).sever(1);
      assertThat(awaitEvent(events, HandshakeFailed.class).cause())
          .hasMessageContaining("takes one connection");
      assertThat(req.peers()).hasSize(1);
      assertThat(req.request("q").block(SOON)).isEqualTo("q");
    }
  }

  /** The field of a Hello that says so, and one that does not. */
  private static final byte[] CAPABLE = {5, 8, 0, 0, 0, 0, 0, 0, 0, 1};

  private static final byte[] INCAPABLE = {5, 8, 0, 0, 0, 0, 0, 0, 0, 0};
}
