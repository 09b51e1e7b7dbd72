package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.reactorzmq.rdma.RdmaOptions;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What each of the options changes. */
class OptionsEffectTest {

  private static final int MIB = 1024 * 1024;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  // ---- spin

  /** Which part of an idle second or so the thread of a loop spends on a processor. */
  private static double load(EventLoop loop) {
    long thread = Ground.on(loop, () -> Thread.currentThread().threadId());
    long cpu = THREADS.getThreadCpuTime(thread);
    long start = System.nanoTime();
    Ground.patiently().until(() -> System.nanoTime() - start > 1_000_000_000);
    return (double) (THREADS.getThreadCpuTime(thread) - cpu) / (System.nanoTime() - start);
  }

  private static double loadOf(RdmaOptions options) {
    try (Ground ground = new Ground(options)) {
      ground.assertWorks(ground.pair());
      return load(ground.bound());
    }
  }

  @Test
  void aLoopThatSpinsForEverNeverSleeps() {
    // it shares the processors with others, so it gets what they leave
    assertThat(loadOf(RdmaOptions.defaults().spin(RdmaOptions.FOR_EVER))).isGreaterThan(0.07);
  }

  @Test
  void anIdleLoopSleeps() {
    assertThat(loadOf(RdmaOptions.defaults())).isLessThan(0.05);
  }

  @Test
  void aLoopThatMayNotSpinSleeps() {
    assertThat(loadOf(RdmaOptions.defaults().spin(Duration.ZERO))).isLessThan(0.05);
  }

  @Test
  void aLoopSpinsForAsLongAsItMay() {
    // news every now and then let it spin from one to the next
    try (Ground ground = new Ground(RdmaOptions.defaults().spin(Duration.ofSeconds(30)))) {
      Ground.Pair pair = ground.pair();
      ground.assertWorks(pair);
      assertThat(load(ground.bound())).isGreaterThan(0.07);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 50, 1_000_000, Long.MAX_VALUE / 1000})
  void othersOfTheLoopGetTheirTurn(long micros) {
    try (Ground ground = new Ground(RdmaOptions.defaults().spin(Duration.ofNanos(micros * 1000)))) {
      ground.assertWorks(ground.pair());
      long start = System.nanoTime();
      for (int i = 0; i < 100; i++) {
        Ground.run(ground.bound(), () -> {});
      }
      // and a channel of another kind: the door
      ground.pair();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    }
  }

  // ---- windowBytes

  @Test
  void theWindowIsAnnouncedByBothSides() {
    try (Ground ground = new Ground(RdmaOptions.defaults().windowBytes(3 * MIB))) {
      Ground.Door door = ground.bind();
      RawUcx raw = RawUcx.enter(ground.ucx(ground.dialling()), door.endpoint(), MIB);
      assertThat(raw.await(AmHeader.ACCEPT).window()).isEqualTo(3 * MIB);
      door.next();
      raw.close();
    }
  }

  @Test
  void whatIsSentStaysWithinTheWindowOfThePeer() {
    try (Ground ground = new Ground()) {
      Ground.Door door = ground.bind();
      RawUcx raw = RawUcx.enter(ground.ucx(ground.dialling()), door.endpoint(), MIB);
      RdmaConnection sender = door.next();
      for (int i = 0; i < 20; i++) {
        sender.sendFrame(1, ground.frame(i, 100_000));
      }
      Ground.patiently().until(() -> raw.frames.size() == 10);
      // nothing more, though there is time for another message
      sender.sendFrame(1, ground.frame(20, 100_000));
      raw.control(AmHeader.ACK, 0);
      ground.assertWorks(ground.pair());
      assertThat(raw.frames).hasSize(10);
      assertThat(sender.pendingBytes()).isBetween(2_100_000L, 2_102_000L);

      raw.control(AmHeader.ACK, 3 * 100_064);
      Ground.patiently().until(() -> raw.frames.size() == 13);
      raw.control(AmHeader.ACK, 13 * 100_064);
      Ground.patiently().until(() -> raw.frames.size() == 21);
      assertThat(raw.frames).extracting(RawUcx.Frame::sequence).isSorted();
      raw.close();
    }
  }

  @Test
  void aFrameLargerThanTheWindowWaitsForAllBeforeIt() {
    try (Ground ground = new Ground()) {
      Ground.Door door = ground.bind();
      RawUcx raw = RawUcx.enter(ground.ucx(ground.dialling()), door.endpoint(), MIB);
      RdmaConnection sender = door.next();
      sender.sendFrame(1, ground.frame(0, 100));
      sender.sendFrame(1, ground.frame(1, 2 * MIB));
      Ground.patiently().until(() -> raw.frames.size() == 1);
      ground.assertWorks(ground.pair());
      assertThat(raw.frames).hasSize(1);
      raw.control(AmHeader.ACK, 164);
      Ground.patiently().until(() -> raw.frames.size() == 2);
      raw.close();
    }
  }

  @Test
  void aReceiverThatTakesNothingHoldsNoMoreThanItsWindow() {
    try (Ground ground =
        new Ground(RdmaOptions.defaults().windowBytes(MIB).rendezvousThreshold(1 << 30))) {
      Ground.Pair pair = ground.pair();
      Taken taken = Taken.of(pair.accepted(), 1);
      for (int i = 0; i < 100; i++) {
        pair.dialled().sendFrame(1, ground.frame(i, 100_000));
      }
      Ground.patiently().until(() -> taken.count() == 1);
      Ground.patiently().until(() -> pair.dialled().pendingBytes() <= 99 * 100_064);
      // sent: 100 frames, of which at most a window is received, untaken
      assertThat(ground.allocator.metric().usedDirectMemory())
          .isLessThan(100 * 100_064 + MIB + 200_000);
      taken.request(Long.MAX_VALUE);
      Ground.patiently().until(() -> taken.count() == 100);
      assertThat(taken.numbers()).isSorted();
    }
  }

  // ---- queueDepth

  @Test
  void noMoreFramesThanTheDepthOfTheQueueAreHandedToUcx() {
    for (int depth : new int[] {1, 5}) {
      RdmaOptions options = RdmaOptions.defaults().queueDepth(depth).rendezvousThreshold(1000);
      try (Ground ground = new Ground(options)) {
        Ground.Door door = ground.bind();
        RawUcx raw = RawUcx.enter(ground.ucx(ground.dialling()), door.endpoint(), 64 * MIB);
        RdmaConnection sender = door.next();
        for (int i = 0; i < 20; i++) {
          sender.sendFrame(1, ground.frame(i, 10_000));
        }
        // the peer fetches none, so UCX is through with none
        Ground.patiently().until(() -> raw.frames.size() == depth);
        ground.assertWorks(ground.pair());
        assertThat(raw.frames).hasSize(depth).allMatch(RawUcx.Frame::announced);
        // what does not wait in UCX can be overtaken
        sender.sendFrame(0, ground.frame(99, 10));
        raw.close();
      }
    }
  }

  // ---- rendezvousThreshold

  @ParameterizedTest
  @ValueSource(ints = {0, 5000, 1 << 30})
  void framesAreAnnouncedFromTheThresholdOn(int threshold) {
    try (Ground ground = new Ground(RdmaOptions.defaults().rendezvousThreshold(threshold))) {
      Ground.Door door = ground.bind();
      RawUcx raw = RawUcx.enter(ground.ucx(ground.dialling()), door.endpoint(), 64 * MIB);
      RdmaConnection sender = door.next();
      List<Integer> lengths = List.of(1000, 4000, 6000, 20_000, 200_000, 2_000_000);
      for (int length : lengths) {
        sender.sendFrame(1, ground.frame(0, length));
      }
      Ground.patiently().until(() -> raw.frames.size() == lengths.size());
      assertThat(raw.frames)
          .allSatisfy(
              frame -> assertThat(frame.announced()).isEqualTo(frame.length() - 8 >= threshold));
      raw.close();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 241, 100_000, 1 << 30})
  void everyFrameArrivesWhateverTheThreshold(int threshold) {
    try (Ground ground = new Ground(RdmaOptions.defaults().rendezvousThreshold(threshold))) {
      Ground.Pair pair = ground.pair();
      Taken taken = Taken.of(pair.accepted());
      int[] lengths = {
        4, 8, 9, 239, 240, 241, 247, 248, 249, 250, 9_000, 99_999, 100_008, 3_000_000
      };
      long sum = 0;
      for (int i = 0; i < lengths.length; i++) {
        sum += lengths[i];
        ByteBuf frame = ground.frame(i, lengths[i]);
        pair.dialled().sendFrame(1, frame);
      }
      Ground.patiently().until(() -> taken.count() == lengths.length);
      assertThat(taken.numbers()).isSorted();
      assertThat(taken.bytes()).isEqualTo(sum);
    }
  }

  // ---- transports, devices

  @Test
  void onlyTheTransportsThatAreNamedAreUsed() {
    try (Ground ground = new Ground(RdmaOptions.defaults().transports("tcp"))) {
      assertThat(told(ground)).matches("rdma \\(tcp/[^, ]+(, tcp/[^, ]+)*\\)");
    }
    try (Ground ground = new Ground(RdmaOptions.defaults().transports("tcp", "shm"))) {
      assertThat(told(ground)).contains("memory");
    }
  }

  @Test
  void onlyTheDevicesThatAreNamedAreUsed() {
    try (Ground ground = new Ground(RdmaOptions.defaults().transports("tcp").devices("lo"))) {
      assertThat(told(ground)).isEqualTo("rdma (tcp/lo)");
    }
  }

  private static String told(Ground ground) {
    Ground.Pair pair = ground.pair();
    ground.assertWorks(pair);
    return Ground.on(ground.dialling(), () -> pair.dialled().transport());
  }
}
