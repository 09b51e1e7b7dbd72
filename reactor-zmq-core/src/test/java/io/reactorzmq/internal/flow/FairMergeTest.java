package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.message.Codec;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.Disposable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Hooks;
import reactor.test.StepVerifier;
import reactor.test.subscriber.TestSubscriber;

/** One subscriber at a time gets one message a turn of each peer, as many as it asked for. */
class FairMergeTest {

  private final ReceiveRig<String> rig = new ReceiveRig<>(Codec.utf8());
  private final List<String> received = new ArrayList<>();

  @AfterEach
  void close() {
    rig.close();
  }

  /** T45: PULL takes turns between pushers. */
  @Test
  void peersTakeTurns() {
    rig.openPeer("a", 4).send("a0", "a1", "a2");
    rig.openPeer("b", 4).send("b0");
    rig.openPeer("c", 4).send("c0", "c1");
    rig.merge.subscribe(received::add);
    rig.run();

    assertThat(received).containsExactly("a0", "b0", "c0", "a1", "c1", "a2");
    assertThat(rig.merge.received()).isEqualTo(6);
  }

  @Test
  void aPeerIsServedAgainAfterItRanDry() {
    TestSender a = rig.openPeer("a", 4);
    TestSender b = rig.openPeer("b", 4);
    rig.merge.subscribe(received::add);
    a.send("a0");
    rig.run();
    b.send("b0");
    a.send("a1");
    b.send("b1");
    a.send("a2");
    rig.run();
    assertThat(received).containsExactly("a0", "b0", "a1", "b1", "a2");
  }

  @Test
  void demandIsHonouredExactly() {
    TestSender peer = rig.openPeer("a", 4).send("0", "1", "2", "3");
    TestSubscriber<String> subscriber = TestSubscriber.builder().initialRequest(0).build();
    rig.merge.subscribe(subscriber);
    rig.run();
    assertThat(subscriber.getReceivedOnNext()).isEmpty();

    subscriber.request(1);
    rig.run();
    assertThat(subscriber.getReceivedOnNext()).containsExactly("0");
    subscriber.request(1);
    subscriber.request(1);
    rig.run();
    assertThat(subscriber.getReceivedOnNext()).containsExactly("0", "1", "2");
    assertThat(rig.merge.undelivered()).isEqualTo(1);
    assertThat(peer.consumed()).isZero();

    subscriber.request(5);
    rig.run();
    peer.send("4", "5", "6", "7", "8");
    rig.run();
    assertThat(subscriber.getReceivedOnNext())
        .containsExactly("0", "1", "2", "3", "4", "5", "6", "7");
  }

  @Test
  void demandOfTheLastTurnIsNotForgotten() {
    TestSender peer = rig.openPeer("a", 4);
    TestSubscriber<String> subscriber = TestSubscriber.builder().initialRequest(1).build();
    rig.merge.subscribe(subscriber);
    for (int i = 0; i < 3; i++) {
      peer.send("" + i);
      rig.run();
      assertThat(subscriber.getReceivedOnNext()).hasSize(i + 1);
      subscriber.request(1);
    }
  }

  @Test
  void whatIsAskedForInOnNextComes() {
    rig.openPeer("a", 4).send("0", "1", "2");
    rig.merge.subscribe(
        new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(Subscription subscription) {
            request(1);
          }

          @Override
          protected void hookOnNext(String value) {
            received.add(value);
            request(1);
          }
        });
    rig.run();
    assertThat(received).containsExactly("0", "1", "2");
  }

  @Test
  void demandForNothingIsIgnored() {
    rig.openPeer("a", 4).send("0");
    rig.merge.subscribe(
        new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(Subscription subscription) {
            subscription.request(0);
            subscription.request(-1);
          }

          @Override
          protected void hookOnNext(String value) {
            received.add(value);
          }
        });
    rig.run();
    assertThat(received).isEmpty();
  }

  @Test
  void aTurnIsBoundedAndCreditGoesBackBetweenTurns() {
    TestSender peer = rig.openPeer("a", 20);
    for (int frame = 0; frame < 6; frame++) {
      String[] values = new String[100];
      for (int i = 0; i < 100; i++) {
        values[i] = "" + (100 * frame + i);
      }
      peer.send(values);
    }
    rig.merge.subscribe(received::add);
    assertThat(rig.delivery.waiting()).isEqualTo(1);

    rig.delivery.runOne();
    assertThat(received).hasSize(256);
    assertThat(peer.consumed()).isEqualTo(2);
    assertThat(rig.delivery.waiting()).isEqualTo(1);
    rig.delivery.runOne();
    assertThat(received).hasSize(512);
    rig.delivery.runOne();
    assertThat(received).hasSize(600).last().isEqualTo("599");
    assertThat(peer.consumed()).isEqualTo(6);
    assertThat(rig.delivery.waiting()).isZero();
  }

  @Test
  void manyArrivalsAreOneTurn() {
    TestSender peer = rig.openPeer("a", 4);
    rig.merge.subscribe(received::add);
    rig.run();
    peer.send("0").send("1").send("2");
    assertThat(rig.delivery.waiting()).isEqualTo(1);
    rig.run();
    assertThat(received).containsExactly("0", "1", "2");
  }

  // ---- subscribers

  @Test
  void nothingIsTakenWithoutASubscriber() {
    TestSender peer = rig.openPeer("a", 4).send("0", "1");
    rig.run();
    assertThat(rig.merge.undelivered()).isEqualTo(2);
    assertThat(rig.merge.hasSubscriber()).isFalse();
    assertThat(rig.merge.wasSubscribed()).isFalse();
    assertThat(peer.consumed()).isZero();
  }

  @Test
  void theFirstSubscriptionEverIsReportedOnce() {
    rig.merge.subscribe().dispose();
    assertThat(rig.firstSubscribers).isEqualTo(1);
    assertThat(rig.merge.wasSubscribed()).isTrue();
    rig.merge.subscribe().dispose();
    assertThat(rig.firstSubscribers).isEqualTo(1);
  }

  @Test
  void aSecondSubscriberAtATimeIsRefused() {
    TestSender peer = rig.openPeer("a", 4);
    rig.merge.subscribe(received::add);

    StepVerifier.create(rig.merge)
        .expectErrorSatisfies(
            e ->
                assertThat(e)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("has a subscriber already")
                    .hasMessageContaining("share()"))
        .verify();
    peer.send("0");
    rig.run();
    assertThat(received).containsExactly("0");
    assertThat(rig.firstSubscribers).isEqualTo(1);
  }

  @Test
  void whatWasPrefetchedStaysForTheNext() {
    TestSender peer = rig.openPeer("a", 4).send("0", "1", "2");
    StepVerifier.create(rig.merge.take(2)).then(rig::run).expectNext("0", "1").verifyComplete();
    assertThat(peer.consumed()).isZero();
    assertThat(rig.merge.undelivered()).isEqualTo(1);
    peer.send("3");
    rig.run();

    rig.merge.subscribe(received::add);
    rig.run();
    assertThat(received).containsExactly("2", "3");
    assertThat(peer.consumed()).isEqualTo(2);
  }

  @Test
  void cancellingInOnNextStopsAtOnce() {
    rig.openPeer("a", 4).send("0", "1");
    rig.openPeer("b", 4).send("2");
    rig.merge.subscribe(
        new BaseSubscriber<>() {
          @Override
          protected void hookOnNext(String value) {
            received.add(value);
            cancel();
          }
        });
    rig.run();
    assertThat(received).containsExactly("0");
    assertThat(rig.merge.hasSubscriber()).isFalse();

    rig.merge.subscribe(received::add);
    rig.run();
    assertThat(received).containsExactly("0", "2", "1");
  }

  @Test
  void theNextMaySubscribeInOnNext() {
    rig.openPeer("a", 4).send("0", "1", "2");
    rig.merge.subscribe(
        new BaseSubscriber<>() {
          @Override
          protected void hookOnNext(String value) {
            received.add("first " + value);
            cancel();
            rig.merge.subscribe(next -> received.add("second " + next));
          }
        });
    rig.run();
    assertThat(received).containsExactly("first 0", "second 1", "second 2");
  }

  @Test
  void cancellingTwiceDoesNotTouchTheNext() {
    Disposable first = rig.merge.subscribe();
    first.dispose();
    rig.merge.subscribe(received::add);
    first.dispose();
    assertThat(rig.merge.hasSubscriber()).isTrue();

    rig.openPeer("a", 1).send("0");
    rig.run();
    assertThat(received).containsExactly("0");
  }

  @Test
  void aSubscriberThatThrowsIsDroppedAndTheNextGoesOn() {
    TestSender peer = rig.openPeer("a", 4).send("0", "1");
    List<Throwable> dropped = new ArrayList<>();
    Hooks.onErrorDropped(dropped::add);
    try {
      rig.merge.subscribe(new Throwing(new IllegalStateException("boom")));
      rig.run();
      assertThat(dropped).hasSize(1).first().isInstanceOf(IllegalStateException.class);
      assertThat(rig.merge.hasSubscriber()).isFalse();

      rig.merge.subscribe(new Throwing(new AssertionError("boom")));
      rig.run();
      assertThat(dropped).hasSize(2).last().isInstanceOf(AssertionError.class);
    } finally {
      Hooks.resetOnErrorDropped();
    }
    rig.merge.subscribe(received::add);
    peer.send("2");
    rig.run();
    assertThat(received).containsExactly("2");
    assertThat(peer.consumed()).isEqualTo(2);
  }

  // ---- idleness

  @Test
  void idleIsReportedWhenAllIsTaken() {
    rig.merge.subscribe(received::add);
    rig.openPeer("a", 4).send("0", "1");
    rig.openPeer("b", 4).send("2");
    assertThat(rig.idle).isZero();
    rig.run();
    assertThat(rig.merge.undelivered()).isZero();
    assertThat(rig.idle).isEqualTo(1);
    rig.run();
    assertThat(rig.idle).isEqualTo(1);
  }

  @Test
  void idleIsReportedWhenTheSubscriberLeaves() {
    Disposable subscription = rig.merge.subscribe();
    rig.run();
    assertThat(rig.idle).isZero();
    subscription.dispose();
    assertThat(rig.idle).isEqualTo(1);
  }

  private static final class Throwing implements CoreSubscriber<String> {
    private final Throwable failure;

    Throwing(Throwable failure) {
      this.failure = failure;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(String value) {
      throw Values.<RuntimeException>sneaky(failure);
    }

    @Override
    public void onError(Throwable cause) {
      throw new AssertionError("no signal after a throw", cause);
    }

    @Override
    public void onComplete() {
      throw new AssertionError("no signal after a throw");
    }
  }
}
