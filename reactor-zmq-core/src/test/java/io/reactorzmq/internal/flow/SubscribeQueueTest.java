package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.error.OverflowException;
import io.reactorzmq.internal.flow.PublishRig.Pub;
import io.reactorzmq.internal.flow.PublishRig.Receiver;
import io.reactorzmq.internal.flow.PublishRig.Sub;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OnUndecodable;
import io.reactorzmq.options.OverflowPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The queue of a subscription that asks for less than there is. */
class SubscribeQueueTest {

  private final PublishRig rig = new PublishRig();
  private final Pub<String> pub = rig.pub(OverflowPolicy.DROP_LATEST, 1000);
  private Sub<String> sub;
  private PublishRigLine line;

  @AfterEach
  void nothingIsLeft() {
    rig.close();
  }

  /** A subscription with a queue of so many, and so many bytes. */
  private Receiver receiver(OverflowPolicy policy, int messages, long bytes) {
    sub = rig.sub(Codec.utf8(), policy, new LaneBounds(messages, bytes), OnUndecodable.SKIP, 2);
    line = rig.connect(pub, sub);
    return sub.receive(0, "");
  }

  private void take(Receiver receiver, long n) {
    receiver.request(n);
    rig.loop.run();
  }

  @Test
  void whatIsNotAskedForWaits() {
    Receiver receiver = receiver(OverflowPolicy.DROP_LATEST, 3, PublishRig.UNLIMITED);
    pub.publish("t", "1", "2");
    assertThat(receiver.heard).isEmpty();
    assertThat(sub.counters().undelivered()).isEqualTo(2);
    assertThat(sub.counters().received()).isZero();
    assertThat(sub.flow.isTaken()).isFalse();
    assertThat(line.sub.given).as("it is with the subscription").isEqualTo(2 + 2);
    take(receiver, 1);
    assertThat(receiver.heard).containsExactly("t:1");
    take(receiver, 5);
    assertThat(receiver.heard).containsExactly("t:1", "t:2");
    assertThat(sub.counters().undelivered()).isZero();
    assertThat(sub.counters().received()).isEqualTo(2);
    assertThat(sub.flow.isTaken()).isTrue();
    pub.publish("t", 3, 8);
    assertThat(receiver.heard).as("four of the five were left, then three wait").hasSize(6);
    take(receiver, Long.MAX_VALUE);
    pub.publish("t", "9");
    assertThat(receiver.heard).hasSize(9);
  }

  @Test
  void aSmallMessageThatWaitsDoesNotKeepItsFrame() {
    Receiver receiver = receiver(OverflowPolicy.CONFLATE, 3, PublishRig.UNLIMITED);
    pub.publish("t", "1");
    assertThat(rig.allocator.metric().usedDirectMemory()).isZero();
    pub.publish("t", "in its place");
    assertThat(rig.allocator.metric().usedDirectMemory()).isZero();
    take(receiver, 1);
    assertThat(receiver.heard).containsExactly("t:in its place!1");
  }

  @Test
  void dropLatestKeepsWhatWaits() {
    Receiver receiver = receiver(OverflowPolicy.DROP_LATEST, 2, PublishRig.UNLIMITED);
    pub.publish("t", 1, 5);
    assertThat(sub.counters().undelivered()).isEqualTo(2);
    assertThat(sub.counters().dropped()).isEqualTo(3);
    take(receiver, 2);
    assertThat(receiver.heard).containsExactly("t:1", "t:2");
    pub.publish("t", "6");
    take(receiver, 1);
    assertThat(receiver.heard).last().isEqualTo("t:6!3");
    assertThat(sub.counters().missed()).as("it is no loss of the PUB").isZero();
    assertThat(sub.gaps()).isEmpty();
  }

  @Test
  void dropOldestKeepsWhatIsNew() {
    Receiver receiver = receiver(OverflowPolicy.DROP_OLDEST, 2, PublishRig.UNLIMITED);
    pub.publish("t", 1, 5);
    assertThat(sub.counters().undelivered()).isEqualTo(2);
    assertThat(sub.counters().dropped()).isEqualTo(3);
    take(receiver, 5);
    assertThat(receiver.heard).containsExactly("t:4!3", "t:5");
  }

  @Test
  void bytesCountAsWell() {
    Receiver receiver = receiver(OverflowPolicy.DROP_OLDEST, 100, 10);
    pub.publish("t", "123", "123", "1");
    assertThat(sub.counters().undelivered()).isEqualTo(3);
    pub.publish("t", "2");
    assertThat(sub.counters().undelivered()).isEqualTo(3);
    pub.publish("t", "larger than the queue");
    assertThat(sub.counters().undelivered()).isEqualTo(1);
    take(receiver, 5);
    assertThat(receiver.heard).containsExactly("t:larger than the queue!4");
    pub.publish("t", "1");
    assertThat(receiver.heard).hasSize(2);
  }

  @Test
  void conflateKeepsTheLastOfEachTopic() {
    Receiver receiver = receiver(OverflowPolicy.CONFLATE, 2, PublishRig.UNLIMITED);
    pub.publish("a", "1");
    pub.publish("b", "2");
    pub.publish("a", "3");
    assertThat(sub.counters().undelivered()).isEqualTo(2);
    assertThat(sub.counters().dropped()).isEqualTo(1);
    pub.publish("c", "4");
    assertThat(sub.counters().undelivered()).isEqualTo(2);
    assertThat(sub.counters().dropped()).isEqualTo(2);
    pub.publish("a", "5");
    take(receiver, 1);
    assertThat(receiver.heard).containsExactly("c:4!3");
    take(receiver, 5);
    assertThat(receiver.heard).containsExactly("c:4!3", "a:5");
    pub.publish("a", "6", "7");
    assertThat(receiver.heard).endsWith("a:6", "a:7");
  }

  @Test
  void conflateCountsTheBytesOfWhatTookThePlaceOfAnother() {
    Receiver receiver = receiver(OverflowPolicy.CONFLATE, 100, 10);
    pub.publish("a", "12345678", "1");
    pub.publish("b", "1234567");
    assertThat(sub.counters().undelivered()).isEqualTo(2);
    pub.publish("c", "");
    assertThat(sub.counters().undelivered()).isEqualTo(2);
    take(receiver, 5);
    assertThat(receiver.heard).containsExactly("b:1234567!2", "c:");
  }

  @Test
  void disconnectEndsTheSubscriptionOnly() {
    Receiver receiver = receiver(OverflowPolicy.DISCONNECT, 2, PublishRig.UNLIMITED);
    Receiver other = sub.receive();
    pub.publish("t", 1, 3);
    assertThat(receiver.failure)
        .isInstanceOf(OverflowException.class)
        .hasMessage(
            "a subscription does not keep up: 2 messages with 4 bytes wait for it"
                + " (highWaterMark, highWaterMarkBytes, overflow DISCONNECT)");
    assertThat(receiver.heard).isEmpty();
    assertThat(sub.counters().undelivered()).isZero();
    assertThat(sub.counters().dropped()).as("what waited, and what had no room").isEqualTo(3);
    pub.publish("t", "4");
    assertThat(other.heard).containsExactly("t:1", "t:2", "t:3", "t:4");
    take(receiver, 5);
    assertThat(receiver.heard).isEmpty();
    assertThat(line.sub.failures).isEmpty();
  }

  @Test
  void theLastThatIsGivenUpByItsQueueUnsubscribes() {
    receiver(OverflowPolicy.DISCONNECT, 1, PublishRig.UNLIMITED);
    pub.publish("t", "1", "2");
    assertThat(line.sub.controls).last().isEqualTo("UNSUBSCRIBE 1");
    pub.publish("t", "3");
    assertThat(line.pub.frames).hasSize(2);
  }

  @Test
  void waitHoldsTheMessageAndItsCreditUntilThereIsRoom() {
    Receiver receiver = receiver(OverflowPolicy.WAIT, 2, PublishRig.UNLIMITED);
    Receiver quick = sub.receive("");
    pub.publish("t", 1, 6);
    assertThat(line.pub.frames).as("two in the queue, the window on the way").hasSize(4);
    assertThat(line.pub.peer.queued()).isEqualTo(2);
    assertThat(quick.heard).as("everyone waits").containsExactly("t:1", "t:2");
    assertThat(sub.counters().undelivered()).isEqualTo(4);
    assertThat(line.sub.peer.isTaken()).isFalse();
    take(receiver, 1);
    assertThat(receiver.heard).containsExactly("t:1");
    assertThat(quick.heard).containsExactly("t:1", "t:2", "t:3");
    assertThat(line.pub.frames).hasSize(5);
    take(receiver, 10);
    assertThat(receiver.heard).containsExactly("t:1", "t:2", "t:3", "t:4", "t:5", "t:6");
    assertThat(quick.heard).isEqualTo(receiver.heard);
    assertThat(sub.counters().dropped()).isZero();
    assertThat(line.sub.peer.isTaken()).isTrue();
    assertThat(line.sub.peer.received()).isEqualTo(6);
  }

  @Test
  void waitMeasuresBytesAndTakesOneOfAnySize() {
    Receiver receiver = receiver(OverflowPolicy.WAIT, 100, 4);
    pub.publish("t", "longer", "2", "3");
    assertThat(sub.counters().undelivered()).isEqualTo(3);
    take(receiver, 1);
    assertThat(line.sub.given).as("the other two are with the subscription").isEqualTo(2 + 3);
    take(receiver, 2);
    assertThat(receiver.heard).containsExactly("t:longer", "t:2", "t:3");
  }

  @Test
  void waitGoesOnWhenTheSlowOneCancels() {
    Receiver slow = receiver(OverflowPolicy.WAIT, 1, PublishRig.UNLIMITED);
    Receiver quick = sub.receive("");
    pub.publish("t", 1, 5);
    assertThat(quick.heard).containsExactly("t:1");
    slow.cancel();
    rig.loop.run();
    assertThat(quick.heard).containsExactly("t:1", "t:2", "t:3", "t:4", "t:5");
    assertThat(sub.counters().undelivered()).isZero();
    assertThat(sub.counters().dropped()).isZero();
  }

  @Test
  void waitKeepsOnePublisherFromTakingThePlaceOfAnother() {
    Receiver receiver = receiver(OverflowPolicy.WAIT, 1, PublishRig.UNLIMITED);
    Pub<String> other = rig.pub(OverflowPolicy.DROP_LATEST, 1000);
    rig.connect(other, sub);
    pub.publish("p", "1", "2", "3");
    other.publish("o", "1", "2", "3");
    for (int i = 0; i < 6; i++) {
      take(receiver, 1);
    }
    assertThat(receiver.heard).hasSize(6);
    assertThat(receiver.heard).containsSubsequence("p:1", "p:2", "p:3");
    assertThat(receiver.heard).containsSubsequence("o:1", "o:2", "o:3");
    assertThat(receiver.heard).doesNotHaveDuplicates();
  }

  @Test
  void whatWasAskedForMeanwhileIsNotDropped() {
    Receiver slow = receiver(OverflowPolicy.DROP_LATEST, 2, PublishRig.UNLIMITED);
    slow.cancel();
    rig.loop.run();
    Receiver first = new Receiver(Long.MAX_VALUE);
    sub.receive(first, "t");
    Receiver second = sub.receive(0, "t");
    pub.publish("t", "1", "2");
    first.onNext = text -> second.request(3);
    pub.publish("t", "3");
    assertThat(second.heard).containsExactly("t:1", "t:2", "t:3");
    assertThat(sub.counters().dropped()).isZero();
  }
}
