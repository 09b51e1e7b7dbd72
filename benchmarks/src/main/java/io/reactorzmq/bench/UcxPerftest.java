package io.reactorzmq.bench;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The program ucx_perftest, which measures UCX without Java: active messages as {@code rdma://}
 * uses them, between two processes that spin.
 */
final class UcxPerftest {

  private static final String PROGRAM = "ucx_perftest";
  private static final int FIRST_COUNT = 500;
  private static final int MOST = 2_000_000;
  private static final int ATTEMPTS = 200;

  private final int slice;
  private final Map<DuplexCell, Double> seconds = new HashMap<>();

  /**
   * Creates a runner.
   *
   * @param slice milliseconds of each measurement, about
   */
  UcxPerftest(int slice) {
    this.slice = slice;
  }

  static boolean isInstalled() {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, PROGRAM)));
  }

  /** Whether it can measure that. */
  static boolean knows(DuplexCell cell) {
    return cell.kind() != DuplexCell.Kind.WHOLE;
  }

  DuplexFigure measure(DuplexCell cell) throws IOException {
    boolean oneWay = cell.kind() == DuplexCell.Kind.ONE_WAY;
    Double known = seconds.get(cell);
    int count =
        known == null ? FIRST_COUNT : (int) Math.max(100, Math.min(MOST, slice / 1e3 / known));
    String[] words = run(cell, oneWay ? "ucp_am_bw" : "ucp_am_lat", count).split(",");
    double perSecond = Double.parseDouble(words[words.length - 1]);
    // of latencies it says one for each way there and back
    seconds.put(cell, (oneWay ? 1 : 2) / Math.max(1, perSecond));
    double value = oneWay ? perSecond * cell.size() : 2000 * Double.parseDouble(words[1]);
    return new DuplexFigure(value, 0, 0, 0);
  }

  /** Returns the line of numbers that the dialling one prints. */
  private static String run(DuplexCell cell, String test, int count) throws IOException {
    String port = String.valueOf(freePort());
    List<String> what =
        List.of(
            "-p",
            port,
            "-t",
            test,
            "-s",
            String.valueOf(cell.size()),
            "-e",
            "-f",
            "-v",
            "-n",
            String.valueOf(count),
            "-w",
            String.valueOf(count / 10 + 10));
    Process listening =
        start(what, Redirect.DISCARD, Redirect.DISCARD); // it says nothing worth reading
    try {
      List<String> dial = new ArrayList<>(List.of("127.0.0.1"));
      dial.addAll(what);
      for (int i = 0; i < ATTEMPTS && listening.isAlive(); i++) {
        Process dialling =
            start(dial, Redirect.PIPE, i < ATTEMPTS - 1 ? Redirect.DISCARD : Redirect.INHERIT);
        String said = new String(dialling.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (dialling.waitFor() == 0) {
          return said.lines()
              .map(String::strip)
              .filter(line -> !line.isEmpty() && Character.isDigit(line.charAt(0)))
              .reduce((first, last) -> last)
              .orElseThrow(() -> new IOException(PROGRAM + " said " + said));
        }
        Thread.sleep(20); // the other one does not listen yet
      }
      throw new IOException(PROGRAM + " did not work: " + what);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } finally {
      end(listening);
    }
  }

  private static Process start(List<String> args, Redirect out, Redirect errors)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(PROGRAM));
    command.addAll(args);
    ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out).redirectError(errors);
    builder.environment().put("UCX_MM_ERROR_HANDLING", "y"); // as rdma:// says to UCX
    return builder.start();
  }

  private static void end(Process process) {
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
