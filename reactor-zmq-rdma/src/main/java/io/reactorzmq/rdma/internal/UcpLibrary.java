package io.reactorzmq.rdma.internal;

import java.lang.foreign.Arena;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Whether UCX is there, and of a version that this binding was written for. */
final class UcpLibrary {

  private static final @Nullable String UNAVAILABLE = check();

  private static final String HINT = LockedMemory.hint();

  private UcpLibrary() {}

  /** What may be the cause if a device does not work; empty if nothing is known. */
  static String hint() {
    return HINT;
  }

  /** What keeps RDMA from being used; null if nothing does. */
  static @Nullable String unavailable() {
    return UNAVAILABLE;
  }

  private static @Nullable String check() {
    if (!System.getProperty("os.name", "").equals("Linux")
        || ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
      return "RDMA needs Linux on a little-endian processor";
    }
    if (Ucp.UNAVAILABLE != null) {
      return Ucp.UNAVAILABLE;
    }
    try (Arena arena = Arena.ofConfined()) {
      long version = arena.allocate(16, 8).address();
      Ucp.getVersion(version, version + 4, version + 8);
      return refusal(Memory.getInt(version), Memory.getInt(version + 4));
    }
  }

  /** What is wrong with a version; null if nothing is. */
  static @Nullable String refusal(int major, int minor) {
    return major == UcpStructs.API_MAJOR && minor >= UcpStructs.API_MINOR
        ? null
        : "UCX is of version "
            + major
            + "."
            + minor
            + ", this needs "
            + UcpStructs.API_MAJOR
            + "."
            + UcpStructs.API_MINOR
            + " or a later "
            + UcpStructs.API_MAJOR
            + ".x";
  }
}
