package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.internal.flow.PublishRig.Pub;
import io.reactorzmq.internal.flow.PublishRig.Receiver;
import io.reactorzmq.internal.flow.PublishRig.Sub;
import io.reactorzmq.internal.flow.Values.Recording;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OnUndecodable;
import io.reactorzmq.options.OverflowPolicy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Hooks;

/** What subscribers may do from within, and how publishers take turns. */
class SubscribeTurnsTest {

  private final PublishRig rig = new PublishRig();
  private final Pub<String> pub = rig.pub(OverflowPolicy.DROP_LATEST, 1000);

  @AfterEach
  void nothingIsLeft() {
    Hooks.resetOnErrorDropped();
    rig.close();
  }

  private Sub<String> sub(Codec<String> codec, OnUndecodable onUndecodable) {
    return rig.sub(
        codec,
        OverflowPolicy.DROP_LATEST,
        new LaneBounds(100, PublishRig.UNLIMITED),
        onUndecodable,
        4);
  }

  // ---- turns

  @Test
  void publishersTakeTurnsOneMessageEach() {
    Sub<String> sub = rig.sub(new Limits(100, PublishRig.FRAME, 0, 0), 4);
    Pub<String> other = rig.pub(OverflowPolicy.DROP_LATEST, 1000);
    PublishRigLine one = rig.connect(pub, sub);
    PublishRigLine two = rig.connect(other, sub);
    Receiver receiver = sub.receive();
    one.pub.holdingFrames = true;
    two.pub.holdingFrames = true;
    for (int i = 1; i <= 4; i++) {
      pub.flow.tryPublish("a", "" + i);
      other.flow.tryPublish("b", "" + i);
    }
    rig.loop.run();
    one.pub.release();
    two.pub.release();
    rig.loop.run();
    assertThat(receiver.heard)
        .containsExactly("a:1", "b:1", "a:2", "b:2", "a:3", "b:3", "a:4", "b:4");
  }

  @Test
  void othersGetTheThreadAfter256Messages() {
    Sub<String> sub = rig.sub(new Limits(1000, PublishRig.FRAME, 0, 0), 4);
    rig.connect(pub, sub);
    Receiver receiver = sub.receive();
    List<Integer> seen = new ArrayList<>();
    receiver.onNext =
        text -> {
          if (text.equals("t:1")) {
            rig.loop.execute(() -> seen.add(receiver.heard.size()));
          }
        };
    for (int i = 1; i <= 1000; i++) {
      pub.flow.tryPublish("t", "" + i);
    }
    rig.loop.run();
    assertThat(receiver.heard).hasSize(1000);
    assertThat(seen).containsExactly(256);
  }

  @Test
  void creditGoesBackWhenTheQueuesHaveTaken() {
    Sub<String> sub = rig.sub(1);
    PublishRigLine line = rig.connect(pub, sub);
    sub.receive(0, "t");
    pub.publish("t", "1", "2");
    assertThat(line.sub.given).isEqualTo(1 + 2);
    assertThat(line.sub.peer.isTaken()).isTrue();
    assertThat(line.sub.peer.mayStopReceiving() && line.sub.peer.isSent()).isTrue();
  }

  @Test
  void whatArrivesForNobodyGivesItsCreditBack() {
    Sub<String> sub = rig.sub(2);
    PublishRigLine line = rig.connect(pub, sub);
    Receiver receiver = sub.receive("t");
    line.sub.holdingControls = true;
    receiver.cancel();
    rig.loop.run();
    pub.publish("t", 1, 5);
    assertThat(line.pub.frames).hasSize(5);
    assertThat(line.sub.given).isEqualTo(2 + 5);
    assertThat(sub.counters().received()).isZero();
    assertThat(sub.counters().undelivered()).isZero();
    assertThat(line.sub.peer.received()).isZero();
    assertThat(sub.flow.isTaken()).isTrue();
  }

  // ---- from within

  @Test
  void cancellingFromWithinEndsItThere() {
    Sub<String> sub = rig.sub(4);
    rig.connect(pub, sub);
    Receiver first = new Receiver(Long.MAX_VALUE);
    Receiver second = sub.receive(first, "t");
    Receiver other = sub.receive("t");
    first.onNext = text -> first.cancel();
    pub.flow.tryPublish("t", "1");
    pub.publish("t", "2");
    assertThat(second).isSameAs(first);
    assertThat(first.heard).containsExactly("t:1");
    assertThat(other.heard).containsExactly("t:1", "t:2");
  }

  @Test
  void cancellingAnotherFromWithinKeepsTheMessageFromIt() {
    Sub<String> sub = rig.sub(4);
    PublishRigLine line = rig.connect(pub, sub);
    Receiver first = sub.receive("t");
    Receiver second = sub.receive("t");
    first.onNext = text -> second.cancel();
    pub.publish("t", "1", "2");
    assertThat(first.heard).containsExactly("t:1", "t:2");
    assertThat(second.heard).isEmpty();
    assertThat(line.sub.controls).hasSize(1);
  }

  @Test
  void subscribingFromWithinBeginsWithTheNextMessage() {
    Sub<String> sub = rig.sub(4);
    rig.connect(pub, sub);
    Receiver first = sub.receive("t");
    Receiver later = new Receiver(Long.MAX_VALUE);
    first.onNext =
        text -> {
          if (text.equals("t:1")) {
            sub.begin(later, "t");
          }
        };
    pub.publish("t", "1", "2");
    assertThat(first.heard).containsExactly("t:1", "t:2");
    assertThat(later.heard).containsExactly("t:2");
  }

  @Test
  void askingForMoreFromWithinGoesOn() {
    Sub<String> sub = rig.sub(4);
    rig.connect(pub, sub);
    Receiver receiver = sub.receive(0, "t");
    receiver.onNext = text -> receiver.request(1);
    pub.publish("t", 1, 20);
    receiver.request(1);
    rig.loop.run();
    assertThat(receiver.heard).hasSize(20).endsWith("t:20");
  }

  @Test
  void publishingFromWithinReachesTheOthers() {
    Sub<String> sub = rig.sub(4);
    rig.connect(pub, sub);
    Receiver receiver = sub.receive("");
    receiver.onNext =
        text -> {
          if (text.equals("ask:1")) {
            pub.flow.tryPublish("answer", "2");
          }
        };
    pub.publish("ask", "1");
    assertThat(receiver.heard).containsExactly("ask:1", "answer:2");
  }

  @Test
  void aSubscriberThatThrowsIsDroppedAndTheOthersGoOn() {
    List<Throwable> dropped = new ArrayList<>();
    Hooks.onErrorDropped(dropped::add);
    Sub<String> sub = rig.sub(4);
    PublishRigLine line = rig.connect(pub, sub);
    RuntimeException thrown = new IllegalStateException("from within");
    sub.flow
        .receive(new byte[][] {{}}, (topic, value, missed) -> value)
        .subscribe(
            new CoreSubscriber<String>() {
              @Override
              public void onSubscribe(Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
              }

              @Override
              public void onNext(String value) {
                throw thrown;
              }

              @Override
              public void onError(Throwable cause) {
                throw new AssertionError(cause);
              }

              @Override
              public void onComplete() {
                throw new AssertionError("it was cancelled");
              }
            });
    Receiver other = sub.receive("t");
    pub.publish("t", "1", "2");
    assertThat(dropped).containsExactly(thrown);
    assertThat(other.heard).containsExactly("t:1", "t:2");
    assertThat(line.sub.controls).last().isEqualTo("UNSUBSCRIBE 1");
  }

  @Test
  void whoCancelsBeforeItBeginsOrAsksForNothingGetsNothing() {
    Sub<String> sub = rig.sub(4);
    PublishRigLine line = rig.connect(pub, sub);
    Receiver receiver =
        new Receiver(0) {
          @Override
          protected void hookOnSubscribe(Subscription subscription) {
            cancel();
          }
        };
    sub.receive(receiver, "t");
    assertThat(line.sub.controls).isEmpty();
    assertThat(line.sub.given).isZero();
  }

  // ---- what cannot be decoded

  @Test
  void whatCannotBeDecodedIsCountedAndReportedOnce() {
    Recording codec = new Recording();
    Sub<String> sub = sub(codec, OnUndecodable.SKIP);
    rig.connect(pub, sub);
    Receiver first = sub.receive(2, "t");
    Receiver second = sub.receive("t");
    Receiver late = sub.receive(0, "t");
    pub.publish("t", "1", "bad", "2");
    late.request(9);
    rig.loop.run();
    assertThat(first.heard).as("it uses no demand").containsExactly("t:1", "t:2");
    assertThat(second.heard).containsExactly("t:1", "t:2");
    assertThat(late.heard).containsExactly("t:1", "t:2");
    assertThat(sub.counters().undecodable()).isEqualTo(1);
    assertThat(sub.host.undecodable)
        .containsExactly(
            "PUB: the codec could not decode the message: "
                + "java.lang.IllegalArgumentException: not this one");
    assertThat(sub.counters().undelivered()).isZero();
  }

  @Test
  void whatCannotBeDecodedEndsEachThatWantedItIfSoAsked() {
    Recording codec = new Recording();
    codec.failure = new CodecException("no such text");
    Sub<String> sub = sub(codec, OnUndecodable.FAIL);
    rig.connect(pub, sub);
    Receiver first = sub.receive("t");
    Receiver second = sub.receive("t");
    Receiver other = sub.receive("u");
    pub.publish("t", "1", "bad", "2");
    pub.publish("u", "3");
    assertThat(first.failure).isSameAs(codec.failure);
    assertThat(second.failure).isSameAs(codec.failure);
    assertThat(first.heard).containsExactly("t:1");
    assertThat(other.heard).containsExactly("u:3");
    assertThat(sub.counters().undecodable()).isEqualTo(1);
    assertThat(sub.host.undecodable).hasSize(1);
  }

  @Test
  void aCodecThatGivesNothingIsRefused() {
    Codec<String> nothing =
        new Codec<>() {
          @Override
          public Message encode(String value, ByteBufAllocator allocator) {
            throw new AssertionError("nothing is sent");
          }

          @Override
          public String decode(Message message) {
            message.release();
            return null;
          }
        };
    Sub<String> sub = sub(nothing, OnUndecodable.FAIL);
    rig.connect(pub, sub);
    Receiver receiver = sub.receive("t");
    pub.publish("t", "1");
    assertThat(receiver.failure)
        .isInstanceOf(CodecException.class)
        .hasMessage("the codec gave no value");
  }
}
