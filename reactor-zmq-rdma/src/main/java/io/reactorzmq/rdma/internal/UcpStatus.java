package io.reactorzmq.rdma.internal;

import java.io.IOException;

/** What UCX's status numbers say, as text and as exceptions. */
final class UcpStatus {

  private static final int UNREACHABLE = -6;
  private static final int NOT_CONNECTED = -24;
  private static final int CONNECTION_RESET = -25;
  private static final int REJECTED = -23;

  private UcpStatus() {}

  /** In UCX's words, with the number. */
  static String text(int status) {
    return Memory.text(Ucp.statusString(status)) + " (UCX status " + status + ")";
  }

  /** Why a dial failed; UCX has no number for a refused connection. */
  static String dialText(int status) {
    return switch (status) {
      case REJECTED, NOT_CONNECTED, CONNECTION_RESET -> "Connection refused: " + text(status);
      case UNREACHABLE -> "nobody listens there, or it cannot be reached: " + text(status);
      default -> text(status);
    };
  }

  static IOException exception(String what, int status) {
    String hint =
        status == UcpStructs.ERR_NO_MEMORY
            ? "; if memory cannot be registered, raise the limit of locked memory (ulimit -l)"
            : "";
    return new IOException(what + ": " + text(status) + hint);
  }

  static void check(String what, int status) throws IOException {
    if (status != UcpStructs.OK) {
      throw exception(what, status);
    }
  }
}
