package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.OverflowException;
import io.reactorzmq.message.Codec;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.test.StepVerifier;

/** The statements about PUSH and PULL, each quoted by the test that proves it. */
class PushPullTest extends SocketTest {

  private PushSocket<String> push(String endpoint, int hwm) {
    return open(Zmq.push().codec(Codec.utf8()).highWaterMark(hwm).bind(endpoint));
  }

  private PullSocket<String> pullFrom(ZmqSocket bound, int hwm) {
    return open(Zmq.pull().codec(Codec.utf8()).highWaterMark(hwm).connect(endpointOf(bound)));
  }

  /** Sends until every worker has got something and all is consumed, so that all have credit. */
  private static void warmUp(PushSocket<String> push, List<Queue<String>> workers) {
    await("all workers have credit")
        .atMost(SOON)
        .until(
            () -> {
              if (workers.stream().noneMatch(Queue::isEmpty)) {
                return true;
              }
              push.tryEmit("warm-up");
              return false;
            });
    await("warm-up consumed")
        .atMost(SOON)
        .until(() -> push.metrics().inFlight() == 0 && push.metrics().queuedMessages() == 0);
    workers.forEach(Queue::clear);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName("T39 Equal workers get exactly equal counts in rotation")
  void equalWorkersGetEqualCountsInRotation(String transport) {
    PushSocket<String> push = push(anyEndpoint(transport), 1000);
    List<Queue<String>> workers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      workers.add(collect(pullFrom(push, 1000)));
    }
    awaitPeers(push, 3);
    warmUp(push, workers);

    push.sendAll(Flux.range(0, 300).map(String::valueOf)).block(SOON);

    workers.forEach(worker -> awaitSize(worker, 100));
    for (Queue<String> worker : workers) {
      int first = Integer.parseInt(worker.peek());
      assertThat(worker)
          .containsExactlyElementsOf(
              Flux.range(0, 100).map(i -> String.valueOf(first + 3 * i)).toIterable());
    }
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName("T41 No peer: send blocks or errors; nothing accepted")
  void withoutPeerNothingIsAccepted(String transport) {
    String endpoint = knownEndpoint(transport);
    PushSocket<String> push = push(endpoint, 2);

    assertThat(push.tryEmit("a")).isEqualTo(EmitResult.FAIL_ZERO_SUBSCRIBER);
    AtomicLong requested = new AtomicLong();
    push.sendAll(Flux.just("all").doOnRequest(requested::addAndGet)).subscribe();
    Queue<Throwable> errors = new ConcurrentLinkedQueue<>();
    AtomicInteger completed = new AtomicInteger();
    for (int i = 0; i < 3; i++) {
      push.send("wait " + i).subscribe(v -> {}, errors::add, completed::incrementAndGet);
    }
    assertThat(errors).singleElement().isInstanceOf(OverflowException.class);
    assertThat(errors.peek()).hasMessageContaining("maxPendingSends");
    assertThat(push.metrics().queuedMessages()).isZero();
    assertThat(push.metrics().pendingSends()).isEqualTo(2);
    assertThat(completed).hasValue(0);
    assertThat(requested).hasValue(0);

    Queue<String> received = collect(pullFrom(push, 1000));
    awaitSize(received, 3);
    assertThat(received).containsExactlyInAnyOrder("wait 0", "wait 1", "all");
    await().until(() -> completed.get() == 2);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T42 Never discards a message it could not queue: sent == received across all workers under"
          + " load")
  void nothingIsDiscardedUnderLoad(String transport) {
    PushSocket<String> push = push(anyEndpoint(transport), 10);
    Queue<String> received = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < 3; i++) {
      int slowness = i;
      PullSocket<String> worker = pullFrom(push, i == 0 ? 1 : 100);
      worker.receive().limitRate(1 + slowness).subscribe(received::add);
    }
    int producers = 4;
    int each = 5_000;
    AtomicLong overflows = new AtomicLong();
    Flux.range(0, producers)
        .flatMap(
            p ->
                p % 2 == 0
                    ? push.sendAll(Flux.range(0, each).map(i -> p + ":" + i))
                    : Flux.range(0, each)
                        .concatMap(
                            i ->
                                push.send(p + ":" + i).doOnError(e -> overflows.incrementAndGet())))
        .blockLast(SOON);
    awaitSize(received, producers * each);
    assertThat(overflows).hasValue(0);
    assertThat(received).hasSize(producers * each).doesNotHaveDuplicates();
    assertThat(push.metrics().sent()).isEqualTo(producers * each);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName("T45 PULL takes turns between pushers")
  void pullTakesTurns(String transport) {
    PullSocket<String> pull =
        open(Zmq.pull().codec(Codec.utf8()).highWaterMark(100).bind(anyEndpoint(transport)));
    List<String> received = new ArrayList<>();
    BaseSubscriber<String> subscriber =
        new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(Subscription subscription) {
            // the test asks
          }

          @Override
          protected void hookOnNext(String value) {
            received.add(value);
          }
        };
    pull.receive().subscribe(subscriber);
    int pushers = 3;
    int each = 30;
    for (int p = 0; p < pushers; p++) {
      String name = String.valueOf(p);
      PushSocket<String> push = open(Zmq.push().codec(Codec.utf8()).connect(endpointOf(pull)));
      push.sendAll(Flux.range(0, each).map(i -> name)).block(SOON);
      await().until(() -> push.metrics().sent() == each);
    }
    await("all arrived and wait").until(() -> pull.metrics().undelivered() == pushers * each);

    subscriber.request(pushers * each);

    await().until(() -> received.size() == pushers * each);
    for (int turn = 0; turn < each; turn++) {
      assertThat(received.subList(turn * pushers, (turn + 1) * pushers))
          .as("turn " + turn)
          .containsExactlyInAnyOrder("0", "1", "2");
    }
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName("T46 SNDHWM 2 + RCVHWM 2 unread: bounded acceptance (libzmq inproc exactly 4)")
  void acceptanceIsBoundedByBothHighWaterMarks(String transport) {
    PushSocket<String> push = push(anyEndpoint(transport), 2);
    PullSocket<String> pull = pullFrom(push, 2);
    StepVerifier.create(pull.receive(), 0)
        .then(() -> awaitPeers(push, 1))
        .then(
            () -> {
              AtomicInteger accepted = new AtomicInteger();
              await("the window is full")
                  .until(
                      () -> {
                        if (push.tryEmit("m") == EmitResult.OK) {
                          accepted.incrementAndGet();
                        }
                        return push.metrics().inFlight() == 2
                            && push.metrics().queuedMessages() == 2;
                      });
              assertThat(push.tryEmit("one too many")).isEqualTo(EmitResult.FAIL_OVERFLOW);
              assertThat(accepted).hasValue(4);
            })
        .thenRequest(4)
        .expectNext("m", "m", "m", "m")
        .thenCancel()
        .verify(SOON);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName("T47 HWM 0 = unlimited messages; the byte bounds stay")
  void unlimitedMessagesButBoundedBytes(String transport) {
    PushSocket<byte[]> push =
        open(
            Zmq.push()
                .codec(Codec.bytes())
                .highWaterMark(0)
                .highWaterMarkBytes(1_000_000)
                .bind(anyEndpoint(transport)));
    PullSocket<byte[]> pull =
        open(Zmq.pull().codec(Codec.bytes()).highWaterMark(1).connect(endpointOf(push)));
    awaitPeers(push, 1);
    byte[] value = new byte[100];
    int accepted = 0;
    while (push.tryEmit(value) == EmitResult.OK) {
      accepted++;
    }
    assertThat(accepted).isEqualTo(10_000);
    assertThat(push.metrics().queuedBytes()).isEqualTo(1_000_000);
    pull.receive().take(10_000).blockLast(SOON);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T49 Nothing is queued for a dead peer; what was not framed goes to the next one; with none"
          + " left, sends wait until one is back")
  void whatWasNotFramedGoesToTheNextPeer(String transport) {
    PushSocket<String> push = push(anyEndpoint(transport), 1000);
    PullSocket<String> first = pullFrom(push, 1);
    List<String> taken = new ArrayList<>();
    BaseSubscriber<String> one =
        new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(Subscription subscription) {
            request(1);
          }

          @Override
          protected void hookOnNext(String value) {
            taken.add(value);
          }
        };
    first.receive().subscribe(one);
    awaitPeers(push, 1);
    push.sendAll(Flux.range(0, 100).map(String::valueOf)).timeout(SOON).subscribe();
    await("one taken, one in flight")
        .until(() -> taken.size() == 1 && push.metrics().inFlight() == 1);

    // dies: what it has is lost and counted, nothing else
    first.disposeLater().block(SOON);
    awaitPeers(push, 0);
    push.send("late").subscribe();

    Queue<String> rest = collect(pullFrom(push, 1000));
    awaitSize(rest, 99);
    assertThat(taken).containsExactly("0");
    assertThat(rest.stream().skip(98)).containsExactly("late");
    assertThat(rest).doesNotContain("0", "1").hasSize(99);
    assertThat(push.metrics().unconfirmed()).isEqualTo(1);
  }

  @Test
  @DisplayName("T51 PUSH cannot receive, PULL/SUB cannot send: compile-time, or clear error")
  @Tag("inproc")
  void directionsAreTypes() {
    assertThat(Arrays.stream(PushSocket.class.getMethods()).map(m -> m.getName()))
        .doesNotContain("receive");
    assertThat(Arrays.stream(PullSocket.class.getMethods()).map(m -> m.getName()))
        .doesNotContain("send", "sendAll", "tryEmit");
  }

  @ParameterizedTest
  @EachTransport
  void waitingSendsFailAndReceiversCompleteWhenTheSocketCloses(String transport) {
    PushSocket<String> push = push(anyEndpoint(transport), 2);
    PullSocket<String> pull = open(Zmq.pull().codec(Codec.utf8()).bind(anyEndpoint(transport)));

    StepVerifier.create(push.send("never"))
        .then(push::dispose)
        .expectError(ClosedException.class)
        .verify(SOON);
    StepVerifier.create(pull.receive()).then(pull::dispose).expectComplete().verify(SOON);
    assertThat(push.tryEmit("x")).isEqualTo(EmitResult.FAIL_TERMINATED);
    StepVerifier.create(push.send("x")).expectError(ClosedException.class).verify(SOON);
    StepVerifier.create(push.sendAll(Flux.just("x")))
        .expectError(ClosedException.class)
        .verify(SOON);
    StepVerifier.create(pull.receive()).expectComplete().verify(SOON);
  }

  @ParameterizedTest
  @EachTransport
  void aCancelledSendIsTakenBack(String transport) {
    PushSocket<String> push = push(anyEndpoint(transport), 10);
    StepVerifier.create(push.send("given up").timeout(Duration.ofMillis(50)))
        .expectError(java.util.concurrent.TimeoutException.class)
        .verify(SOON);
    assertThat(push.metrics().pendingSends()).isZero();
    Queue<String> received = collect(pullFrom(push, 10));
    push.send("sent").block(SOON);
    awaitSize(received, 1);
    assertThat(received).containsExactly("sent");
  }
}
