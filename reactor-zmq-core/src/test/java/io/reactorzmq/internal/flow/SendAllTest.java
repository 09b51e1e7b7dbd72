package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static reactor.core.publisher.Sinks.EmitResult.OK;

import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.internal.flow.Values.Recording;
import io.reactorzmq.internal.wire.Limits;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.test.StepVerifier;
import reactor.test.publisher.TestPublisher;
import reactor.test.publisher.TestPublisher.Violation;

/** A publisher is asked for no more than there is room for, and its end is the send's. */
class SendAllTest {

  private final Recording codec = new Recording();
  private final List<String> log = new ArrayList<>();
  private final List<Long> requests = new ArrayList<>();

  // ---- demand

  @Test
  void isColdAndSubscribesAnew() {
    SendRig<String> rig = new SendRig<>(codec);
    TestPeer<String> peer = rig.peer(10).open(9);
    Mono<Void> all = rig.port.sendAll(Flux.just("0", "1"));
    rig.loop.run();
    assertThat(codec.encoded).isEmpty();

    all.subscribe();
    rig.loop.run();
    all.subscribe();
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0", "1", "0", "1");
  }

  @Test
  void nothingIsRequestedWithoutAPeer() {
    SendRig<String> rig = new SendRig<>(codec, 10, 100, 10);
    TestPublisher<String> source = sendAll(rig);
    rig.loop.run();
    source.assertSubscribers(1);
    assertThat(requests).isEmpty();

    TestPeer<String> peer = rig.peer(10);
    rig.loop.run();
    assertThat(requests).hasSize(1);
    peer.die();
    source.next("0", "1");
    rig.router.signal();
    rig.loop.run();
    assertThat(requests).as("no peer again").hasSize(1);
    rig.close();
  }

  @Test
  void aPeerNeedsNoLaneYet() {
    SendRig<String> rig = new SendRig<>(codec);
    TestPublisher<String> source = sendAll(rig);
    rig.loop.run();
    rig.router.peerArrived();
    rig.loop.run();
    assertThat(requests).hasSize(1);
    source.complete();
    rig.assertEmpty();
  }

  @Test
  void roomThatOneGivesBackIsAnothers() {
    SendRig<String> rig = new SendRig<>(codec, 1, 100, 10);
    rig.peer(10);
    TestPublisher<String> idle = TestPublisher.create();
    rig.port.sendAll(idle).subscribe();
    TestPublisher<String> source = sendAll(rig);
    rig.loop.run();
    assertThat(requests).isEmpty();

    idle.complete();
    rig.loop.run();
    assertThat(requests).containsExactly(1L);
    source.complete();
    rig.assertEmpty();
  }

  @Test
  void noMoreIsRequestedThanThereIsRoom() {
    SendRig<String> rig = new SendRig<>(codec, 10, 1_000_000, 10);
    TestPeer<String> peer = rig.peer(100);
    assertThat(rig.port.tryEmit("first")).isEqualTo(OK);
    List<String> asked = new ArrayList<>();
    subscribe(rig, Flux.range(0, 100).map(String::valueOf).doOnNext(asked::add));
    rig.loop.run();
    assertThat(requests).hasSizeGreaterThan(1);
    assertThat(asked).hasSize(9);
    assertThat(rig.bounds.messages()).isEqualTo(10);

    peer.open(1);
    rig.loop.run();
    assertThat(asked).hasSize(100);
    assertThat(peer.received()).hasSize(100);
    peer.consume(1);
    rig.assertEmpty();
    assertThat(log).containsExactly("sent");
  }

  @Test
  void roomIsGrantedBeforehand() {
    SendRig<String> rig = new SendRig<>(codec, 10, 100, 10);
    rig.peer(1);
    TestPublisher<String> source = sendAll(rig);
    rig.loop.run();
    assertThat(requests).containsExactly(2L);
    assertThat(rig.bounds.messages()).isEqualTo(2);
    source.complete();
    rig.assertEmpty();
  }

  @Test
  void idlePublishersLeaveRoomForOthers() {
    SendRig<String> rig = new SendRig<>(codec, 100, 10_000, 10);
    TestPeer<String> peer = rig.peer(10).open(9);
    for (int i = 0; i < 20; i++) {
      rig.port.sendAll(Flux.never()).subscribe(v -> {}, e -> {});
      rig.loop.run();
    }
    assertThat(rig.bounds.messages()).isLessThanOrEqualTo(100);
    assertThat(rig.port.tryEmit("offered")).isEqualTo(OK);
    rig.port.sendAll(Flux.just("published")).subscribe();
    rig.loop.run();
    assertThat(peer.received()).containsExactly("offered", "published");
    rig.router.close();
    rig.assertEmpty();
  }

  @Test
  void aGrantIsBoundedAndRenewedWhenAQuarterIsLeft() {
    SendRig<String> rig = new SendRig<>(codec, 1000, 1_000_000, 10);
    rig.peer(1000).open(99);
    TestPublisher<String> source = sendAll(rig);
    rig.loop.run();
    assertThat(requests).containsExactly(128L);

    IntStream.range(0, 95).forEach(i -> source.next("x"));
    rig.loop.run();
    assertThat(requests).as("33 are left").containsExactly(128L);
    source.next("x");
    rig.loop.run();
    assertThat(requests).containsExactly(128L, 96L);
    source.complete();
    rig.assertEmpty();
  }

  @Test
  void theLargestValueSoFarTellsHowManyFit() {
    SendRig<String> rig = new SendRig<>(codec, 1000, 1000, 10);
    TestPeer<String> peer = rig.peer(1000);
    TestPublisher<String> source = sendAll(rig);
    rig.loop.run();
    assertThat(requests).containsExactly(128L);
    IntStream.range(0, 127).forEach(i -> source.next(""));
    source.next(Values.text('x', 300));
    rig.loop.run();
    // 700 bytes are free, and the largest so far had 300
    assertThat(requests).containsExactly(128L, 2L);
    source.next("y");
    source.next("y");
    rig.router.signal();
    rig.loop.run();
    assertThat(requests).containsExactly(128L, 2L, 2L);

    peer.open(9);
    rig.loop.run();
    assertThat(requests).as("3 fit an empty queue").containsExactly(128L, 2L, 2L, 1L);
    source.complete();
    rig.assertEmpty();
  }

  @Test
  void oneIsRequestedAsLongAsAByteIsFree() {
    SendRig<String> rig = new SendRig<>(codec, 1000, 1000, 10);
    TestPeer<String> peer = rig.peer(1000).open(1);
    TestPublisher<String> source = sendAll(rig);
    rig.loop.run();
    IntStream.range(0, 128).forEach(i -> source.next(Values.text('x', 7)));
    rig.loop.run();
    requests.clear();
    peer.consume(0);

    // all is framed; a value larger than the bound comes next
    for (long open = 128; open > 0; open--) {
      source.next(open == 1 ? Values.text('L', 1500) : "");
    }
    rig.loop.run();
    requests.clear();
    assertThat(rig.bounds.bytes()).isEqualTo(1500);
    peer.consume(5);
    rig.loop.run();
    assertThat(requests).containsExactly(1L);
    source.next("z");
    rig.loop.run();
    assertThat(requests).containsExactly(1L, 1L);
    source.complete();
    peer.consume(5);
    rig.assertEmpty();
  }

  @Test
  void nothingIsRequestedWhenNoByteIsFree() {
    SendRig<String> rig = new SendRig<>(codec, 1000, 10, 10);
    TestPeer<String> peer = rig.peer(1000);
    assertThat(rig.port.tryEmit("0123456789")).isEqualTo(OK);
    TestPublisher<String> source = sendAll(rig);
    rig.loop.run();
    assertThat(requests).isEmpty();

    peer.open(1);
    rig.loop.run();
    assertThat(requests).containsExactly(10L);
    source.complete();
    rig.assertEmpty();
  }

  @Test
  void sourcesAreAskedInTurn() {
    SendRig<String> rig = new SendRig<>(codec, 1, 100, 10);
    TestPeer<String> peer = rig.peer(1).open(100);
    rig.port.sendAll(Flux.range(0, 3).map(i -> "a" + i)).subscribe();
    rig.port.sendAll(Flux.range(0, 3).map(i -> "b" + i)).subscribe();
    rig.port.sendAll(Flux.range(0, 3).map(i -> "c" + i)).subscribe();

    rig.assertEmpty();
    assertThat(peer.received())
        .startsWith("a0", "b0", "c0", "a1", "b1", "c1", "a2")
        .hasSize(9)
        .contains("b2", "c2");
  }

  @Test
  void allOfALongPublisherArrivesInOrder() {
    SendRig<String> rig = new SendRig<>(codec, 100, 300, 10);
    TestPeer<String> peer = rig.peer(7).open(2);
    peer.onFrame(() -> peer.credit.demanded(1));
    List<String> values = IntStream.range(0, 5000).mapToObj(String::valueOf).toList();

    StepVerifier.create(rig.port.sendAll(Flux.fromIterable(values)))
        .then(rig.loop::run)
        .verifyComplete();
    assertThat(peer.received()).isEqualTo(values);
    assertThat(rig.router.sent()).isEqualTo(5000);
    rig.assertEmpty();
  }

  @Test
  void aRefusedOfferGivesItsRoomBack() {
    SendRig<String> rig = new SendRig<>(codec, 1, 100, 10);
    TestPeer<String> peer = rig.peer(1).open(5);
    codec.whileEncoding = rig.loop::run; // the drain finds the only place taken
    rig.port.sendAll(Flux.just("1")).subscribe();

    Assertions.assertThatThrownBy(() -> rig.port.tryEmit("bad")).isInstanceOf(CodecException.class);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("1");
  }

  // ---- the end

  @Test
  void completesWhenAllIsReleased() {
    SendRig<String> rig = new SendRig<>(codec);
    TestPeer<String> peer = rig.peer(1).open(1);
    peer.hold();
    TestPublisher<String> source = sendAll(rig);
    rig.loop.run();
    source.next("small", Values.text('x', 2000)).complete();
    rig.loop.run();
    assertThat(log).isEmpty();

    peer.consume(1);
    rig.assertEmpty();
    assertThat(log).isEmpty();
    peer.release();
    assertThat(log).containsExactly("sent");
  }

  @Test
  void anEmptyPublisherCompletesWithoutAPeer() {
    SendRig<String> rig = new SendRig<>(codec);
    StepVerifier.create(rig.port.sendAll(Flux.empty())).verifyComplete();
    rig.assertEmpty();
  }

  @Test
  void thePublishersErrorIsPassedOnAndWhatCameBeforeIsSent() {
    SendRig<String> rig = new SendRig<>(codec, 10, 100, 10);
    TestPeer<String> peer = rig.peer(10);
    TestPublisher<String> source = sendAll(rig);
    rig.loop.run();
    source.next("0").error(new IllegalStateException("boom"));
    rig.loop.run();
    assertThat(log).containsExactly("IllegalStateException: boom");
    assertThat(rig.bounds.messages()).isEqualTo(1);

    peer.open(1);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0");
    assertThat(log).hasSize(1);
  }

  @Test
  void cancellingCancelsThePublisherAndGivesRoomBack() {
    SendRig<String> rig = new SendRig<>(codec, 10, 100, 10);
    TestPeer<String> peer = rig.peer(10);
    TestPublisher<String> source = TestPublisher.createNoncompliant(Violation.CLEANUP_ON_TERMINATE);
    Disposable all = subscribe(rig, source.flux());
    rig.loop.run();
    source.next("0");

    all.dispose();
    source.assertCancelled();
    assertThat(rig.bounds.messages()).isEqualTo(1);
    peer.open(1);
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0");
    assertThat(log).isEmpty();
  }

  @Test
  void cancelledInOnSubscribeItAsksForNothing() {
    SendRig<String> rig = new SendRig<>(codec);
    rig.peer(10).open(1);
    TestPublisher<String> source = TestPublisher.create();
    rig.port
        .sendAll(source)
        .subscribe(
            new BaseSubscriber<>() {
              @Override
              protected void hookOnSubscribe(Subscription subscription) {
                subscription.cancel();
              }
            });
    source.assertCancelled();
    source.assertWasNotRequested();
    rig.assertEmpty();
  }

  @Test
  void aValueThatCannotBeEncodedFailsIt() {
    SendRig<String> rig = new SendRig<>(codec, 10, 100, 10);
    TestPeer<String> peer = rig.peer(10).open(1);
    TestPublisher<String> source = sendAll(rig);
    rig.loop.run();
    source.next("0");
    source.next("bad");

    source.assertCancelled();
    assertThat(codec.discarded).containsExactly("bad");
    assertThat(log).hasSize(1).first().asString().startsWith("CodecException: the codec could not");
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0");
  }

  @Test
  void anErrorOfTheCodecFailsIt() {
    codec.failure = new AssertionError("even an error");
    SendRig<String> rig = new SendRig<>(codec, 10, 100, 10);
    rig.peer(10).open(1);

    StepVerifier.create(rig.port.sendAll(Flux.just("bad")))
        .then(rig.loop::run)
        .verifyError(CodecException.class);
    rig.assertEmpty();
  }

  @Test
  void aValueThatNoPeerTakesFailsItAndIsCounted() {
    SendRig<String> rig = new SendRig<>(codec);
    TestPeer<String> peer = rig.peer(new Limits(10, SendRig.FRAME, 5, 0)).open(2);
    TestPublisher<String> source = sendAll(rig);
    rig.loop.run();
    source.next("1", "too long");
    rig.loop.run();

    source.assertCancelled();
    assertThat(log).hasSize(1).first().asString().startsWith("MessageTooLargeException");
    assertThat(rig.dropped).hasSize(1).first().isInstanceOf(MessageTooLargeException.class);
    assertThat(peer.received()).containsExactly("1");
    rig.assertEmpty();
  }

  @Test
  void whatComesAfterTheEndIsDiscarded() {
    SendRig<String> rig = new SendRig<>(codec);
    TestPeer<String> peer = rig.peer(10).open(2);
    TestPublisher<String> source = TestPublisher.createNoncompliant(Violation.CLEANUP_ON_TERMINATE);
    Disposable all = subscribe(rig, source.flux());
    rig.loop.run();
    all.dispose();
    List<Throwable> late = new ArrayList<>();
    Hooks.onErrorDropped(late::add);
    try {
      source.next("late").error(new IllegalStateException("late"));
    } finally {
      Hooks.resetOnErrorDropped();
    }

    assertThat(codec.discarded).containsExactly("late");
    assertThat(late).hasSize(1);
    rig.assertEmpty();
    assertThat(peer.received()).isEmpty();
    assertThat(log).isEmpty();
  }

  @Test
  void aPublisherThatEmitsUnaskedIsCancelled() {
    SendRig<String> rig = new SendRig<>(codec, 8, 100, 10);
    TestPeer<String> peer = rig.peer(10).open(2);
    TestPublisher<String> source = TestPublisher.createNoncompliant(Violation.REQUEST_OVERFLOW);
    subscribe(rig, source.flux());
    rig.loop.run();
    source.next("0").next("1").next("2");

    source.assertCancelled();
    assertThat(codec.discarded).containsExactly("2");
    assertThat(log).hasSize(1).first().asString().contains("requested");
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0", "1");
  }

  @Test
  void aSecondSubscriptionFromTheSamePublisherIsCancelled() {
    SendRig<String> rig = new SendRig<>(codec, 2, 100, 10);
    List<String> cancelled = new ArrayList<>();
    List<Throwable> dropped = new ArrayList<>();
    Hooks.onErrorDropped(dropped::add);
    try {
      rig.port
          .sendAll(
              subscriber -> {
                subscriber.onSubscribe(subscription(cancelled, "first"));
                subscriber.onSubscribe(subscription(cancelled, "second"));
              })
          .subscribe(v -> {}, e -> {});
    } finally {
      Hooks.resetOnErrorDropped();
    }
    assertThat(cancelled).containsExactly("second");
    rig.close();
    assertThat(cancelled).containsExactly("second", "first");
  }

  @Test
  void thePublisherSeesTheSubscribersContext() {
    SendRig<String> rig = new SendRig<>(codec);
    TestPeer<String> peer = rig.peer(10).open(1);
    Flux<String> fromContext = Flux.deferContextual(ctx -> Flux.just(ctx.<String>get("key")));

    rig.port.sendAll(fromContext).contextWrite(ctx -> ctx.put("key", "0")).subscribe();
    rig.assertEmpty();
    assertThat(peer.received()).containsExactly("0");
  }

  @Test
  void completionsRunWhereTheyAreTold() {
    SendRig<String> rig = new SendRig<>(codec);
    rig.peer(10).open(1);
    List<Runnable> later = new ArrayList<>();
    SendPort<String> port = new SendPort<>(rig.router, later::add);
    port.sendAll(Flux.just("0")).subscribe(v -> {}, e -> {}, () -> log.add("sent"));
    port.sendAll(Flux.just("bad")).subscribe(v -> {}, e -> log.add("failed"));
    rig.loop.run();

    assertThat(log).isEmpty();
    later.forEach(Runnable::run);
    assertThat(log).containsExactlyInAnyOrder("sent", "failed");
  }

  @Test
  void aHotSourceIsSentAsItEmits() {
    SendRig<String> rig = new SendRig<>(codec);
    TestPeer<String> peer = rig.peer(10).open(5);
    Sinks.Many<String> sink = Sinks.many().unicast().onBackpressureBuffer();
    subscribe(rig, sink.asFlux());
    rig.loop.run();
    sink.tryEmitNext("0");
    rig.loop.run();
    sink.tryEmitNext("1");
    rig.loop.run();
    assertThat(peer.frames).containsExactly(List.of("0"), List.of("1"));
    sink.tryEmitComplete();
    rig.assertEmpty();
    assertThat(log).containsExactly("sent");
  }

  private static Subscription subscription(List<String> cancelled, String name) {
    return new Subscription() {
      @Override
      public void request(long n) {}

      @Override
      public void cancel() {
        cancelled.add(name);
      }
    };
  }

  private TestPublisher<String> sendAll(SendRig<String> rig) {
    TestPublisher<String> source = TestPublisher.create();
    subscribe(rig, source.flux());
    return source;
  }

  private Disposable subscribe(SendRig<String> rig, Flux<String> source) {
    return rig.port
        .sendAll(source.doOnRequest(requests::add))
        .subscribe(
            v -> {},
            e -> log.add(e.getClass().getSimpleName() + ": " + e.getMessage()),
            () -> log.add("sent"));
  }
}
