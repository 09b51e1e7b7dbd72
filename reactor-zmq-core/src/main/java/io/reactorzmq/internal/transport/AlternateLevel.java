package io.reactorzmq.internal.transport;

import org.jspecify.annotations.Nullable;

/** How much an endpoint wants its connections to move to another transport. */
public enum AlternateLevel {
  /** Not at all. */
  OFF,
  /** Nothing was said: a bound endpoint offers it if it can, a connected one does not ask. */
  UNSAID,
  /** If it can be had, otherwise visibly without. */
  PREFERRED,
  /** Nothing else will do. */
  REQUIRED;

  /** The values that a parameter may have. */
  static final String VALUES = "off, preferred or required";

  /** Reads the value of a parameter; null if it is none. */
  static @Nullable AlternateLevel read(String value) {
    return switch (value) {
      case "off" -> OFF;
      case "preferred" -> PREFERRED;
      case "required" -> REQUIRED;
      default -> null;
    };
  }

  /**
   * Whether this was asked for, so that doing without must be seen.
   *
   * @return true for preferred and required
   */
  public boolean isWanted() {
    return this == PREFERRED || this == REQUIRED;
  }
}
