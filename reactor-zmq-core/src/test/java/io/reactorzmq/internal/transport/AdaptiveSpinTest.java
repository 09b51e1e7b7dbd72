package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** When a loop looks again; that it then does is in {@link EpollTransportTest}. */
class AdaptiveSpinTest {

  private final Queue<Runnable> turns = new ArrayDeque<>();
  private long now = Long.MAX_VALUE - AdaptiveSpin.NANOS; // the clock may overflow
  private final AdaptiveSpin spin = new AdaptiveSpin(look -> () -> turns.add(look), () -> now);

  /** Whether the loop has something to do besides its channels, which is done. */
  private boolean looksAgain() {
    Runnable look = turns.poll();
    if (look != null) {
      look.run();
    }
    assertThat(turns).hasSizeLessThan(2);
    return !turns.isEmpty();
  }

  /** Reads, and nothing more comes; true if it was waited for. */
  private boolean waitsInVain() {
    spin.expectMore();
    boolean waits = !turns.isEmpty();
    now += AdaptiveSpin.NANOS;
    assertThat(looksAgain()).isFalse();
    return waits;
  }

  /** Reads until something is waited for, which comes. */
  private void succeed() {
    while (turns.isEmpty()) {
      spin.expectMore();
    }
    spin.expectMore();
    now += AdaptiveSpin.NANOS;
    assertThat(looksAgain()).isFalse();
  }

  /** How many reads are not waited behind before one is, which is in vain. */
  private int leftOut() {
    int reads = 0;
    while (!waitsInVain()) {
      reads++;
    }
    return reads;
  }

  @Test
  void behindAReadTheLoopLooksUntilTheTimeIsOver() {
    assertThat(looksAgain()).isFalse();
    spin.expectMore();
    assertThat(looksAgain()).isTrue();
    now += AdaptiveSpin.NANOS - 1;
    assertThat(looksAgain()).isTrue();
    now++;
    assertThat(looksAgain()).isFalse();
  }

  @Test
  void whatComesMeanwhileIsWaitedBehindAnew() {
    spin.expectMore();
    now += AdaptiveSpin.NANOS - 1;
    spin.expectMore();
    now += AdaptiveSpin.NANOS - 1;
    assertThat(looksAgain()).isTrue();
    now++;
    assertThat(looksAgain()).isFalse();
  }

  @Test
  void whereNothingComesInTimeFewerReadsAreWaitedBehind() {
    List<Integer> leftOut = new ArrayList<>();
    for (int i = 0; i < 11; i++) {
      leftOut.add(leftOut());
    }
    assertThat(leftOut).containsExactly(0, 0, 0, 1, 3, 7, 15, 31, 63, 63, 63);
  }

  @Test
  void onceSomethingCameInTimeAllAreWaitedBehindAgain() {
    for (int i = 0; i < 11; i++) {
      leftOut();
    }
    succeed();
    assertThat(leftOut()).isZero();
    succeed();
    assertThat(leftOut()).isZero();
    assertThat(leftOut()).isZero();
    assertThat(leftOut()).isEqualTo(1);
  }

  @Test
  void aLoopThatHasEndedIsLeftAlone() throws Exception {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    EventLoop loop = group.next();
    loop.submit(() -> Loops.expectMore(loop)).get();
    Future<?> atTheEnd =
        loop.submit(
            () -> {
              group.shutdownGracefully(0, 0, TimeUnit.SECONDS);
              Loops.expectMore(loop);
            });
    atTheEnd.get();
    assertThat(group.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    Loops.expectMore(loop);
  }
}
