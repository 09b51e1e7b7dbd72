package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.flow.PublishRig.Pub;
import io.reactorzmq.internal.flow.PublishRig.Receiver;
import io.reactorzmq.internal.flow.PublishRig.Sub;
import io.reactorzmq.internal.flow.Values.Recording;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.options.OverflowPolicy;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Sinks.EmitResult;

/** Who gets what, and what that costs. */
class PublishMatchingTest {

  private final PublishRig rig = new PublishRig();
  private final Recording codec = new Recording();
  private final Pub<String> pub = rig.pub(codec, OverflowPolicy.DROP_LATEST, 100);

  @AfterEach
  void nothingIsLeft() {
    rig.close();
  }

  @Test
  void aMessageGoesToThoseWhoseTopicItIs() {
    Sub<String> one = rig.sub(4);
    Sub<String> two = rig.sub(4);
    rig.connect(pub, one);
    rig.connect(pub, two);
    Receiver a = one.receive("a");
    Receiver ab = two.receive("ab", "c");
    Receiver all = two.receive();

    pub.publish("ab", "1");
    pub.publish("a", "2");
    pub.publish("c", "3");
    pub.publish("", "4");
    assertThat(a.heard).containsExactly("ab:1", "a:2");
    assertThat(ab.heard).containsExactly("ab:1", "c:3");
    assertThat(all.heard).containsExactly("ab:1", "a:2", "c:3", ":4");
    assertThat(pub.counters().sent()).as("one for each subscriber").isEqualTo(6);
    assertThat(one.counters().received()).isEqualTo(2);
    assertThat(two.counters().received()).as("one for each subscription").isEqualTo(6);
  }

  @Test
  void aMessageTravelsOnceHoweverManySubscriptionsItMatches() {
    Sub<String> sub = rig.sub(4);
    PublishRigLine line = rig.connect(pub, sub);
    Receiver both = sub.receive("", "t", "topic");
    Receiver prefix = sub.receive("to");
    Receiver again = sub.receive("to");
    pub.publish("topic", "1");
    assertThat(line.pub.frames).hasSize(1);
    assertThat(both.heard).containsExactly("topic:1");
    assertThat(prefix.heard).containsExactly("topic:1");
    assertThat(again.heard).containsExactly("topic:1");
    assertThat(line.pub.peer.sent()).isEqualTo(1);
    assertThat(line.sub.peer.received()).isEqualTo(1);
    assertThat(line.sub.peer.sent() + line.pub.peer.received()).isZero();
    assertThat(line.sub.peer.inFlight()).isZero();
    assertThat(line.pub.peer.sends() && line.sub.peer.receives()).isTrue();
    assertThat(line.pub.peer.receives() || line.sub.peer.sends()).isFalse();
  }

  @Test
  void aValueIsEncodedOnceForAllSubscribers() {
    for (int i = 0; i < 5; i++) {
      Sub<String> sub = rig.sub(4);
      rig.connect(pub, sub);
      sub.receive("t");
    }
    pub.publish("t", "1", "2");
    assertThat(codec.encoded).containsExactly("1", "2");
    assertThat(pub.counters().sent()).isEqualTo(10);
  }

  @Test
  void aMessageThatNobodyWantsIsReleasedAtOnce() {
    Pub<ByteBuf> buffers =
        rig.pubOf(
            new Values.Buffers(),
            text -> rig.allocator.directBuffer().writeBytes(text.getBytes(StandardCharsets.UTF_8)),
            OverflowPolicy.WAIT);
    buffers.publish("t", "before anyone came");
    assertThat(rig.allocator.metric().usedDirectMemory()).isZero();

    Sub<String> sub = rig.sub(4);
    PublishRigLine line = rig.connect(buffers, sub);
    Receiver other = sub.receive("other");
    buffers.publish("t", "for nobody");
    assertThat(rig.allocator.metric().usedDirectMemory()).isZero();
    assertThat(line.pub.frames).isEmpty();
    assertThat(other.heard).isEmpty();
    assertThat(buffers.counters().queuedMessages()).isZero();
    assertThat(buffers.counters().sent()).isZero();
    assertThat(buffers.counters().dropped()).isZero();
  }

  @Test
  void aTopicIsMatchedByItsFirst1024BytesAndArrivesWhole() {
    String longest = "x".repeat(1024);
    Sub<String> sub = rig.sub(4);
    rig.connect(pub, sub);
    Receiver receiver = sub.receive(longest);
    pub.publish(longest, "1");
    pub.publish(longest + "tail", "2");
    pub.publish("x".repeat(1023), "3");
    assertThat(receiver.heard).containsExactly(longest + ":1", longest + "tail:2");
  }

  @Test
  void aSubscriberThatCameAndWentGetsNothingMore() {
    Sub<String> sub = rig.sub(4);
    PublishRigLine line = rig.connect(pub, sub);
    Receiver receiver = sub.receive("t");
    pub.publish("t", "1");
    receiver.cancel();
    rig.loop.run();
    pub.publish("t", "2");
    assertThat(receiver.heard).containsExactly("t:1");
    assertThat(line.pub.frames).hasSize(1);
  }

  @Test
  void messagesShareAFrameAndWhatWaitsIsFramedWhenThereIsCredit() {
    Sub<String> sub = rig.sub(new Limits(100, PublishRig.FRAME, 0, 0), 1);
    PublishRigLine line = rig.connect(pub, sub);
    Receiver receiver = sub.receive("t");
    line.holdCredit();
    for (int i = 1; i <= 7; i++) {
      assertThat(pub.flow.tryPublish("t", "" + i)).isEqualTo(EmitResult.OK);
    }
    rig.loop.run();
    assertThat(line.pub.frames).as("all in one turn").hasSize(1);
    assertThat(line.pub.peer.inFlight()).isEqualTo(7);
    pub.publish("t", 8, 10);
    assertThat(line.pub.frames).as("no credit").hasSize(1);
    assertThat(line.pub.peer.queued()).isEqualTo(3);
    assertThat(pub.counters().queuedMessages()).isEqualTo(3);
    assertThat(pub.counters().queuedBytes()).isEqualTo(7);
    assertThat(line.pub.peer.isSent()).isFalse();

    line.release();
    assertThat(line.pub.frames).hasSize(2);
    assertThat(receiver.heard).hasSize(10).endsWith("t:10");
    assertThat(line.pub.peer.queued()).isZero();
    assertThat(line.pub.peer.inFlight()).isZero();
    assertThat(line.pub.peer.isSent()).isTrue();
    assertThat(pub.counters())
        .isEqualTo(new SocketFlow.Counters(10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    assertThat(sub.counters())
        .isEqualTo(new SocketFlow.Counters(0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
  }

  @Test
  void aSlowSubscriberDelaysNobodyElse() {
    Sub<String> slow = rig.sub(1);
    Sub<String> quick = rig.sub(1);
    PublishRigLine toSlow = rig.connect(pub, slow);
    rig.connect(pub, quick);
    Receiver late = slow.receive("t");
    Receiver soon = quick.receive("t");
    toSlow.holdCredit();
    pub.publish("t", 1, 20);
    assertThat(soon.heard).hasSize(20);
    assertThat(late.heard).containsExactly("t:1");
    toSlow.release();
    assertThat(late.heard).isEqualTo(soon.heard);
  }

  @Test
  void aMessageOfManyFramesIsFramedAsCreditComes() {
    Sub<String> sub = rig.sub(1);
    PublishRigLine line = rig.connect(pub, sub);
    Receiver receiver = sub.receive("t");
    String large = Values.text('x', 3 * PublishRig.FRAME);
    pub.publish("t", large, "small");
    assertThat(line.pub.frames).hasSize(5);
    assertThat(receiver.heard).containsExactly("t:" + large, "t:small");
  }

  @Test
  void aMessageThatIsTooLargeForOnePeerIsDroppedForThatOneOnly() {
    Sub<String> small = rig.sub(new Limits(1, PublishRig.FRAME, 10, 0), 2);
    Sub<String> large = rig.sub(2);
    PublishRigLine toSmall = rig.connect(pub, small);
    PublishRigLine toLarge = rig.connect(pub, large);
    Receiver few = small.receive("t");
    Receiver all = large.receive("t");
    pub.publish("t", "1", "2 is much too large", "3");
    assertThat(all.heard).containsExactly("t:1", "t:2 is much too large", "t:3");
    assertThat(few.heard).containsExactly("t:1", "t:3!1");
    assertThat(toSmall.pub.peer.dropped()).isEqualTo(1);
    assertThat(toLarge.pub.peer.dropped()).isZero();
    assertThat(pub.counters().dropped()).isEqualTo(1);
    assertThat(pub.dropped()).singleElement().asString().contains("the receiver's maxMessageSize");
    assertThat(pub.gaps()).containsExactly(1L);
    assertThat(small.gaps()).containsExactly(1L);
    assertThat(toSmall.pub.failures).isEmpty();
  }

  @Test
  void eitherSideSaysThatASubscriptionIsInForce() {
    Sub<String> sub = rig.sub(2);
    PublishRigLine line = rig.connect(pub, sub);
    Receiver receiver = sub.receive("gr\u00fc\u00df", "b");
    assertThat(pub.host.events)
        .containsExactly(
            new SocketEvent.Subscribed(line.pub.origin(), "gr\u00fc\u00df"),
            new SocketEvent.Subscribed(line.pub.origin(), "b"));
    assertThat(sub.host.events)
        .containsExactly(
            new SocketEvent.Subscribed(line.sub.origin(), "gr\u00fc\u00df"),
            new SocketEvent.Subscribed(line.sub.origin(), "b"));
    pub.host.events.clear();
    receiver.cancel();
    rig.loop.run();
    assertThat(pub.host.events)
        .containsExactlyInAnyOrder(
            new SocketEvent.Unsubscribed(line.pub.origin(), "gr\u00fc\u00df"),
            new SocketEvent.Unsubscribed(line.pub.origin(), "b"));
  }
}
