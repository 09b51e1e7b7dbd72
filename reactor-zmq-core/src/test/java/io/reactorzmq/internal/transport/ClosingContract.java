package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.rsocket.exceptions.RejectedSetupException;
import io.rsocket.frame.ErrorFrameCodec;
import io.rsocket.frame.FrameHeaderCodec;
import io.rsocket.frame.FrameType;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** How a connection ends. */
interface ClosingContract {

  Rig rig();

  @Test
  default void disposeClosesAtOnceAndReleasesWhatIsQueued() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Closed closed = Closed.of(pair.dialled());
      Recorder received = Recorder.of(pair.dialled());
      for (int i = 0; i < 500; i++) {
        pair.dialled().sendFrame(1, rig.frame(1, i, 64 * 1024));
      }
      pair.dialled().dispose();
      assertThat(pair.dialled().isDisposed()).isTrue();
      pair.dialled().dispose();
      pair.dialled().closeWithError(new IllegalStateException("too late to be the cause"));
      closed.awaitComplete();
      assertThat(received.awaitError()).isInstanceOf(ClosedChannelException.class);
      Rig.patiently().until(() -> pair.dialled().pendingBytes() == 0);
      pair.accepted().dispose();
      rig.awaitNoBuffers();
    }
  }

  @Test
  default void thePeerOfADisposedConnectionEndsToo() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Closed closed = Closed.of(pair.accepted());
      Recorder received = Recorder.of(pair.accepted());
      pair.dialled().dispose();
      closed.awaitComplete();
      assertThat(received.awaitError()).isInstanceOf(ClosedChannelException.class);
      pair.accepted().dispose();
      pair.dialled().onClose().block(Rig.LONG);
    }
  }

  @Test
  default void closeWithErrorTellsTheCause() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Closed closed = Closed.of(pair.dialled());
      Recorder received = Recorder.of(pair.dialled());
      IllegalStateException cause = new IllegalStateException("the cause");
      pair.dialled().closeWithError(cause);
      pair.dialled().dispose();
      assertThat(closed.awaitError()).isSameAs(cause);
      assertThat(received.awaitError()).isSameAs(cause);
      Recorder.of(pair.accepted()).awaitError();
    }
  }

  @Test
  default void closeFromWithinOnNextStopsDelivery() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Recorder recorder =
          new Recorder(Long.MAX_VALUE) {
            @Override
            protected void hookOnNext(ByteBuf frame) {
              super.hookOnNext(frame);
              pair.accepted().dispose();
            }
          };
      rig.diallingLoop()
          .submit(
              () -> {
                for (int i = 0; i < 10; i++) {
                  pair.dialled().sendFrame(1, rig.frame(1, i, 20));
                }
              })
          .syncUninterruptibly();
      pair.accepted().receive().subscribe(recorder);
      Closed.of(pair.accepted()).awaitComplete();
      assertThat(recorder.frames).hasSize(1);
    }
  }

  @Test
  default void sendErrorAndCloseFlushesThenCloses() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Closed here = Closed.of(pair.accepted());
      Closed there = Closed.of(pair.dialled());
      Recorder recorder = Recorder.of(pair.dialled());
      RejectedSetupException error = new RejectedSetupException("not you");
      for (int i = 0; i < 100; i++) {
        pair.accepted().sendFrame(1, rig.frame(1, i, 50_000));
      }
      pair.accepted().sendErrorAndClose(error);
      assertThat(pair.accepted().isDisposed()).isTrue();
      ByteBuf late = rig.frame(1, 0, 20);
      pair.accepted().sendFrame(1, late);
      assertThat(late.refCnt()).isZero();
      recorder.awaitFrames(101);
      ByteBuf last = Unpooled.wrappedBuffer(recorder.frames.get(100));
      assertThat(FrameHeaderCodec.frameType(last)).isEqualTo(FrameType.ERROR);
      assertThat(ErrorFrameCodec.dataUtf8(last)).isEqualTo("not you");
      assertThat(recorder.awaitError()).isInstanceOf(ClosedChannelException.class);
      there.awaitComplete();
      assertThat(here.awaitError()).isSameAs(error);
    }
  }

  @Test
  @Tag("full")
  default void sendErrorAndCloseDoesNotWaitForAPeerThatDoesNotRead() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Closed closed = Closed.of(pair.accepted());
      Recorder.of(pair.dialled(), 0);
      for (int i = 0; i < 500; i++) {
        pair.accepted().sendFrame(1, rig.frame(1, i, 64 * 1024));
      }
      pair.accepted().sendErrorAndClose(new RejectedSetupException("not you"));
      closed.awaitError();
      pair.dialled().dispose();
      rig.awaitNoBuffers();
    }
  }

  @Test
  default void closeGracefullyDeliversEverythingAndStillReads() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      int sent = 300;
      Closed here = Closed.of(pair.dialled());
      Closed there = Closed.of(pair.accepted());
      Recorder answers = Recorder.of(pair.dialled());
      Recorder recorder =
          new Recorder(Long.MAX_VALUE) {
            @Override
            protected void hookOnNext(ByteBuf frame) {
              super.hookOnNext(frame);
              if (frames.size() == sent) {
                for (int i = 0; i < 100; i++) {
                  pair.accepted().sendFrame(1, rig.frame(1, i, 64 * 1024));
                }
              }
            }
          };
      pair.accepted().receive().subscribe(recorder);
      for (int i = 0; i < sent; i++) {
        pair.dialled().sendFrame(1, rig.frame(1, i, 20_000));
      }
      pair.dialled().closeGracefully();
      pair.dialled().closeGracefully();
      ByteBuf late = rig.frame(1, 0, 20);
      pair.dialled().sendFrame(1, late);
      assertThat(late.refCnt()).isZero();
      recorder.awaitFrames(sent);
      answers.awaitFrames(100);
      here.awaitComplete();
      there.awaitComplete();
      assertThat(recorder.awaitError()).isInstanceOf(ClosedChannelException.class);
      assertThat(answers.awaitError()).isInstanceOf(ClosedChannelException.class);
    }
  }

  @Test
  default void bothSidesMayCloseGracefullyAtOnce() {
    for (int round = 0; round < 20; round++) {
      try (Rig rig = rig()) {
        Rig.Pair pair = rig.pair();
        Recorder one = Recorder.of(pair.dialled());
        Recorder two = Recorder.of(pair.accepted());
        for (int i = 0; i < 20; i++) {
          pair.dialled().sendFrame(1, rig.frame(1, i, 20_000));
          pair.accepted().sendFrame(1, rig.frame(1, i, 20_000));
        }
        pair.dialled().closeGracefully();
        pair.accepted().closeGracefully();
        Closed.of(pair.dialled()).awaitComplete();
        Closed.of(pair.accepted()).awaitComplete();
        one.awaitFrames(20);
        two.awaitFrames(20);
      }
    }
  }

  @Test
  default void theEndOfInputWaitsForDemand() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Recorder recorder = Recorder.of(pair.accepted(), 0);
      pair.dialled().sendFrame(1, rig.frame(1, 0, 20));
      pair.dialled().sendFrame(1, rig.frame(1, 1, 20));
      pair.dialled().closeGracefully();
      rig.settle();
      recorder.request(1);
      recorder.awaitFrames(1);
      rig.settle();
      assertThat(recorder.error).isNull();
      recorder.request(1);
      recorder.awaitFrames(2);
      recorder.request(1);
      recorder.awaitError();
      Closed.of(pair.accepted()).awaitComplete();
      Closed.of(pair.dialled()).awaitComplete();
    }
  }

  @Test
  default void disposeCutsAGracefulCloseShort() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Closed closed = Closed.of(pair.dialled());
      Recorder.of(pair.accepted(), 0);
      for (int i = 0; i < 500; i++) {
        pair.dialled().sendFrame(1, rig.frame(1, i, 64 * 1024));
      }
      pair.dialled().closeGracefully();
      rig.settle();
      assertThat(closed.isEmpty()).isTrue();
      pair.dialled().dispose();
      closed.awaitComplete();
      pair.accepted().dispose();
      rig.awaitNoBuffers();
    }
  }

  @Test
  default void aLateSubscriberHearsOfTheEnd() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      pair.accepted().dispose();
      pair.accepted().onClose().block(Rig.LONG);
      assertThat(Recorder.of(pair.accepted()).awaitError())
          .isInstanceOf(ClosedChannelException.class);
    }
  }
}
