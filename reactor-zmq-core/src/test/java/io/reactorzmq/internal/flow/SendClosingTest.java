package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static reactor.core.publisher.Sinks.EmitResult.OK;

import io.reactorzmq.internal.flow.Values.Recording;
import io.reactorzmq.internal.flow.Values.Tracked;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.publisher.TestPublisher;

/** T65: closing ends every pending send with a signal. */
class SendClosingTest {

  private final List<String> log = new ArrayList<>();

  @Test
  void closingFailsWhatWaitsAndSendsWhatIsQueued() {
    Recording codec = new Recording();
    SendRig<String> rig = new SendRig<>(codec, 2, 100, 10);
    TestPeer<String> peer = rig.peer(1);
    for (String value : List.of("0", "1", "2", "3")) {
      send(rig, value);
    }
    rig.loop.run();

    rig.router.close();
    assertThat(log).containsExactly("2 ClosedException", "3 ClosedException");
    assertThat(codec.discarded).containsExactly("2", "3");
    assertThat(rig.router.isDrained()).isFalse();
    assertThat(rig.bounds.pending()).isZero();

    peer.open(2);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0", "1");
    assertThat(log).hasSize(4).endsWith("0 sent", "1 sent");
  }

  @Test
  void closingLetsAMessageInProgressEnd() {
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    TestPeer<String> peer = rig.peer(10).open(2);
    rig.loop.run();
    send(rig, Values.text('x', 40_000));
    rig.loop.run();

    rig.router.close();
    rig.router.leave(peer.lane);
    assertThat(rig.router.isDrained()).isFalse();
    peer.consume(1);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("x*40000");
  }

  @Test
  void closingFailsASendThatWaitsEncodedForCredit() {
    SendRig<Message> rig = new SendRig<>(Codec.message());
    Tracked tracked = new Tracked("0");
    rig.port.send(tracked.message).subscribe(v -> {}, e -> log.add(name(e)));
    rig.peer(1);
    rig.loop.run();

    rig.router.close();
    assertThat(log).containsExactly("ClosedException");
    assertThat(tracked.released).hasValue(1);
    rig.assertEmpty();
  }

  @Test
  void closingCancelsPublishersAndSendsWhatTheyGave() {
    Recording codec = new Recording();
    SendRig<String> rig = new SendRig<>(codec);
    TestPeer<String> peer = rig.peer(10);
    TestPublisher<String> source = TestPublisher.create();
    sendAll(rig, source.flux());
    rig.loop.run();
    source.next("0");
    TestPublisher<String> unseen = TestPublisher.create();
    sendAll(rig, unseen.flux());

    rig.router.close();
    source.assertCancelled();
    unseen.assertCancelled();
    unseen.assertWasNotRequested();
    assertThat(log).containsExactly("ClosedException", "ClosedException");
    peer.open(1);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0");
  }

  @Test
  void aPublisherThatComesLateIsCancelled() {
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    rig.peer(10);
    rig.router.close();
    TestPublisher<String> source = TestPublisher.create();
    sendAll(rig, source.flux());
    rig.loop.run();

    source.assertCancelled();
    assertThat(log).containsExactly("ClosedException");
    rig.assertEmpty();
  }

  @Test
  void aDrainOfAClosedRouterTellsWhoWaits() {
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    rig.peer(10);
    rig.loop.run();
    assertThat(rig.closingDrains).isZero();

    rig.router.close();
    rig.router.signal();
    rig.loop.run();
    assertThat(rig.closingDrains).isEqualTo(1);
    rig.router.terminate();
    rig.router.signal();
    rig.loop.run();
    assertThat(rig.closingDrains).as("nobody waits any more").isEqualTo(1);
  }

  @Test
  void terminatingDropsEverythingAndCountsIt() {
    SendRig<Message> rig = new SendRig<>(Codec.message(), 2, 100, 10);
    rig.peer(1);
    List<Tracked> values = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Tracked tracked = new Tracked("" + i);
      values.add(tracked);
      rig.port.send(tracked.message).subscribe(v -> {}, e -> log.add(e.getMessage()));
    }
    rig.loop.run();

    assertThat(rig.router.terminate()).as("those that had found a place").isEqualTo(2);
    assertThat(log).hasSize(4);
    assertThat(log.subList(0, 2)).allMatch(m -> m.contains("closing"));
    assertThat(log.subList(2, 4)).allMatch(m -> m.contains("before the message was handed"));
    assertThat(values).allSatisfy(v -> assertThat(v.released).hasValue(1));
    assertThat(rig.router.terminate()).isZero();
    rig.assertEmpty();
  }

  @Test
  void terminatingDoesNotCountWhatWasCancelled() {
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    rig.peer(1);
    rig.port.send("0").subscribe().dispose();
    assertThat(rig.port.tryEmit("1")).isEqualTo(OK);
    assertThat(rig.router.terminate()).isEqualTo(1);
    rig.assertEmpty();
  }

  @Test
  void aMessageInProgressIsDroppedWithItsPeer() {
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    TestPeer<String> peer = rig.peer(10).open(2);
    send(rig, Values.text('x', 40_000));
    rig.loop.run();

    assertThat(rig.router.terminate()).isZero();
    assertThat(log).isEmpty();
    peer.die();
    assertThat(rig.router.terminate()).isEqualTo(1);
    assertThat(log).hasSize(1).first().asString().endsWith("ClosedException");
    rig.assertEmpty();
  }

  /** A value may pass the check for a closed socket and be offered after its end. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsOfferedDuringTheEndIsDroppedAndSignalled(boolean waiting) {
    List<String> released = new ArrayList<>();
    Recording codec = new Recording();
    SendRig<String> rig = new SendRig<>(codec);
    TestPeer<String> peer = rig.peer(10);
    rig.loop.run();
    SendItem<String> item = item(rig, waiting, released);

    rig.router.terminate();
    rig.router.offer(item);
    rig.loop.run();
    assertThat(released).containsExactly("ClosedException");
    peer.open(1);
    rig.assertEmpty();
    assertThat(peer.received()).isEmpty();
    assertThat(codec.discarded).hasSize(waiting ? 1 : 0);
  }

  @Test
  void whatIsOfferedDuringTheCloseIsSentIfItHadAPlace() {
    List<String> released = new ArrayList<>();
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    TestPeer<String> peer = rig.peer(10).open(1);
    rig.loop.run();
    SendItem<String> placed = item(rig, false, released);
    SendItem<String> waiting = item(rig, true, released);

    rig.router.close();
    rig.router.offer(placed);
    rig.router.offer(waiting);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("value");
    assertThat(released).containsExactly("ClosedException", "released");
  }

  @Test
  void afterTheLoopHasEndedWhatComesLateIsFailedByItsSender() {
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    List<String> released = new ArrayList<>();
    rig.peer(10);
    rig.loop.run();
    SendItem<String> item = item(rig, false, released);
    rig.router.terminate();
    rig.loop.run();
    rig.loop.shutdownGracefully();

    rig.router.offer(item);
    assertThat(released).containsExactly("ClosedException");
    TestPublisher<String> source = TestPublisher.create();
    sendAll(rig, source.flux());
    source.assertCancelled();
    assertThat(log).containsExactly("ClosedException");
  }

  // ---- callbacks may do anything

  @Test
  void aFailedSendMayLookAtTheRouter() {
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    List<Boolean> drained = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      rig.port.send("" + i).subscribe(v -> {}, e -> drained.add(rig.router.isDrained()));
    }
    rig.loop.run();

    rig.router.close();
    assertThat(drained).hasSize(3).last().isEqualTo(true);
    rig.assertEmpty();
  }

  @Test
  void aFailedSendMayTerminate() {
    Recording codec = new Recording();
    SendRig<String> rig = new SendRig<>(codec);
    send(rig, "bad", rig.router::terminate);
    send(rig, "1");
    rig.peer(10).open(1);
    rig.loop.run();
    assertThat(log).containsExactly("1 ClosedException", "bad CodecException");

    List<String> released = new ArrayList<>();
    rig.router.offer(item(rig, false, released));
    rig.loop.run();
    assertThat(released).as("the drain still works").containsExactly("ClosedException");
    rig.assertEmpty();
  }

  @Test
  void aCompletedSendMayClose() {
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    TestPeer<String> peer = rig.peer(1).open(5);
    rig.port.send("0").doOnSuccess(v -> rig.router.close()).subscribe();
    assertThat(rig.port.tryEmit("1")).isEqualTo(OK);

    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0", "1");
    assertThat(rig.closingDrains).isPositive();
  }

  @Test
  void aPublisherMayCloseWhileItIsAsked() {
    SendRig<String> rig = new SendRig<>(Codec.utf8());
    TestPeer<String> peer = rig.peer(10).open(5);
    sendAll(rig, Flux.just("0").doOnComplete(rig.router::close));
    sendAll(rig, Flux.just("1"));
    sendAll(rig, Flux.just("2"));

    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0");
    assertThat(log).containsOnly("ClosedException").hasSize(3);
    assertThat(rig.closingDrains).isPositive();
  }

  @Test
  void aCompletionMaySendTheNext() {
    SendRig<String> rig = new SendRig<>(Codec.utf8(), 1, 100, 0);
    TestPeer<String> peer = rig.peer(1).open(5);
    Mono<Void> chain = rig.port.send("0").then(rig.port.send("1")).then(rig.port.send("2"));
    chain.subscribe(v -> {}, e -> log.add(name(e)), () -> log.add("sent"));

    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0", "1", "2");
    assertThat(log).containsExactly("sent");
  }

  @Test
  void aCompletionFindsTheRoomOfAllThatWasFramedBefore() {
    SendRig<String> rig = new SendRig<>(Codec.utf8(), 2, 100, 0);
    TestPeer<String> peer = rig.peer(10).open(5);
    assertThat(rig.port.tryEmit("0")).isEqualTo(OK);
    rig.port
        .send("1")
        .subscribe(
            v -> {},
            e -> {},
            () -> {
              log.add(rig.port.tryEmit("2").toString());
              log.add(rig.port.tryEmit("3").toString());
            });

    rig.assertEmpty();
    assertThat(log).containsExactly("OK", "OK");
    assertThat(peer.received()).containsExactly("0", "1", "2", "3");
  }

  private SendItem<String> item(SendRig<String> rig, boolean waiting, List<String> released) {
    SendItem.Completion completion =
        new SendItem.Completion() {
          @Override
          public void released() {
            released.add("released");
          }

          @Override
          public void failed(Throwable cause) {
            released.add(name(cause));
          }
        };
    if (waiting) {
      assertThat(rig.bounds.tryReservePending()).isTrue();
      return SendItem.pending(rig.bounds, rig.router.codec(), "value", completion);
    }
    SendItem<String> item = rig.port.encodeWithinBounds("value", completion);
    assertThat(item).isNotNull();
    return item;
  }

  private void send(SendRig<String> rig, String value) {
    send(rig, value, () -> {});
  }

  private void send(SendRig<String> rig, String value, Runnable onError) {
    rig.port
        .send(value)
        .subscribe(
            v -> {},
            e -> {
              onError.run();
              log.add(value + " " + name(e));
            },
            () -> log.add(value + " sent"));
  }

  private void sendAll(SendRig<String> rig, Flux<String> values) {
    rig.port.sendAll(values).subscribe(v -> {}, e -> log.add(name(e)), () -> log.add("sent"));
  }

  private static String name(Throwable cause) {
    return cause.getClass().getSimpleName();
  }
}
