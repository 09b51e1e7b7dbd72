package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OnUndecodable;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** Turns on a thread of their own, demand and cancellation from others. */
class MergeRacesTest {

  private static final Duration SOON = Duration.ofSeconds(30);

  private final DefaultEventExecutor loop = new DefaultEventExecutor();
  private final DefaultEventExecutor delivery = new DefaultEventExecutor();
  private final Executor onLoop =
      task -> {
        if (loop.inEventLoop()) {
          task.run();
        } else {
          loop.execute(task);
        }
      };
  private final AtomicInteger idle = new AtomicInteger();
  private final ReceiveBudget budget =
      new ReceiveBudget(loop, 1 << 20, Duration.ofSeconds(60), Duration.ofSeconds(60));
  private final FairMerge<Message> merge =
      new FairMerge<>(
          Codec.zeroCopy(),
          OnUndecodable.SKIP,
          onLoop,
          delivery,
          (origin, cause) -> {},
          () -> {},
          idle::incrementAndGet);

  @AfterEach
  void close() {
    loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly();
    delivery.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Test
  void everyMessageIsTakenOnceInOrderAndAllCreditComesBack() throws Exception {
    int each = 3000;
    Queue<String> received = new ConcurrentLinkedQueue<>();
    AtomicReference<Subscription> subscription = new AtomicReference<>();
    List<TestSender> senders =
        List.of(new TestSender(merge, budget, "a", 4), new TestSender(merge, budget, "b", 1));
    loop.submit(() -> senders.forEach(sender -> sender.inlet.open())).get();

    Races.inParallel(
        2,
        thread -> {
          if (thread == 0) {
            // the loop's part: frames of one to three messages, while there is credit
            AtomicInteger left = new AtomicInteger(2 * each);
            int[] next = new int[2];
            while (left.get() > 0) {
              loop.submit(
                      () -> {
                        for (int i = 0; i < 2; i++) {
                          TestSender sender = senders.get(i);
                          while (sender.credit() > 0 && next[i] < each) {
                            int n = Math.min(1 + next[i] % 3, each - next[i]);
                            String[] texts = new String[n];
                            for (int k = 0; k < n; k++) {
                              texts[k] = "ab".charAt(i) + "" + next[i]++;
                            }
                            left.addAndGet(-n);
                            sender.send(texts);
                          }
                        }
                      })
                  .get();
            }
            return;
          }
          // subscribers that come and go, and ask for little; cancelled from within or from here
          for (int round = 0; received.size() < 2 * each; round++) {
            int before = received.size();
            AtomicInteger share = new AtomicInteger(round % 2 == 0 ? 100 : Integer.MAX_VALUE);
            AtomicBoolean cancelled = new AtomicBoolean();
            BaseSubscriber<Message> subscriber =
                new BaseSubscriber<>() {
                  @Override
                  protected void hookOnSubscribe(Subscription s) {
                    subscription.set(s);
                  }

                  @Override
                  protected void hookOnNext(Message message) {
                    received.add(message.text(0));
                    message.release();
                    if (share.decrementAndGet() == 0) {
                      cancel();
                      cancelled.set(true); // not before does the next one come
                    }
                  }
                };
            merge.subscribe(subscriber);
            while (round % 2 == 0
                ? !cancelled.get() && received.size() < 2 * each
                : received.size() < Math.min(before + 100, 2 * each)) {
              subscriber.request(1 + before % 7);
              Races.pause();
            }
            if (!cancelled.get()) {
              subscriber.cancel();
            }
          }
        });

    for (String name : List.of("a", "b")) {
      assertThat(received)
          .filteredOn(text -> text.startsWith(name))
          .extracting(text -> Integer.valueOf(text.substring(1)))
          .isSorted()
          .doesNotHaveDuplicates()
          .hasSize(each);
    }
    await()
        .atMost(SOON)
        .untilAsserted(
            () -> {
              assertThat(merge.undelivered()).isZero();
              assertThat(loop.submit(() -> senders.get(0).credit()).get()).isEqualTo(4);
              assertThat(loop.submit(() -> senders.get(1).credit()).get()).isEqualTo(1);
              assertThat(loop.submit(() -> senders.get(0).inlet.isSettled()).get()).isTrue();
            });
    assertThat(merge.received()).isEqualTo(2 * each);
    assertThat(senders.get(0).inlet.received()).isEqualTo(each);
    assertThat(idle).hasPositiveValue();
  }

  @Test
  void whatIsNotTakenWhenTheSocketEndsIsReleased() throws Exception {
    Races.repeat(
        300,
        i ->
            new Races.Round() {
              final ReceiveRig<Message> rig = new ReceiveRig<>(Codec.zeroCopy());
              final TestSender sender = rig.openPeer("a", 4).write("0", "1").write("2");
              final AtomicInteger taken = new AtomicInteger();

              {
                rig.merge.doOnNext(Message::release).subscribe(message -> taken.incrementAndGet());
              }

              @Override
              public void first() {
                sender.sendAll(); // the loop's part
              }

              @Override
              public void second() {
                rig.delivery.run();
                rig.merge.terminate(() -> {});
                rig.delivery.run();
              }

              @Override
              public void after() {
                rig.delivery.run();
                assertThat(taken.get() + rig.merge.discarded()).isEqualTo(3);
                assertThat(rig.merge.undelivered()).isZero();
              }
            });
  }
}
