package io.reactorzmq.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process that is measured, and what it says line by line. */
final class ChildProcess implements AutoCloseable {

  private static final int STOP_SECONDS = 20;

  private final String name;
  private final boolean java;
  private final Process process;
  private final BufferedReader said;
  private final Deque<String> unread = new ArrayDeque<>();

  /**
   * Starts it.
   *
   * @param name for messages
   * @param java whether it is this program, so that it can be asked what it has allocated
   * @param command and its arguments
   */
  ChildProcess(String name, boolean java, List<String> command) throws IOException {
    this.name = name;
    this.java = java;
    this.process = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    this.said = process.inputReader(StandardCharsets.UTF_8);
  }

  boolean isJava() {
    return java;
  }

  /** The rest of the next line with a prefix; other lines stay for those who wait for them. */
  String expect(String prefix) throws IOException {
    for (Iterator<String> lines = unread.iterator(); lines.hasNext(); ) {
      String line = lines.next();
      if (line.startsWith(prefix)) {
        lines.remove();
        return line.substring(prefix.length());
      }
    }
    for (String line; (line = said.readLine()) != null; ) {
      if (line.startsWith(prefix)) {
        return line.substring(prefix.length());
      }
      unread.add(line);
    }
    throw new IOException(name + " ended before it said " + prefix.trim());
  }

  /** Gives it a line to read. */
  void say(String line) throws IOException {
    OutputStream input = process.getOutputStream();
    input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
    input.flush();
  }

  /** Processor time so far, in nanoseconds. */
  long cpu() {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }

  /** The largest resident memory so far, in bytes. */
  long peak() throws IOException {
    return Resident.peak(process.pid());
  }

  /** Ends it at once; whoever waits for a line of it fails. */
  void kill() {
    process.destroyForcibly();
  }

  @Override
  public void close() throws IOException {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // it has ended already
    }
    try {
      if (!process.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    said.close();
  }
}
