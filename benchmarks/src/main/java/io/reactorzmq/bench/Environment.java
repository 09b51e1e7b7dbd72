package io.reactorzmq.bench;

import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What was measured on, and with what.
 *
 * @param time when it ended
 * @param processors that Java sees
 * @param processor its name
 * @param loadBefore of the last minute before it began
 * @param loadAfter of its last minute
 * @param kernel its name and release, and how its TCP limits what it sends
 * @param jdk its version and vendor
 * @param collector of garbage that this Java takes by itself here
 * @param jvm options of every Java process, beside those of its row
 * @param highWaterMark of every contender that has one, on both sides
 * @param rounds of each row
 * @param warmup seconds before each run is counted
 * @param seconds that each run is counted
 * @param versions of everything that takes part
 */
record Environment(
    String time,
    int processors,
    String processor,
    double loadBefore,
    double loadAfter,
    String kernel,
    String jdk,
    String collector,
    String jvm,
    int highWaterMark,
    int rounds,
    int warmup,
    int seconds,
    Map<String, String> versions) {

  private static final Pattern LIBRARY =
      Pattern.compile(
          "(jeromq|rsocket-core|reactor-core|grpc-core|grpc-netty.*|netty-transport)"
              + "-(\\d[^/]*?)\\.jar");

  static double load() {
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    return Math.round(10 * load) / 10.0;
  }

  /** As it is now. */
  static Environment now(Settings settings, double loadBefore) {
    return new Environment(
        Instant.now().truncatedTo(ChronoUnit.SECONDS).toString(),
        Runtime.getRuntime().availableProcessors(),
        processorName(),
        loadBefore,
        load(),
        System.getProperty("os.name")
            + " "
            + System.getProperty("os.version")
            + congestionControl(),
        Runtime.version() + " (" + System.getProperty("java.vendor") + ")",
        ManagementFactory.getGarbageCollectorMXBeans().stream()
            .map(GarbageCollectorMXBean::getName)
            .collect(Collectors.joining(", ")),
        String.join(" ", Carrier.TCP.jvm()),
        Contender.HIGH_WATER_MARK,
        settings.rounds(),
        settings.interval().warmup(),
        settings.interval().seconds(),
        allVersions());
  }

  /** It matters on the loopback interface too: some pace what they send. */
  private static String congestionControl() {
    try {
      Path name = Path.of("/proc/sys/net/ipv4/tcp_congestion_control");
      return ", TCP " + Files.readString(name).trim();
    } catch (IOException e) {
      return "";
    }
  }

  private static String processorName() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/cpuinfo"))) {
        if (line.startsWith("model name")) {
          return line.substring(line.indexOf(':') + 1).trim();
        }
      }
    } catch (IOException e) {
      // the name of the architecture has to do
    }
    return System.getProperty("os.arch");
  }

  private static Map<String, String> allVersions() {
    Map<String, String> versions = new TreeMap<>();
    try (Stream<Path> libraries = Files.list(Programs.jar().resolveSibling("lib"))) {
      for (Path library : (Iterable<Path>) libraries::iterator) {
        Matcher matcher = LIBRARY.matcher(library.getFileName().toString());
        if (matcher.matches()) {
          versions.put(matcher.group(1), matcher.group(2));
        }
      }
    } catch (IOException e) {
      versions.put("libraries", "unknown, " + e.getMessage());
    }
    versions.putAll(NativePrograms.versions());
    return versions;
  }

  /** One line for each thing that is worth to know. */
  List<String> lines() {
    return List.of(
        processors
            + " processors ("
            + processor
            + "), load "
            + loadBefore
            + " before and "
            + loadAfter
            + " after; "
            + time,
        kernel + "; JDK " + jdk + ", " + collector + "; every JVM: " + jvm,
        rounds
            + " rounds, "
            + seconds
            + " s after "
            + warmup
            + " s (C: at most 1 s); high-water marks "
            + highWaterMark
            + " on both sides",
        versions.entrySet().stream()
            .map(version -> version.getKey() + " " + version.getValue())
            .collect(Collectors.joining(", ")));
  }
}
