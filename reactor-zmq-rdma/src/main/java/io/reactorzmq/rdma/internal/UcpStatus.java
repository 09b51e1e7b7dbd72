package io.reactorzmq.rdma.internal;

import java.io.IOException;

/** What UCX's status numbers say, as text and as exceptions. */
final class UcpStatus {

  private UcpStatus() {}

  /** In UCX's words, with the number. */
  static String text(int status) {
    if (status == UcpStructs.BLOCKED) {
      return "a peer of this event loop was killed, or stands still, amid a write into shared memory,"
          + " so that nobody was heard there any more";
    }
    return Memory.text(Ucp.statusString(status)) + " (UCX status " + status + ")";
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
