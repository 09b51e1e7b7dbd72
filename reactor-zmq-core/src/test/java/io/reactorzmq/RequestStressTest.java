package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.error.RemoteException;
import io.reactorzmq.message.Codec;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketTest;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Requests without mercy: answered at once, late, never or with errors, awaited, timed out or
 * cancelled at any moment. Each ends once, no answer is another one's, and nothing is left.
 */
class RequestStressTest extends SocketTest {

  private static final Duration LONG = Duration.ofMinutes(4);

  @ParameterizedTest
  @EachTransport({"tcp, 1", "tcp, 3", "inproc, 1", "inproc, 3"})
  void aHundredThousand(String transport, int connections) {
    stress(transport, connections, 100_000);
  }

  @Tag("full")
  @Timeout(300)
  @ParameterizedTest
  @EachTransport({"tcp, 1", "tcp, 3", "inproc, 1", "inproc, 3"})
  void aMillion(String transport, int connections) {
    stress(transport, connections, 1_000_000);
  }

  private void stress(String transport, int connections, int requests) {
    RepSpec<String, String> spec =
        Zmq.rep().codec(Codec.utf8()).handle(RequestStressTest::answer).highWaterMark(100);
    RepSocket a = open(spec.bind(anyEndpoint(transport)));
    RepSocket b = open(spec.concurrency(16).bulkThreshold(10).bind(anyEndpoint(transport)));
    ReqSocket<String, String> req =
        open(
            Zmq.req()
                .codec(Codec.utf8())
                .bulkThreshold(12)
                .maxPendingSends(10_000)
                .connections(connections)
                .connect(endpointOf(a))
                .connect(endpointOf(b)));
    awaitPeers(req, 2 * connections);
    AtomicLong answered = new AtomicLong();
    AtomicLong failed = new AtomicLong();
    AtomicLong timedOut = new AtomicLong();
    AtomicLong cancelled = new AtomicLong();
    AtomicLong wrong = new AtomicLong();
    SplittableRandom random = new SplittableRandom(42);
    Flux.range(0, requests)
        .map(i -> new Plan(i, random.nextInt(100), random.nextInt(3000), new AtomicBoolean()))
        .flatMap(
            plan ->
                ask(req, plan)
                    .doOnNext(r -> plan.end(r.equals("re:" + plan.text()) ? answered : wrong))
                    .onErrorResume(
                        e -> {
                          plan.end(
                              e instanceof RemoteException
                                  ? failed
                                  : e instanceof TimeoutException ? timedOut : wrong);
                          return Mono.empty();
                        })
                    .doOnCancel(() -> plan.end(cancelled))
                    .takeUntilOther(plan.cancel())
                    .onErrorResume(e -> Mono.empty()),
            500)
        .then()
        .block(LONG);

    assertThat(wrong).as("foreign answers or failures").hasValue(0);
    assertThat(answered.get() + failed.get() + timedOut.get() + cancelled.get())
        .as("every request ended once: %s %s %s %s", answered, failed, timedOut, cancelled)
        .isEqualTo(requests);
    assertThat(answered).hasValueGreaterThan(0);
    assertThat(failed).hasValueGreaterThan(0);
    assertThat(timedOut).hasValueGreaterThan(0);
    assertThat(cancelled).hasValueGreaterThan(0);
    await("no entry is left")
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(req.metrics().inFlight())
                    .as("%s%n%s%n%s", req.metrics(), a.metrics(), b.metrics())
                    .isZero());
    await("none at the handlers")
        .atMost(SOON)
        .until(() -> a.metrics().undelivered() + b.metrics().undelivered() == 0);
    assertThat(req.metrics().queuedMessages()).isZero();
    assertThat(req.metrics().queuedBytes()).isZero();
    assertThat(req.metrics().pendingSends()).isZero();
    // all slots are there
    assertThat(Flux.range(0, 1000).flatMap(i -> req.request("now" + i), 1000).count().block(SOON))
        .isEqualTo(1000);
    closeClean(req);
    closeClean(a);
    closeClean(b);
  }

  private static Mono<String> ask(ReqSocket<String, String> req, Plan plan) {
    Mono<String> request = req.request(plan.text());
    return plan.kind < 50 ? request : request.timeout(Duration.ofNanos(plan.micros * 1000L));
  }

  /** What is asked, and how long its asker has patience. */
  private record Plan(int number, int kind, int micros, AtomicBoolean ended) {

    /** A cancel may come between a reply and its completion. */
    void end(AtomicLong counter) {
      if (ended.compareAndSet(false, true)) {
        counter.incrementAndGet();
      }
    }

    String text() {
      return how() + number;
    }

    /** Below 50 whoever asks waits, or cancels; above it may time out. */
    private String how() {
      return switch (kind % 10) {
        case 0, 1 -> "late";
        case 2 -> "fail";
        case 3 -> kind < 50 ? "now" : "never";
        case 4 -> kind < 50 ? "empty" : "deaf";
        default -> "now";
      };
    }

    Mono<?> cancel() {
      return kind >= 30 && kind < 50
          ? Mono.delay(Duration.ofNanos(micros * 1000L), Schedulers.parallel())
          : Mono.never();
    }
  }

  private static Mono<String> answer(String request) {
    String reply = "re:" + request;
    if (request.startsWith("late")) {
      return Mono.delay(Duration.ofMillis(1), Schedulers.parallel()).thenReturn(reply);
    }
    if (request.startsWith("never")) {
      return Mono.never();
    }
    if (request.startsWith("deaf")) {
      // answers although it was cancelled
      return Mono.create(
          sink ->
              Schedulers.parallel()
                  .schedule(
                      () -> sink.success(reply), 1, java.util.concurrent.TimeUnit.MILLISECONDS));
    }
    if (request.startsWith("fail")) {
      return Mono.error(new IllegalStateException(request));
    }
    return request.startsWith("empty") ? Mono.empty() : Mono.just(reply);
  }
}
