package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.error.PeerTimeoutException;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OnUndecodable;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.subscriber.TestSubscriber;

// Past 300 lines because each way a large message can meet the budget is a test.

/** Messages of several frames: the share of the budget they need, and the credit it allows. */
class InletAssemblyTest {

  private static final int FRAME = ReceiveRig.FRAME;

  /** 300,000 bytes are for assemblies. */
  private final ReceiveRig<String> rig =
      new ReceiveRig<>(Codec.utf8(), 400_000, OnUndecodable.SKIP);

  private final TestSubscriber<String> subscriber =
      TestSubscriber.builder().initialRequest(0).build();

  @AfterEach
  void close() {
    rig.close();
  }

  // ---- credit

  @Test
  void aFrameInWhichNoMessageEndsReturnsItsCreditOnceItIsAdmitted() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 1).write(text(4 * FRAME));
    assertThat(peer.frames).hasSize(5);
    for (int left = 4; left >= 1; left--) {
      peer.sendNext();
      assertThat(peer.credit()).as("for the rest of it").isEqualTo(left);
      assertThat(peer.consumed()).isEqualTo(1);
    }
    assertThat(rig.budget.assembliesUsed()).isEqualTo(4 * FRAME);
    peer.sendNext();
    assertThat(peer.credit()).as("it ended, and is not taken").isZero();
    assertThat(rig.budget.assembliesUsed()).isEqualTo(4 * FRAME);

    take(1);
    assertThat(subscriber.getReceivedOnNext().get(0)).hasSize(4 * FRAME);
    assertThat(peer.consumed()).isEqualTo(5);
    assertThat(rig.budget.assembliesUsed()).isZero();
    assertThat(peer.inlet.isSettled()).isTrue();
  }

  @Test
  void messagesBeforeAndBehindItKeepTheirOwnCredit() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 4).write("0", "1", text(2 * FRAME), "2", text(FRAME), "3");
    assertThat(peer.frames).hasSize(4);
    peer.sendNext();
    assertThat(peer.consumed()).isZero();
    peer.sendNext();
    assertThat(peer.consumed()).as("behind the first, which is not taken").isZero();
    take(2);
    assertThat(peer.credit()).as("both").isEqualTo(4);
    assertThat(peer.consumed()).as("the one in which messages ended").isEqualTo(1);
    peer.sendAll();
    take(2);
    assertThat(peer.consumed()).isEqualTo(3);
    take(2);
    assertThat(peer.consumed()).isEqualTo(4);
    assertThat(rig.budget.assembliesUsed()).isZero();
    assertThat(subscriber.getReceivedOnNext()).hasSize(6).endsWith("3");
  }

  @Test
  void aFrameMayEndOneMessageAndBeginTheNext() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 2).write(text(FRAME), text(FRAME + 1));
    assertThat(peer.frames).hasSize(3);
    peer.sendNext();
    assertThat(peer.consumed()).isEqualTo(1);
    peer.sendNext();
    assertThat(rig.budget.assembliesUsed()).isEqualTo(2 * FRAME + 1);
    take(1);
    assertThat(rig.budget.assembliesUsed()).isEqualTo(FRAME + 1);
    assertThat(peer.consumed()).isEqualTo(2);
    peer.sendNext();
    take(1);
    assertThat(peer.consumed()).isEqualTo(3);
    assertThat(rig.budget.assembliesUsed()).isZero();
  }

  @Test
  void withoutAShareOfTheBudgetCreditIsWithheld() {
    rig.merge.subscribe(subscriber);
    TestSender first = rig.openPeer("a", 2).write(text(250_000));
    TestSender second = rig.openPeer("b", 2).write(text(200_000));
    first.sendNext();
    second.sendNext().sendNext();
    assertThat(second.consumed()).isZero();
    assertThat(second.credit()).isZero();
    assertThat(rig.budget.assembliesUsed()).isEqualTo(250_000);

    first.sendAll();
    assertThat(second.consumed()).as("whole, but not taken").isZero();
    take(1);
    assertThat(second.consumed()).isEqualTo(2);
    assertThat(rig.budget.assembliesUsed()).isEqualTo(200_000);
    second.sendAll();
    take(1);
    assertThat(rig.budget.assembliesUsed()).isZero();
    assertThat(second.inlet.isSettled()).isTrue();
  }

  @Test
  void smallMessagesOfOthersPassMeanwhile() {
    rig.merge.subscribe(subscriber);
    TestSender stalled = rig.openPeer("a", 2).write(text(300_000));
    stalled.sendNext();
    TestSender waiting = rig.openPeer("b", 2).write(text(300_000));
    waiting.sendNext();
    TestSender small = rig.openPeer("c", 2);
    for (int i = 0; i < 20; i++) {
      small.send("x");
      take(1);
    }
    assertThat(small.consumed()).isEqualTo(20);
    assertThat(waiting.consumed()).isZero();
  }

  @Test
  void aMessageThatEndsWithinTheWindowNeedsNoShare() {
    rig.merge.subscribe(subscriber);
    TestSender hog = rig.openPeer("a", 2).write(text(300_000));
    hog.sendNext();
    TestSender peer = rig.openPeer("b", 4).write("0", text(2 * FRAME), "1");
    assertThat(peer.frames).hasSize(3);
    peer.sendAll();
    assertThat(rig.merge.undelivered()).isEqualTo(3);
    assertThat(rig.budget.assembliesUsed()).isEqualTo(300_000);

    take(1);
    assertThat(peer.consumed()).as("the first frame").isEqualTo(1);
    take(1);
    assertThat(peer.consumed()).as("the other two end with the last message").isEqualTo(1);
    take(1);
    assertThat(peer.consumed()).isEqualTo(3);
    assertThat(peer.returned).containsExactly(1, 2);
    assertThat(peer.credit()).isEqualTo(4);
    assertThat(rig.budget.assembliesUsed()).isEqualTo(300_000);

    // and the budget has forgotten it
    TestSender next = rig.openPeer("c", 2).write(text(100_000));
    next.sendNext();
    hog.sendAll();
    take(1);
    assertThat(next.consumed()).isEqualTo(1);
    assertThat(rig.budget.assembliesUsed()).isEqualTo(100_000);
  }

  @Test
  void aMessageAboveTheShareIsAdmittedAlone() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 2).write(text(400_000));
    peer.sendAll();
    assertThat(rig.budget.assembliesUsed()).isEqualTo(400_000);
    take(1);
    assertThat(rig.budget.assembliesUsed()).isZero();
  }

  // ---- the end

  @Test
  void whoStopsInTheMiddleGivesItsShareBack() {
    TestSender first = rig.openPeer("a", 2).write("0", text(250_000));
    TestSender second = rig.openPeer("b", 2).write(text(200_000));
    first.sendNext();
    second.sendNext();
    first.die();
    assertThat(rig.budget.assembliesUsed()).isEqualTo(200_000);
    assertThat(second.consumed()).isEqualTo(1);
    assertThat(first.inlet.isSettled()).as("a small message waits").isFalse();
    assertThat(rig.merge.undelivered()).isEqualTo(1);
    second.discard();
  }

  @Test
  void whoStopsWhileItWaitsForAShareGetsItsCreditReported() {
    TestSender first = rig.openPeer("a", 2).write(text(250_000));
    TestSender second = rig.openPeer("b", 2).write(text(200_000));
    first.sendNext();
    second.sendNext().sendNext();
    second.inlet.endOfData();
    assertThat(second.consumed()).isEqualTo(2);
    assertThat(second.inlet.isSettled()).isTrue();
    first.inlet.dispose();
    assertThat(rig.budget.assembliesUsed()).isZero();
    assertThat(rig.loop.hasTimer()).as("nobody is watched any more").isFalse();
  }

  @Test
  void aWholeMessageHoldsItsShareUntilItIsTakenThoughItsPeerIsGone() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 2).write(text(100_000));
    peer.sendAll();
    peer.die();
    assertThat(rig.budget.assembliesUsed()).isEqualTo(100_000);
    take(1);
    assertThat(rig.budget.assembliesUsed()).isZero();
  }

  // ---- stalls

  @Test
  void whoStallsWhileOthersWaitIsFailedAfterTheAssemblyTimeout() {
    TestSender first = rig.openPeer("stalled", 2).write(text(250_000));
    TestSender second = rig.openPeer("b", 2).write(text(200_000));
    first.sendNext();
    pass(3);
    second.sendNext();
    pass(1.9);
    assertThat(first.failure).isNull();
    pass(1.4);
    assertThat(first.failure)
        .isInstanceOf(PeerTimeoutException.class)
        .hasMessageContaining("stalled stopped in the middle of a message of 250000 bytes")
        .hasMessageContaining("after 16378 bytes")
        .hasMessageMatching(".* (5|6)\\d{3} ms ago");
    assertThat(second.failure).as("it is not its fault").isNull();

    first.die();
    assertThat(second.consumed()).isEqualTo(1);
    pass(60);
    assertThat(second.failure).as("nobody waits for it").isNull();
  }

  @Test
  void whoStallsAloneIsFailedAfterTheIdleTimeout() {
    TestSender peer = rig.openPeer("a", 2).write(text(250_000));
    peer.sendNext();
    pass(89);
    assertThat(peer.failure).isNull();
    pass(3);
    assertThat(peer.failure).isInstanceOf(PeerTimeoutException.class);
  }

  @Test
  void timeInWhichCreditIsWithheldDoesNotCount() {
    TestSender first = rig.openPeer("a", 2).write("0").write(text(FRAME + 1));
    TestSender second = rig.openPeer("b", 2).write(text(290_000));
    first.sendNext().sendNext();
    second.sendNext().sendNext();
    assertThat(first.credit()).as("nobody takes the small message").isZero();
    pass(1000);
    assertThat(first.failure).isNull();

    rig.merge.subscribe(subscriber);
    take(1);
    assertThat(first.credit()).isEqualTo(2);
    pass(4.9);
    assertThat(first.failure).as("the clock started when credit came back").isNull();
    pass(2);
    assertThat(first.failure).isNotNull();
    assertThat(second.failure).isNull();
  }

  @Test
  void theClockStartsWhenCreditComesByAWiderWindow() {
    // windows may have 100,000 bytes: six frames
    rig.openPeer("c", 4);
    TestSender wide = rig.openPeer("d", 4);
    TestSender first = rig.openPeer("a", 4).write("0", text(FRAME + 1));
    TestSender second = rig.openPeer("b", 2).write(text(290_000));
    assertThat(first.windows).containsExactly("1+1");
    first.sendNext();
    second.sendNext();
    pass(1000);
    assertThat(first.credit()).as("nobody takes the small message").isZero();

    wide.inlet.dispose();
    assertThat(first.credit()).isEqualTo(3);
    pass(4.9);
    assertThat(first.failure).isNull();
    pass(2);
    assertThat(first.failure).isNotNull();
  }

  @Test
  void timeBeforeItIsAdmittedDoesNotCount() {
    rig.merge.subscribe(subscriber);
    TestSender first = rig.openPeer("a", 2).write(text(250_000));
    TestSender second = rig.openPeer("b", 2).write(text(200_000));
    TestSender third = rig.openPeer("c", 2).write(text(200_000));
    first.sendNext();
    second.sendNext();
    third.sendNext();
    pass(4);
    first.sendAll();
    pass(1000);
    take(1);
    assertThat(second.consumed()).as("admitted").isEqualTo(1);
    pass(4.9);
    assertThat(second.failure).isNull();
    pass(2);
    assertThat(second.failure).isNotNull();
    assertThat(third.failure).isNull();
  }

  @Test
  void everyFrameIsProgress() {
    TestSender first = rig.openPeer("a", 2).write(text(250_000));
    TestSender second = rig.openPeer("b", 2).write(text(200_000));
    first.sendNext();
    second.sendNext();
    while (first.frames.size() > 1) {
      pass(4.9);
      first.sendNext();
    }
    assertThat(first.failure).isNull();
    pass(6.3);
    assertThat(first.failure).isNotNull();
  }

  @Test
  void aFrameIsProgressAlsoIfItsCreditHasToWait() {
    TestSender first = rig.openPeer("a", 4).write("0").write(text(250_000));
    TestSender second = rig.openPeer("b", 2).write(text(200_000));
    first.sendNext().sendNext();
    second.sendNext();
    pass(4.9);
    first.sendNext();
    assertThat(first.consumed()).isZero();
    pass(4.9);
    assertThat(first.failure).isNull();
    pass(2);
    assertThat(first.failure).isNotNull();
  }

  @Test
  void admissionStartsTheClockAlsoIfCreditHasToWait() {
    TestSender first = rig.openPeer("a", 2).write(text(250_000));
    TestSender second = rig.openPeer("b", 4).write("0", text(200_000));
    TestSender third = rig.openPeer("c", 2).write(text(200_000));
    first.sendNext();
    second.sendNext();
    third.sendNext();
    pass(4);
    first.die();
    assertThat(second.consumed()).as("nobody takes the small message").isZero();
    pass(4.9);
    assertThat(second.failure).isNull();
    pass(2);
    assertThat(second.failure).isNotNull();
  }

  @Test
  void aWholeMessageIsNotWatched() {
    TestSender peer = rig.openPeer("a", 2).write(text(250_000));
    peer.sendNext();
    assertThat(rig.loop.hasTimer()).isTrue();
    peer.sendAll();
    assertThat(rig.loop.hasTimer()).isFalse();
    pass(1000);
    assertThat(peer.failure).isNull();
  }

  private void pass(double seconds) {
    rig.loop.advance(Duration.ofMillis((long) (seconds * 1000)));
  }

  private void take(int n) {
    subscriber.request(n);
    rig.run();
  }

  private static String text(int length) {
    return Values.text('x', length);
  }
}
