package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.internal.flow.PublishRig.Pub;
import io.reactorzmq.internal.flow.PublishRig.Receiver;
import io.reactorzmq.internal.flow.PublishRig.Sub;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.internal.wire.Numbered;
import io.reactorzmq.options.OverflowPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each subscriber is told of what it missed itself, of each publisher, no more and no less. */
class MissedBeforeTest {

  private final PublishRig rig = new PublishRig();
  private final Pub<String> pub = rig.pub(OverflowPolicy.DROP_LATEST, 1);
  private final Sub<String> sub = rig.sub(1);

  @AfterEach
  void nothingIsLeft() {
    rig.close();
  }

  @Test
  void whoWasThereIsToldAndWhoComesLaterIsNot() {
    PublishRigLine line = rig.connect(pub, sub);
    Receiver before = sub.receive("t");
    line.holdCredit();
    pub.publish("t", "0", "1", "2", "3");
    Receiver within = sub.receive("t");
    line.release();
    assertThat(before.heard).containsExactly("t:0", "t:1");
    Receiver after = sub.receive("t");
    pub.publish("t", "4");
    assertThat(before.heard).endsWith("t:4!2");
    assertThat(within.heard).as("it joined where the stream was").endsWith("t:4!2");
    assertThat(after.heard).containsExactly("t:4");
    pub.publish("t", "5");
    assertThat(before.heard).endsWith("t:5");
  }

  @Test
  void aNewPrefixCountsFromTheNumberThatItsAcknowledgementNames() {
    PublishRigLine line = rig.connect(pub, sub);
    Receiver before = sub.receive("t");
    line.holdCredit();
    pub.publish("t", "0", "1", "2", "3"); // 0 is there, 1 waits, 2 and 3 are lost
    Receiver within = sub.receive("", "t");
    pub.publish("t", "4"); // lost as well
    pub.publish("u", "5"); // the same, and for one of them only
    line.release();
    pub.publish("t", "6");
    assertThat(before.heard).containsExactly("t:0", "t:1", "t:6!4");
    assertThat(within.heard).startsWith("t:1").hasSize(2);
    Receiver fresh = sub.receive("t6");
    pub.publish("t6", "7");
    assertThat(fresh.heard).containsExactly("t6:7");
  }

  @Test
  void lossesBeforeTheNumberOfTheAcknowledgementDoNotCount() {
    PublishRigLine line = rig.connect(pub, sub);
    Receiver before = sub.receive("t");
    line.holdCredit();
    pub.publish("t", "0", "1", "2", "3"); // 2 and 3 are lost
    Receiver other = sub.receive("u");
    pub.publish("t", "4"); // lost, from this number on the other one is in force
    pub.publish("u", "5"); // lost
    line.release();
    pub.publish("u", "6");
    assertThat(other.heard).containsExactly("u:6!2");
    pub.publish("t", "7");
    assertThat(before.heard).containsExactly("t:0", "t:1", "t:7!4");
  }

  @Test
  void aHoleThatEndsBeforeTheNumberOfTheAcknowledgementDoesNotCountAtAll() {
    Pub<String> oldest = rig.pub(OverflowPolicy.DROP_OLDEST, 2);
    PublishRigLine line = rig.connect(oldest, sub);
    Receiver before = sub.receive("t");
    line.holdCredit();
    oldest.publish("t", "0", "1", "2", "3", "4"); // 3 and 4 wait, with numbers 4 and 5
    Receiver other = sub.receive("u");
    line.release();
    oldest.publish("u", "5");
    oldest.publish("t", "6");
    assertThat(before.heard).containsExactly("t:0", "t:3!2", "t:4", "t:6");
    assertThat(other.heard).containsExactly("u:5");
  }

  @Test
  void whatAnotherPrefixBringsEarlierIsCountedFromThere() {
    PublishRigLine line = rig.connect(pub, sub);
    sub.receive("");
    pub.publish("t", "0");
    line.pub.holdingControls = true;
    Receiver other = sub.receive("t");
    pub.publish("t", "1");
    line.holdCredit();
    pub.publish("t", "2", "3", "4", "5");
    line.release();
    pub.publish("t", "6");
    assertThat(other.heard.size() + other.missed()).isEqualTo(6);
    assertThat(other.heard).first().isEqualTo("t:1");
  }

  @Test
  void eachPublisherIsCountedByItself() {
    Pub<String> second = rig.pub(OverflowPolicy.DROP_LATEST, 1);
    PublishRigLine toFirst = rig.connect(pub, sub);
    PublishRigLine toSecond = rig.connect(second, sub);
    Receiver receiver = sub.receive();
    toFirst.holdCredit();
    toSecond.holdCredit();
    pub.publish("a", "0", "1", "2");
    second.publish("b", "0", "1", "2", "3");
    toFirst.release();
    toSecond.release();
    pub.publish("a", "3");
    second.publish("b", "4");
    assertThat(receiver.heard).containsExactly("a:0", "b:0", "a:1", "b:1", "a:3!1", "b:4!2");
    assertThat(sub.counters().missed()).isEqualTo(3);
    assertThat(toFirst.sub.peer.missed()).isEqualTo(1);
    assertThat(toSecond.sub.peer.missed()).isEqualTo(2);
  }

  @Test
  void lossesOnTheWayAndInTheQueueAddUp() {
    Sub<String> small = rig.sub(OverflowPolicy.DROP_OLDEST, 1, 1);
    PublishRigLine line = rig.connect(pub, small);
    Receiver receiver = small.receive(0, "t");
    line.holdCredit();
    pub.publish("t", "0", "1", "2", "3");
    line.release();
    pub.publish("t", "4", "5");
    receiver.request(9);
    rig.loop.run();
    assertThat(receiver.heard).containsExactly("t:5!5");
  }

  @Test
  void aConnectionThatWasLostMakesANumberUnknownOnce() {
    PublishRigLine line = rig.line(pub, sub, "one");
    line.open();
    Receiver there = sub.receive("t");
    pub.publish("t", "1");
    line.die();
    Receiver later = sub.receive("t");
    PublishRigLine again = rig.line(pub, sub, "one");
    again.open();
    Receiver last = sub.receive("t");
    pub.publish("t", "2", "3");
    assertThat(there.heard).containsExactly("t:1", "t:2!-1", "t:3");
    assertThat(later.heard).containsExactly("t:2", "t:3");
    assertThat(last.heard).containsExactly("t:2", "t:3");
    assertThat(sub.counters().missed()).isZero();
  }

  @Test
  void aFirstConnectionIsNoReconnectAndNeitherIsOneWithAnotherPub() {
    Receiver receiver = sub.receive("t");
    PublishRigLine line = rig.line(pub, sub, "one");
    line.open();
    pub.publish("t", "1");
    line.die();
    PublishRigLine other = rig.line(pub, sub, "two");
    other.open();
    pub.publish("t", "2");
    assertThat(receiver.heard).containsExactly("t:1", "t:2");
  }

  @Test
  void anAcceptedConnectionIsKnownByTheOtherSocket() {
    Receiver receiver = sub.receive("t");
    for (String id : new String[] {"one", "two", "one"}) {
      PublishRigLine line = rig.line(pub, sub, id);
      line.sub.dialled = false;
      line.open();
      pub.publish("t", id);
      line.die();
    }
    assertThat(receiver.heard).containsExactly("t:one", "t:two", "t:one!-1");
  }

  @Test
  void aConnectionThatTookThePlaceOfItsPredecessorIsAReconnect() {
    Receiver receiver = sub.receive("t");
    PublishRigLine line = rig.line(pub, sub, "one");
    line.open();
    pub.publish("t", "1");
    PublishRigLine next = rig.line(pub, sub, "one"); // joins before the other one is gone
    line.die();
    next.open();
    pub.publish("t", "2");
    assertThat(receiver.heard).containsExactly("t:1", "t:2!-1");
  }

  @Test
  void aConnectionThatNeverOpenedIsNoneThatWasLost() {
    Receiver receiver = sub.receive("t");
    rig.line(pub, sub, "one").die();
    PublishRigLine line = rig.line(pub, sub, "one");
    line.open();
    pub.publish("t", "1");
    line.die();
    Receiver later = sub.receive("t");
    rig.line(pub, sub, "one").die();
    rig.line(pub, sub, "one").open();
    pub.publish("t", "2");
    assertThat(receiver.heard).containsExactly("t:1", "t:2!-1");
    assertThat(later.heard).containsExactly("t:2");
  }

  @Test
  void whatWasNotDeliveredYetWhenTheConnectionWentIsDelivered() {
    PublishRigLine line = rig.line(pub, sub, "one");
    line.open();
    Receiver receiver = sub.receive(0, "t");
    pub.publish("t", "1", "2");
    line.die();
    PublishRigLine again = rig.line(pub, sub, "one");
    again.open();
    pub.publish("t", "3");
    receiver.request(9);
    rig.loop.run();
    assertThat(receiver.heard).containsExactly("t:1", "t:2", "t:3!-1");
  }

  @Test
  void aPubThatDoesNotKnowHowManyWereLostSaysSo() {
    PublishRigLine line = rig.connect(pub, sub);
    sub.receive("t");
    Feed<?> feed = ((SubscribePeer<?>) line.sub.peer).feed();
    assertThat(feed.arrived(new Numbered(3, true, null))).isEqualTo(-1);
    assertThat(feed.unknown()).isEqualTo(2);
    assertThat(feed.lost()).isEqualTo(2);
    assertThat(feed.missed()).isEqualTo(2);
    assertThat(feed.arrived(new Numbered(3, false, null))).isZero();
    assertThat(feed.arrived(new Numbered(5, false, null))).isEqualTo(2);
    assertThat(feed.lost()).isEqualTo(4);
  }

  @Test
  void whatAPubSaysItLostCountsAlsoWhereThereMayBeMore() {
    PublishRigLine line = rig.connect(pub, sub);
    Receiver receiver = sub.receive("t");
    ByteBuf frame = rig.allocator.buffer();
    frame.writeByte(Kind.DATA.code()).writeByte(0x08).writeByte(5); // GAP, number 5
    frame.writeByte(2).writeByte(1).writeByte(1).writeByte('t').writeByte('x');
    line.sub.peer.read(frame);
    rig.loop.run();
    assertThat(receiver.heard).containsExactly("t:x!-1");
    assertThat(line.sub.peer.missed()).isEqualTo(4);
    assertThat(sub.counters().missed()).isEqualTo(4);
    assertThat(sub.gaps()).containsExactly(-1L);
  }

  @Test
  void coverageTellsEachLossOnce() {
    Coverage coverage = new Coverage(5, 10, 1);
    assertThat(coverage.tell(coverage.missed(10), 1)).isZero();
    assertThat(coverage.tell(coverage.missed(13), 1)).isEqualTo(3);
    coverage.refused();
    coverage.takenOut();
    assertThat(coverage.tell(coverage.missed(13), 1)).isEqualTo(2);
    assertThat(coverage.tell(coverage.missed(13), 2)).isEqualTo(-1);
    assertThat(coverage.tell(coverage.missed(13), 2)).isZero();
    coverage.discount(4);
    assertThat(coverage.tell(coverage.missed(18), 2)).isEqualTo(1);
    assertThat(coverage.tell(0, 0)).isZero();
  }
}
