package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.error.ClosedException;
import io.reactorzmq.internal.flow.PublishRig.Pub;
import io.reactorzmq.internal.flow.PublishRig.Receiver;
import io.reactorzmq.internal.flow.PublishRig.Sub;
import io.reactorzmq.internal.flow.PublishRig.Waiter;
import io.reactorzmq.options.OverflowPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/** Waiting for subscribers in place of a sleep. */
class AwaitSubscribersTest {

  private final PublishRig rig = new PublishRig();
  private final Pub<String> pub = rig.pub(OverflowPolicy.DROP_LATEST, 10);
  private final Sub<String> one = rig.sub(2);
  private final Sub<String> two = rig.sub(2);
  private final PublishRigLine toOne = rig.connect(pub, one);
  private final PublishRigLine toTwo = rig.connect(pub, two);

  @AfterEach
  void nothingIsLeft() {
    rig.close();
  }

  private Waiter await(String topic, int n) {
    Waiter waiter = Waiter.on(pub.flow.awaitSubscribers(topic, n));
    rig.loop.run();
    return waiter;
  }

  @Test
  void completesWhenSoManyHaveSubscribedToAPrefix() {
    Waiter first = await("topic", 1);
    Waiter both = await("topic", 2);
    Waiter three = await("topic", 3);
    assertThat(await("topic", 0).completed).isTrue();
    one.receive("to");
    assertThat(first.completed).isTrue();
    assertThat(both.completed).isFalse();
    two.receive("topic is another one");
    assertThat(both.completed).isFalse();
    two.receive();
    assertThat(both.completed).isTrue();
    assertThat(three.completed).isFalse();
    assertThat(await("topic", 2).completed).as("they are there already").isTrue();
    assertThat(await("other", 2).completed).isFalse();
  }

  @Test
  void manySubscriptionsOfOneSocketCountOnce() {
    one.receive("t", "to");
    one.receive("top");
    one.receive("t");
    assertThat(await("topic", 1).completed).isTrue();
    assertThat(await("topic", 2).completed).isFalse();
  }

  @Test
  void nobodyCountsBeforeItWasTold() {
    toOne.pub.holdingControls = true;
    Waiter waiter = await("t", 1);
    Receiver receiver = one.receive("t");
    assertThat(waiter.completed).isFalse();
    toOne.release();
    assertThat(waiter.completed).isTrue();
    pub.publish("t", "1");
    assertThat(receiver.heard).containsExactly("t:1");
  }

  @Test
  void whoLeftOrUnsubscribedOrDiedDoesNotCount() {
    Receiver receiver = one.receive("t", "to");
    two.receive("t");
    assertThat(await("topic", 2).completed).isTrue();
    receiver.cancel();
    rig.loop.run();
    assertThat(await("topic", 2).completed).isFalse();
    assertThat(await("topic", 1).completed).isTrue();
    toTwo.die();
    Waiter waiter = await("topic", 1);
    assertThat(waiter.completed).isFalse();
    one.receive("t");
    assertThat(waiter.completed).isTrue();
    toOne.pub.peer.endSending();
    assertThat(await("topic", 1).completed).isFalse();
  }

  @Test
  void whoWasGivenUpBeforeItWasToldNeverCounts() {
    toOne.pub.holdingControls = true;
    Receiver receiver = one.receive("t");
    receiver.cancel();
    rig.loop.run();
    toOne.release();
    assertThat(await("t", 1).completed).isFalse();
    assertThat(pub.host.events).isEmpty();
    assertThat(one.host.events).isEmpty();
  }

  @Test
  void closingFailsThoseWhoWait() {
    Waiter waiter = await("t", 1);
    Waiter cancelled = await("t", 1);
    cancelled.cancel();
    pub.close();
    assertThat(waiter.failure)
        .isInstanceOf(ClosedException.class)
        .hasMessage("the socket is closed");
    assertThat(cancelled.failure).isNull();
    assertThat(await("t", 0).failure).isInstanceOf(ClosedException.class);
    one.receive("t");
    assertThat(waiter.completed).isFalse();
  }

  @Test
  void cancellingGivesUpWaiting() {
    Waiter cancelled = await("t", 1);
    Waiter waiter = await("t", 1);
    cancelled.cancel();
    rig.loop.run();
    one.receive("t");
    assertThat(cancelled.completed).isFalse();
    assertThat(waiter.completed).isTrue();
  }

  @Test
  void theFirstToHearMayWaitForMoreOrCancelTheOthers() {
    Waiter first = new Waiter();
    Waiter second = new Waiter();
    List<Waiter> more = new ArrayList<>();
    first.onCompleted =
        () -> {
          second.cancel();
          more.add(Waiter.on(pub.flow.awaitSubscribers("t", 2)));
        };
    pub.flow.awaitSubscribers("t", 1).subscribe(first);
    pub.flow.awaitSubscribers("t", 1).subscribe(second);
    one.receive("t");
    assertThat(second.completed).isFalse();
    assertThat(more).singleElement().matches(waiter -> !waiter.completed);
    two.receive("t");
    assertThat(more.get(0).completed).isTrue();
  }

  @Test
  void whoCancelsBeforeItBeginsIsNotKept() {
    List<Runnable> later = new ArrayList<>();
    Executor loop = later::add;
    List<Runnable> completions = new ArrayList<>();
    SubscriberWatch watch = new SubscriberWatch(loop, completions::add);
    watch
        .await(new byte[] {1}, 1)
        .subscribe(
            new CoreSubscriber<Void>() {
              @Override
              public void onSubscribe(Subscription subscription) {
                subscription.cancel();
              }

              @Override
              public void onNext(Void value) {
                throw new AssertionError("there is no value");
              }

              @Override
              public void onError(Throwable cause) {
                throw new AssertionError(cause);
              }

              @Override
              public void onComplete() {
                throw new AssertionError("nobody is waiting");
              }
            });
    later.forEach(Runnable::run);
    watch.close();
    assertThat(completions).as("nobody is left to be told").isEmpty();
  }
}
