package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OnUndecodable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.test.StepVerifier;
import reactor.test.subscriber.TestSubscriber;

/** The end of a receiving socket. */
class MergeTerminationTest {

  private final List<String> log = new ArrayList<>();

  @Test
  void theSubscriberCompletesAndWhatNobodyTookIsCounted() {
    ReceiveRig<Message> rig = new ReceiveRig<>(Codec.zeroCopy());
    TestSender a = rig.openPeer("a", 4).send("0", "1");
    rig.openPeer("b", 4).send("2");
    TestSubscriber<Message> subscriber = TestSubscriber.builder().initialRequest(1).build();
    rig.merge.subscribe(subscriber);
    rig.run();
    subscriber.getReceivedOnNext().forEach(Message::release);

    rig.merge.terminate(() -> log.add("done, discarded " + rig.merge.discarded()));
    assertThat(log).isEmpty();
    rig.run();
    assertThat(log).containsExactly("done, discarded 2");
    assertThat(subscriber.isTerminatedComplete()).isTrue();
    assertThat(subscriber.getReceivedOnNext()).hasSize(1);
    assertThat(rig.merge.undelivered()).isZero();
    assertThat(rig.merge.received()).isEqualTo(1);
    assertThat(rig.merge.hasSubscriber()).isFalse();
    assertThat(a.consumed()).isZero();
  }

  @Test
  void withoutASubscriberItIsTheSame() {
    ReceiveRig<Message> rig = new ReceiveRig<>(Codec.zeroCopy());
    rig.openPeer("a", 4).send("0", "1");
    rig.merge.terminate(() -> log.add("done, discarded " + rig.merge.discarded()));
    rig.run();
    assertThat(log).containsExactly("done, discarded 2");
  }

  @Test
  void whatComesLateIsDiscardedToo() {
    ReceiveRig<Message> rig = new ReceiveRig<>(Codec.zeroCopy());
    TestSender peer = rig.openPeer("a", 4).send("0");
    rig.merge.terminate(() -> log.add("done"));
    rig.run();
    peer.send("1", "2");
    rig.run();
    peer.send("3");
    rig.run();
    assertThat(rig.merge.discarded()).isEqualTo(4);
    assertThat(rig.merge.undelivered()).isZero();
    assertThat(log).containsExactly("done");
  }

  @Test
  void aSubscriberThatComesLateCompletes() {
    ReceiveRig<String> rig = new ReceiveRig<>(Codec.utf8());
    rig.merge.terminate(() -> {});
    StepVerifier.create(rig.merge).verifyComplete();
    rig.run();
    StepVerifier.create(rig.merge).verifyComplete();
    assertThat(rig.firstSubscribers).isZero();
  }

  @Test
  void noSubscriberCompletesBeforeItIsSubscribed() {
    ReceiveRig<String> rig = new ReceiveRig<>(Codec.utf8());
    rig.merge.subscribe(
        new BaseSubscriber<>() {
          @Override
          protected void hookOnSubscribe(Subscription subscription) {
            // what another thread may do meanwhile
            rig.merge.terminate(() -> log.add("done"));
            rig.run();
            log.add("subscribed");
          }

          @Override
          protected void hookOnComplete() {
            log.add("completed");
          }
        });
    rig.run();
    assertThat(log).containsSubsequence("subscribed", "completed").contains("done").hasSize(3);
  }

  @Test
  void aSubscriberThatCancelledIsNotCompleted() {
    ReceiveRig<String> rig = new ReceiveRig<>(Codec.utf8());
    rig.merge.subscribe(v -> {}, e -> {}, () -> log.add("completed")).dispose();
    rig.merge.terminate(() -> log.add("done"));
    rig.run();
    assertThat(log).containsExactly("done");
  }

  @Test
  void afterTheDeliveryThreadHasEndedTheCallersThreadDoesTheRest() {
    ReceiveRig<Message> rig = new ReceiveRig<>(Codec.zeroCopy());
    TestSender peer = rig.openPeer("a", 4).send("0");
    TestSubscriber<Message> subscriber = TestSubscriber.builder().initialRequest(0).build();
    rig.merge.subscribe(subscriber);
    rig.run();
    rig.delivery.shutdownGracefully();

    rig.merge.terminate(() -> log.add("done, discarded " + rig.merge.discarded()));
    assertThat(log).containsExactly("done, discarded 1");
    assertThat(subscriber.isTerminatedComplete()).isTrue();
    peer.send("1");
    assertThat(rig.merge.discarded()).isEqualTo(2);
  }

  @Test
  void theEndIsReportedOnTheLoop() {
    List<Runnable> loop = new ArrayList<>();
    ManualLoop delivery = new ManualLoop();
    FairMerge<String> merge =
        new FairMerge<>(
            Codec.utf8(),
            OnUndecodable.SKIP,
            loop::add,
            delivery,
            (o, e) -> {},
            () -> {},
            () -> log.add("idle"));
    merge.subscribe(v -> {}, e -> {}, () -> log.add("completed"));
    merge.terminate(() -> log.add("done"));
    delivery.run();
    assertThat(log).containsExactly("completed");
    loop.forEach(Runnable::run);
    assertThat(log).containsExactly("completed", "done");
  }

  @Test
  void terminatingAgainstSubscribing() throws Exception {
    Races.repeat(
        1000,
        i ->
            new Races.Round() {
              final ReceiveRig<Message> rig = new ReceiveRig<>(Codec.zeroCopy());
              final TestSender peer = rig.openPeer("a", 4).send("0");
              final AtomicInteger ended = new AtomicInteger();
              final List<String> order = new ArrayList<>();

              @Override
              public void first() {
                rig.merge
                    .doOnSubscribe(s -> order.add("subscribed"))
                    .doOnNext(Message::release)
                    .doOnTerminate(() -> order.add("ended"))
                    .subscribe(v -> {}, e -> ended.addAndGet(10), ended::incrementAndGet);
              }

              @Override
              public void second() {
                rig.merge.terminate(() -> {});
                rig.delivery.run();
              }

              @Override
              public void after() {
                rig.delivery.run();
                assertThat(ended).hasValue(1);
                assertThat(order).containsExactly("subscribed", "ended");
                assertThat(rig.merge.discarded() + rig.merge.received()).isEqualTo(1);
              }
            });
  }
}
