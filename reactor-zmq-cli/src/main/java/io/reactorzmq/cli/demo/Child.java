package io.reactorzmq.cli.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One process of the tool. Its stdin and stdout are the caller's; what it says on stderr is kept.
 */
final class Child implements AutoCloseable {

  private static final long PATIENCE_SECONDS = 30;

  /** How many lines are told of one that failed. */
  private static final int LAST_WORDS = 10;

  private final String name;
  private final Process process;
  private final List<String> said = new ArrayList<>();
  private boolean silent;

  Child(String name, Process process) {
    this.name = name;
    this.process = process;
    Thread listener = new Thread(this::listen, "stderr of " + name);
    listener.setDaemon(true);
    listener.start();
  }

  OutputStream stdin() {
    return process.getOutputStream();
  }

  InputStream stdout() {
    return process.getInputStream();
  }

  private void listen() {
    try (BufferedReader reader = process.errorReader()) {
      for (String line; (line = reader.readLine()) != null; ) {
        synchronized (said) {
          said.add(line);
          said.notifyAll();
        }
      }
    } catch (IOException e) {
      // the process was ended
    }
    synchronized (said) {
      silent = true;
      said.notifyAll();
    }
  }

  /** Waits until it has said something so many times; the line that made it so many. */
  String awaitSaying(String what, int times) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    synchronized (said) {
      for (; ; ) {
        List<String> found = said.stream().filter(line -> line.contains(what)).toList();
        if (found.size() >= times) {
          return found.get(times - 1);
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (silent) {
          awaitSuccess();
        }
        if (silent || millis <= 0) {
          throw new IOException(complaint("did not say '" + what + "'"));
        }
        said.wait(millis);
      }
    }
  }

  /** The endpoint it is bound to. */
  String awaitEndpoint() throws IOException, InterruptedException {
    String bound = "bound to ";
    String line = awaitSaying(bound, 1);
    return line.substring(line.indexOf(bound) + bound.length());
  }

  /** What it says on stderr, when it has ended. */
  List<String> awaitLastWords() throws IOException, InterruptedException {
    synchronized (said) {
      while (!silent) {
        said.wait();
      }
    }
    awaitEnd();
    return List.copyOf(said);
  }

  /** Ends it at once, as a crash would: what it has printed can still be read. */
  void kill() {
    process.toHandle().destroyForcibly();
  }

  /** Asks it to leave in good order; what it still prints and says can be read. */
  void leave() {
    process.toHandle().destroy();
  }

  /** Waits until it has ended, and in good order. */
  void awaitSuccess() throws IOException, InterruptedException {
    awaitEnd();
    if (process.exitValue() != 0) {
      throw new IOException(complaint());
    }
  }

  private void awaitEnd() throws IOException, InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IOException(complaint("does not end"));
    }
  }

  boolean hasFailed() {
    return !process.isAlive() && process.exitValue() != 0;
  }

  /** A sentence about its end. */
  String complaint() {
    return complaint("ended with code " + process.exitValue());
  }

  private String complaint(String what) {
    synchronized (said) {
      int size = said.size();
      return "zmq %s %s; it said %s"
          .formatted(name, what, said.subList(Math.max(0, size - LAST_WORDS), size));
    }
  }

  /** Ends it at once. */
  @Override
  public void close() {
    process.destroyForcibly();
  }
}
