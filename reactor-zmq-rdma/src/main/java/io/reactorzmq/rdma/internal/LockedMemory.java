package io.reactorzmq.rdma.internal;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Whether this process may lock as much memory as UCX needs to use a device. UCX 1.13 says nothing
 * when it may not: a connection is then just never made.
 */
final class LockedMemory {

  /** What UCX locks for its own buffers by {@code rc_verbs}, 48 MB, rounded up. */
  private static final long NEEDED = 64L * 1024 * 1024;

  private static final long MAY_LOCK_ANYTHING = 1L << 14; // CAP_IPC_LOCK

  private LockedMemory() {}

  /** A sentence to add to a failure; empty if locked memory cannot be the cause. */
  static String hint() {
    try {
      return hasDevices(Path.of("/sys/class/infiniband"))
          ? hint(
              Files.readAllLines(Path.of("/proc/self/limits")),
              Files.readAllLines(Path.of("/proc/self/status")))
          : "";
    } catch (IOException e) {
      return "";
    }
  }

  private static boolean hasDevices(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      return false;
    }
    try (DirectoryStream<Path> devices = Files.newDirectoryStream(directory)) {
      return devices.iterator().hasNext();
    }
  }

  static String hint(List<String> limits, List<String> status) {
    for (String line : status) {
      if (line.startsWith("CapEff:")
          && (Long.parseUnsignedLong(line.substring(7).trim(), 16) & MAY_LOCK_ANYTHING) != 0) {
        return "";
      }
    }
    for (String line : limits) {
      if (line.startsWith("Max locked memory")) {
        String soft = line.substring(17).trim().split("\\s+")[0];
        if (!soft.equals("unlimited") && Long.parseLong(soft) < NEEDED) {
          return "; this process may lock only "
              + soft
              + " bytes of memory, UCX needs some "
              + NEEDED
              + " to use a device: raise the limit (ulimit -l)";
        }
      }
    }
    return "";
  }
}
