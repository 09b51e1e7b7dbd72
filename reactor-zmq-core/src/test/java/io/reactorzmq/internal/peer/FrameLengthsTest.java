package io.reactorzmq.internal.peer;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.internal.wire.Role;
import io.reactorzmq.options.ZmqResources;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How lengths follow from what a transport likes and what a socket has room for. */
class FrameLengthsTest {

  private static final int KIB = 1024;
  private static final int OWN = 1024 * KIB;

  /**
   * A peer may have 12 frames under way and fetch 16 more. All of them must fit, or it is taken for
   * a slow one.
   */
  @ParameterizedTest
  @CsvSource({
    "8, 256, 512, 256",
    "10, 256, 512, 320",
    "16, 256, 512, 512",
    "64, 256, 512, 1024",
    "64, 256, 2048, 2048",
    "8, 2048, 2048, 2048"
  })
  void whatWeMakeFitsIntoWhatMayWait(int pendingMib, int usual, int wished, int longest) {
    ZmqResources resources =
        ZmqResources.builder().maxPendingBytes((long) pendingMib << 20).eventLoops(1).build();
    SocketConfig config = new SocketConfig(Role.REP);
    config.resources(resources);
    FrameLengths lengths = FrameLengths.of(usual * KIB, wished * KIB, config, 0, OWN);
    resources.disposeLater().block(Duration.ofSeconds(10));
    assertThat(lengths.longest()).isEqualTo(longest * KIB);
    assertThat(lengths.usual()).isEqualTo(usual * KIB);
  }

  @ParameterizedTest
  @CsvSource({
    "256, 1000, 15, 512",
    "256, 1000, 16, 256",
    "32, 1000, 1, 512",
    "32, 1000, 2, 256",
    "4, 1000, 0, 256",
    "4, 1, 1, 512",
    "4, 1, 2, 256"
  })
  void whatWeTakeFitsIntoTheBudget(int budgetMib, int highWaterMark, int peers, int announced) {
    SocketConfig config = new SocketConfig(Role.PULL);
    config.receiveBudgetBytes = (long) budgetMib << 20;
    config.highWaterMark = highWaterMark;
    FrameLengths lengths = FrameLengths.of(256 * KIB, 512 * KIB, config, peers, OWN);
    assertThat(lengths.announced()).isEqualTo(announced * KIB);
  }

  @ParameterizedTest
  @CsvSource({"0", "100"})
  void aTransportThatLikesItsLongestFramesShorterIsMisunderstoodOnTheSafeSide(int peers) {
    SocketConfig config = new SocketConfig(Role.PULL);
    FrameLengths lengths = FrameLengths.of(512 * KIB, 256 * KIB, config, peers, OWN);
    assertThat(lengths.announced()).isEqualTo(512 * KIB);
  }
}
