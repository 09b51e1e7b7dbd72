package io.reactorzmq.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.AfterEach;

/** What tests of the tool as a process have in common. They end what they have started. */
abstract class Processes {

  static final String ANY_PORT = "tcp://127.0.0.1:0";

  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void endAll() {
    processes.forEach(Process::destroyForcibly);
  }

  static ProcessBuilder zmq(String... args) {
    // a shell in the background ignores SIGINT, and its children inherit that
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=INT"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove("JAVA_TOOL_OPTIONS"); // the Java machine tells of it on stderr
    return builder;
  }

  final Process start(ProcessBuilder builder) throws IOException {
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  static String endpoint(Process process) throws IOException {
    return endpoint(process.errorReader());
  }

  static String endpoint(BufferedReader errors) throws IOException {
    String line = errors.readLine();
    assertThat(line).contains("bound to ");
    return line.substring(line.indexOf("tcp://"));
  }

  static void type(Process process, String text) throws IOException {
    process.getOutputStream().write(text.getBytes(UTF_8));
    process.getOutputStream().flush();
  }

  static ConditionFactory patiently() {
    return await().atMost(Duration.ofSeconds(30));
  }

  static void signal(String name, Process process) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + name, "" + process.pid()).start();
    assertThat(exitCode(kill)).isZero();
  }

  static int exitCode(Process process) throws InterruptedException {
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  static String numbers(int lines) {
    return IntStream.rangeClosed(1, lines)
        .mapToObj(number -> number + "\n")
        .collect(Collectors.joining());
  }

  /** With so little memory that nothing may grow. */
  static ProcessBuilder small(ProcessBuilder builder) {
    List<String> command = builder.command();
    command.addAll(command.indexOf("-cp"), List.of("-Xmx24m", "-XX:MaxDirectMemorySize=24m"));
    return builder;
  }

  static void typeForEver(Process process, AtomicLong written) {
    byte[] lines = ("x".repeat(99) + "\n").repeat(100).getBytes(UTF_8);
    try (OutputStream in = process.getOutputStream()) {
      for (; ; ) {
        in.write(lines);
        written.addAndGet(lines.length);
      }
    } catch (IOException e) {
      // the test is over
    }
  }
}
