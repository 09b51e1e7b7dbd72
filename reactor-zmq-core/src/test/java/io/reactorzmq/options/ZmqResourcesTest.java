package io.reactorzmq.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What resources may be built with. */
class ZmqResourcesTest {

  private static final int MEBIBYTE = 1024 * 1024;

  /**
   * By its credit alone a peer may have 12 frames of 256 KiB on its way, and 16 that it fetches.
   */
  @Test
  void aPeerThatTakesItsTimeIsWithinTheSmallestBound() {
    int least = 8 * MEBIBYTE;
    assertThat(least).isGreaterThan((12 + 16) * 256 * 1024);
    ZmqResources resources = ZmqResources.builder().maxPendingBytes(least).build();
    assertThat(resources.maxPendingBytes()).isEqualTo(least);
    resources.disposeLater().block(Duration.ofSeconds(10));
    assertThatThrownBy(() -> ZmqResources.builder().maxPendingBytes(least - 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxPendingBytes is 8388607, must be at least 8388608");
  }

  @Test
  void thereIsAnEventLoop() {
    assertThatThrownBy(() -> ZmqResources.builder().eventLoops(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("eventLoops is 0, must be at least 1");
  }
}
