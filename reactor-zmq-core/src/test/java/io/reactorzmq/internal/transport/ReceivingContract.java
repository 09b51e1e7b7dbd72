package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;

/** What a subscriber of {@code receive()} may rely on. */
interface ReceivingContract {

  Rig rig();

  @Test
  default void demandIsHonouredExactly() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      rig.diallingLoop()
          .submit(
              () -> {
                for (int i = 0; i < 4; i++) {
                  pair.dialled().sendFrame(i == 0 ? 0 : 1, rig.frame(1, i, 20));
                }
              })
          .syncUninterruptibly();
      Recorder recorder = Recorder.of(pair.accepted(), 1);
      recorder.awaitFrames(1);
      rig.settle();
      assertThat(recorder.seconds()).containsExactly(0);
      recorder.request(2);
      recorder.awaitFrames(3);
      rig.settle();
      assertThat(recorder.seconds()).containsExactly(0, 1, 2);
      recorder.request(Long.MAX_VALUE);
      recorder.awaitFrames(4);
      pair.dialled().sendFrame(1, rig.frame(1, 4, 20));
      recorder.awaitFrames(5);
    }
  }

  @Test
  default void nothingArrivesWithoutDemand() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Recorder recorder = Recorder.of(pair.accepted(), 0);
      pair.dialled().sendFrame(1, rig.frame(1, 0, 20));
      rig.settle();
      assertThat(recorder.frames).isEmpty();
      recorder.request(1);
      recorder.awaitFrames(1);
    }
  }

  @Test
  default void demandFromWithinOnNextIsServedAfterIt() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      List<String> trace = new CopyOnWriteArrayList<>();
      Recorder recorder =
          new Recorder(1) {
            @Override
            protected void hookOnNext(ByteBuf frame) {
              trace.add("in");
              request(1);
              trace.add("out");
              super.hookOnNext(frame);
            }
          };
      pair.accepted().receive().subscribe(recorder);
      for (int i = 0; i < 3; i++) {
        pair.dialled().sendFrame(1, rig.frame(1, i, 20));
      }
      recorder.awaitFrames(3);
      assertThat(trace).containsExactly("in", "out", "in", "out", "in", "out");
    }
  }

  @Test
  default void aFrameIsBorrowedAndMayBeRetained() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      List<ByteBuf> kept = new CopyOnWriteArrayList<>();
      Recorder recorder =
          new Recorder(Long.MAX_VALUE) {
            @Override
            protected void hookOnNext(ByteBuf frame) {
              kept.add(frame.retainedSlice());
              super.hookOnNext(frame);
            }
          };
      pair.accepted().receive().subscribe(recorder);
      pair.dialled().sendFrame(1, rig.frame(1, 7, 20));
      pair.dialled().sendFrame(1, rig.frame(1, 8, 100_000));
      recorder.awaitFrames(2);
      pair.accepted().dispose();
      pair.accepted().onClose().block(Rig.LONG);
      assertThat(kept.get(0).getInt(4)).isEqualTo(7);
      assertThat(kept.get(1).getInt(4)).isEqualTo(8);
      kept.forEach(ByteBuf::release);
    }
  }

  @Test
  default void aThrowingSubscriberLosesItsConnectionAndLeaksNothing() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Closed closed = Closed.of(pair.accepted());
      AtomicInteger seen = new AtomicInteger();
      IllegalStateException thrown = new IllegalStateException("thrown by the test");
      pair.accepted()
          .receive()
          .subscribe(
              new CoreSubscriber<>() {
                @Override
                public void onSubscribe(Subscription subscription) {
                  subscription.request(Long.MAX_VALUE);
                }

                @Override
                public void onNext(ByteBuf frame) {
                  seen.incrementAndGet();
                  throw thrown;
                }

                @Override
                public void onError(Throwable failure) {}

                @Override
                public void onComplete() {}
              });
      Recorder.of(pair.dialled());
      pair.dialled().sendFrame(1, rig.frame(1, 0, 20));
      pair.dialled().sendFrame(1, rig.frame(1, 1, 100_000));
      assertThat(closed.awaitError()).isSameAs(thrown);
      assertThat(seen).hasValue(1);
      Closed.of(pair.dialled()).await1();
    }
  }

  @Test
  default void aSecondReceiveFails() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Recorder first = Recorder.of(pair.accepted());
      assertThatThrownBy(() -> pair.accepted().receive().blockFirst(Rig.LONG))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("one subscriber");
      pair.dialled().sendFrame(1, rig.frame(1, 0, 20));
      first.awaitFrames(1);
    }
  }

  @Test
  default void framesAfterACancelAreReleased() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Recorder recorder = Recorder.of(pair.accepted(), 1);
      for (int i = 0; i < 100; i++) {
        pair.dialled().sendFrame(1, rig.frame(1, i, 10_000));
      }
      recorder.awaitFrames(1);
      recorder.cancel();
      rig.awaitNoBuffers();
      assertThat(recorder.frames).hasSize(1);
      assertThat(pair.dialled().isDisposed()).isFalse();
    }
  }

  @Test
  default void everySizeArrives() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Recorder recorder = Recorder.of(pair.accepted());
      List<Integer> sizes =
          List.of(
              8, 9, 1023, 1024, 1025, 8_191, 16_384, 65_536, 131_072, 8, 262_153, 262_153, 262_153,
              100, 1_048_576, 0xFF_FFFF, 8);
      for (int i = 0; i < sizes.size(); i++) {
        ByteBuf frame = rig.frame(1, i, sizes.get(i));
        pair.dialled().sendFrame(1, frame.setByte(frame.writerIndex() - 1, i));
      }
      pair.dialled().sendFrame(1, rig.allocator.directBuffer(1));
      recorder.awaitFrames(sizes.size() + 1);
      for (int i = 0; i < sizes.size(); i++) {
        byte[] frame = recorder.frames.get(i);
        assertThat(frame).hasSize(sizes.get(i));
        assertThat(frame[frame.length - 1]).isEqualTo((byte) i);
      }
      assertThat(recorder.frames.get(sizes.size())).isEmpty();
    }
  }

  @Test
  default void aFrameAboveTheLimitClosesTheConnection() {
    try (Rig rig = rig()) {
      rig.maxInboundFrameLength = 1_000;
      Rig.Pair pair = rig.pair();
      Closed closed = Closed.of(pair.accepted());
      Recorder recorder = Recorder.of(pair.accepted());
      Recorder.of(pair.dialled());
      pair.dialled().sendFrame(1, rig.frame(1, 0, 1_000));
      recorder.awaitFrames(1);
      pair.dialled().sendFrame(1, rig.frame(1, 1, 1_001));
      assertThat(closed.awaitError())
          .isInstanceOf(ProtocolException.class)
          .hasMessageContaining("1001")
          .hasMessageContaining("1000");
      assertThat(recorder.awaitError()).isInstanceOf(ProtocolException.class);
      assertThat(recorder.frames).hasSize(1);
      Closed.of(pair.dialled()).await1();
    }
  }

  @Test
  default void theLimitCanBeRaised() {
    try (Rig rig = rig()) {
      rig.maxInboundFrameLength = 100;
      Rig.Pair pair = rig.pair();
      Recorder recorder =
          new Recorder(Long.MAX_VALUE) {
            @Override
            protected void hookOnNext(ByteBuf frame) {
              super.hookOnNext(frame);
              pair.accepted().maxInboundFrameLength(100_000);
            }
          };
      pair.accepted().receive().subscribe(recorder);
      rig.settle();
      CountDownLatch sent = new CountDownLatch(1); // so that both are there before one is delivered
      rig.boundLoop().submit(() -> sent.await(Rig.LONG.toSeconds(), TimeUnit.SECONDS));
      pair.dialled().sendFrame(1, rig.frame(1, 0, 100));
      pair.dialled().sendFrame(1, rig.frame(1, 1, 100_000));
      rig.diallingLoop().submit(() -> {}).syncUninterruptibly();
      sent.countDown();
      recorder.awaitFrames(2);
    }
  }

  @Test
  default void everySignalRunsOnTheLoopOfTheContext() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      List<Boolean> onLoop = new CopyOnWriteArrayList<>();
      Recorder recorder =
          new Recorder(Long.MAX_VALUE) {
            @Override
            protected void hookOnNext(ByteBuf frame) {
              onLoop.add(rig.boundLoop().inEventLoop());
              super.hookOnNext(frame);
            }

            @Override
            protected void hookOnError(Throwable failure) {
              onLoop.add(rig.boundLoop().inEventLoop());
              super.hookOnError(failure);
            }
          };
      pair.accepted().receive().subscribe(recorder);
      pair.accepted()
          .onClose()
          .subscribe(null, null, () -> onLoop.add(rig.boundLoop().inEventLoop()));
      pair.dialled().sendFrame(1, rig.frame(1, 0, 20));
      recorder.awaitFrames(1);
      pair.dialled().closeGracefully();
      Closed.of(pair.accepted()).awaitComplete();
      assertThat(onLoop).containsExactly(true, true, true);
    }
  }

  @Test
  default void everyReadIsASignOfLife() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Recorder recorder = Recorder.of(pair.accepted());
      long before = System.nanoTime();
      pair.dialled().sendFrame(1, rig.frame(1, 0, 20));
      recorder.awaitFrames(1);
      assertThat(pair.accepted().lastReadNanos() - before).isPositive();
    }
  }
}
