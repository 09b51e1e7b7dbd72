package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SocketIdTest {

  @Test
  void theOrderIsUnsigned() {
    assertThat(new SocketId(0, 0))
        .isLessThan(new SocketId(0, 1))
        .isLessThan(new SocketId(0, -1))
        .isLessThan(new SocketId(1, 0))
        .isLessThan(new SocketId(-1, 0));
    assertThat(new SocketId(Long.MAX_VALUE, -1)).isLessThan(new SocketId(Long.MIN_VALUE, 0));
    assertThat(new SocketId(7, Long.MIN_VALUE)).isGreaterThan(new SocketId(7, Long.MAX_VALUE));
    assertThat(new SocketId(7, 7)).isEqualByComparingTo(new SocketId(7, 7));
  }

  @Test
  void randomIdsDiffer() {
    SocketId one = SocketId.random();
    SocketId other = SocketId.random();
    assertThat(one).isNotEqualTo(other);
    assertThat(one.high()).isNotEqualTo(one.low());
  }

  @Test
  void theTextIsHex() {
    assertThat(new SocketId(0x11, -1)).hasToString("0000000000000011ffffffffffffffff");
  }
}
