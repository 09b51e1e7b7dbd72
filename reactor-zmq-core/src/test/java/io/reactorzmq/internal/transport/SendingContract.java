package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.SlowPeerException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a caller of {@code sendFrame} may rely on. */
interface SendingContract {

  Rig rig();

  @Test
  default void streamZeroOvertakesDataAndKeepsItsOrder() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Recorder recorder = Recorder.of(pair.accepted(), 0);
      int data = 700;
      for (int i = 0; i < data; i++) {
        pair.dialled().sendFrame(1, rig.frame(1, i, 64 * 1024));
      }
      for (int i = 0; i < 10; i++) {
        pair.dialled().sendFrame(0, rig.frame(0, i, 20));
      }
      recorder.request(Long.MAX_VALUE);
      recorder.awaitFrames(data + 10);
      List<Integer> control = new ArrayList<>();
      List<Integer> rest = new ArrayList<>();
      int overtaken = 0;
      for (byte[] frame : recorder.frames) {
        if (Recorder.number(frame, 0) == 0) {
          control.add(Recorder.number(frame, 1));
          overtaken = data - rest.size();
        } else {
          rest.add(Recorder.number(frame, 1));
        }
      }
      assertThat(control).containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
      assertThat(rest).isSorted().hasSize(data);
      assertThat(overtaken).as("data frames behind the last of stream 0").isGreaterThan(200);
    }
  }

  @Test
  default void eachStreamKeepsItsOrderUnderEightWriters() throws InterruptedException {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      int each = 2_000;
      int[] next = new int[8];
      Recorder recorder =
          new Recorder(Long.MAX_VALUE) {
            @Override
            protected void hookOnNext(ByteBuf frame) {
              assertThat(frame.getInt(frame.readerIndex() + 4))
                  .isEqualTo(next[frame.getInt(frame.readerIndex())]++);
            }
          };
      pair.accepted().receive().subscribe(recorder);
      List<Thread> writers = new ArrayList<>();
      for (int w = 0; w < 8; w++) {
        int stream = w;
        Thread writer =
            new Thread(
                () -> {
                  for (int i = 0; i < each; i++) {
                    pair.dialled()
                        .sendFrame(stream, rig.frame(stream, i, i % 100 == 0 ? 5_000 : 20));
                  }
                });
        writers.add(writer);
        writer.start();
      }
      for (Thread writer : writers) {
        writer.join();
      }
      Rig.patiently().until(() -> java.util.Arrays.stream(next).sum() == 8 * each);
    }
  }

  @Test
  default void framesSentOnTheLoopWhileReceivingAreSent() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Recorder echoes = Recorder.of(pair.dialled());
      pair.accepted()
          .receive()
          .subscribe(
              new Recorder(Long.MAX_VALUE) {
                @Override
                protected void hookOnNext(ByteBuf frame) {
                  pair.accepted().sendFrame(1, frame.retainedSlice());
                }
              });
      for (int i = 0; i < 100; i++) {
        pair.dialled().sendFrame(1, rig.frame(1, i, i * 100));
      }
      echoes.awaitFrames(100);
      assertThat(echoes.seconds()).isSorted();
    }
  }

  @Test
  default void pendingBytesReturnToZero() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Recorder recorder = Recorder.of(pair.accepted(), 0);
      for (int i = 0; i < 500; i++) {
        pair.dialled().sendFrame(1, rig.frame(1, i, 64 * 1024));
      }
      assertThat(pair.dialled().pendingBytes()).isGreaterThan(64 * 1024);
      recorder.request(Long.MAX_VALUE);
      recorder.awaitFrames(500);
      Rig.patiently().until(() -> pair.dialled().pendingBytes() == 0);
    }
  }

  @Test
  default void aPeerThatDoesNotReadCostsNoMoreThanTheLimit() {
    try (Rig rig = rig()) {
      rig.maxPendingBytes = 2 * 1024 * 1024;
      Rig.Pair pair = rig.pair();
      Closed closed = Closed.of(pair.dialled());
      Recorder.of(pair.accepted(), 0);
      long most = 0;
      for (int i = 0; i < 100_000 && !pair.dialled().isDisposed(); i++) {
        pair.dialled().sendFrame(1, rig.frame(1, i, 40_000));
        most = Math.max(most, rig.liveLargeBuffers() * 40_000);
      }
      assertThat(most).isLessThan(rig.maxPendingBytes + 100_000);
      assertThat(closed.awaitError())
          .isInstanceOf(SlowPeerException.class)
          .hasMessageContaining(String.valueOf(rig.maxPendingBytes))
          .hasMessageContaining("ZmqResources.maxPendingBytes");
      Rig.patiently().until(() -> pair.dialled().pendingBytes() == 0);
      // What the peer had not read may be lost with the connection, but not held.
      pair.accepted().dispose();
      rig.awaitNoBuffers();
    }
  }

  @Test
  default void aCompositeFrameArrivesWholeWhateverItsParts() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      Recorder recorder = Recorder.of(pair.accepted());
      for (int parts : new int[] {2, 64, 1_100}) {
        CompositeByteBuf frame = rig.allocator.compositeDirectBuffer(Integer.MAX_VALUE);
        frame.addComponent(true, rig.frame(1, parts, 8));
        for (int i = 0; i < parts; i++) {
          boolean heap = i % 16 == 15;
          ByteBuf part = heap ? Unpooled.buffer(2_000) : rig.allocator.directBuffer(2_000);
          frame.addComponent(true, part.writeZero(1_996).writeInt(i));
        }
        pair.dialled().sendFrame(1, frame);
      }
      recorder.awaitFrames(3);
      for (byte[] frame : recorder.frames) {
        int parts = Recorder.number(frame, 1);
        assertThat(frame).hasSize(8 + parts * 2_000);
        for (int i = 0; i < parts; i++) {
          assertThat(Recorder.number(frame, (8 + (i + 1) * 2_000) / 4 - 1)).isEqualTo(i);
        }
      }
    }
  }

  @Test
  default void sendFrameAfterCloseReleases() {
    try (Rig rig = rig()) {
      Rig.Pair pair = rig.pair();
      pair.dialled().dispose();
      ByteBuf atOnce = rig.frame(1, 0, 20);
      pair.dialled().sendFrame(1, atOnce);
      assertThat(atOnce.refCnt()).isZero();
      pair.dialled().onClose().block(Rig.LONG);
      ByteBuf later = rig.frame(0, 0, 20);
      pair.dialled().sendFrame(0, later);
      assertThat(later.refCnt()).isZero();
    }
  }

  @Test
  default void sendFrameAfterTheLoopHasEndedReleases() {
    Rig rig = rig();
    Rig.Pair pair = rig.pair();
    rig.close();
    ByteBuf frame = rig.frame(1, 0, 20);
    pair.dialled().sendFrame(1, frame);
    pair.accepted().closeGracefully();
    assertThat(frame.refCnt()).isZero();
  }
}
