package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketEvent.Connected;
import io.reactorzmq.event.SocketEvent.Disconnected;
import io.reactorzmq.event.SocketEvent.Retrying;
import io.reactorzmq.message.Codec;
import io.reactorzmq.testing.ChildJvm;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketMain;
import io.reactorzmq.testing.SocketTest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/** Peers in processes of their own, which are killed and stopped in the middle of their work. */
class RealProcessTest extends SocketTest {

  private static final Duration LATER = Duration.ofSeconds(40);

  private static final Retry AT_ONCE =
      Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(20)).transientErrors(true);

  private static final PushSpec<String> PUSH = Zmq.push().codec(Codec.utf8()).reconnect(AT_ONCE);
  private static final PullSpec<String> PULL = Zmq.pull().codec(Codec.utf8()).reconnect(AT_ONCE);

  private final List<ChildJvm> children = new ArrayList<>();

  @AfterEach
  void endChildren() {
    children.forEach(ChildJvm::close);
  }

  private ChildJvm child(String... arguments) {
    ChildJvm child = ChildJvm.start(SocketMain.class, arguments);
    children.add(child);
    return child;
  }

  /** What workers have printed of the messages they got. */
  private static List<Integer> received(List<ChildJvm> workers) {
    return workers.stream()
        .flatMap(worker -> worker.lines().stream())
        .filter(line -> Character.isDigit(line.charAt(0)))
        .map(Integer::valueOf)
        .toList();
  }

  @ParameterizedTest
  @EachTransport("tcp")
  void aKilledWorkerCostsWhatWasInFlightToItAndNoMore(String transport) {
    PushSocket<String> push = open(PUSH.linger(LATER).bind(anyEndpoint(transport)));
    Queue<SocketEvent> events = events(push);
    List<ChildJvm> workers =
        IntStream.range(0, 3).mapToObj(i -> child("pull", "connect", endpointOf(push))).toList();
    awaitPeers(push, 3);
    int n = 30_000;
    Mono<Void> sending = push.sendAll(Flux.range(0, n).map(String::valueOf)).cache();
    sending.subscribe();
    ChildJvm victim = workers.get(1);
    await("the victim is at work")
        .atMost(LATER)
        .until(() -> workers.stream().allMatch(worker -> worker.lines().size() > 1_000));

    victim.kill();

    Disconnected gone = awaitEvent(events, Disconnected.class);
    assertThat(push.metrics().sent()).as("killed in the middle").isLessThan(n);
    assertThat(gone.cause()).isNotNull();
    // a worker has at most its high-water mark of 100 messages under way
    assertThat(gone.unconfirmed()).isBetween(0L, 100L);
    sending.block(LATER);
    assertThat(push.disposeLater().block(LATER))
        .isEqualTo(new CloseReport(0, gone.unconfirmed(), 0));
    assertThat(push.metrics().sent()).isEqualTo(n);
    assertThat(push.metrics().unconfirmed()).isEqualTo(gone.unconfirmed());
    await().atMost(SOON).until(() -> received(workers).size() >= n - gone.unconfirmed());
    List<Integer> received = received(workers);
    assertThat(received).doesNotHaveDuplicates().allMatch(i -> i >= 0 && i < n);
    assertThat(received).hasSizeBetween((int) (n - gone.unconfirmed()), n);
    assertThat(events).filteredOn(Disconnected.class::isInstance).hasSize(3);
  }

  @ParameterizedTest
  @EachTransport("tcp")
  void aKilledSenderIsMissedByNobodyElse(String transport) {
    PullSocket<String> pull = open(PULL.bind(anyEndpoint(transport)));
    Queue<SocketEvent> events = events(pull);
    Queue<String> received = collect(pull);
    ChildJvm a = child("push", "connect", endpointOf(pull), "a");
    ChildJvm b = child("push", "connect", endpointOf(pull), "b");
    await("both send")
        .atMost(SOON)
        .until(
            () ->
                received.stream().anyMatch(v -> v.startsWith("a"))
                    && received.stream().anyMatch(v -> v.startsWith("b")));
    a.kill();
    assertThat(awaitEvent(events, Disconnected.class).cause()).isNotNull();
    long fromB = received.stream().filter(v -> v.startsWith("b")).count();
    // by then what the killed one had sent has had its turns too
    await("the other goes on")
        .until(() -> received.stream().filter(v -> v.startsWith("b")).count() > fromB + 3_000);
    List<String> fromA = received.stream().filter(v -> v.startsWith("a")).toList();
    assertThat(fromA)
        .containsExactlyElementsOf(
            IntStream.range(0, fromA.size()).mapToObj(i -> "a" + i).toList());
    assertThat(pull.peers()).hasSize(1);
    b.kill();
  }

  @ParameterizedTest
  @EachTransport("tcp")
  void aRestartedListenerIsFoundAgain(String transport) {
    String endpoint = knownEndpoint(transport);
    PushSocket<String> push = open(PUSH.connect(endpoint));
    Queue<SocketEvent> events = events(push);
    for (int life = 0; life < 2; life++) {
      int connections = life + 1;
      ChildJvm worker = child("pull", "bind", endpoint);
      worker.awaitLine("bound " + endpoint);
      push.send("life " + life).block(SOON);
      worker.awaitLine("life " + life);
      await().until(() -> push.metrics().inFlight() == 0);
      worker.kill();
      await()
          .atMost(SOON)
          .until(
              () -> events.stream().filter(Disconnected.class::isInstance).count() == connections);
    }
    assertThat(push.metrics().unconfirmed()).isZero();
    assertThat(push.metrics().reconnects()).isEqualTo(1);
    List<Class<?>> types = new ArrayList<>();
    for (SocketEvent event : events) {
      if (!(event instanceof Retrying)) {
        types.add(event.getClass());
      }
    }
    assertThat(types)
        .containsExactly(Connected.class, Disconnected.class, Connected.class, Disconnected.class);
  }

  @ParameterizedTest
  @EachTransport("tcp")
  void aStoppedWorkerHoldsUpNobodyAndLosesNothing(String transport) {
    PushSocket<String> push = open(PUSH.linger(LATER).bind(anyEndpoint(transport)));
    List<ChildJvm> workers =
        IntStream.range(0, 2).mapToObj(i -> child("pull", "connect", endpointOf(push))).toList();
    awaitPeers(push, 2);
    ChildJvm stopped = workers.get(0);
    ChildJvm other = workers.get(1);
    int n = 10_000;
    Mono<Void> sending = push.sendAll(Flux.range(0, n).map(String::valueOf)).cache();
    sending.subscribe();
    await()
        .atMost(SOON)
        .until(() -> workers.stream().allMatch(worker -> worker.lines().size() > 200));
    stopped.freeze();
    sending.block(LATER);
    await("only the window of the stopped one is under way")
        .atMost(LATER)
        .until(() -> push.metrics().queuedMessages() == 0 && push.metrics().inFlight() <= 100);
    Set<Integer> atOther = new HashSet<>(received(List.of(other)));
    assertThat(atOther.size()).isGreaterThan(n / 2);

    stopped.thaw();
    assertThat(push.disposeLater().block(LATER)).isEqualTo(new CloseReport(0, 0, 0));
    await().atMost(SOON).until(() -> received(workers).size() == n);
    assertThat(received(workers)).doesNotHaveDuplicates();
  }
}
