package io.reactorzmq.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What one run of one contender gave.
 *
 * @param messages counted by the receiver
 * @param nanos they took
 * @param sendCpu processor time of the sending process meanwhile, in nanoseconds
 * @param receiveCpu processor time of the receiving process meanwhile, in nanoseconds
 */
record Round(long messages, long nanos, long sendCpu, long receiveCpu) {

  double perSecond() {
    return messages * 1e9 / nanos;
  }

  static Round run(Options options, String contender, int number)
      throws IOException, InterruptedException {
    String size = String.valueOf(options.size());
    Process receiver =
        start(
            options,
            contender + "-" + number,
            "receive",
            contender,
            size,
            String.valueOf(options.warmup()),
            String.valueOf(options.seconds()));
    Process sender = null;
    try (BufferedReader said = receiver.inputReader(StandardCharsets.UTF_8)) {
      String port = expect(said, "PORT ");
      sender = start(options, contender + "-" + number, "send", contender, size, port);
      sender.onExit().thenRun(receiver::destroy);
      expect(said, "BEGIN");
      long sendCpu = cpu(sender);
      long receiveCpu = cpu(receiver);
      String[] end = expect(said, "END ").split(" ");
      return new Round(
          Long.parseLong(end[0]),
          Long.parseLong(end[1]),
          cpu(sender) - sendCpu,
          cpu(receiver) - receiveCpu);
    } finally {
      if (sender != null) {
        stop(sender);
      }
      stop(receiver);
    }
  }

  private static Process start(Options options, String name, String role, String... args)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xms" + options.heap());
    command.add("-Xmx" + options.heap());
    command.addAll(options.jvm());
    if (!options.record().isEmpty()) {
      Path file = Path.of(options.record(), name + "-" + role + ".jfr").toAbsolutePath();
      command.add("-XX:+UnlockDiagnosticVMOptions");
      command.add("-XX:+DebugNonSafepoints");
      command.add("-Xlog:jfr+startup=error");
      command.add("-XX:StartFlightRecording=settings=profile,filename=" + file);
    }
    command.add("-jar");
    command.add(jar());
    command.add(role);
    command.addAll(List.of(args));
    Redirect output = role.equals("send") ? Redirect.DISCARD : Redirect.PIPE;
    return new ProcessBuilder(command)
        .redirectError(Redirect.INHERIT)
        .redirectOutput(output)
        .start();
  }

  private static String jar() {
    try {
      return Path.of(Round.class.getProtectionDomain().getCodeSource().getLocation().toURI())
          .toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String expect(BufferedReader said, String prefix) throws IOException {
    for (String line; (line = said.readLine()) != null; ) {
      if (line.startsWith(prefix)) {
        return line.substring(prefix.length());
      }
    }
    throw new IOException("a process ended before it said " + prefix.trim());
  }

  private static long cpu(Process process) {
    return process.info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
  }

  private static void stop(Process process) throws IOException, InterruptedException {
    process.getOutputStream().close();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly().waitFor();
    }
  }
}
