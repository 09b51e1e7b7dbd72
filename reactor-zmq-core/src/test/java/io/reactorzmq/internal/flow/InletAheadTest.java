package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OnUndecodable;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.test.subscriber.TestSubscriber;

/** The frames of a large message that are asked for before they are due. */
class InletAheadTest {

  private static final int FRAME = ReceiveRig.FRAME;

  /** Frames that a peer may have under way. */
  private static final int MOST = 3 * 1024 * 1024 / FRAME;

  private final ReceiveRig<String> rig = new ReceiveRig<>(Codec.utf8());

  private final TestSubscriber<String> subscriber =
      TestSubscriber.builder().initialRequest(0).build();

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void behindAMessageTheWindowIsWhatItWas() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 2).write(text(10 * FRAME)).write("next").write("last");
    assertThat(peer.frames).hasSize(13);
    peer.sendNext();
    assertThat(peer.windows).containsExactly("2+2", "11+10");
    assertThat(peer.credit()).as("for the rest of it, and one more").isEqualTo(11);
    for (int i = 0; i < 11; i++) {
      peer.sendNext();
    }
    assertThat(peer.credit()).as("nothing is taken").isZero();
    assertThat(peer.returned).as("and nothing was asked for meanwhile").isEmpty();

    take(1);
    assertThat(peer.credit()).isEqualTo(1);
    assertThat(peer.windows).endsWith("2+1");
    assertThat(peer.consumed()).isEqualTo(11);
    peer.sendAll();
    take(2);
    assertThat(peer.credit()).isEqualTo(2);
    assertThat(peer.consumed()).isEqualTo(13);
    assertThat(peer.inlet.isSettled()).isTrue();
  }

  @Test
  void untakenMessagesDoNotHoldUpALargeOne() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 2).write("0").write(text(5 * FRAME));
    while (peer.frames.size() > 1) {
      peer.sendNext();
    }
    assertThat(peer.credit()).as("for its last frame").isZero();
    assertThat(peer.consumed()).isZero();
    take(1);
    assertThat(peer.credit()).isEqualTo(2);
    peer.sendAll();
    take(1);
    assertThat(peer.credit()).isEqualTo(2);
  }

  @Test
  void aPeerHasNoMoreThanSoManyBytesUnderWay() {
    rig.merge.subscribe(subscriber);
    int frames = 5 * MOST;
    TestSender peer = rig.openPeer("a", 4).write(text(frames * FRAME)).sendNext();
    assertThat(peer.credit()).isEqualTo(MOST);
    while (!peer.frames.isEmpty()) {
      peer.sendNext();
      assertThat(peer.credit()).isLessThanOrEqualTo(MOST);
    }
    assertThat(peer.returned).as("it is woken seldom").hasSizeBetween(4, 10);
    take(1);
    assertThat(peer.credit()).isEqualTo(4);
    assertThat(peer.consumed()).isEqualTo(frames + 1);
  }

  @Test
  void aWindowThatIsAsLargeIsNotWidened() {
    TestSender peer = rig.openPeer("a", MOST + 1).write(text(2 * MOST * FRAME));
    peer.sendNext().sendNext();
    assertThat(peer.credit()).as("that will do for a while").isEqualTo(MOST - 1);
    assertThat(peer.windows).hasSize(1);
    peer.sendAll();
  }

  @Test
  void aPeerThatMakesShorterFramesIsAskedForThemAsTheyCome() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 2, 4 * FRAME).write(text(20 * FRAME));
    assertThat(peer.frames).hasSize(21);
    peer.sendNext();
    assertThat(peer.credit()).as("four are in any case to come").isEqualTo(6);
    while (peer.frames.size() > 1) {
      peer.sendNext();
      assertThat(peer.credit()).isBetween(2, 6);
    }
    peer.sendAll();
    take(1);
    assertThat(peer.credit()).isEqualTo(2);
    assertThat(peer.consumed()).isEqualTo(21);
  }

  @Test
  void theNextMessageTakesOverWhatTheLastHadLeft() {
    rig.merge.subscribe(subscriber);
    String[] texts = new String[20];
    Arrays.fill(texts, text(4 * FRAME + 100));
    TestSender peer = rig.openPeer("a", 2).write(texts);
    int sent = 0;
    while (!peer.frames.isEmpty()) {
      peer.sendNext();
      sent++;
      take(1);
      assertThat(peer.credit()).isBetween(1, 6);
      assertThat(peer.consumed()).isBetween(sent - 5, sent);
    }
    assertThat(peer.consumed()).isEqualTo(sent);
    assertThat(peer.credit()).isEqualTo(2);
    assertThat(peer.windows).as("told when it grows, and at the end").hasSizeLessThan(6);
  }

  @Test
  void whatWasTakenIsKnownAtOnceAlsoBehindALargerMessage() {
    rig.merge.subscribe(subscriber);
    String[] texts = new String[10];
    Arrays.fill(texts, text(4 * FRAME + 100));
    texts[0] = text(50 * FRAME + 100);
    TestSender peer = rig.openPeer("a", 2).write(texts);
    int sent = 0;
    for (int taken = 0; taken < texts.length; ) {
      peer.sendNext();
      sent++;
      take(1);
      if (subscriber.getReceivedOnNext().size() > taken) {
        taken++;
        assertThat(peer.consumed()).isEqualTo(sent);
      }
    }
  }

  @Test
  void aPeerInTheMiddleOfAMessageIsSeldomWoken() {
    rig.merge.subscribe(subscriber);
    String[] texts = new String[40];
    Arrays.fill(texts, text(4 * FRAME - 100));
    TestSender peer = rig.openPeer("a", 8).write(texts);
    while (!peer.frames.isEmpty()) {
      peer.sendNext();
      take(1);
      assertThat(peer.credit()).as("it never waits").isBetween(3, 12);
    }
    assertThat(peer.returned).as("about once a message").hasSizeBetween(30, 50);
    assertThat(peer.windows).as("told when it grows, and at the end").hasSizeLessThan(8);
    assertThat(peer.credit()).isEqualTo(8);
    assertThat(peer.inlet.isSettled()).isTrue();
  }

  @Test
  void whatATalkingPeerWasNotToldItHearsWhenItsMessageEnds() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 8).write("first").write(text(2 * FRAME)).write("last");
    peer.sendNext().sendNext();
    int woken = peer.returned.size();
    take(1);
    assertThat(peer.consumed()).as("taken, and the next one is coming").isZero();
    assertThat(peer.returned).hasSize(woken);
    peer.sendAll();
    take(1);
    assertThat(peer.consumed()).isPositive();
    take(1);
    assertThat(peer.credit()).isEqualTo(8);
    assertThat(peer.inlet.isSettled()).isTrue();
  }

  @Test
  void aPeerWithANarrowerWindowIsToldAtOnce() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 4).write("first").write(text(2 * FRAME)).write("last");
    peer.sendNext().sendNext();
    take(1);
    assertThat(peer.consumed()).isPositive();
    peer.sendAll();
    take(2);
  }

  @Test
  void whatATalkingPeerWasNotToldItHearsWhenItLeaves() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 8).write("first").write(text(2 * FRAME));
    peer.sendNext().sendNext();
    take(1);
    assertThat(peer.consumed()).isZero();
    peer.inlet.endOfData();
    assertThat(peer.consumed()).isEqualTo(2);
  }

  @Test
  void aPeerWithoutAShareIsToldAtOnce() {
    ReceiveRig<String> small = new ReceiveRig<>(Codec.utf8(), 224L * FRAME, OnUndecodable.SKIP);
    small.merge.subscribe(subscriber);
    TestSender first = small.openPeer("a", 8).write(text(160 * FRAME)).sendNext();
    TestSender second = small.openPeer("b", 8).write("0").write(text(20 * FRAME));
    second.sendNext().sendNext();
    assertThat(first.credit()).isGreaterThan(8);
    assertThat(second.credit()).isEqualTo(6);
    subscriber.request(1);
    small.run();
    assertThat(second.consumed()).as("its message waits for the budget").isEqualTo(1);
    first.inlet.dispose();
    second.inlet.dispose();
    small.close();
  }

  @Test
  void aWindowIsWideWhileHardlyAnyIsTaken() {
    ReceiveRig<String> small =
        new ReceiveRig<>(Codec.utf8(), 4L * 4 * 7 * FRAME, OnUndecodable.SKIP);
    assertThat(small.openPeer("a", 8).credit()).as("a quarter of the share").isEqualTo(8);
    assertThat(small.openPeer("b", 8).credit()).isEqualTo(4);
    assertThat(small.openPeer("c", 8).credit()).isEqualTo(4);
    assertThat(small.budget.windowsUsed()).isEqualTo(13L * FRAME);
    small.close();
  }

  @Test
  void whatWasAskedForInVainIsNotTakenForConsumed() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 2).write("0").write("1", text(10 * FRAME));
    peer.sendNext().sendNext().sendNext();
    assertThat(peer.consumed()).isZero();
    peer.inlet.endOfData();
    assertThat(peer.consumed()).as("the small ones are not taken").isZero();
    take(1);
    assertThat(peer.consumed()).isEqualTo(1);
    take(1);
    assertThat(peer.consumed()).isEqualTo(3);
    assertThat(peer.inlet.isSettled()).isTrue();
  }

  @Test
  void whatCameOfAMessageThatIsGivenUpIsTold() {
    rig.merge.subscribe(subscriber);
    TestSender peer = rig.openPeer("a", 2).write(text(10 * FRAME));
    peer.sendNext().sendNext().sendNext();
    peer.inlet.endOfData();
    assertThat(peer.consumed()).isEqualTo(3);
    assertThat(peer.inlet.isSettled()).isTrue();
  }

  private void take(int n) {
    subscriber.request(n);
    rig.run();
  }

  private static String text(int length) {
    return Values.text('x', length);
  }
}
