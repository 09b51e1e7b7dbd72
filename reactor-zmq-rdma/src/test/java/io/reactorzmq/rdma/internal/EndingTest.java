package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.internal.transport.OrderlyClose;
import io.reactorzmq.rdma.RdmaOptions;
import io.reactorzmq.transport.TransportConnection;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** How connections end when the other side does its part, or does not. */
class EndingTest {

  private static final int MIB = 1024 * 1024;

  private final Ground ground =
      new Ground(RdmaOptions.defaults().rendezvousThreshold(100_000).windowBytes(4 * MIB));

  private RawUcx enter(Ground.Door door) {
    return RawUcx.enter(ground.ucx(ground.dialling()), door.endpoint(), 64 * MIB);
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static void awaitEnd(TransportConnection connection) {
    connection.onClose().onErrorComplete().block(Ground.LONG);
  }

  @Test
  void aByeIsAnsweredAndEndsTheEndpointAtOnce() {
    try (ground) {
      Ground.Door door = ground.bind();
      RawUcx raw = enter(door);
      RdmaConnection connection = door.next();
      Taken taken = Taken.of(connection);
      raw.control(AmHeader.BYE, 0);
      raw.await(AmHeader.BYE);
      raw.awaitGone();
      assertThat(taken.awaitError()).isInstanceOf(OrderlyClose.class);
      raw.close();
    }
  }

  @Test
  void whoIsNotAnsweredClosesTheEndpointAllTheSame() {
    try (ground) {
      Ground.Door door = ground.bind();
      RawUcx raw = enter(door);
      RdmaConnection connection = door.next();
      connection.dispose();
      raw.await(AmHeader.BYE);
      awaitEnd(connection);
      // it answers nothing
      long start = System.nanoTime();
      raw.awaitGone();
      assertThat(since(start)).isLessThan(Duration.ofSeconds(5));
      raw.close();
    }
  }

  @Test
  void whoSaysByeWaitsForTheAnswer() {
    try (ground) {
      Ground.Door door = ground.bind();
      RawUcx raw = enter(door);
      RdmaConnection connection = door.next();
      connection.dispose();
      raw.await(AmHeader.BYE);
      awaitEnd(connection);
      // of a closed endpoint nothing would be known
      assertThat(Ground.on(ground.bound(), connection::transport)).startsWith("rdma (");
      raw.control(AmHeader.BYE, 0);
      raw.awaitGone();
      raw.close();
    }
  }

  @Test
  void aPeerThatDoesNotTakeWhatItWasSentIsCutOff() {
    try (ground) {
      Ground.Door door = ground.bind();
      RawUcx raw = enter(door);
      RdmaConnection connection = door.next();
      for (int i = 0; i < 3; i++) {
        connection.sendFrame(1, ground.frame(i, 200_000));
      }
      // announced and never fetched
      Ground.patiently().until(() -> raw.frames.size() == 3);
      long start = System.nanoTime();
      connection.dispose();
      awaitEnd(connection);
      assertThat(since(start)).isLessThan(Duration.ofSeconds(5));
      ground.awaitNoMemory();
      raw.awaitGone();
      raw.close();
    }
  }

  @Test
  void finComesBehindEverythingThatWasSent() {
    try (ground) {
      Ground.Door door = ground.bind();
      RawUcx raw = enter(door);
      RdmaConnection connection = door.next();
      for (int i = 0; i < 100; i++) {
        connection.sendFrame(1, ground.frame(i, 100));
      }
      connection.closeGracefully();
      raw.await(AmHeader.FIN);
      assertThat(raw.frames).hasSize(100);
      raw.close();
    }
  }

  @Test
  void finWaitsUntilThereIsRoomForWhatWasSent() {
    try (ground) {
      Ground.Door door = ground.bind();
      RawUcx raw = RawUcx.enter(ground.ucx(ground.dialling()), door.endpoint(), MIB);
      RdmaConnection connection = door.next();
      for (int i = 0; i < 20; i++) {
        connection.sendFrame(1, ground.frame(i, 90_000));
      }
      connection.closeGracefully();
      Ground.patiently().until(() -> raw.frames.size() == 11);
      assertThat(raw.heard(AmHeader.FIN)).isFalse();
      raw.control(AmHeader.ACK, 11 * 90_064);
      raw.await(AmHeader.FIN);
      assertThat(raw.frames).hasSize(20);
      raw.close();
    }
  }

  @Test
  void theConnectionStaysUntilThePeerHasTakenEverything() {
    try (ground) {
      Ground.Door door = ground.bind();
      RawUcx raw = enter(door);
      RdmaConnection connection = door.next();
      Taken taken = Taken.of(connection);
      connection.sendFrame(1, ground.frame(0, 100));
      connection.closeGracefully();
      raw.await(AmHeader.FIN);
      raw.control(AmHeader.FIN, 0);
      assertThat(taken.awaitError()).isInstanceOf(OrderlyClose.class);
      assertThat(raw.heard(AmHeader.BYE)).isFalse();
      raw.control(AmHeader.ACK, 164);
      raw.await(AmHeader.BYE);
      raw.close();
    }
  }

  @Test
  void theEndOfInputIsToldAfterEveryFrame() {
    try (ground) {
      Ground.Pair pair = ground.pair();
      Taken taken = Taken.of(pair.accepted(), 1);
      for (int i = 0; i < 30; i++) {
        pair.dialled().sendFrame(1, ground.frame(i, i % 3 == 0 ? 150_000 : 100));
      }
      pair.dialled().closeGracefully();
      Ground.patiently().until(() -> taken.count() == 1);
      taken.request(Long.MAX_VALUE);
      assertThat(taken.awaitError()).isInstanceOf(OrderlyClose.class);
      assertThat(taken.numbers()).hasSize(30).isSorted();
    }
  }

  @Test
  void whatWasConsumedIsToldAPeerThatIsSentNothing() {
    try (ground) {
      Ground.Door door = ground.bind();
      RawUcx raw = enter(door);
      RdmaConnection connection = door.next();
      Taken taken = Taken.of(connection);
      raw.frame(0, 0, 100);
      raw.frame(1, 0, 100);
      Ground.patiently()
          .until(
              () -> raw.said.stream().anyMatch(s -> s.op() == AmHeader.ACK && s.consumed() == 328));
      assertThat(taken.count()).isEqualTo(2);
      raw.close();
    }
  }

  @Test
  void whatWasConsumedIsToldAtOnceWhenItIsHalfTheWindow() {
    try (ground) {
      Ground.Door door = ground.bind();
      RawUcx raw = enter(door);
      RdmaConnection connection = door.next();
      Taken taken = Taken.of(connection);
      ByteBuf frame = ground.frame(0, 2 * MIB);
      ByteBuf header = ground.allocator.directBuffer(AmHeader.HEAD).writeZero(AmHeader.HEAD);
      Ground.run(
          ground.bound(),
          () -> {
            boolean kept =
                connection.frame(
                    Memory.address(header, 0),
                    AmHeader.HEAD,
                    Memory.address(frame, 0),
                    2 * MIB,
                    false);
            assertThat(kept).isFalse();
            connection.deliverDirty();
            // the loop does nothing else meanwhile, so it is not told later by its timer
            assertThat(raw.await(AmHeader.ACK).consumed()).isEqualTo(2 * MIB + 64);
          });
      assertThat(taken.count()).isEqualTo(1);
      frame.release();
      header.release();
      raw.close();
    }
  }

  @Test
  void aFetchThatIsUnderWayWhenTheConnectionEndsIsWaitedFor() {
    try (ground) {
      AtomicInteger underWay = new AtomicInteger();
      for (int i = 0; i < 20; i++) {
        Ground.Pair pair = ground.pair();
        UcxLoop loop = ground.ucx(ground.bound());
        pair.accepted()
            .onClose()
            .subscribe(v -> {}, e -> {}, () -> underWay.addAndGet(loop.fetches().count()));
        Taken.of(pair.accepted());
        for (int k = 0; k < 8; k++) {
          pair.dialled().sendFrame(1, ground.frame(k, 400_000));
        }
        if (i % 2 == 0) {
          pair.accepted().dispose();
        } else {
          pair.dialled().dispose();
        }
        awaitEnd(pair.dialled());
        awaitEnd(pair.accepted());
        ground.awaitNothingHeld();
        ground.awaitNoMemory();
      }
      assertThat(underWay).as("fetches when connections had ended").hasValue(0);
    }
  }

  @Test
  void announcedFramesThatNobodyWantsAreGivenBackToTheirSender() {
    try (ground) {
      Ground.Pair pair = ground.pair();
      // no demand: nothing is fetched
      Taken taken = Taken.of(pair.accepted(), 0);
      for (int k = 0; k < 8; k++) {
        pair.dialled().sendFrame(1, ground.frame(k, 400_000));
      }
      Ground.patiently().until(() -> Ground.held(ground.ucx(ground.dialling())).slots() == 8);
      taken.cancel();
      // the sender is through with all of them, while the connection is open
      Ground.patiently().until(() -> Ground.held(ground.ucx(ground.dialling())).slots() == 0);
      assertThat(pair.accepted().isDisposed()).isFalse();
    }
  }

  @Test
  void framesBehindTheNextOneAreFetchedAhead() {
    try (ground) {
      Ground.Pair pair = ground.pair();
      int[] most = {0};
      UcxLoop loop = ground.ucx(ground.bound());
      pair.accepted()
          .receive()
          .subscribe(frame -> most[0] = Math.max(most[0], loop.fetches().count()));
      for (int k = 0; k < 200; k++) {
        pair.dialled().sendFrame(1, ground.frame(k, 200_000));
      }
      Ground.patiently().until(() -> pair.dialled().pendingBytes() == 0);
      assertThat(Ground.on(ground.bound(), () -> most[0])).isPositive();
    }
  }

  @Test
  void aPeerOfWhichUcxSaysThatItIsGoneEndsWithItsReason() {
    try (ground) {
      Ground.Door door = ground.bind();
      RawUcx raw = enter(door);
      RdmaConnection connection = door.next();
      Taken taken = Taken.of(connection);
      raw.close();
      assertThat(taken.awaitError())
          .hasMessageContaining("the connection with " + connection.remoteAddress() + " ended: ")
          .hasMessageContaining("UCX status -");
    }
  }

  // ---- memory that is not there

  private void assertEndsWithoutMemory(int length) {
    try (ground) {
      Ground.Pair pair = ground.pair();
      Taken taken = Taken.of(pair.accepted());
      ByteBuf first = ground.frame(0, length);
      ByteBuf second = ground.frame(1, length);
      ground.allocator.exhausted = true;
      long start = System.nanoTime();
      pair.dialled().sendFrame(1, first);
      pair.dialled().sendFrame(1, second);
      assertThat(taken.awaitError()).hasMessage("no memory left, says the test");
      awaitEnd(pair.accepted());
      // not only because it is given up
      assertThat(since(start)).isLessThan(Duration.ofMillis(2500));
      awaitEnd(pair.dialled());
      ground.allocator.exhausted = false;
    }
  }

  @Test
  void aFrameThatThereIsNoMemoryForEndsTheConnection() {
    assertEndsWithoutMemory(50_000);
  }

  @Test
  void anAnnouncedFrameThatThereIsNoMemoryForEndsTheConnection() {
    assertEndsWithoutMemory(500_000);
  }

  @Test
  void aFrameOfPiecesThatThereIsNoMemoryToSendEndsTheConnection() {
    try (ground) {
      Ground.Pair pair = ground.pair();
      Taken taken = Taken.of(pair.dialled());
      ByteBuf direct = ground.frame(0, 1000);
      ByteBuf heap = ground.allocator.heapBuffer(50_000).writeZero(50_000);
      ByteBuf frame =
          ground.allocator.compositeBuffer().addComponent(true, direct).addComponent(true, heap);
      ground.allocator.exhausted = true;
      pair.dialled().sendFrame(1, frame);
      assertThat(taken.awaitError()).hasMessage("no memory left, says the test");
      awaitEnd(pair.accepted());
      awaitEnd(pair.dialled());
      ground.allocator.exhausted = false;
    }
  }
}
