package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LockedMemoryTest {

  private static final List<String> NO_CAPABILITY =
      List.of("Name:\tjava", "CapEff:\t0000000000000000");

  private static List<String> limits(String soft) {
    return List.of(
        "Limit                     Soft Limit           Hard Limit           Units     ",
        "Max open files            20000                20000                files     ",
        "Max locked memory         " + soft + "              " + soft + "              bytes     ");
  }

  @Test
  void aSmallLimitIsNamed() {
    assertThat(LockedMemory.hint(limits("65536"), NO_CAPABILITY))
        .contains("65536 bytes")
        .contains("67108864")
        .contains("ulimit -l");
  }

  @Test
  void aLargeOneOrNoneIsNoReason() {
    assertThat(LockedMemory.hint(limits("67108864"), NO_CAPABILITY)).isEmpty();
    assertThat(LockedMemory.hint(limits("unlimited"), NO_CAPABILITY)).isEmpty();
    assertThat(LockedMemory.hint(List.of(), List.of())).isEmpty();
  }

  @Test
  void whoMayLockAnythingHasNoLimit() {
    assertThat(LockedMemory.hint(limits("65536"), List.of("CapEff:\t000001ffffffffff"))).isEmpty();
  }
}
