package io.reactorzmq.rdma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SpinTest {

  @Test
  void microsecondsOrForEver() {
    assertThat(Spin.parse(null)).isEqualTo(Duration.ofNanos(200_000));
    assertThat(Spin.parse("0")).isZero();
    assertThat(Spin.parse("120")).isEqualTo(Duration.ofNanos(120_000));
    assertThat(Spin.parse("forever")).isEqualTo(RdmaOptions.FOR_EVER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "-1", "1.5", "9223372036854775807"})
  void anythingElseIsRefusedByName(String value) {
    assertThatThrownBy(() -> Spin.parse(value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + value + "'")
        .hasMessageContaining("io.reactorzmq.rdma.spin");
  }
}
