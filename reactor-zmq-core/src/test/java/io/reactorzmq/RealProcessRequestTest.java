package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.error.PeerUnavailableException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.message.Codec;
import io.reactorzmq.testing.ChildJvm;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketMain;
import io.reactorzmq.testing.SocketTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import reactor.core.publisher.Flux;
import reactor.util.retry.Retry;

/** Repliers in processes of their own, which are killed, stopped and restarted. */
class RealProcessRequestTest extends SocketTest {

  private static final ReqSpec<String, String> REQ =
      Zmq.req()
          .codec(Codec.utf8())
          .highWaterMark(4000)
          .reconnect(Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(20)).transientErrors(true));

  private final List<ChildJvm> children = new ArrayList<>();

  @AfterEach
  void endChildren() {
    children.forEach(ChildJvm::close);
  }

  private ChildJvm replier(String... arguments) {
    List<String> all = new ArrayList<>(List.of("rep"));
    all.addAll(List.of(arguments));
    ChildJvm child = ChildJvm.start(SocketMain.class, all.toArray(String[]::new));
    children.add(child);
    return child;
  }

  /** Outcomes of requests that are never answered. */
  private static Queue<Throwable> neverAnswered(ReqSocket<String, String> req, int n) {
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < n; i++) {
      req.request("never" + i).subscribe(r -> failures.add(new AssertionError(r)), failures::add);
    }
    await("in flight").atMost(SOON).until(() -> req.metrics().inFlight() >= n);
    return failures;
  }

  @ParameterizedTest
  @EachTransport("tcp")
  @DisplayName(
      "T16 Handler exception, decode failure, peer crash mid-request: requester gets an error"
          + " signal, never an empty success")
  void aThousandRequestsFailAtOnceWithTheirReplier(String transport) {
    ReqSocket<String, String> req = open(REQ.bind(anyEndpoint(transport)));
    Queue<SocketEvent> events = events(req);
    ChildJvm victim = replier("connect", endpointOf(req), "victim:");
    awaitPeers(req, 1);
    Queue<Throwable> failures = neverAnswered(req, 1000);
    replier("connect", endpointOf(req), "other:");
    awaitPeers(req, 2);

    victim.kill();

    // long before any keep-alive
    await("every one of them").atMost(Duration.ofSeconds(5)).until(() -> failures.size() == 1000);
    assertThat(failures)
        .allSatisfy(
            e -> {
              assertThat(e)
                  .isInstanceOf(PeerUnavailableException.class)
                  .hasMessageContaining("may have processed the request");
              assertThat(((PeerUnavailableException) e).maybeProcessed()).isTrue();
            });
    SocketEvent.Disconnected gone = awaitEvent(events, SocketEvent.Disconnected.class);
    assertThat(gone.unconfirmed()).isEqualTo(1000);
    assertThat(req.metrics().inFlight()).isZero();
    List<String> next =
        Flux.range(0, 1000)
            .flatMap(i -> req.request("x"), 100)
            .distinct()
            .collectList()
            .block(SOON);
    assertThat(next).containsExactly("other:x");
  }

  @ParameterizedTest
  @EachTransport("tcp")
  @DisplayName("T62 A frozen peer (SIGSTOP) is declared dead within ttl/timeout")
  void requestsOfAFrozenReplierFail(String transport) {
    ReqSocket<String, String> req =
        open(
            REQ.keepAlive(Duration.ofMillis(200), Duration.ofMillis(1000))
                .bind(anyEndpoint(transport)));
    ChildJvm frozen = replier("connect", endpointOf(req), "frozen:");
    awaitPeers(req, 1);
    Queue<Throwable> failures = neverAnswered(req, 10);
    frozen.freeze();
    await().atMost(SOON).until(() -> failures.size() == 10);
    assertThat(failures)
        .allSatisfy(
            e ->
                assertThat(e)
                    .isInstanceOf(PeerUnavailableException.class)
                    .hasMessageContaining("was silent for")
                    .hasMessageContaining("keepAlive allows 1000 ms"));
    // and one that comes back is asked again
    frozen.thaw();
    awaitPeers(req, 1);
    assertThat(req.request("x").block(SOON)).isEqualTo("frozen:x");
  }

  @ParameterizedTest
  @EachTransport("tcp")
  void requestsWaitForARestartedReplier(String transport) {
    String endpoint = knownEndpoint(transport);
    ReqSocket<String, String> req = open(REQ.connect(endpoint));
    for (int life = 0; life < 2; life++) {
      Queue<String> early = new ConcurrentLinkedQueue<>();
      req.request("early").subscribe(early::add);
      ChildJvm rep = replier("bind", endpoint, life + ":");
      await().atMost(SOON).until(() -> !early.isEmpty());
      assertThat(early).containsExactly(life + ":early");
      assertThat(req.request("late").block(SOON)).isEqualTo(life + ":late");
      rep.kill();
      await().atMost(SOON).until(() -> req.peers().isEmpty());
    }
    assertThat(req.metrics().unconfirmed()).isZero();
  }

  @ParameterizedTest
  @EachTransport("tcp")
  void aKilledReplierInTheMiddleOfTrafficCostsOnlyWhatItHad(String transport) {
    ReqSocket<String, String> req = open(REQ.bind(anyEndpoint(transport)));
    ChildJvm victim = replier("connect", endpointOf(req), "");
    replier("connect", endpointOf(req), "");
    awaitPeers(req, 2);
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    Queue<String> answers = new ConcurrentLinkedQueue<>();
    int n = 50_000;
    Flux<String> asking =
        Flux.range(0, n)
            .map(String::valueOf)
            .flatMap(
                q ->
                    req.request(q)
                        .doOnError(failures::add)
                        // what failed may be asked again, as this replier only echoes
                        .retryWhen(Retry.max(1).filter(PeerUnavailableException.class::isInstance)),
                200);
    var done = asking.doOnNext(answers::add).then().cache();
    done.subscribe();
    await().atMost(SOON).until(() -> answers.size() > n / 10);
    victim.kill();
    assertThat(answers.size()).as("killed in the middle").isLessThan(n);
    done.block(Duration.ofSeconds(40));
    assertThat(answers).hasSize(n).doesNotHaveDuplicates();
    assertThat(failures).hasSizeLessThanOrEqualTo(200);
    assertThat(req.metrics().unconfirmed()).isEqualTo(failures.size());
  }
}
