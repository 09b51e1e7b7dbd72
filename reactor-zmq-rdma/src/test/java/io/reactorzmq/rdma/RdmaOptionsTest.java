package io.reactorzmq.rdma;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RdmaOptionsTest {

  private static final RdmaOptions ALL =
      RdmaOptions.defaults()
          .spin(Duration.ofMillis(3))
          .queueDepth(7)
          .windowBytes(2_000_000)
          .transports("tcp", "self")
          .devices("lo")
          .rendezvousThreshold(1234);

  private static void assertAll(RdmaOptions options) {
    assertThat(options.spin()).isEqualTo(Duration.ofMillis(3));
    assertThat(options.queueDepth()).isEqualTo(7);
    assertThat(options.windowBytes()).isEqualTo(2_000_000);
    assertThat(options.transports()).containsExactly("tcp", "self");
    assertThat(options.devices()).containsExactly("lo");
    assertThat(options.rendezvousThreshold()).isEqualTo(1234);
  }

  private static void assertDefaults(RdmaOptions options) {
    assertThat(options.spin()).isEqualTo(Duration.ofNanos(200_000));
    assertThat(options.queueDepth()).isEqualTo(64);
    assertThat(options.windowBytes()).isEqualTo(4 * 1024 * 1024);
    assertThat(options.transports()).isEmpty();
    assertThat(options.devices()).isEmpty();
    assertThat(options.rendezvousThreshold()).isNull();
  }

  @Test
  void theDefaults() {
    assertDefaults(RdmaOptions.defaults());
  }

  @Test
  void eachMethodSetsItsOwnAndKeepsTheOthers() {
    assertAll(ALL);
    assertThat(ALL.spin(Duration.ZERO).spin()).isZero();
    assertThat(ALL.queueDepth(1).queueDepth()).isEqualTo(1);
    assertThat(ALL.windowBytes(1 << 30).windowBytes()).isEqualTo(1 << 30);
    assertThat(ALL.transports().isEmpty()).isFalse();
    assertThat(ALL.transports(new String[0]).transports()).isEmpty();
    assertThat(ALL.devices("a", "b").devices()).containsExactly("a", "b");
    assertThat(ALL.rendezvousThreshold(0).rendezvousThreshold()).isZero();
    assertAll(ALL.windowBytes(3_000_000).windowBytes(2_000_000));
  }

  @Test
  void noneOfThemChangesWhatItIsCalledOn() {
    ALL.spin(Duration.ZERO)
        .queueDepth(1)
        .windowBytes(1 << 20)
        .transports("x")
        .devices("y")
        .rendezvousThreshold(5);
    assertAll(ALL);
    assertDefaults(RdmaOptions.defaults());
  }

  @Test
  void namesAreCopiedAndCannotBeChanged() {
    String[] names = {"tcp"};
    RdmaOptions options = RdmaOptions.defaults().transports(names);
    names[0] = "other";
    assertThat(options.transports()).containsExactly("tcp");
    assertThatThrownBy(() -> options.transports().add("more"))
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void whatIsOutOfBoundsIsRefusedWithTheBound() {
    RdmaOptions options = RdmaOptions.defaults();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.spin(Duration.ofNanos(-1)))
        .withMessage("spin is PT-0.000000001S, must not be negative");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.queueDepth(0))
        .withMessage("queueDepth is 0, must be at least 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.windowBytes((1 << 20) - 1))
        .withMessage("windowBytes is 1048575, must be 1048576 to 1073741824");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.windowBytes((1 << 30) + 1))
        .withMessage("windowBytes is 1073741825, must be 1048576 to 1073741824");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.rendezvousThreshold(-1))
        .withMessage("rendezvousThreshold is -1, must not be negative");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.transports("tcp,shm"))
        .withMessage("'tcp,shm' is no name of a transport");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> options.devices(" "))
        .withMessage("' ' is no name of a device");
  }

  @Test
  void nullIsRefused() {
    assertThatNullPointerException()
        .isThrownBy(() -> RdmaOptions.defaults().transports((String) null))
        .withMessage("transport");
    assertThatNullPointerException()
        .isThrownBy(() -> RdmaOptions.defaults().devices((String) null))
        .withMessage("device");
    assertThatNullPointerException().isThrownBy(() -> RdmaOptions.defaults().spin(null));
  }
}
