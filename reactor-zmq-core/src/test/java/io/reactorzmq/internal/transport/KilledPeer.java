package io.reactorzmq.internal.transport;

import io.reactorzmq.transport.Endpoint;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** The main class of a process that connects, sends one frame and waits to be killed. */
final class KilledPeer {

  private KilledPeer() {}

  public static void main(String[] arguments) throws IOException {
    try (RawPeer peer = new RawPeer(Endpoint.parse(arguments[0]))) {
      peer.write(RawPeer.frame(1, 0, 20));
      int byteFromParent = System.in.read();
      throw new IllegalStateException("not killed but told " + byteFromParent);
    }
  }

  /** Starts the process. */
  static Process start(Endpoint endpoint) throws IOException {
    return new ProcessBuilder(
            System.getProperty("java.home") + "/bin/java",
            "-Xshare:auto",
            "-cp",
            System.getProperty("java.class.path"),
            KilledPeer.class.getName(),
            endpoint.toString())
        .redirectErrorStream(true)
        .start();
  }

  static void kill(Process process) throws InterruptedException {
    process.destroyForcibly();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      throw new IllegalStateException("a process survived SIGKILL");
    }
  }
}
