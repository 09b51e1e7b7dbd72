package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.internal.flow.PublishRig.Pub;
import io.reactorzmq.internal.flow.PublishRig.Receiver;
import io.reactorzmq.internal.flow.PublishRig.Sub;
import io.reactorzmq.internal.flow.PublishRig.Waiter;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.options.OverflowPolicy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Sinks.EmitResult;

/** Messages that are published within one turn of the loop. */
class PublishRunsTest {

  private final PublishRig rig = new PublishRig();
  private final Pub<String> pub = rig.pub(OverflowPolicy.DROP_LATEST, 1000);
  private final Sub<String> one = rig.sub(new Limits(100, PublishRig.FRAME, 0, 0), 2);
  private final Sub<String> two = rig.sub(new Limits(100, PublishRig.FRAME, 0, 0), 2);
  private final PublishRigLine toOne = rig.connect(pub, one);
  private final PublishRigLine toTwo = rig.connect(pub, two);

  @AfterEach
  void nothingIsLeft() {
    rig.close();
  }

  private void offer(String topic, String text) {
    assertThat(pub.flow.tryPublish(topic, text)).isEqualTo(EmitResult.OK);
  }

  @Test
  void topicsInTurnsKeepTheirOrder() {
    Receiver all = one.receive();
    Receiver onlyB = two.receive("b");
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      String topic = i % 3 == 0 ? "a" : i % 3 == 1 ? "b" : "bc";
      offer(topic, "" + i);
      expected.add(topic + ":" + i);
    }
    rig.loop.run();
    assertThat(all.heard).isEqualTo(expected);
    assertThat(onlyB.heard).isEqualTo(expected.stream().filter(e -> e.startsWith("b")).toList());
    assertThat(toOne.pub.frames).hasSize(1);
    assertThat(toTwo.pub.frames).hasSize(1);
  }

  @Test
  void aLongRunOfOneTopicKeepsItsOrder() {
    Receiver first = one.receive("t");
    Receiver second = two.receive("");
    for (int i = 0; i < 190; i++) {
      offer("t", "" + i);
    }
    rig.loop.run();
    assertThat(first.heard).hasSize(190).endsWith("t:188", "t:189");
    assertThat(second.heard).isEqualTo(first.heard);
    assertThat(pub.counters().sent()).isEqualTo(2 * 190);
    assertThat(toOne.pub.peer.sent()).isEqualTo(190);
  }

  @Test
  void topicsThatDifferBehindTheLongestPrefixAreDifferent() {
    String longest = "x".repeat(1024);
    Receiver all = one.receive(longest);
    offer(longest, "1");
    offer(longest, "2");
    offer(longest + "a", "3");
    offer(longest + "b", "4");
    offer(longest.substring(1), "5");
    offer(longest, "6");
    rig.loop.run();
    assertThat(all.heard)
        .containsExactly(
            longest + ":1", longest + ":2", longest + "a:3", longest + "b:4", longest + ":6");
  }

  @Test
  void smallAndLargeMessagesOfOneTopicKeepTheirOrder() {
    Receiver receiver = one.receive("t");
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      String text = i + Values.text('x', i % 4 == 3 ? 9000 : i % 4 * 700);
      offer("t", text);
      expected.add("t:" + text);
    }
    rig.loop.run();
    assertThat(receiver.heard).isEqualTo(expected);
    assertThat(toOne.pub.failures).isEmpty();
    assertThat(toOne.sub.failures).isEmpty();
  }

  @Test
  void aLaneThatEndsInTheMiddleOfARunLeavesTheOthersTheirs() {
    Receiver first = one.receive("t");
    Receiver second = two.receive("t");
    toOne.pub.whileSending = () -> toOne.pub.peer.endSending();
    for (int i = 0; i < 60; i++) {
      offer("t", i + Values.text('x', 2000));
    }
    rig.loop.run();
    assertThat(second.heard).hasSize(60);
    assertThat(first.heard.size()).isBetween(1, 59);
    assertThat(pub.counters().queuedMessages()).isZero();
  }

  @Test
  void withWaitARunEndsWhereTheMarkIs() {
    Pub<String> waiting = rig.pub(OverflowPolicy.WAIT, 5);
    Sub<String> slow = rig.sub(1);
    Sub<String> quick = rig.sub(1);
    PublishRigLine toSlow = rig.connect(waiting, slow);
    rig.connect(waiting, quick);
    Receiver late = slow.receive("t");
    Receiver soon = quick.receive("t");
    toSlow.holdCredit();
    List<Waiter> waiters = new ArrayList<>();
    for (int i = 1; i <= 12; i++) {
      waiters.add(Waiter.on(waiting.flow.publish("t", "" + i)));
    }
    rig.loop.run();
    assertThat(toSlow.pub.peer.queued()).isEqualTo(5);
    assertThat(soon.heard).hasSize(6);
    assertThat(waiters.stream().filter(waiter -> waiter.completed)).hasSize(1);
    toSlow.credit(3);
    assertThat(toSlow.pub.peer.queued()).isEqualTo(5);
    assertThat(soon.heard).hasSize(9);
    toSlow.release();
    assertThat(late.heard).hasSize(12).isEqualTo(soon.heard);
    assertThat(waiters).allMatch(waiter -> waiter.completed);
  }

  @Test
  void aQueueThatGrowsAndTurnsKeepsItsOrder() {
    Receiver receiver = one.receive("t");
    toOne.holdCredit();
    pub.publish("t", "a", "b"); // uses the credit
    for (int i = 0; i < 100; i++) {
      pub.publish("t", "" + i);
      if (i % 40 == 39) {
        toOne.credit(1);
      }
    }
    toOne.release();
    assertThat(receiver.heard).hasSize(102).endsWith("t:98", "t:99").doesNotHaveDuplicates();
    assertThat(receiver.missed()).isZero();
  }

  @Test
  void aQueueThatWasEmptiedTakesTheSameTopicAnew() {
    LaneQueue<Publication<String>> queue = new LaneQueue<>(true);
    assertThat(queue.poll()).isNull();
    assertThat(queue.peek()).isNull();
    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.size()).isZero();
    assertThat(queue.bytes()).isZero();
  }

  @Test
  void whatMayWaitIsBoundedByBothMarks() {
    LaneBounds bounds = new LaneBounds(2, 10);
    assertThat(bounds.allow(0, 0, 1000)).as("one of any size").isTrue();
    assertThat(bounds.allow(1, 5, 5)).isTrue();
    assertThat(bounds.allow(1, 5, 6)).isFalse();
    assertThat(bounds.allow(2, 0, 0)).isFalse();
    assertThat(bounds.allow(1, 1000, 0)).isFalse();
  }
}
