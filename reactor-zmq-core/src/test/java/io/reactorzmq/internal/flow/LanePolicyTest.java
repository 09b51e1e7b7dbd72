package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.error.OverflowException;
import io.reactorzmq.error.SlowPeerException;
import io.reactorzmq.internal.flow.PublishRig.Pub;
import io.reactorzmq.internal.flow.PublishRig.Receiver;
import io.reactorzmq.internal.flow.PublishRig.Sub;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OverflowPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a lane does that is full, and how its SUB learns of it. */
class LanePolicyTest {

  private final PublishRig rig = new PublishRig();
  private final Sub<String> sub = rig.sub(1);
  private Pub<String> pub;
  private PublishRigLine line;
  private Receiver receiver;

  @AfterEach
  void nothingIsLeft() {
    rig.close();
  }

  /** A lane of which one message is on the way, and none other gets there. */
  private void lane(OverflowPolicy policy, int highWaterMark) {
    lane(policy, highWaterMark, PublishRig.UNLIMITED);
  }

  private void lane(OverflowPolicy policy, int messages, long bytes) {
    pub = rig.pub(Codec.utf8(), policy, messages, bytes, 1000);
    line = rig.connect(pub, sub);
    receiver = sub.receive();
    line.holdCredit();
    pub.publish("", "first");
    assertThat(receiver.heard).containsExactly(":first");
    receiver.heard.clear();
  }

  private void assertLost(long lost) {
    assertThat(pub.counters().dropped()).isEqualTo(lost);
    assertThat(line.pub.peer.dropped()).isEqualTo(lost);
    assertThat(line.sub.peer.missed()).isEqualTo(lost);
    assertThat(sub.counters().missed()).isEqualTo(lost);
    assertThat(receiver.missed()).isEqualTo(lost);
    assertThat(pub.gaps()).isEqualTo(sub.gaps());
  }

  @Test
  void dropLatestKeepsWhatWaits() {
    lane(OverflowPolicy.DROP_LATEST, 2);
    pub.publish("t", 1, 5);
    assertThat(line.pub.peer.queued()).isEqualTo(2);
    line.release();
    assertThat(receiver.heard).containsExactly("t:1", "t:2");
    assertThat(sub.gaps()).as("told by a frame without messages").containsExactly(3L);
    pub.publish("t", "6", "7");
    assertThat(receiver.heard).containsExactly("t:1", "t:2", "t:6!3", "t:7");
    assertLost(3);
    assertThat(pub.dropped())
        .singleElement()
        .isInstanceOf(OverflowException.class)
        .asString()
        .contains("the SUB at rig does not keep up: 2 messages with 4 bytes wait for it")
        .contains("highWaterMark, highWaterMarkBytes, overflow DROP_LATEST");
  }

  @Test
  void dropOldestKeepsWhatIsNew() {
    lane(OverflowPolicy.DROP_OLDEST, 2);
    pub.publish("t", 1, 5);
    assertThat(line.pub.peer.queued()).isEqualTo(2);
    line.release();
    assertThat(receiver.heard).containsExactly("t:4!3", "t:5");
    assertLost(3);
    assertThat(pub.gaps()).containsExactly(3L);
    assertThat(pub.dropped()).hasSize(1);
  }

  @Test
  void conflateKeepsTheLastOfEachTopicInThePlaceOfTheFirst() {
    lane(OverflowPolicy.CONFLATE, 3);
    pub.publish("a", "1");
    pub.publish("b", "2");
    pub.publish("a", "3", "4");
    pub.publish("c", "5");
    pub.publish("b", "6");
    assertThat(line.pub.peer.queued()).isEqualTo(3);
    line.release();
    assertThat(receiver.heard).containsExactly("a:4!3", "b:6", "c:5");
    assertLost(3);
    assertThat(pub.dropped()).as("it is what was asked for").isEmpty();
  }

  @Test
  void conflateDropsTheTopicThatWaitsLongestIfThereAreTooMany() {
    lane(OverflowPolicy.CONFLATE, 2);
    pub.publish("a", "1");
    pub.publish("b", "2");
    pub.publish("a", "3");
    pub.publish("c", "4");
    pub.publish("d", "5");
    pub.publish("c", "6");
    line.release();
    assertThat(receiver.heard).containsExactly("c:6!4", "d:5");
    assertLost(4);
    assertThat(pub.dropped()).hasSize(1);
  }

  @Test
  void conflateRemembersPlacesWhileTheQueueMovesAndGrows() {
    lane(OverflowPolicy.CONFLATE, 100);
    for (int i = 0; i < 40; i++) {
      pub.publish("t" + i, "old");
      if (i % 3 == 2) {
        line.credit(1);
      }
    }
    int taken = receiver.heard.size();
    for (int i = taken; i < 40; i++) {
      pub.publish("t" + i, "new");
    }
    line.release();
    assertThat(receiver.heard).hasSize(40);
    for (int i = 0; i < 40; i++) {
      String expected = "t" + i + (i < taken ? ":old" : ":new");
      assertThat(receiver.heard.get(i)).startsWith(expected);
    }
    assertLost(40 - taken);
  }

  @Test
  void conflateCountsTheBytesOfWhatTookThePlaceOfAnother() {
    lane(OverflowPolicy.CONFLATE, 100, 10);
    pub.publish("a", "12345678");
    pub.publish("a", "1");
    assertThat(pub.counters().queuedBytes()).isEqualTo(2);
    pub.publish("b", "1234567");
    assertThat(pub.counters().queuedBytes()).isEqualTo(10);
    pub.publish("b", "123456");
    assertThat(pub.counters().queuedBytes()).isEqualTo(9);
    line.release();
    assertThat(receiver.heard).containsExactly("a:1!2", "b:123456");
  }

  @Test
  void disconnectGivesUpThePeer() {
    lane(OverflowPolicy.DISCONNECT, 2);
    Sub<String> other = rig.sub(1);
    PublishRigLine toOther = rig.connect(pub, other);
    Receiver quick = other.receive("t");
    pub.publish("t", 1, 2);
    assertThat(line.pub.failures).isEmpty();
    pub.publish("t", "3");
    assertThat(line.pub.failures)
        .singleElement()
        .isInstanceOf(SlowPeerException.class)
        .asString()
        .contains("the SUB at rig does not keep up: 2 messages with 4 bytes wait for it")
        .contains("overflow DISCONNECT");
    pub.publish("t", "4");
    assertThat(quick.heard).containsExactly("t:1", "t:2", "t:3", "t:4");
    assertThat(toOther.pub.failures).isEmpty();
    assertThat(line.pub.peer.queued()).isZero();
    assertThat(pub.counters().queuedMessages()).isZero();
    assertThat(pub.counters().queuedBytes()).isZero();
    assertThat(receiver.heard).isEmpty();
  }

  @Test
  void dropLatestMeasuresBytes() {
    lane(OverflowPolicy.DROP_LATEST, 100, 10);
    pub.publish("t", "1234", "12345", "123");
    assertThat(pub.counters().queuedBytes()).isEqualTo(9);
    pub.publish("t", "");
    assertThat(pub.counters().queuedBytes()).isEqualTo(10);
    pub.publish("", "");
    assertThat(pub.counters().queuedMessages()).as("nothing adds nothing").isEqualTo(4);
    line.release();
    assertThat(receiver.heard).containsExactly("t:1234", "t:123!1", "t:", ":");
    assertLost(1);
  }

  @Test
  void dropOldestMeasuresBytesAndHasRoomForOneOfAnySize() {
    lane(OverflowPolicy.DROP_OLDEST, 100, 10);
    pub.publish("t", "1", "2", "3", "4");
    pub.publish("t", "123456");
    assertThat(line.pub.peer.queued()).isEqualTo(2);
    pub.publish("t", "far more than fits");
    assertThat(line.pub.peer.queued()).isEqualTo(1);
    line.release();
    assertThat(receiver.heard).containsExactly("t:far more than fits!5");
    assertLost(5);
  }

  @Test
  void disconnectMeasuresBytes() {
    lane(OverflowPolicy.DISCONNECT, 100, 10);
    pub.publish("t", "123456789");
    assertThat(line.pub.failures).isEmpty();
    pub.publish("t", "");
    assertThat(line.pub.failures).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = OverflowPolicy.class,
      names = {"DROP_LATEST", "DROP_OLDEST", "CONFLATE"})
  void aMessageInProgressIsNeverRemoved(OverflowPolicy policy) {
    lane(policy, 1);
    String large = Values.text('x', 2 * PublishRig.FRAME);
    line.credit(1);
    pub.publish("t", large);
    pub.publish("t", "1", "2", "3");
    assertThat(line.pub.frames).hasSize(2);
    line.release();
    assertThat(receiver.heard).first().isEqualTo("t:" + large);
    String last = policy == OverflowPolicy.DROP_LATEST ? "t:1" : "t:3!2";
    assertThat(receiver.heard).hasSize(2).last().isEqualTo(last);
    pub.publish("t", "4");
    assertLost(2);
  }

  @Test
  void aLossBehindWhichNothingFollowsIsToldWhenThereIsCreditAndOnlyOnce() {
    lane(OverflowPolicy.DROP_LATEST, 1);
    pub.publish("t", "1", "2", "3");
    line.credit(1);
    assertThat(receiver.heard).containsExactly("t:1");
    assertThat(pub.gaps()).as("no credit to tell it").isEmpty();
    line.credit(1);
    assertThat(pub.gaps()).containsExactly(2L);
    assertThat(sub.gaps()).containsExactly(2L);
    line.credit(3);
    assertThat(pub.gaps()).hasSize(1);
    assertThat(line.pub.frames).hasSize(3);
    line.release();
    pub.publish("t", "4");
    assertThat(receiver.heard).containsExactly("t:1", "t:4!2");
    assertLost(2);
  }

  @Test
  void whoLeavesTellsItsLastLossFirst() {
    lane(OverflowPolicy.DROP_LATEST, 1);
    pub.publish("t", "1", "2", "3");
    line.credit(1);
    line.pub.peer.leave();
    line.sub.release();
    rig.loop.runOne(); // the credit is there, and nothing came of it yet
    assertThat(line.pub.peer.isSent()).isFalse();
    rig.loop.run();
    assertThat(sub.gaps()).containsExactly(2L);
    assertThat(line.pub.peer.isSent()).isTrue();
  }

  @Test
  void anEmptyFrameGivesItsCreditBack() {
    lane(OverflowPolicy.DROP_LATEST, 1);
    pub.publish("t", "1", "2");
    line.release();
    assertThat(line.sub.given).as("window, three frames taken").isEqualTo(1 + 3);
    assertThat(line.pub.peer.isSent()).isTrue();
    assertThat(sub.counters().undelivered()).isZero();
    assertThat(sub.counters().received()).isEqualTo(2);
  }

  @Test
  void eachRunOfLossesIsReportedOnceAndCountedAtBothEnds() {
    lane(OverflowPolicy.DROP_LATEST, 1);
    pub.publish("t", "1", "2", "3");
    line.release();
    line.holdCredit();
    pub.publish("t", "4", "5", "6", "7", "8");
    line.release();
    pub.publish("t", "9");
    assertThat(pub.gaps()).containsExactly(2L, 3L);
    assertThat(pub.dropped()).hasSize(2);
    assertThat(receiver.heard).containsExactly("t:1", "t:4!2", "t:5", "t:9!3");
    assertLost(5);
  }

  @Test
  void holesAreBetweenFramesAlsoWhereManyMessagesShareOne() {
    pub = rig.pub(OverflowPolicy.DROP_LATEST, 100);
    Sub<String> many = rig.sub(new Limits(100, PublishRig.FRAME, 20, 0), 3);
    line = rig.connect(pub, many);
    receiver = many.receive();
    for (String text : new String[] {"1", "2", Values.text('x', 30), "3", "4"}) {
      pub.flow.tryPublish("t", text);
    }
    rig.loop.run();
    assertThat(line.pub.frames).hasSize(2);
    assertThat(receiver.heard).containsExactly("t:1", "t:2", "t:3!1", "t:4");
  }
}
