package io.reactorzmq.testing;

import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A JVM of its own with the class path of the tests, whose standard output is collected line by
 * line. It can be frozen and killed by its process id, and never outlives the test: {@link
 * #close()} kills it, and so does the end of this JVM.
 */
public final class ChildJvm implements AutoCloseable {

  private final Process process;
  private final Thread killer;
  private final Queue<String> lines;
  private final Thread reader;
  private final Path errors;
  private boolean killed;

  private ChildJvm(Process process, Queue<String> lines, Thread reader, Path errors) {
    this.process = process;
    this.errors = errors;
    this.lines = lines;
    this.reader = reader;
    this.killer = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(killer);
  }

  /** Starts a main class. */
  public static ChildJvm start(Class<?> main, String... arguments) {
    return start(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1"), main, arguments);
  }

  /** Starts a main class in a JVM with options. */
  public static ChildJvm start(List<String> options, Class<?> main, String... arguments) {
    return start(Map.of(), options, main, arguments);
  }

  /** Starts a main class with an environment of its own, in a JVM with options. */
  public static ChildJvm start(
      Map<String, String> environment, List<String> options, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(permissions());
    command.add("-XX:+UseSerialGC");
    command.addAll(List.of("-Xshare:auto", "-cp", classPath(), main.getName()));
    command.addAll(List.of(arguments));
    try {
      // a pipe of our own: that of java.lang.Process may lose what a killed process had written
      Path errors = Files.createTempFile("child", ".err");
      Path directory = Files.createTempDirectory("child");
      File pipe = directory.resolve("out").toFile();
      run("mkfifo", pipe.toString());
      Queue<String> lines = new ConcurrentLinkedQueue<>();
      Thread reader = new Thread(() -> read(pipe, lines), "output of a child");
      reader.setDaemon(true);
      reader.start();
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(pipe).redirectError(errors.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      Files.delete(pipe.toPath());
      Files.delete(directory);
      return new ChildJvm(process, lines, reader, errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What this JVM was allowed, for example to call native code. */
  private static List<String> permissions() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(
            argument ->
                argument.startsWith("--enable-native-access")
                    || argument.startsWith("--sun-misc-unsafe-memory-access"))
        .toList();
  }

  private static String classPath() {
    // the test runner may start this JVM with a jar that only points to the real class path
    return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
  }

  private static void read(File pipe, Queue<String> lines) {
    try (BufferedReader reader = Files.newBufferedReader(pipe.toPath())) {
      for (String line; (line = reader.readLine()) != null; ) {
        lines.add(line);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What it has printed. */
  public Queue<String> lines() {
    return lines;
  }

  /** Writes a line to its standard input. */
  public void say(String line) {
    try {
      Writer input = process.outputWriter();
      input.write(line + "\n");
      input.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void awaitLine(String line) {
    await("line '" + line + "' of the child")
        .atMost(Duration.ofSeconds(15))
        .until(() -> lines.contains(line));
  }

  /** Stops it where it stands; its connections stay. */
  public void freeze() {
    signal("-STOP");
  }

  public void thaw() {
    signal("-CONT");
  }

  private void signal(String name) {
    run("kill", name, String.valueOf(process.pid()));
  }

  private static void run(String... command) {
    try {
      if (new ProcessBuilder(command).start().waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether it has ended with an error, which nobody had asked it to. */
  private boolean failed() {
    return !process.isAlive() && !killed && process.exitValue() != 0;
  }

  /** Ends it as kill -9 does, and waits until all it had printed is in {@link #lines()}. */
  public void kill() {
    if (failed()) {
      throw new AssertionError("a child ended with " + process.exitValue() + ":\n" + errors());
    }
    killed = true;
    process.destroyForcibly();
    try {
      process.waitFor();
      reader.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private String errors() {
    try {
      return Files.readString(errors);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      kill();
    } finally {
      Runtime.getRuntime().removeShutdownHook(killer);
      errors.toFile().delete();
    }
  }
}
