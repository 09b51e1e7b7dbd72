package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.flow.PublishRig.Pub;
import io.reactorzmq.internal.flow.PublishRig.Receiver;
import io.reactorzmq.internal.flow.PublishRig.Sub;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.internal.wire.Subscription;
import io.reactorzmq.internal.wire.Subscriptions;
import io.reactorzmq.options.OverflowPolicy;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a SUB and a PUB say to each other about subscriptions. */
class SubscriptionControlTest {

  private final PublishRig rig = new PublishRig();
  private final Pub<String> pub = rig.pub(OverflowPolicy.DROP_LATEST, 10);
  private final Sub<String> sub = rig.sub(2);
  private final PublishRigLine line = rig.connect(pub, sub);

  @AfterEach
  void nothingIsLeft() {
    rig.close();
  }

  private static String[] prefixes(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "p" + i).toArray(String[]::new);
  }

  private void assertBroken(PublishRigLine.End end, String message) {
    assertThat(end.failures)
        .singleElement()
        .isInstanceOf(ProtocolException.class)
        .asString()
        .contains(message);
  }

  // ---- the SUB

  @Test
  void aSubscriptionIsAskedForOnceAndAcknowledgedWithTheNextNumber() {
    sub.receive("a");
    assertThat(line.sub.controls).containsExactly("SUBSCRIBE 1=a");
    assertThat(line.pub.controls).containsExactly("SUBSCRIBED 1: 1");
    pub.publish("a", "1", "2");
    sub.receive("b", "a", "c");
    assertThat(line.sub.controls).containsExactly("SUBSCRIBE 1=a", "SUBSCRIBE 2=b 3=c");
    assertThat(line.pub.controls).containsExactly("SUBSCRIBED 1: 1", "SUBSCRIBED 3: 2 3");
  }

  @Test
  void aPrefixIsGivenUpWithItsLastSubscriber() {
    Receiver first = sub.receive("a", "b");
    Receiver second = sub.receive("a");
    line.sub.controls.clear();
    first.cancel();
    first.cancel();
    rig.loop.run();
    assertThat(line.sub.controls).containsExactly("UNSUBSCRIBE 2");
    pub.publish("a", "1");
    assertThat(second.heard).containsExactly("a:1");
    assertThat(first.heard).isEmpty();
    second.cancel();
    rig.loop.run();
    assertThat(line.sub.controls).containsExactly("UNSUBSCRIBE 2", "UNSUBSCRIBE 1");
    sub.receive("a");
    assertThat(line.sub.controls).last().isEqualTo("SUBSCRIBE 3=a");
  }

  @Test
  void aPubThatComesLaterIsAskedForEverythingAtOnce() {
    Receiver receiver = sub.receive("a", "b");
    Receiver gone = sub.receive("c");
    gone.cancel();
    Pub<String> later = rig.pub(OverflowPolicy.DROP_LATEST, 10);
    PublishRigLine toLater = rig.connect(later, sub);
    assertThat(toLater.sub.controls).containsExactly("SUBSCRIBE 1=a 2=b");
    later.publish("b", "1");
    assertThat(receiver.heard).containsExactly("b:1");
  }

  @Test
  void nothingIsSaidBeforeTheOtherSideIsOpen() {
    sub.receive("a");
    PublishRigLine fresh = rig.line(rig.pub(OverflowPolicy.DROP_LATEST, 10), sub, "fresh");
    rig.loop.run();
    sub.receive("b");
    assertThat(fresh.sub.controls).isEmpty();
    assertThat(fresh.sub.given).as("no credit either").isZero();
    fresh.open();
    assertThat(fresh.sub.controls).containsExactly("SUBSCRIBE 1=a 2=b");
    assertThat(fresh.sub.given).isEqualTo(2);
  }

  @Test
  void noCreditIsGivenBeforeSomebodySubscribes() {
    assertThat(line.sub.given).isZero();
    sub.receive("a");
    assertThat(line.sub.given).isEqualTo(2);
    sub.receive("b");
    assertThat(line.sub.given).as("the window is open already").isEqualTo(2);
  }

  @Test
  void manyPrefixesGoInFewPayloads() {
    sub.receive(prefixes(0, 2500));
    assertThat(line.sub.controls)
        .containsExactly("SUBSCRIBE *1000", "SUBSCRIBE *1000", "SUBSCRIBE *500");
    assertThat(line.pub.controls)
        .containsExactly("SUBSCRIBED 1: *1000", "SUBSCRIBED 1: *1000", "SUBSCRIBED 1: *500");
    assertThat(sub.host.events).hasSize(2500);
  }

  @Test
  void longPrefixesGoInAsManyPayloadsAsTheyNeed() {
    String[] prefixes =
        IntStream.range(0, 40).mapToObj(i -> "x".repeat(1000) + i).toArray(String[]::new);
    Receiver receiver = sub.receive(prefixes);
    assertThat(line.sub.controls).hasSize(3);
    assertThat(line.sub.failures).isEmpty();
    pub.publish(prefixes[39], "1");
    assertThat(receiver.heard).hasSize(1);
  }

  @Test
  void manyAreGivenUpInFewPayloads() {
    Receiver receiver = sub.receive(prefixes(0, 2500));
    line.sub.controls.clear();
    receiver.cancel();
    rig.loop.run();
    assertThat(line.sub.controls)
        .containsExactly("UNSUBSCRIBE *1000", "UNSUBSCRIBE *1000", "UNSUBSCRIBE *500");
    pub.publish("p1", "1");
    assertThat(line.pub.frames).isEmpty();
  }

  @Test
  void onePayloadAtATimeWaitsForTheDemandOfThePub() {
    line.sub.holdingControls = true;
    sub.receive("a");
    sub.receive("b");
    sub.receive("c");
    assertThat(line.sub.waitingControls()).isEqualTo(1);
    line.release();
    assertThat(line.sub.controls).containsExactly("SUBSCRIBE 1=a", "SUBSCRIBE 2=b 3=c");
  }

  @Test
  void flappingWithoutDemandStaysBoundedAndWhatIsGivenUpGoesFirst() {
    Receiver kept = sub.receive("kept");
    line.sub.holdingControls = true;
    for (int i = 0; i < 1000; i++) {
      Receiver receiver = sub.receive("flap", "flip" + i);
      receiver.cancel();
      rig.loop.run();
    }
    assertThat(line.sub.waitingControls()).isEqualTo(1);
    Receiver last = sub.receive("flap");
    line.sub.controls.clear();
    line.release();
    assertThat(line.sub.controls)
        .containsExactly("SUBSCRIBE 2=flap 3=flip0", "UNSUBSCRIBE 2 3", "SUBSCRIBE 2002=flap");
    pub.publish("flap", "1");
    assertThat(last.heard).containsExactly("flap:1");
    assertThat(kept.heard).isEmpty();
  }

  @Test
  void whatIsGivenUpBeforeItWasAskedForIsNeverAskedFor() {
    line.sub.holdingControls = true;
    sub.receive("a");
    Receiver receiver = sub.receive("b");
    receiver.cancel();
    rig.loop.run();
    line.release();
    assertThat(line.sub.controls).containsExactly("SUBSCRIBE 1=a");
  }

  @Test
  void theAcknowledgementOfWhatWasGivenUpMeanwhileIsIgnored() {
    line.pub.holdingControls = true;
    Receiver receiver = sub.receive("a");
    line.sub.holdingControls = true;
    receiver.cancel();
    rig.loop.run();
    line.release();
    assertThat(sub.host.events).isEmpty();
    assertThat(line.sub.failures).isEmpty();
  }

  @Test
  void anAcknowledgementOfWhatNobodyAskedForAndASecondOneAreIgnored() {
    sub.receive("a");
    line.pub.control(Subscriptions.subscribed(rig.allocator, 9, new long[] {1, 77}, 2), () -> {});
    rig.loop.run();
    assertThat(sub.host.events).hasSize(1);
    assertThat(line.sub.failures).isEmpty();
  }

  @Test
  void aSocketHas10000DifferentPrefixesAtMost() {
    Receiver most = sub.receive(prefixes(0, 9_999));
    Receiver tooMany = sub.receive("x", "y", "p1");
    assertThat(tooMany.failure)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a socket has at most 10000 different prefixes, this would make 10001");
    Receiver known = sub.receive("p1", "p2");
    Receiver last = sub.receive("x", "p3");
    Receiver oneTooMany = sub.receive("y");
    assertThat(known.failure).isNull();
    assertThat(last.failure).isNull();
    assertThat(oneTooMany.failure).isInstanceOf(IllegalStateException.class);
    most.cancel();
    rig.loop.run();
    assertThat(sub.receive("y").failure).isNull();
    pub.publish("y", "1");
    pub.publish("p9", "2");
    pub.publish("p2", "3");
    assertThat(known.heard).containsExactly("p2:3");
    assertThat(line.pub.failures).isEmpty();
    assertThat(line.sub.failures).isEmpty();
  }

  @Test
  void aSubTakesNoSubscriptions() {
    sub.receive("a");
    Queue<Subscription> one = new ArrayDeque<>(List.of(new Subscription(1, new byte[0])));
    line.pub.control(Subscriptions.subscribe(rig.allocator, one), () -> {});
    rig.loop.run();
    assertBroken(line.sub, "a payload of kind SUBSCRIBE has no place here");
  }

  // ---- the PUB

  @Test
  void acknowledgementsOfManyGoInFewPayloadsOneAtATime() {
    line.pub.holdingControls = true;
    sub.receive(prefixes(0, 10));
    sub.receive(prefixes(10, 2000));
    assertThat(line.pub.waitingControls()).isEqualTo(1);
    assertThat(pub.host.events).as("nobody was told").isEmpty();
    line.release();
    assertThat(line.pub.controls)
        .containsExactly(
            "SUBSCRIBED 1: 1 2 3 4 5 6 7 8 9 10", "SUBSCRIBED 1: *1000", "SUBSCRIBED 1: *990");
    assertThat(pub.host.events).hasSize(2000);
  }

  @Test
  void aPubThatIsFloodedWithSubscriptionsItCannotAcknowledgeStaysBounded() {
    line.pub.holdingControls = true;
    for (long id = 1; id <= 3000; id++) {
      line.subscribe(id, "flap");
      line.unsubscribe(id);
    }
    assertThat(line.pub.waitingControls()).isEqualTo(1);
    line.pub.controls.clear();
    line.release();
    assertThat(line.pub.controls).hasSize(1);
    assertThat(pub.host.events).isEmpty();
  }

  @Test
  void onePrefixMayBeSubscribedTwiceUnderDifferentIds() {
    line.subscribe(1, "a");
    line.subscribe(2, "a");
    line.unsubscribe(1);
    pub.publish("a", "1");
    assertThat(line.pub.peer.queued()).as("it is still wanted").isEqualTo(1);
    line.unsubscribe(2);
    pub.publish("a", "2");
    assertThat(line.pub.peer.queued()).isEqualTo(1);
    assertThat(pub.host.events)
        .containsExactly(
            new SocketEvent.Subscribed(line.pub.origin(), "a"),
            new SocketEvent.Subscribed(line.pub.origin(), "a"),
            new SocketEvent.Unsubscribed(line.pub.origin(), "a"),
            new SocketEvent.Unsubscribed(line.pub.origin(), "a"));
  }

  @Test
  void anUnknownUnsubscribeIsIgnored() {
    line.subscribe(1, "a");
    line.unsubscribe(7, 1, 1);
    assertThat(line.pub.failures).isEmpty();
    assertThat(pub.host.events).hasSize(2);
  }

  @Test
  void anIdThatIsThereAlreadyIsRefused() {
    line.subscribe(5, "a");
    line.subscribe(5, "b");
    assertBroken(line.pub, "the subscription 5 exists already");
    pub.publish("a", "1");
    assertThat(pub.counters().queuedMessages()).isZero();
  }

  @Test
  void anIdMayBeUsedAgainOnceItIsGivenUp() {
    line.subscribe(5, "a");
    line.unsubscribe(5);
    line.subscribe(5, "b");
    assertThat(line.pub.failures).isEmpty();
    pub.publish("b", "1");
    assertThat(line.pub.peer.queued()).isEqualTo(1);
  }

  @Test
  void moreThan10000SubscriptionsAreRefused() {
    List<Subscription> all = new ArrayList<>();
    for (int i = 1; i <= 10_000; i++) {
      all.add(new Subscription(i, ("p" + i).getBytes(StandardCharsets.UTF_8)));
    }
    Queue<Subscription> waiting = new ArrayDeque<>(all);
    while (!waiting.isEmpty()) {
      line.tellPub(Subscriptions.subscribe(rig.allocator, waiting));
    }
    assertThat(line.pub.failures).isEmpty();
    line.subscribe(10_001, "x");
    assertBroken(line.pub, "more than 10000 subscriptions on one connection");
  }

  @Test
  void whatIsMalformedOrComesBeforeOpenOrHasNoPlaceIsRefused() {
    line.tellPub(rig.allocator.buffer().writeByte(Kind.SUBSCRIBE.code()));
    assertBroken(line.pub, "a SUBSCRIBE has no subscription");

    PublishRigLine early = rig.line(pub, sub, "early");
    early.subscribe(1, "a");
    assertBroken(early.pub, "a payload of kind SUBSCRIBE came before OPEN");

    PublishRigLine odd = rig.connect(pub, sub);
    odd.tellPub(Subscriptions.subscribed(rig.allocator, 1, new long[] {1}, 1));
    assertBroken(odd.pub, "a payload of kind SUBSCRIBED has no place here");
  }

  @Test
  void dataFromASubIsIgnoredAndItsDemandReturned() {
    ByteBuf payload = rig.allocator.buffer().writeByte(Kind.DATA.code());
    line.pub.peer.read(payload);
    assertThat(payload.refCnt()).isZero();
    assertThat(line.pub.given).isEqualTo(1);
    assertThat(line.pub.failures).isEmpty();
  }

  @Test
  void whatASubAsksForAfterItLeftIsNotInForce() {
    sub.receive("a");
    line.pub.peer.endSending();
    line.subscribe(50, "b");
    pub.publish("a", "1");
    pub.publish("b", "2");
    assertThat(line.pub.frames).isEmpty();
    assertThat(pub.counters().queuedMessages()).isZero();
    assertThat(pub.counters().dropped()).isZero();
  }

  @Test
  void dataAfterTheEndIsRefused() {
    sub.receive("a");
    line.sub.peer.endOfData();
    pub.publish("a", "1");
    assertBroken(line.sub, "data came after END");
  }
}
