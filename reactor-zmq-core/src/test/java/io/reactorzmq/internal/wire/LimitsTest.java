package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorzmq.error.ProtocolException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LimitsTest {

  @ParameterizedTest
  @CsvSource({
    "1, 16384, 0, 0",
    "2147483647, 8388608, 9223372036854775807, 2147483647",
    "250, 262144, 67108864, 1000"
  })
  void whatIsWithinTheRangesIsTaken(int messages, int frame, long size, int inFlight) {
    Limits limits = new Limits(messages, frame, size, inFlight);
    assertThat(limits.maxFrameBytes()).isEqualTo(frame);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 16384, 0, 0, maxMessagesPerFrame is 0",
    "-1, 16384, 0, 0, maxMessagesPerFrame is -1",
    "1, 16383, 0, 0, maxFrameBytes is 16383",
    "1, 8388609, 0, 0, maxFrameBytes is 8388609",
    "1, 16384, -1, 0, maxMessageSize is -1",
    "1, 16384, 0, -1, maxInFlight is -1"
  })
  void whatIsOutsideIsRefusedByName(int messages, int frame, long size, int inFlight, String text) {
    assertThatThrownBy(() -> new Limits(messages, frame, size, inFlight))
        .isInstanceOf(ProtocolException.class)
        .hasMessageStartingWith(text)
        .hasMessageContaining("must be");
  }

  @Test
  void theTextNamesTheBound() {
    assertThatThrownBy(() -> new Limits(1, 1, 0, 0))
        .hasMessage("maxFrameBytes is 1, it must be 16384 to 8388608");
  }
}
