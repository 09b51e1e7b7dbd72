package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.rdma.RdmaOptions;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SpinningTest {

  private static final long LIMIT = 1000;

  private final Spinning spinning = new Spinning(Duration.ofNanos(LIMIT));
  private long now = 1_000_000;

  private void news() {
    spinning.news(now);
  }

  /** Spins until it gives up, if it begins at all, and goes to sleep. */
  private boolean spinsBeforeItSleeps() {
    boolean spun = spinning.goesOn(now);
    if (spun) {
      now += LIMIT;
      assertThat(spinning.goesOn(now)).isFalse();
    }
    spinning.sleeps();
    return spun;
  }

  /** News that come long after it went to sleep. */
  private void lateNews() {
    now += 100 * LIMIT;
    news();
  }

  @Test
  void itLooksForAsLongAsTheLimitAfterNews() {
    news();
    now += LIMIT - 1;
    assertThat(spinning.goesOn(now)).isTrue();
    now += 1;
    assertThat(spinning.goesOn(now)).isFalse();
  }

  @Test
  void newsLetItGoOn() {
    for (int i = 0; i < 100; i++) {
      news();
      now += LIMIT - 1;
      assertThat(spinning.goesOn(now)).isTrue();
    }
  }

  @Test
  void itGivesUpWhenNewsNeverComeInTime() {
    int spun = 0;
    for (int i = 0; i < 12; i++) {
      lateNews();
      spun += spinsBeforeItSleeps() ? 1 : 0;
    }
    assertThat(spun).isEqualTo(4);
  }

  @Test
  void whenItHasGivenUpItTriesAgainNowAndThen() {
    for (int i = 0; i < 4; i++) {
      lateNews();
      spinsBeforeItSleeps();
    }
    int spun = 0;
    for (int i = 0; i < 17 * 10; i++) {
      lateNews();
      spun += spinsBeforeItSleeps() ? 1 : 0;
    }
    assertThat(spun).isEqualTo(10);
  }

  @Test
  void oneTryThatPaysLetsItSpinAgain() {
    for (int i = 0; i < 4; i++) {
      lateNews();
      spinsBeforeItSleeps();
    }
    while (true) {
      lateNews();
      if (spinning.goesOn(now)) {
        break;
      }
      spinning.sleeps();
    }
    now += LIMIT / 2;
    news();
    for (int i = 0; i < 3; i++) {
      assertThat(spinsBeforeItSleeps()).isTrue();
      lateNews();
    }
  }

  @Test
  void withNoLimitItNeverSleeps() {
    for (Duration forEver : new Duration[] {RdmaOptions.FOR_EVER, Duration.ofSeconds(1L << 60)}) {
      Spinning never = new Spinning(forEver);
      assertThat(never.isForEver()).isTrue();
      assertThat(never.goesOn(Long.MAX_VALUE)).isTrue();
      assertThat(never.goesOn(Long.MIN_VALUE)).isTrue();
    }
  }

  @Test
  void withALimitOfZeroItAlwaysSleeps() {
    Spinning atOnce = new Spinning(Duration.ZERO);
    atOnce.news(now);
    assertThat(atOnce.goesOn(now)).isFalse();
    assertThat(atOnce.isForEver()).isFalse();
  }
}
