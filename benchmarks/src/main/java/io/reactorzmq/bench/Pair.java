package io.reactorzmq.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A listening process and one that dials it, of which one measures. Either ends the other. */
final class Pair implements AutoCloseable {

  private final Process listening;
  private final Process dialling;
  private final BufferedReader measured;
  private boolean paused;

  /**
   * Starts both.
   *
   * @param options of the processes
   * @param carrier of their connections
   * @param name of their recordings
   * @param listen role and arguments of the one that says its port
   * @param dial role and arguments of the other, which is given the port as the last one
   * @param dialMeasures whether the one that dials measures
   */
  Pair(
      Options options,
      Carrier carrier,
      String name,
      List<String> listen,
      List<String> dial,
      boolean dialMeasures)
      throws IOException {
    listening = start(options, carrier, name, listen);
    BufferedReader said = listening.inputReader(StandardCharsets.UTF_8);
    try {
      List<String> withPort = new ArrayList<>(dial);
      withPort.add(expect(said, "PORT "));
      dialling = start(options, carrier, name, withPort);
    } catch (IOException e) {
      listening.destroy();
      throw e;
    }
    dialling.onExit().thenRun(listening::destroy);
    listening.onExit().thenRun(dialling::destroy);
    measured = dialMeasures ? dialling.inputReader(StandardCharsets.UTF_8) : said;
  }

  private static Process start(Options options, Carrier carrier, String name, List<String> args)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xms" + options.heap());
    command.add("-Xmx" + options.heap());
    command.addAll(carrier.jvm());
    command.addAll(options.jvm());
    if (!options.record().isEmpty()) {
      String role = args.get(0);
      Path file = Path.of(options.record(), name + "-" + role + ".jfr").toAbsolutePath();
      command.add("-XX:+UnlockDiagnosticVMOptions");
      command.add("-XX:+DebugNonSafepoints");
      command.add("-Xlog:jfr+startup=error");
      command.add("-XX:StartFlightRecording=settings=profile,filename=" + file);
    }
    command.add("-jar");
    command.add(jar());
    command.addAll(args);
    return new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
  }

  private static String jar() {
    try {
      return Path.of(Pair.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The rest of the next line with this prefix that the measuring process says. */
  String expect(String prefix) throws IOException {
    return expect(measured, prefix);
  }

  private static String expect(BufferedReader said, String prefix) throws IOException {
    for (String line; (line = said.readLine()) != null; ) {
      if (line.startsWith(prefix)) {
        return line.substring(prefix.length());
      }
    }
    throw new IOException("a process ended before it said " + prefix.trim());
  }

  /** Gives the process that dials a line to read. */
  void say(String line) throws IOException {
    OutputStream input = dialling.getOutputStream();
    input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    input.flush();
  }

  /** Stops both processes as they are, so that they take nothing while others are measured. */
  void pause() throws IOException {
    signal("-STOP");
    paused = true;
  }

  /** Lets both go on after a {@link #pause}. */
  void goOn() throws IOException {
    if (paused) {
      signal("-CONT");
      paused = false;
    }
  }

  private void signal(String signal) throws IOException {
    try {
      int exit =
          new ProcessBuilder(
                  "kill", signal, String.valueOf(listening.pid()), String.valueOf(dialling.pid()))
              .redirectError(Redirect.INHERIT)
              .start()
              .waitFor();
      if (exit != 0) {
        throw new IOException("kill " + signal + " ended with " + exit);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  long diallingPid() {
    return dialling.pid();
  }

  long listeningPid() {
    return listening.pid();
  }

  /** Processor time of the process that dials, in nanoseconds. */
  long diallingCpu() {
    return cpu(dialling);
  }

  /** Processor time of the process that listens, in nanoseconds. */
  long listeningCpu() {
    return cpu(listening);
  }

  private static long cpu(Process process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }

  @Override
  public void close() throws IOException {
    goOn();
    stop(dialling);
    stop(listening);
  }

  private static void stop(Process process) throws IOException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
