package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.error.HandshakeException;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketEvent.Connected;
import io.reactorzmq.event.SocketEvent.Disconnected;
import io.reactorzmq.event.SocketEvent.HandshakeFailed;
import io.reactorzmq.event.SocketEvent.Retrying;
import io.reactorzmq.message.Codec;
import io.reactorzmq.testing.ChildJvm;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketMain;
import io.reactorzmq.testing.SocketTest;
import io.reactorzmq.testing.TcpProxy;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.util.retry.Retry;

/** There is one connection between two sockets, whoever dials, how often, and how it broke. */
class IdentityTest extends SocketTest {

  private static final Retry AT_ONCE =
      Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(10)).transientErrors(true);

  private static final PushSpec<String> PUSH = Zmq.push().codec(Codec.utf8()).reconnect(AT_ONCE);
  private static final PullSpec<String> PULL = Zmq.pull().codec(Codec.utf8()).reconnect(AT_ONCE);
  private static final PairSpec<String> PAIR = Zmq.pair().codec(Codec.utf8()).reconnect(AT_ONCE);

  private static Flux<String> numbers(int n) {
    return Flux.range(0, n).map(String::valueOf);
  }

  @ParameterizedTest
  @EachTransport
  void aSecondConnectionBetweenTwoSocketsIsRefusedAndTriedAgain(String transport) {
    PullSocket<String> pull = open(PULL.bind(anyEndpoint(transport)).bind(anyEndpoint(transport)));
    String one = pull.endpoints().get(0).toString();
    String other = pull.endpoints().get(1).toString();
    Queue<SocketEvent> atPull = events(pull);
    Queue<String> received = collect(pull);
    PushSocket<String> push = open(PUSH.connect(one));
    awaitPeers(push, 1);
    push.connect(other);
    Queue<SocketEvent> atPush = events(push);

    String reason = "already connected to socket " + pull.peers().get(0).socketId();
    HandshakeFailed refused = awaitEvent(atPush, HandshakeFailed.class);
    assertThat(refused.endpoint()).hasToString(other);
    assertThat(refused.cause())
        .isInstanceOf(HandshakeException.class)
        .hasMessage(other + " refused: " + reason);
    assertThat(awaitEvent(atPull, HandshakeFailed.class).cause()).hasMessage(reason);
    assertThat(awaitEvent(atPush, Retrying.class).endpoint()).hasToString(other);
    push.sendAll(numbers(100)).block(SOON);
    awaitSize(received, 100);
    assertThat(received).containsExactlyElementsOf(numbers(100).toIterable());
    assertThat(push.peers()).hasSize(1);
    assertThat(pull.peers()).hasSize(1);

    // when the first is gone, the second gets in
    push.disconnect(one).block(SOON);
    awaitPeers(push, 1);
    assertThat(push.peers().get(0).endpoint()).hasToString(other);
    push.send("by the other door").block(SOON);
    awaitSize(received, 101);
  }

  @ParameterizedTest
  @EachTransport
  void ofTwoCrossingDialsExactlyOneStays(String transport) {
    int crossed = 0;
    for (int round = 0; round < 50; round++) {
      PushSocket<String> push = open(PUSH.bind(anyEndpoint(transport)));
      PullSocket<String> pull = open(PULL.bind(anyEndpoint(transport)));
      Queue<SocketEvent> atPush = events(push);
      Queue<SocketEvent> atPull = events(pull);
      Queue<String> received = collect(pull);
      push.sendAll(numbers(20)).subscribe();
      push.connect(endpointOf(pull));
      pull.connect(endpointOf(push));

      await("one of the two is refused, the other stays")
          .until(
              () ->
                  count(atPush, HandshakeFailed.class) + count(atPull, HandshakeFailed.class) > 0
                      && push.peers().size() == 1
                      && pull.peers().size() == 1
                      && endpointsOfPeers(push).equals(endpointsOfPeers(pull)));
      awaitSize(received, 20);
      assertThat(received).containsExactlyElementsOf(numbers(20).toIterable());
      await("refused again")
          .until(
              () ->
                  count(atPush, HandshakeFailed.class) + count(atPull, HandshakeFailed.class) > 3);
      assertThat(push.peers()).extracting(PeerInfo::type).containsExactly("PULL");
      assertThat(pull.peers()).extracting(PeerInfo::type).containsExactly("PUSH");
      assertThat(endpointsOfPeers(push)).isEqualTo(endpointsOfPeers(pull));
      for (Queue<SocketEvent> events : List.of(atPush, atPull)) {
        assertThat(count(events, Connected.class) - count(events, Disconnected.class)).isEqualTo(1);
        assertThat(count(events, Connected.class)).isLessThanOrEqualTo(2);
      }
      crossed += count(atPush, Disconnected.class) + count(atPull, Disconnected.class);
      assertThat(received).hasSize(20);
      closeClean(push);
      closeClean(pull);
    }
    assertThat(crossed).as("dials that did cross").isPositive();
  }

  private static int count(Queue<SocketEvent> events, Class<? extends SocketEvent> type) {
    return (int) events.stream().filter(type::isInstance).count();
  }

  private static String endpointsOfPeers(ZmqSocket socket) {
    return socket.peers().stream().map(peer -> peer.endpoint().toString()).toList().toString();
  }

  @ParameterizedTest
  @EachTransport
  void whenTheDialThatStayedEndsTheOtherOneTakesOver(String transport) {
    PushSocket<String> push = open(PUSH.bind(anyEndpoint(transport)));
    PullSocket<String> pull = open(PULL.bind(anyEndpoint(transport)));
    String pushEndpoint = endpointOf(push);
    Queue<String> received = collect(pull);
    push.connect(endpointOf(pull));
    awaitPeers(push, 1);
    pull.connect(pushEndpoint);
    awaitEvent(events(pull), HandshakeFailed.class);

    push.disconnect(endpointOf(pull)).block(SOON);
    push.send("the other way").block(SOON);
    awaitSize(received, 1);
    assertThat(push.peers()).extracting(p -> p.endpoint().toString()).containsExactly(pushEndpoint);
    assertThat(push.metrics().unconfirmed()).isZero();
  }

  @ParameterizedTest
  @EachTransport
  void aRoutingIdIsUniqueAmongThePeersOfABoundSocket(String transport) {
    PullSocket<String> pull = open(PULL.bind(anyEndpoint(transport)));
    Queue<SocketEvent> atPull = events(pull);
    Queue<String> received = collect(pull);
    PushSocket<String> anna = open(PUSH.routingId("anna").connect(endpointOf(pull)));
    awaitPeers(pull, 1);
    PushSocket<String> bob = open(PUSH.routingId("bob").connect(endpointOf(pull)));
    PushSocket<String> nameless = open(PUSH.connect(endpointOf(pull)));
    PushSocket<String> alsoNameless = open(PUSH.connect(endpointOf(pull)));
    awaitPeers(pull, 4);
    assertThat(pull.peers())
        .extracting(PeerInfo::routingId)
        .containsExactlyInAnyOrder("anna", "bob", "", "");

    PushSocket<String> second = open(PUSH.routingId("anna").connect(endpointOf(pull)));
    String reason = "the routing id 'anna' is in use by another peer";
    assertThat(awaitEvent(events(second), HandshakeFailed.class).cause())
        .isInstanceOf(HandshakeException.class)
        .hasMessage(endpointOf(pull) + " refused: " + reason);
    assertThat(awaitEvent(atPull, HandshakeFailed.class).cause()).hasMessage(reason);
    for (PushSocket<String> push : List.of(anna, bob, nameless, alsoNameless)) {
      push.send("hello").block(SOON);
    }
    awaitSize(received, 4);
    assertThat(atPull).noneMatch(Disconnected.class::isInstance);

    closeClean(anna);
    second.send("the name is free").block(SOON);
    awaitSize(received, 5);
    assertThat(pull.peers())
        .extracting(PeerInfo::routingId)
        .containsExactlyInAnyOrder("anna", "bob", "", "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"push", "pull"})
  @Tag("tcp")
  void aDiallerTakesThePlaceOfItsOwnGhost(String dialling) {
    boolean pushDials = dialling.equals("push");
    PushSocket<String> push =
        open(pushDials ? PUSH.routingId("me") : PUSH.bind(anyEndpoint("tcp")));
    PullSocket<String> pull =
        open(pushDials ? PULL.bind(anyEndpoint("tcp")) : PULL.routingId("me"));
    ZmqSocket bound = pushDials ? pull : push;
    ZmqSocket dialler = pushDials ? push : pull;
    Queue<SocketEvent> atBound = events(bound);
    Queue<String> received = collect(pull);
    try (TcpProxy proxy = TcpProxy.to(endpointOf(bound))) {
      dialler.connect(proxy.endpoint());
      for (int loss = 1; loss <= 3; loss++) {
        push.send("before loss " + loss).block(SOON);
        awaitSize(received, loss);
        await().until(() -> push.metrics().inFlight() == 0);
        proxy.loseListeners();
        int connections = loss + 1;
        await().until(() -> count(atBound, Connected.class) == connections);
        assertThat(bound.peers()).extracting(PeerInfo::routingId).containsExactly("me");
      }
      push.send("after").block(SOON);
      awaitSize(received, 4);
      assertThat(atBound)
          .filteredOn(Disconnected.class::isInstance)
          .hasSize(3)
          .allSatisfy(
              e ->
                  assertThat(((Disconnected) e).cause())
                      .hasMessage("replaced by a newer connection with the same socket"));
      assertThat(atBound).noneMatch(HandshakeFailed.class::isInstance);
      assertThat(dialler.metrics().reconnects()).isEqualTo(3);
      closeClean(dialler);
    }
  }

  @ParameterizedTest
  @EachTransport("tcp")
  void aRestartedProcessTakesThePlaceOfAKilledOne(String transport) {
    PairSocket<String> pair = open(PAIR.bind(anyEndpoint(transport)));
    Queue<SocketEvent> events = events(pair);
    String endpoint = endpointOf(pair);
    Queue<String> received = new ConcurrentLinkedQueue<>();
    pair.receive().subscribe(received::add);
    for (int life = 1; life <= 2; life++) {
      try (ChildJvm child = ChildJvm.start(SocketMain.class, "pair", "connect", endpoint)) {
        pair.send("life " + life).block(SOON);
        child.awaitLine("life " + life);
        awaitSize(received, 100);
        child.kill();
        int deaths = life;
        await().atMost(SOON).until(() -> count(events, Disconnected.class) == deaths);
        received.clear();
      }
    }
    assertThat(events).noneMatch(HandshakeFailed.class::isInstance);
  }
}
