package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.OverflowException;
import io.reactorzmq.internal.flow.PublishRig.Pub;
import io.reactorzmq.internal.flow.PublishRig.Receiver;
import io.reactorzmq.internal.flow.PublishRig.Sub;
import io.reactorzmq.internal.flow.PublishRig.Waiter;
import io.reactorzmq.internal.flow.Values.Recording;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.options.OverflowPolicy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks.EmitResult;

/** {@code WAIT}: the slowest subscriber sets the pace, within exact bounds. */
class PublishWaitTest {

  private final PublishRig rig = new PublishRig();
  private final Recording codec = new Recording();
  private final Pub<String> pub = rig.pub(codec, OverflowPolicy.WAIT, 3, PublishRig.UNLIMITED, 2);
  private final Sub<String> slowSub = rig.sub(1);
  private final Sub<String> quickSub = rig.sub(1);
  private final PublishRigLine toSlow = rig.connect(pub, slowSub);
  private final PublishRigLine toQuick = rig.connect(pub, quickSub);
  private final Receiver quick = quickSub.receive("t");
  private Receiver slow;

  @AfterEach
  void nothingIsLeft() {
    rig.close();
  }

  /** The slow one takes nothing, and the quick one everything. */
  private void block() {
    toSlow.holdCredit();
    slow = slowSub.receive("t");
  }

  private Waiter publish(String text) {
    Waiter waiter = Waiter.on(pub.flow.publish("t", text));
    rig.loop.run();
    return waiter;
  }

  @Test
  void asManyWaitAsTheHighWaterMarkSays() {
    block();
    pub.publish("t", "1", "2", "3");
    assertThat(pub.flow.tryPublish("t", "4")).isEqualTo(EmitResult.FAIL_OVERFLOW);
    rig.loop.run();
    assertThat(quick.heard).containsExactly("t:1", "t:2", "t:3");
    assertThat(pub.counters().queuedMessages()).isEqualTo(3);
    assertThat(pub.counters().queuedBytes()).isEqualTo(6);
    assertThat(toSlow.pub.peer.queued()).isEqualTo(3);
    assertThat(toQuick.pub.peer.queued()).isZero();
    assertThat(codec.discarded).as("it stays the caller's").isEmpty();

    toSlow.credit(1);
    assertThat(pub.flow.tryPublish("t", "5")).isEqualTo(EmitResult.OK);
    assertThat(pub.flow.tryPublish("t", "6")).isEqualTo(EmitResult.FAIL_OVERFLOW);
    toSlow.release();
    assertThat(slow.heard).containsExactly("t:1", "t:2", "t:3", "t:5");
    assertThat(pub.counters().queuedMessages()).isZero();
    assertThat(pub.counters().dropped()).isZero();
    assertThat(pub.gaps()).isEmpty();
  }

  @Test
  void asManyBytesWaitAsTheMarkSays() {
    Pub<String> bytes = rig.pub(codec, OverflowPolicy.WAIT, 100, 10, 2);
    Sub<String> sub = rig.sub(1);
    PublishRigLine line = rig.connect(bytes, sub);
    line.holdCredit();
    Receiver receiver = sub.receive("t");
    bytes.publish("t", "1234", "123");
    assertThat(bytes.flow.tryPublish("t", "1")).isEqualTo(EmitResult.FAIL_OVERFLOW);
    assertThat(bytes.flow.tryPublish("t", "")).isEqualTo(EmitResult.OK);
    line.release();
    assertThat(receiver.heard).containsExactly("t:1234", "t:123", "t:");
    assertThat(bytes.flow.tryPublish("t", "longer than the mark")).isEqualTo(EmitResult.OK);
  }

  @Test
  void publishCompletesWhenTheSlowestHasFramed() {
    block();
    Waiter first = publish("1");
    Waiter second = publish("2");
    assertThat(first.completed).isFalse();
    toSlow.credit(1);
    assertThat(first.completed).isTrue();
    assertThat(second.completed).isFalse();
    toSlow.credit(1);
    assertThat(second.completed).isTrue();
  }

  @Test
  void publishCompletesAtOnceWhereNobodyWantsIt() {
    block();
    Waiter waiter = Waiter.on(pub.flow.publish("other", "1"));
    rig.loop.run();
    assertThat(waiter.completed).isTrue();
    assertThat(pub.counters().queuedMessages()).isZero();
  }

  @Test
  void publishWaitsForRoomUnencodedAndInOrder() {
    block();
    List<Waiter> waiters = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      waiters.add(publish("" + i));
    }
    assertThat(codec.encoded).containsExactly("1", "2", "3");
    assertThat(pub.counters().pendingSends()).isEqualTo(2);
    assertThat(quick.heard).containsExactly("t:1", "t:2", "t:3");
    Waiter refused = publish("6");
    assertThat(refused.failure)
        .isInstanceOf(OverflowException.class)
        .hasMessageContaining("publish: 3 of 3 messages and 6 of ")
        .hasMessageContaining("2 of 2 sends waiting (maxPendingSends)");
    assertThat(codec.discarded).containsExactly("6");

    toSlow.credit(1);
    assertThat(quick.heard).endsWith("t:4");
    assertThat(codec.encoded).containsExactly("1", "2", "3", "4");
    assertThat(toSlow.pub.peer.queued()).isEqualTo(3);
    toSlow.release();
    assertThat(waiters).allMatch(waiter -> waiter.completed);
    assertThat(slow.heard).containsExactly("t:1", "t:2", "t:3", "t:4", "t:5");
    assertThat(quick.heard).isEqualTo(slow.heard);
    assertThat(pub.counters().pendingSends()).isZero();
  }

  @Test
  void cancellingTakesBackWhatWaits() {
    block();
    pub.publish("t", "1", "2", "3");
    Waiter fourth = publish("4");
    Waiter fifth = publish("5");
    fourth.cancel();
    rig.loop.run();
    assertThat(codec.discarded).containsExactly("4");
    assertThat(pub.counters().pendingSends()).isEqualTo(1);
    toSlow.release();
    assertThat(fifth.completed).isTrue();
    assertThat(fourth.completed).isFalse();
    assertThat(slow.heard).containsExactly("t:1", "t:2", "t:3", "t:5");
    assertThat(codec.encoded).doesNotContain("4");
  }

  @Test
  void cancellingWhatIsWithTheLanesChangesNothing() {
    block();
    Waiter first = publish("1");
    first.cancel();
    toSlow.release();
    assertThat(slow.heard).containsExactly("t:1");
    assertThat(first.completed).isFalse();
    assertThat(codec.discarded).isEmpty();
    assertThat(pub.counters().queuedMessages()).isZero();
  }

  @Test
  void aSlowPeerThatDiesSetsTheOthersFree() {
    block();
    List<Waiter> waiters = new ArrayList<>();
    for (int i = 1; i <= 5; i++) {
      waiters.add(publish("" + i));
    }
    toSlow.die();
    assertThat(waiters).allMatch(waiter -> waiter.completed);
    assertThat(quick.heard).containsExactly("t:1", "t:2", "t:3", "t:4", "t:5");
    assertThat(pub.counters().dropped()).as("what waited for it alone").isEqualTo(3);
    assertThat(pub.counters().queuedMessages()).isZero();
    pub.publish("t", "6", "7", "8", "9");
    assertThat(quick.heard).hasSize(9);
  }

  @Test
  void aSlowPeerThatLeavesSetsTheOthersFree() {
    block();
    Waiter first = publish("1");
    toSlow.pub.peer.peerLeaves();
    rig.loop.run();
    assertThat(first.completed).isTrue();
    assertThat(pub.counters().dropped()).as("it wants no more").isZero();
    pub.publish("t", "2", "3", "4", "5");
    assertThat(quick.heard).hasSize(5);
  }

  @Test
  void aPeerThatDiesInTheMiddleOfAMessageSetsTheOthersFree() {
    slow = slowSub.receive("t");
    toSlow.holdCredit();
    Waiter large = publish(Values.text('x', 3 * PublishRig.FRAME));
    assertThat(large.completed).isFalse();
    assertThat(toSlow.pub.frames).hasSize(1);
    toSlow.die();
    assertThat(large.completed).isTrue();
    assertThat(quick.heard).hasSize(1);
    assertThat(pub.counters().dropped()).isEqualTo(1);
  }

  @Test
  void aSlowSubscriptionThatIsGivenUpSetsTheOthersFree() {
    Sub<String> waiting = rig.sub(OverflowPolicy.WAIT, 1, 1);
    PublishRigLine line = rig.connect(pub, waiting);
    Receiver stuck = waiting.receive(0, "t");
    List<Waiter> waiters = new ArrayList<>();
    for (int i = 1; i <= 6; i++) {
      waiters.add(publish("" + i));
    }
    assertThat(waiters.get(5).completed).isFalse();
    stuck.cancel();
    rig.loop.run();
    assertThat(waiters).allMatch(waiter -> waiter.completed);
    pub.publish("t", "7", "8", "9", "10");
    assertThat(quick.heard).hasSize(10);
    assertThat(line.pub.peer.queued()).isZero();
  }

  @Test
  void aMessageThatIsTooLargeForOnePeerWaitsForTheOthersOnly() {
    Sub<String> small = rig.sub(new Limits(1, PublishRig.FRAME, 10, 0), 1);
    PublishRigLine toSmall = rig.connect(pub, small);
    small.receive("t");
    toSmall.holdCredit();
    Waiter large = publish("more than ten bytes");
    assertThat(large.completed).isTrue();
    assertThat(toSmall.pub.peer.dropped()).isEqualTo(1);
    assertThat(toSmall.pub.peer.queued()).isZero();
  }

  @Test
  void publishAllAsksForNoMoreThanThereIsRoomFor() {
    block();
    List<Long> asked = new ArrayList<>();
    Waiter all =
        Waiter.on(
            pub.flow.publishAll(
                Flux.range(1, 10).map(i -> "" + i).doOnRequest(asked::add), value -> "t"));
    rig.loop.run();
    assertThat(codec.encoded).containsExactly("1", "2", "3");
    assertThat(pub.counters().queuedMessages()).isEqualTo(3);
    toSlow.credit(2);
    assertThat(codec.encoded).containsExactly("1", "2", "3", "4", "5");
    assertThat(all.completed).isFalse();
    toSlow.release();
    assertThat(all.completed).isTrue();
    assertThat(slow.heard).hasSize(10).last().isEqualTo("t:10");
    assertThat(asked).allMatch(n -> n <= 3);
  }

  @Test
  void whatWaitsUnencodedFailsWhenTheSocketClosesAndTheRestIsSent() {
    block();
    pub.publish("t", "1", "2", "3");
    Waiter pending = publish("4");
    pub.close();
    assertThat(pending.failure).isInstanceOf(ClosedException.class);
    assertThat(codec.discarded).containsExactly("4");
    assertThat(pub.flow.isDrained()).isTrue();
    assertThat(toSlow.pub.peer.isSent()).as("three wait").isFalse();
    toSlow.release();
    assertThat(toSlow.pub.peer.isSent()).isTrue();
    assertThat(slow.heard).containsExactly("t:1", "t:2", "t:3");
    assertThat(pub.flow.terminate()).isZero();
  }

  @Test
  void aCompletionMayPublishMore() {
    block();
    List<String> accepted = new ArrayList<>();
    Waiter first = new Waiter();
    first.onCompleted = () -> accepted.add("" + pub.flow.tryPublish("t", "next"));
    pub.flow.publish("t", "1").subscribe(first);
    pub.publish("t", "2", "3");
    toSlow.credit(1);
    assertThat(accepted).containsExactly("OK");
    toSlow.release();
    assertThat(slow.heard).containsExactly("t:1", "t:2", "t:3", "t:next");
  }
}
