package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.SelectStrategy;
import io.netty.channel.SelectStrategyFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.reactorzmq.transport.TransportConnection;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** The contract on native event loops, and how much the kernel waits for there. */
@EnabledIf("available")
class EpollTransportTest implements TcpContract {

  static boolean available() {
    return Epoll.isAvailable();
  }

  @Override
  public Rig rig() {
    return new Rig(new TcpTransport(), "tcp://127.0.0.1:0", EpollIoHandler.newFactory());
  }

  @Test
  void aLargeFrameWakesTheLoopWhenItsRestIsThere() {
    assertThat(missing(0)).isEqualTo(1);
    assertThat(missing(LowWater.LEAST - 1)).isEqualTo(1);
    assertThat(missing(LowWater.LEAST)).isEqualTo(LowWater.LEAST);
    assertThat(missing(LowWater.MOST)).isEqualTo(LowWater.MOST);
    assertThat(missing(LowWater.MOST + 1)).isEqualTo(LowWater.MOST);
  }

  private static int missing(int bytes) {
    EpollSocketChannel channel = new EpollSocketChannel();
    try {
      LowWater lowWater = new LowWater(channel);
      lowWater.waitFor(bytes);
      int set = channel.config().getOption(LowWater.OPTION);
      lowWater.waitForAny();
      assertThat(channel.config().getOption(LowWater.OPTION)).isEqualTo(1);
      return set;
    } finally {
      channel.unsafe().closeForcibly();
    }
  }

  @Test
  void whatComesOfALargeFrameIsLeftToTheKernelUntilAllIsThere() {
    try (Rig rig = rig()) {
      BlockingQueue<TransportConnection> accepted = new LinkedBlockingQueue<>();
      RawPeer peer = new RawPeer(rig.bind(accepted::add).endpoint());
      BaseConnection connection = (BaseConnection) Rig.take(accepted);
      Recorder recorder = Recorder.of(connection);
      byte[] frame = RawPeer.frame(1, 0, 60_000);
      long opened = connection.lastReadNanos;
      peer.write(frame, 0, 20_000);
      Rig.patiently().until(() -> connection.lastReadNanos > opened);
      pass();
      long begun = connection.lastReadNanos;
      peer.write(frame, 20_000, 20_000);
      pass();
      assertThat(connection.lastReadNanos).isEqualTo(begun);
      peer.write(frame, 40_000, frame.length - 40_000);
      Rig.patiently().until(() -> recorder.frames.size() == 1);
      peer.close();
    }
  }

  @Test
  void amidLargeFramesTheLoopLooksAgainBeforeItSleeps() {
    assumeThat(Runtime.getRuntime().availableProcessors()).isGreaterThan(1);
    AtomicInteger looksInsteadOfSleeping = new AtomicInteger();
    SelectStrategyFactory counting =
        () ->
            (selectNow, hasTasks) -> {
              if (hasTasks) {
                looksInsteadOfSleeping.incrementAndGet();
                return selectNow.get();
              }
              return SelectStrategy.SELECT;
            };
    try (Rig rig =
        new Rig(new TcpTransport(), "tcp://127.0.0.1:0", EpollIoHandler.newFactory(0, counting))) {
      BlockingQueue<TransportConnection> accepted = new LinkedBlockingQueue<>();
      RawPeer peer = new RawPeer(rig.bind(accepted::add).endpoint());
      BaseConnection connection = (BaseConnection) Rig.take(accepted);
      Recorder.of(connection);
      pass();
      int before = looksInsteadOfSleeping.get();
      peer.write(RawPeer.frame(1, 0, 100_000), 0, 50_000);
      pass();
      assertThat(looksInsteadOfSleeping).hasValueGreaterThan(before);
      peer.close();
    }
  }

  private static void pass() {
    await().pollDelay(Duration.ofMillis(100)).until(() -> true);
  }
}
