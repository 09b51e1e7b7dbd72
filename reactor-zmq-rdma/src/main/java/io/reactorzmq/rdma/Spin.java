package io.reactorzmq.rdma;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The default of {@link RdmaOptions#spin()}, which can be set for programs that set none. */
final class Spin {

  static final String PROPERTY = "io.reactorzmq.rdma.spin";

  private static final Duration DEFAULT = Duration.ofNanos(200_000);

  private Spin() {}

  /** What is set, if that makes sense; that it does not is said where an endpoint is used. */
  static Duration configured() {
    try {
      return parse(System.getProperty(PROPERTY));
    } catch (IllegalArgumentException e) {
      return DEFAULT;
    }
  }

  /** Microseconds, or {@code forever}. */
  static Duration parse(@Nullable String value) {
    if (value == null) {
      return DEFAULT;
    }
    if (value.equals("forever")) {
      return RdmaOptions.FOR_EVER;
    }
    try {
      long micros = Long.parseLong(value);
      if (micros >= 0 && micros <= Long.MAX_VALUE / 1000) {
        return Duration.ofNanos(micros * 1000);
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException(
        "the system property "
            + PROPERTY
            + " is '"
            + value
            + "', must be a number of microseconds or 'forever'");
  }
}
