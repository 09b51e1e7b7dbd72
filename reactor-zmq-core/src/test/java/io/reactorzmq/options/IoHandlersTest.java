package io.reactorzmq.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IoHandlersTest {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /** Far more than what a loop takes that sleeps. */
  private static final long BUSY_NANOS = 300_000_000;

  private static long idOf(EventLoop loop) throws Exception {
    return loop.submit(() -> Thread.currentThread().getId()).get(30, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("An idle event loop works while busy polling, and otherwise sleeps")
  void busyWhenIdle(boolean epoll) throws Exception {
    assumeThat(!epoll || Epoll.isAvailable()).isTrue();
    MultiThreadIoEventLoopGroup busy =
        new MultiThreadIoEventLoopGroup(1, IoHandlers.of(epoll, true));
    MultiThreadIoEventLoopGroup asleep =
        new MultiThreadIoEventLoopGroup(1, IoHandlers.of(epoll, false));
    requireBusy(busy.next(), asleep.next());
    for (MultiThreadIoEventLoopGroup group : new MultiThreadIoEventLoopGroup[] {busy, asleep}) {
      assertThat(group.shutdownGracefully(0, 2, TimeUnit.SECONDS).await(30, TimeUnit.SECONDS))
          .isTrue();
    }
  }

  @Test
  @DisplayName("busyPolling of the resources reaches their event loops; the default is to sleep")
  void option() throws Exception {
    ZmqResources busy = ZmqResources.builder().eventLoops(1).busyPolling(true).build();
    ZmqResources asleep = ZmqResources.builder().eventLoops(1).build();
    requireBusy(busy.nextEventLoop(), asleep.nextEventLoop());
    busy.disposeLater().block(SOON);
    asleep.disposeLater().block(SOON);
  }

  /** The time of the busy one is the clock, so that a machine with other work does not matter. */
  private static void requireBusy(EventLoop busy, EventLoop asleep) throws Exception {
    long busyId = idOf(busy);
    long asleepId = idOf(asleep);
    long busyBegan = THREADS.getThreadCpuTime(busyId);
    long asleepBegan = THREADS.getThreadCpuTime(asleepId);
    await("a loop that is busy")
        .atMost(SOON)
        .until(() -> THREADS.getThreadCpuTime(busyId) - busyBegan > BUSY_NANOS);
    assertThat(THREADS.getThreadCpuTime(asleepId) - asleepBegan)
        .as("time of the loop that sleeps")
        .isLessThan(BUSY_NANOS / 6);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @DisplayName("A busy event loop runs tasks of other threads and those of a later time")
  void tasks(boolean epoll) throws Exception {
    assumeThat(!epoll || Epoll.isAvailable()).isTrue();
    MultiThreadIoEventLoopGroup busy =
        new MultiThreadIoEventLoopGroup(1, IoHandlers.of(epoll, true));
    EventLoop loop = busy.next();
    for (int i = 0; i < 1000; i++) {
      int number = i;
      assertThat(loop.submit(() -> number).get(30, TimeUnit.SECONDS)).isEqualTo(i);
    }
    assertThat(loop.schedule(() -> "later", 20, TimeUnit.MILLISECONDS).get(30, TimeUnit.SECONDS))
        .isEqualTo("later");
    assertThat(busy.shutdownGracefully(0, 2, TimeUnit.SECONDS).await(30, TimeUnit.SECONDS))
        .isTrue();
    assertThat(busy.isTerminated()).isTrue();
  }
}
