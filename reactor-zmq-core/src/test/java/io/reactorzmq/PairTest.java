package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.error.HandshakeException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketEvent.Connected;
import io.reactorzmq.event.SocketEvent.Disconnected;
import io.reactorzmq.event.SocketEvent.GaveUp;
import io.reactorzmq.event.SocketEvent.HandshakeFailed;
import io.reactorzmq.event.SocketEvent.Retrying;
import io.reactorzmq.message.Codec;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketTest;
import io.reactorzmq.testing.Taker;
import io.reactorzmq.testing.TcpProxy;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.util.retry.Retry;

/** The statements about PAIR, each quoted by the test that proves it. */
class PairTest extends SocketTest {

  private static final Retry AT_ONCE =
      Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(10)).transientErrors(true);

  private static final PairSpec<String> PAIR =
      Zmq.pair().codec(Codec.utf8()).reconnect(AT_ONCE).linger(Duration.ofSeconds(5));

  private static Queue<String> collect(PairSocket<String> pair) {
    Queue<String> received = new ConcurrentLinkedQueue<>();
    pair.receive().subscribe(received::add);
    return received;
  }

  private static List<String> numbers(String name, int n) {
    return IntStream.range(0, n).mapToObj(i -> name + i).toList();
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T52 A second peer is refused while one is there and the first pair is not disturbed;"
          + " accepted after the first leaves")
  void aSecondPeerIsRefusedUntilTheFirstLeaves(String transport) {
    PairSocket<String> bound = open(PAIR.bind(anyEndpoint(transport)));
    PairSocket<String> first = open(PAIR.connect(endpointOf(bound)));
    awaitPeers(bound, 1);
    awaitPeers(first, 1);
    Queue<SocketEvent> boundEvents = events(bound);
    Queue<SocketEvent> firstEvents = events(first);
    Queue<String> atBound = collect(bound);
    Queue<String> atFirst = collect(first);

    PairSocket<String> second = open(PAIR.connect(endpointOf(bound)));
    Queue<SocketEvent> secondEvents = events(second);
    Queue<String> atSecond = collect(second);
    for (Queue<SocketEvent> events : List.of(secondEvents, boundEvents)) {
      assertThat(awaitEvent(events, HandshakeFailed.class).cause())
          .isInstanceOf(HandshakeException.class)
          .hasMessageContaining("this PAIR has a peer already");
    }

    // the second goes on trying while the first two talk
    int n = 2_000;
    Flux.merge(
            bound.sendAll(Flux.fromIterable(numbers("to ", n))),
            first.sendAll(Flux.fromIterable(numbers("from ", n))))
        .blockLast(SOON);
    awaitSize(atFirst, n);
    awaitSize(atBound, n);
    assertThat(atFirst).containsExactlyElementsOf(numbers("to ", n));
    assertThat(atBound).containsExactlyElementsOf(numbers("from ", n));
    await("refused again and again")
        .until(() -> secondEvents.stream().filter(HandshakeFailed.class::isInstance).count() > 5);
    assertThat(second.tryEmit("pushing in")).isEqualTo(EmitResult.FAIL_ZERO_SUBSCRIBER);
    assertThat(boundEvents).noneMatch(Disconnected.class::isInstance);
    assertThat(firstEvents).noneMatch(Disconnected.class::isInstance);
    assertThat(bound.peers()).hasSize(1);

    closeClean(first);
    awaitPeers(second, 1);
    second.send("my turn").block(SOON);
    bound.send("welcome").block(SOON);
    awaitSize(atBound, n + 1);
    awaitSize(atSecond, 1);
    assertThat(atBound.stream().skip(n)).containsExactly("my turn");
    assertThat(atSecond).containsExactly("welcome");
    assertThat(boundEvents)
        .filteredOn(Disconnected.class::isInstance)
        .singleElement()
        .satisfies(event -> assertThat(((Disconnected) event).cause()).isNull());
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T55 RECONNECT_IVL -1: after unbind and re-bind no traffic until an explicit connect")
  void withoutReconnectOnlyAnExplicitConnectBringsTrafficBack(String transport) {
    String endpoint = knownEndpoint(transport);
    PairSocket<String> bound = open(PAIR.bind(endpoint));
    PairSocket<String> dialler = open(PAIR.reconnect(Retry.max(0)).connect(endpoint));
    Queue<SocketEvent> events = events(dialler);
    Queue<String> received = collect(dialler);
    bound.send("before").block(SOON);
    awaitSize(received, 1);

    bound.unbind(endpoint).block(SOON);
    awaitEvent(events, GaveUp.class);
    assertThat(bound.bind(endpoint).block(SOON)).hasToString(endpoint);
    // another one finds it and leaves again: the place is free and can be reached
    PairSocket<String> other = open(PAIR.connect(endpoint));
    Queue<String> atOther = collect(other);
    bound.send("not for you").block(SOON);
    awaitSize(atOther, 1);
    closeClean(other);
    awaitPeers(bound, 0);

    assertThat(dialler.peers()).isEmpty();
    assertThat(dialler.tryEmit("nobody")).isEqualTo(EmitResult.FAIL_ZERO_SUBSCRIBER);
    assertThat(bound.tryEmit("nobody")).isEqualTo(EmitResult.FAIL_ZERO_SUBSCRIBER);
    assertThat(events)
        .extracting(Object::getClass)
        .containsExactly(Connected.class, Disconnected.class, GaveUp.class);

    dialler.connect(endpoint);
    bound.send("after").block(SOON);
    awaitSize(received, 2);
    assertThat(received).containsExactly("before", "after");
  }

  @Test
  @Tag("inproc")
  void oneEndpointInAll() {
    PairSpec<String> bindOne = PAIR.bind("inproc://one-end");
    for (PairSpec<String> two :
        List.of(
            bindOne.bind("inproc://other-end"),
            bindOne.connect("inproc://other-end"),
            PAIR.connect("inproc://one-end").connect("inproc://other-end"))) {
      assertThatThrownBy(() -> open(two))
          .isInstanceOf(EndpointException.class)
          .hasMessageContaining("a PAIR takes one endpoint in all");
    }
  }

  @Test
  @Tag("inproc")
  void oneEndpointInAllAlsoWhileItIsOpen() {
    String one = anyEndpoint("inproc");
    String other = anyEndpoint("inproc");
    PairSocket<String> pair = open(PAIR.bind(one));
    assertThatThrownBy(() -> pair.bind(other).block(SOON))
        .isInstanceOf(EndpointException.class)
        .hasMessage("a PAIR takes one endpoint in all and has " + one + ", so not " + other);
    assertThatThrownBy(() -> pair.connect(other))
        .isInstanceOf(EndpointException.class)
        .hasMessage("a PAIR takes one endpoint in all and has " + one + ", so not " + other);
    pair.unbind(one).block(SOON);
    pair.connect(other);
    await().until(() -> pair.endpoints().size() == 1);
    assertThatThrownBy(() -> pair.bind(one).block(SOON))
        .isInstanceOf(EndpointException.class)
        .hasMessageContaining("has " + other);
    pair.connect(other);
    pair.disconnect(other).block(SOON);
    assertThat(pair.bind(one).block(SOON)).hasToString(one);
  }

  @ParameterizedTest
  @EachTransport
  void eachDirectionGoesAtItsOwnPace(String transport) {
    PairSpec<String> small = PAIR.highWaterMark(4).linger(Duration.ZERO);
    PairSocket<String> bound = open(small.bind(anyEndpoint(transport)));
    PairSocket<String> dialler = open(small.connect(endpointOf(bound)));
    Taker<String> slow = Taker.of(bound.receive());
    Queue<String> fast = collect(dialler);

    await("the way to the slow side is full")
        .until(() -> dialler.tryEmit("slow") == EmitResult.FAIL_OVERFLOW);
    bound.sendAll(Flux.fromIterable(numbers("", 1_000))).block(SOON);
    awaitSize(fast, 1_000);
    assertThat(fast).containsExactlyElementsOf(numbers("", 1_000));
    assertThat(slow.count()).isZero();
    assertThat(dialler.tryEmit("slow")).isEqualTo(EmitResult.FAIL_OVERFLOW);

    slow.request(1);
    await("one taken, room for one").until(() -> dialler.tryEmit("slow") == EmitResult.OK);
    await().until(() -> slow.count() == 1);
  }

  @Test
  @Tag("tcp")
  void aDiallerIsNotRefusedByTheGhostOfItsOwnConnection() {
    PairSocket<String> bound = open(PAIR.bind(anyEndpoint("tcp")));
    try (TcpProxy proxy = TcpProxy.to(endpointOf(bound))) {
      PairSocket<String> dialler = open(PAIR.connect(proxy.endpoint()));
      Queue<SocketEvent> boundEvents = events(bound);
      Queue<SocketEvent> events = events(dialler);
      Queue<String> atBound = collect(bound);
      Queue<String> atDialler = collect(dialler);
      dialler.send("one").block(SOON);
      bound.send("two").block(SOON);
      awaitSize(atBound, 1);
      awaitSize(atDialler, 1);
      await("all confirmed").until(() -> bound.metrics().inFlight() == 0);

      proxy.loseListeners();
      awaitEvent(events, Retrying.class);
      dialler.send("three").block(SOON);
      awaitSize(atBound, 2);
      awaitEvent(boundEvents, Disconnected.class);
      bound.send("four").block(SOON);
      awaitSize(atDialler, 2);

      assertThat(atBound).containsExactly("one", "three");
      assertThat(atDialler).containsExactly("two", "four");
      assertThat(events)
          .extracting(Object::getClass)
          .containsExactly(Connected.class, Disconnected.class, Retrying.class, Connected.class);
      assertThat(boundEvents)
          .extracting(Object::getClass)
          .containsExactly(
              SocketEvent.Bound.class, Connected.class, Disconnected.class, Connected.class);
      assertThat(awaitEvent(boundEvents, Disconnected.class))
          .satisfies(
              gone -> {
                assertThat(gone.cause()).hasMessageContaining("replaced by a newer connection");
                assertThat(gone.unconfirmed()).isZero();
                assertThat(gone.peer().socketId()).isEqualTo(bound.peers().get(0).socketId());
              });
      closeClean(dialler);
      closeClean(bound);
    }
  }

  @Test
  @Tag("tcp")
  void whatTheGhostDidNotConfirmIsCountedAndTheRestGoesToItsSuccessor() {
    PairSocket<String> bound = open(PAIR.highWaterMark(1).bind(anyEndpoint("tcp")));
    try (TcpProxy proxy = TcpProxy.to(endpointOf(bound))) {
      PairSocket<String> dialler = open(PAIR.highWaterMark(1).connect(proxy.endpoint()));
      Taker<String> taker = Taker.of(dialler.receive());
      Queue<SocketEvent> events = events(bound);
      await("one is on its way").until(() -> bound.tryEmit("first") == EmitResult.OK);
      await("and arrives").until(() -> dialler.metrics().undelivered() == 1);
      assertThat(bound.tryEmit("second")).isEqualTo(EmitResult.OK);

      proxy.loseListeners();
      taker.request(2);
      await().until(() -> taker.count() == 2);
      assertThat(taker.taken()).containsExactly("first", "second");
      assertThat(awaitEvent(events, Disconnected.class).unconfirmed()).isEqualTo(1);
      assertThat(bound.metrics().unconfirmed()).isEqualTo(1);
    }
  }
}
