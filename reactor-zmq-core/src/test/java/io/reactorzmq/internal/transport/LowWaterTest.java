package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ChannelException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When the kernel is told to wait; what it does then is in {@link EpollTransportTest}. */
class LowWaterTest {

  private final List<Integer> told = new ArrayList<>();

  @Test
  void theKernelIsToldOnlyWhatItDoesNotKnow() {
    LowWater lowWater = new LowWater(true, told::add);
    lowWater.waitForAny();
    lowWater.waitFor(LowWater.LEAST);
    lowWater.waitFor(LowWater.LEAST);
    lowWater.waitFor(LowWater.MOST + 1);
    lowWater.waitFor(LowWater.MOST + 2);
    lowWater.waitForAny();
    lowWater.waitFor(0);
    assertThat(told).containsExactly(LowWater.LEAST, LowWater.MOST, 1);
  }

  @Test
  void aSystemThatRefusesIsAskedNoMore() {
    LowWater lowWater =
        new LowWater(
            true,
            wanted -> {
              told.add(wanted);
              throw new ChannelException("refused");
            });
    lowWater.waitFor(LowWater.LEAST);
    lowWater.waitFor(LowWater.MOST);
    lowWater.waitForAny();
    assertThat(told).containsExactly(LowWater.LEAST);
  }

  @Test
  void whereThereIsNoSuchOptionNobodyIsAsked() {
    LowWater lowWater = new LowWater(false, told::add);
    lowWater.waitFor(LowWater.MOST);
    assertThat(told).isEmpty();
  }

  @Test
  void onlyAKernelThatTellsOfAFullBufferIsAskedToWait() {
    assertThat(LowWater.knows("5.9.0")).isTrue();
    assertThat(LowWater.knows("6.1.0-18-amd64")).isTrue();
    assertThat(LowWater.knows("5.10")).isTrue();
    assertThat(LowWater.knows("5.8.18")).isFalse();
    assertThat(LowWater.knows("4.18.0-513.el8")).isFalse();
    assertThat(LowWater.knows("unknown")).isFalse();
  }
}
