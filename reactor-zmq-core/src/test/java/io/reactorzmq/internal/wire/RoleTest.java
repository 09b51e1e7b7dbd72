package io.reactorzmq.internal.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorzmq.error.HandshakeException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RoleTest {

  @ParameterizedTest
  @CsvSource({"REQ, 1", "REP, 2", "PUB, 3", "SUB, 4", "PUSH, 5", "PULL, 6", "PAIR, 7"})
  void aRoleHasACode(Role role, int code) {
    assertThat(role.code()).isEqualTo((byte) code);
    assertThat(Role.of(code)).isEqualTo(role);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 8, 255})
  void anUnknownCodeIsRefused(int code) {
    assertThatThrownBy(() -> Role.of(code))
        .isInstanceOf(HandshakeException.class)
        .hasMessageContaining("socket type " + code);
  }

  @Test
  void onlyTheHalvesOfAPatternPair() {
    Set<Set<Role>> pairs =
        Set.of(
            Set.of(Role.REQ, Role.REP),
            Set.of(Role.PUB, Role.SUB),
            Set.of(Role.PUSH, Role.PULL),
            Set.of(Role.PAIR));
    for (Role one : Role.values()) {
      for (Role other : Role.values()) {
        Set<Role> both = one == other ? Set.of(one) : Set.of(one, other);
        assertThat(one.pairsWith(other)).as(one + " " + other).isEqualTo(pairs.contains(both));
      }
    }
  }
}
