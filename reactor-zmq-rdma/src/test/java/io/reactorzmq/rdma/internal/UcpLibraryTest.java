package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import org.junit.jupiter.api.Test;

class UcpLibraryTest {

  @Test
  void whatIsInstalledHereCanBeUsed() {
    assertThat(UcpLibrary.unavailable()).isNull();
  }

  @Test
  void anyLaterMinorVersionWillDo() {
    assertThat(UcpLibrary.refusal(1, 13)).isNull();
    assertThat(UcpLibrary.refusal(1, 99)).isNull();
  }

  @Test
  void anotherVersionIsRefusedByName() {
    assertThat(UcpLibrary.refusal(1, 12))
        .isEqualTo("UCX is of version 1.12, this needs 1.13 or a later 1.x");
    assertThat(UcpLibrary.refusal(2, 0))
        .isEqualTo("UCX is of version 2.0, this needs 1.13 or a later 1.x");
    assertThat(UcpLibrary.refusal(0, 20)).isNotNull();
  }

  @Test
  void aStatusIsToldInWordsAndAsANumber() {
    assertThat(UcpStatus.text(-80)).isEqualTo("Endpoint timeout (UCX status -80)");
    assertThatIOException()
        .isThrownBy(() -> UcpStatus.check("it did not work", -4))
        .withMessageStartingWith("it did not work: ")
        .withMessageContaining("UCX status -4")
        .withMessageContaining("ulimit -l");
    assertThatIOException()
        .isThrownBy(() -> UcpStatus.check("it did not work", -16))
        .withMessageContaining("UCX status -16")
        .satisfies(e -> assertThat(e).hasMessageNotContaining("ulimit"));
  }

  @Test
  void aPointerIsNoErrorAndAStatusIs() {
    assertThat(UcpStructs.isError(0)).isFalse();
    assertThat(UcpStructs.isError(0x7F00_0000_1000L)).isFalse();
    assertThat(UcpStructs.isError(-101)).isFalse();
    assertThat(UcpStructs.isError(-100)).isTrue();
    assertThat(UcpStructs.isError(-1)).isTrue();
  }
}
