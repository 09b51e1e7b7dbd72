package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketEvent.AlternateUnavailable;
import io.reactorzmq.event.SocketEvent.Connected;
import io.reactorzmq.event.SocketEvent.Disconnected;
import io.reactorzmq.event.SocketEvent.HandshakeFailed;
import io.reactorzmq.internal.transport.AltTransport;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.testing.AlternateGround;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** A connection moves to another transport before there is a peer, and nobody misses anything. */
class AlternateMoveTest extends AlternateGround {

  private static List<String> numbers(int from, int to) {
    return IntStream.range(from, to).mapToObj(String::valueOf).toList();
  }

  /** The one connection between two sockets is on the other transport, and looks like any other. */
  private static void assertMoved(ZmqSocket bound, ZmqSocket dialler, String dialled) {
    awaitPeers(bound, 1);
    awaitPeers(dialler, 1);
    for (ZmqSocket socket : List.of(bound, dialler)) {
      Queue<SocketEvent> events = events(socket);
      PeerInfo peer = awaitEvent(events, Connected.class).peer();
      assertThat(socket.peers()).containsExactly(peer);
      assertThat(peer.transport()).isEqualTo(ALT);
      assertThat(events)
          .noneMatch(HandshakeFailed.class::isInstance)
          .noneMatch(AlternateUnavailable.class::isInstance)
          .filteredOn(Connected.class::isInstance)
          .hasSize(1);
      assertThat(socket.metrics().fallbacks()).isZero();
      assertThat(socket.endpoints()).containsExactly(peer.endpoint());
    }
    assertThat(bound.peers().get(0).endpoint()).isEqualTo(bound.endpoints().get(0));
    assertThat(dialler.peers().get(0).endpoint()).hasToString(dialled);
    assertThat(AltTransport.connections).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({"push, preferred", "push, required", "pull, preferred", "pull, required"})
  void whoeverDials(String dialling, String level) {
    AltTransport.always = true;
    boolean pushDials = dialling.equals("push");
    PushSocket<String> push = open(pushDials ? PUSH : PUSH.bind(bind("")));
    PullSocket<String> pull = open(pushDials ? PULL.bind(bind("")) : PULL);
    ZmqSocket bound = pushDials ? pull : push;
    ZmqSocket dialler = pushDials ? push : pull;
    Queue<String> received = collect(pull);
    Mono<Void> sent = push.sendAll(Flux.fromIterable(numbers(0, 2000))).cache();
    sent.subscribe(); // waits for a peer
    String endpoint = dial(bound, "alt=" + level);
    dialler.connect(endpoint);
    sent.block(SOON);
    awaitSize(received, 2000);
    assertThat(received).containsExactlyElementsOf(numbers(0, 2000));
    assertMoved(bound, dialler, endpoint);
    closeClean(push);
    closeClean(pull);
  }

  @Test
  void aPair() {
    PairSocket<String> bound = open(PAIR.bind(bind("alt=preferred")));
    String endpoint = dial(bound, "alt=required");
    PairSocket<String> dialler = open(PAIR.connect(endpoint));
    Queue<String> atBound = new ConcurrentLinkedQueue<>();
    Queue<String> atDialler = new ConcurrentLinkedQueue<>();
    bound.receive().subscribe(atBound::add);
    dialler.receive().subscribe(atDialler::add);
    bound.send("to the dialler").block(SOON);
    dialler.send("to the bound one").block(SOON);
    awaitSize(atBound, 1);
    awaitSize(atDialler, 1);
    assertMoved(bound, dialler, endpoint);
    Queue<SocketEvent> atSecond = events(open(PAIR.connect(dial(bound, "alt=preferred"))));
    assertThat(awaitEvent(atSecond, SocketEvent.Retrying.class).cause())
        .hasMessageContaining("this PAIR has a peer already");
    awaitEvents(atSecond, SocketEvent.Retrying.class, 3);
    assertThat(atSecond).noneMatch(AlternateUnavailable.class::isInstance);
    closeClean(dialler);
  }

  @Test
  void requestsAndReplies() {
    RepSocket rep =
        open(
            Zmq.rep()
                .codec(Codec.utf8())
                .handle(q -> Mono.just(q + "!"))
                .bind(bind("alt=preferred")));
    String endpoint = dial(rep, "alt=preferred");
    ReqSocket<String, String> req = open(Zmq.req().codec(Codec.utf8()).connect(endpoint));
    assertThat(req.request("hello").block(SOON)).isEqualTo("hello!");
    assertThat(req.request("x".repeat(9_000_000)).block(SOON)).hasSize(9_000_001);
    assertMoved(rep, req, endpoint);
  }

  @Test
  void publications() {
    PubSocket<String> pub = open(Zmq.pub().codec(Codec.utf8()).bind(bind("alt=preferred")));
    String endpoint = dial(pub, "alt=required");
    SubSocket<String> sub = open(Zmq.sub().codec(Codec.utf8()).connect(endpoint));
    Queue<String> received = new ConcurrentLinkedQueue<>();
    sub.receive("a").subscribe(published -> received.add(published.value()));
    pub.awaitSubscribers("a", 1).block(SOON);
    pub.publish("a", "hello").block(SOON);
    awaitSize(received, 1);
    assertMoved(pub, sub, endpoint);
  }

  @Test
  void aListenerAtAllAddressesIsFoundAtTheOneThatWasDialled() {
    PullSocket<String> pull = open(PULL.bind("tcp://*:0?alt=preferred"));
    Queue<String> received = collect(pull);
    PushSocket<String> push = open(PUSH.connect(dial(pull, "alt=required")));
    push.send("hello").block(SOON);
    awaitSize(received, 1);
    assertThat(AltTransport.dials)
        .singleElement()
        .matches(dialled -> dialled.host().equals("127.0.0.1"));
  }

  @Test
  void whatABindSaysCanBeDialled() {
    PullSocket<String> pull = open(PULL.bind(bind("alt=required")));
    Queue<String> received = collect(pull);
    PushSocket<String> push = open(PUSH.connect(pull.endpoints().get(0)));
    push.send("hello").block(SOON);
    awaitSize(received, 1);
    assertMoved(pull, push, endpointOf(pull));
  }

  // ---- again

  @ParameterizedTest
  @ValueSource(strings = {"push", "pull"})
  void aConnectionThatBreaksMovesAgain(String dialling) {
    boolean pushDials = dialling.equals("push");
    PushSocket<String> push = open(pushDials ? PUSH : PUSH.bind(bind("alt=preferred")));
    PullSocket<String> pull = open(pushDials ? PULL.bind(bind("alt=preferred")) : PULL);
    ZmqSocket bound = pushDials ? pull : push;
    ZmqSocket dialler = pushDials ? push : pull;
    Queue<SocketEvent> atPull = events(pull);
    Queue<String> received = collect(pull);
    dialler.connect(dial(bound, "alt=preferred"));
    for (int life = 1; life <= 3; life++) {
      push.sendAll(Flux.fromIterable(numbers(life * 100, life * 100 + 100))).block(SOON);
      awaitSize(received, life * 100);
      await("all is confirmed").until(() -> push.metrics().inFlight() == 0);
      AltTransport.breakAll();
      awaitEvents(atPull, Disconnected.class, life);
      // sent while there is no peer
      push.sendAll(Flux.fromIterable(numbers(0, 1))).subscribe();
      awaitEvents(atPull, Connected.class, life + 1);
      awaitSize(received, life * 100 + 1);
      assertThat(received.stream().filter("0"::equals)).hasSize(1);
      received.remove("0");
    }
    assertThat(received).containsExactlyElementsOf(numbers(100, 400));
    assertThat(transports(push)).containsExactly(ALT);
    assertThat(transports(pull)).containsExactly(ALT);
    await().untilAsserted(() -> assertThat(dialler.metrics().reconnects()).isEqualTo(3));
    assertThat(dialler.metrics().fallbacks()).isZero();
    assertThat(push.metrics().unconfirmed()).isZero();
  }

  @Test
  void aRestartedListenerIsFoundAtItsNewAlternate() {
    String endpoint = "tcp://127.0.0.1:" + freePort();
    PushSocket<String> push = open(PUSH.connect(endpoint + "?alt=required"));
    for (int life = 0; life < 3; life++) {
      PullSocket<String> pull = open(PULL.bind(endpoint + "?alt=preferred"));
      Queue<String> received = collect(pull);
      push.send("life " + life).block(SOON);
      awaitSize(received, 1);
      assertThat(transports(pull)).containsExactly(ALT);
      closeClean(pull);
      await().until(() -> push.peers().isEmpty());
    }
    assertThat(AltTransport.dials.stream().distinct()).hasSize(3);
    assertThat(AltTransport.bound).isEmpty();
  }

  @Test
  void ofTwoSocketsThatDialEachOtherOneConnectionStays() {
    for (int round = 0; round < 20; round++) {
      AltTransport.connections.clear();
      PushSocket<String> push = open(PUSH.bind(bind("alt=preferred")));
      PullSocket<String> pull = open(PULL.bind(bind("alt=preferred")));
      Queue<String> received = collect(pull);
      push.sendAll(Flux.fromIterable(numbers(0, 20))).subscribe();
      Queue<SocketEvent> atPush = events(push);
      Queue<SocketEvent> atPull = events(pull);
      push.connect(dial(pull, "alt=preferred"));
      pull.connect(dial(push, "alt=preferred"));
      await("one of the two is refused, the other stays")
          .until(
              () ->
                  count(atPush, HandshakeFailed.class) + count(atPull, HandshakeFailed.class) > 2
                      && transports(push).equals(List.of(ALT))
                      && transports(pull).equals(List.of(ALT)));
      awaitSize(received, 20);
      assertThat(received).containsExactlyElementsOf(numbers(0, 20));
      assertThat(push.metrics().fallbacks() + pull.metrics().fallbacks()).isZero();
      closeClean(push);
      closeClean(pull);
    }
  }

  // ---- leaving

  @Test
  void whoUnbindsLeavesThePeersThatMoved() {
    PullSocket<String> pull = open(PULL.bind(bind("alt=preferred")));
    String endpoint = endpointOf(pull);
    PushSocket<String> push = open(PUSH.connect(dial(pull, "alt=preferred")));
    awaitPeers(pull, 1);
    awaitPeers(push, 1);
    pull.unbind(endpoint).block(SOON);
    assertThat(pull.peers()).isEmpty();
    assertThat(AltTransport.bound).isEmpty();
    assertThat(awaitEvent(events(push), Disconnected.class).cause()).isNull();
  }

  @Test
  void whoDisconnectsLeavesThePeerThatMoved() {
    PullSocket<String> pull = open(PULL.bind(bind("alt=preferred")));
    String endpoint = dial(pull, "alt=preferred");
    PushSocket<String> push = open(PUSH.connect(endpoint));
    awaitPeers(pull, 1);
    awaitPeers(push, 1);
    push.disconnect(endpoint).block(SOON);
    assertThat(push.peers()).isEmpty();
    assertThat(push.endpoints()).isEmpty();
    assertThat(awaitEvent(events(pull), Disconnected.class).cause()).isNull();
    assertThat(AltTransport.dials).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"disconnect", "dispose", "gone"})
  void aDialThatIsMovingIsGivenUp(String how) {
    AltTransport.dialling = AltTransport.Dialling.HANGS;
    PullSocket<String> pull = open(PULL.bind(bind("alt=preferred")));
    String endpoint = dial(pull, "alt=preferred");
    PushSocket<String> push = open(PUSH.connect(endpoint));
    await("the dial hangs").until(() -> AltTransport.hanging.get() == 1);
    switch (how) {
      case "disconnect" -> push.disconnect(endpoint).block(SOON);
      case "dispose" -> push.disposeLater().block(SOON);
      default -> push.dispose();
    }
    await("nobody waits").until(() -> AltTransport.hanging.get() == 0);
    assertThat(push.peers()).isEmpty();
    assertThat(pull.peers()).isEmpty();
    assertThat(events(pull)).noneMatch(HandshakeFailed.class::isInstance);
  }

  @ParameterizedTest
  @ValueSource(strings = {"disconnect", "dispose", "unbind"})
  void aHandshakeAtTheAlternateIsGivenUp(String how) {
    AltTransport.dialling = AltTransport.Dialling.SILENT;
    PullSocket<String> pull = open(PULL.bind(bind("alt=preferred")));
    String endpoint = dial(pull, "alt=preferred");
    PushSocket<String> push = open(PUSH.connect(endpoint));
    await("the dial has moved").until(() -> AltTransport.connections.size() == 1);
    switch (how) {
      case "disconnect" -> push.disconnect(endpoint).block(SOON);
      case "dispose" -> push.disposeLater().block(SOON);
      default -> pull.unbind(endpointOf(pull)).block(SOON);
    }
    if (!how.equals("unbind")) {
      await("the connection is closed")
          .until(() -> AltTransport.connections.stream().allMatch(c -> c.isDisposed()));
      assertThat(AltTransport.dials).hasSize(1);
    }
    assertThat(push.peers()).isEmpty();
    assertThat(pull.peers()).isEmpty();
  }

  // ---- what a transport is given, and gives

  @Test
  void framesAreAsLongAsTheTransportLikesThem() {
    String large = "x".repeat(9 * 1024 * 1024);
    PullSocket<String> pull = open(PULL.bind(bind("alt=preferred")));
    Queue<String> received = collect(pull);
    PushSocket<String> push = open(PUSH.connect(dial(pull, "alt=preferred")));
    push.send(large).block(SOON);
    awaitSize(received, 1);
    assertThat(received).containsExactly(large);
    int header = 64;
    assertThat(AltTransport.connections.element().longest())
        .isBetween(AltTransport.FRAME_BYTES, AltTransport.FRAME_BYTES + header);
  }

  @ParameterizedTest
  @CsvSource({"23, 1", "24, 4"})
  void aWindowIsCountedInFramesOfTheTransport(int budgetMib, int window) {
    PushSocket<String> push = open(PUSH.bind(bind("alt=preferred")));
    // a quarter of the budget is for windows: three frames of two MiB beyond the first, or not
    PullSocket<String> pull =
        open(
            PULL.receiveBudgetBytes(budgetMib * 1024L * 1024).connect(dial(push, "alt=preferred")));
    Queue<String> received = collect(pull);
    push.send("hello").block(SOON);
    awaitSize(received, 1);
    assertThat(AltTransport.connections.element().windows()).startsWith(window);
  }

  @Test
  void aTransportGetsTheOptionsThatAreMeantForIt() {
    ZmqResources own =
        ZmqResources.builder()
            .transportOptions("of nobody")
            .transportOptions(new AltTransport.Options("first"))
            .transportOptions(new AltTransport.Options("second"))
            .build();
    assertThat(own.transportOptions(String.class)).isEqualTo("of nobody");
    assertThat(own.transportOptions(Integer.class)).isNull();
    PullSocket<String> pull = open(PULL.bind(bind("alt=preferred")));
    PushSocket<String> push =
        PUSH.connect(dial(pull, "alt=preferred")).resources(own).openNow(SOON);
    awaitPeers(push, 1);
    assertThat(AltTransport.options).containsExactly(new AltTransport.Options("second"));
    own.disposeLater().block(SOON);
  }
}
