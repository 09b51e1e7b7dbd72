package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.error.ClosedException;
import io.reactorzmq.internal.flow.PublishRig.Pub;
import io.reactorzmq.internal.flow.PublishRig.Receiver;
import io.reactorzmq.internal.flow.PublishRig.Sub;
import io.reactorzmq.internal.flow.PublishRig.Waiter;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OnUndecodable;
import io.reactorzmq.options.OverflowPolicy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.core.scheduler.Scheduler;

/** How PUBs and SUBs end, and what they say of what they did not get done. */
class PublishClosingTest {

  private final PublishRig rig = new PublishRig();
  private final Pub<String> pub = rig.pub(OverflowPolicy.DROP_LATEST, 10);
  private final Sub<String> sub = rig.sub(1);
  private final PublishRigLine line = rig.connect(pub, sub);

  @AfterEach
  void nothingIsLeft() {
    rig.close();
  }

  // ---- PUB

  @Test
  void whatWaitsInTheLanesIsStillSent() {
    Receiver receiver = sub.receive("t");
    line.holdCredit();
    pub.publish("t", 1, 4);
    pub.close();
    line.pub.peer.leave();
    assertThat(pub.flow.tryPublish("t", "5")).isEqualTo(EmitResult.FAIL_TERMINATED);
    assertThat(pub.flow.isDrained()).isTrue();
    assertThat(line.pub.peer.isSent()).isFalse();
    int moved = pub.host.moved;
    line.release();
    assertThat(receiver.heard).containsExactly("t:1", "t:2", "t:3", "t:4");
    assertThat(line.pub.peer.isSent()).isTrue();
    assertThat(pub.host.moved).as("closing looks again").isGreaterThan(moved);
    assertThat(line.pub.peer.isTaken() && line.pub.peer.mayStopReceiving()).isTrue();
    assertThat(pub.flow.isTaken()).isTrue();
    line.die();
    assertThat(pub.flow.terminate()).isZero();
    AtomicInteger done = new AtomicInteger();
    pub.flow.finish(done::incrementAndGet);
    assertThat(done).hasValue(1);
  }

  @Test
  void whatIsLeftWhenTheTimeIsUpIsCounted() {
    sub.receive("t");
    line.holdCredit();
    pub.publish("t", 1, 4);
    pub.close();
    assertThat(pub.flow.terminate()).isZero();
    line.die();
    assertThat(pub.flow.terminate()).as("three waited").isEqualTo(3);
    assertThat(pub.flow.terminate()).as("once").isZero();
    assertThat(pub.counters().dropped()).isZero();
    assertThat(pub.counters().queuedMessages()).isZero();
  }

  @Test
  void aMessageInProgressIsUnsentToo() {
    sub.receive("t");
    line.holdCredit();
    pub.publish("t", Values.text('x', 2 * PublishRig.FRAME), "2");
    assertThat(line.pub.frames).hasSize(1);
    pub.close();
    line.die();
    assertThat(pub.flow.terminate()).isEqualTo(2);
  }

  @Test
  void whatWaitsForAPeerThatDiesIsDropped() {
    sub.receive("t");
    line.holdCredit();
    pub.publish("t", 1, 4);
    assertThat(line.pub.peer.inFlight()).isEqualTo(1);
    assertThat(line.pub.peer.gone("killed")).as("in flight").isEqualTo(1);
    assertThat(pub.counters().dropped()).isEqualTo(3);
    assertThat(pub.flow.terminate()).isZero();
  }

  @Test
  void aPeerThatWeLeaveGetsNothingNewAndWhatWaitedForIt() {
    Receiver receiver = sub.receive("t");
    line.holdCredit();
    pub.publish("t", "1", "2");
    line.pub.peer.leave();
    pub.publish("t", "3");
    assertThat(line.pub.peer.queued()).isEqualTo(1);
    line.release();
    assertThat(receiver.heard).containsExactly("t:1", "t:2");
    assertThat(line.pub.peer.isSent()).isTrue();
    assertThat(pub.counters().dropped()).isZero();
  }

  @Test
  void whatIsPublishedAfterTheLoopEndedFails() {
    pub.close();
    pub.flow.terminate();
    Waiter late = Waiter.on(pub.flow.publish("t", "1"));
    assertThat(late.failure).isInstanceOf(ClosedException.class);
    assertThat(pub.flow.tryPublish("t", "1")).isEqualTo(EmitResult.FAIL_TERMINATED);
  }

  @Test
  void terminatingDropsWhatWasNotHandedToTheLanes() {
    sub.receive("t");
    Waiter waiter = Waiter.on(pub.flow.publish("t", "1"));
    assertThat(pub.flow.isDrained()).isFalse();
    assertThat(pub.flow.terminate()).isEqualTo(1);
    assertThat(waiter.failure)
        .isInstanceOf(ClosedException.class)
        .hasMessageContaining("before the message was handed to a peer (linger)");
  }

  @Test
  void aPeerThatNeverOpenedHasNothing() {
    PublishRigLine early = rig.line(pub, sub, "early");
    assertThat(early.pub.peer.isSent()).isTrue();
    early.pub.peer.leave();
    early.pub.peer.demanded();
    early.pub.peer.endOfData();
    assertThat(early.pub.peer.sent() + early.pub.peer.dropped() + early.pub.peer.queued()).isZero();
    assertThat(early.pub.peer.inFlight()).isZero();
    assertThat(early.pub.peer.gone("killed")).isZero();
    assertThat(early.sub.peer.gone("killed")).isZero();
    assertThat(sub.flow.isDrained()).isTrue();
  }

  @Test
  void aConnectionThatEndsWithinTheSendingOfAFrameBreaksNothing() {
    Sub<String> other = rig.sub(1);
    rig.connect(pub, other);
    Receiver receiver = other.receive("t");
    sub.receive("t");
    line.pub.whileSending = () -> line.pub.peer.endSending();
    pub.publish("t", Values.text('x', 3 * PublishRig.FRAME), "2");
    assertThat(receiver.heard).hasSize(2);
    assertThat(line.pub.frames).hasSize(1);
    assertThat(pub.counters().queuedMessages()).isZero();
  }

  // ---- SUB

  @Test
  void closingCompletesSubscribersAndCountsWhatTheyDidNotTake() {
    Receiver quick = sub.receive("t");
    Receiver slow = sub.receive(1, "t");
    Receiver cancelled = sub.receive(0, "t");
    cancelled.cancel();
    pub.publish("t", 1, 4);
    line.die();
    sub.flow.close();
    assertThat(sub.flow.isTaken()).isFalse();
    assertThat(sub.flow.terminate()).isZero();
    AtomicInteger done = new AtomicInteger();
    sub.flow.finish(done::incrementAndGet);
    rig.loop.run();
    assertThat(done).hasValue(1);
    assertThat(quick.completed && slow.completed).isTrue();
    assertThat(cancelled.completed).isFalse();
    assertThat(slow.heard).containsExactly("t:1");
    assertThat(sub.counters().discarded()).isEqualTo(3);
    assertThat(sub.counters().undelivered()).isZero();
    Receiver late = sub.receive("t");
    assertThat(late.completed).isTrue();
    quick.cancel();
    slow.request(5);
    rig.loop.run();
    assertThat(done).hasValue(1);
  }

  @Test
  void closingReleasesWhatWaitsForAFullQueue() {
    Sub<String> waiting = rig.sub(OverflowPolicy.WAIT, 1, 3);
    PublishRigLine toWaiting = rig.connect(pub, waiting);
    Receiver receiver = waiting.receive(0, "t");
    pub.publish("t", 1, 5);
    toWaiting.die();
    waiting.finish();
    assertThat(receiver.completed).isTrue();
    assertThat(waiting.counters().discarded()).as("one queued, three arrived").isEqualTo(4);
    assertThat(waiting.counters().undelivered()).isZero();
  }

  @Test
  void whatArrivesAfterTheEndIsReleased() {
    Receiver receiver = sub.receive("t");
    sub.flow.finish(() -> {});
    rig.loop.run();
    pub.publish("t", "1");
    assertThat(receiver.heard).isEmpty();
    assertThat(sub.counters().discarded()).isEqualTo(1);
    assertThat(sub.counters().undelivered()).isZero();
  }

  @Test
  void cancellingTheLastSubscriptionTellsWhoeverCloses() {
    Receiver receiver = sub.receive(0, "t");
    pub.publish("t", "1");
    assertThat(sub.flow.isTaken()).isFalse();
    int moved = sub.host.moved;
    receiver.cancel();
    rig.loop.run();
    assertThat(sub.flow.isTaken()).isTrue();
    assertThat(sub.host.moved).isGreaterThan(moved);
  }

  @Test
  void takingTheLastMessageTellsWhoeverCloses() {
    Receiver receiver = sub.receive(0, "t");
    pub.publish("t", "1");
    int moved = sub.host.moved;
    receiver.request(1);
    rig.loop.run();
    assertThat(sub.host.moved).isGreaterThan(moved);
  }

  // ---- callbacks on another thread

  /** A thread that a test turns by hand; what waits when its worker is disposed of never runs. */
  private static final class ManualThread implements Scheduler {
    final Queue<Runnable> tasks = new ArrayDeque<>();

    void run() {
      for (Runnable task; (task = tasks.poll()) != null; ) {
        task.run();
      }
    }

    @Override
    public Disposable schedule(Runnable task) {
      tasks.add(task);
      return () -> tasks.remove(task);
    }

    @Override
    public Worker createWorker() {
      return new Worker() {
        private boolean disposed;

        @Override
        public Disposable schedule(Runnable task) {
          if (disposed) {
            throw new RejectedExecutionException("the worker is gone");
          }
          return ManualThread.this.schedule(task);
        }

        @Override
        public void dispose() {
          disposed = true;
          tasks.clear();
        }
      };
    }
  }

  private PublishRig.Sub<String> subOn(ManualThread thread) {
    return rig.sub(
        Codec.utf8(),
        OverflowPolicy.DROP_LATEST,
        new LaneBounds(100, PublishRig.UNLIMITED),
        OnUndecodable.SKIP,
        1,
        thread);
  }

  @Test
  void subscribersHearOnTheThreadForCallbacks() {
    ManualThread thread = new ManualThread();
    Sub<String> on = subOn(thread);
    rig.connect(pub, on);
    Receiver receiver = on.receive("t");
    pub.publish("t", "1");
    assertThat(receiver.heard).isEmpty();
    thread.run();
    rig.loop.run();
    assertThat(receiver.heard).containsExactly("t:1");
    on.flow.finish(() -> {});
    thread.run();
    rig.loop.run();
    assertThat(receiver.completed).isTrue();
    assertThat(on.receive("t").completed).as("that thread has ended").isTrue();
  }

  @Test
  void whoSubscribesWhileTheSocketEndsIsCompletedToo() {
    ManualThread thread = new ManualThread();
    Sub<String> on = subOn(thread);
    List<Runnable> onLoop = new ArrayList<>();
    on.host.onLoop = onLoop::add;
    AtomicInteger done = new AtomicInteger();
    on.flow.finish(done::incrementAndGet);
    Receiver late = new Receiver(1);
    on.begin(late, "t");
    thread.run();
    onLoop.forEach(Runnable::run);
    thread.run();
    on.host.onLoop = Runnable::run;
    assertThat(done).hasValue(1);
    assertThat(late.completed).isTrue();
  }
}
