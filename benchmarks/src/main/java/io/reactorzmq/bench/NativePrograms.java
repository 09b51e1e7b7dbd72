package io.reactorzmq.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The contenders that are programs in C, which are built of their sources when they are first asked
 * for. Each takes the arguments of a {@link Child}, without the contender's name.
 */
final class NativePrograms {

  private static final int BUILD_SECONDS = 60;

  private static final Map<String, NativePrograms> ALL =
      Map.of(
          "libzmq",
          new NativePrograms(
              "libzmq", List.of(), List.of("-lzmq"), List.of("publish", "subscribe")),
          "raw",
          new NativePrograms("raw", List.of(), List.of(), List.of()),
          "raw-spin",
          new NativePrograms("raw", List.of("--spin"), List.of(), List.of()));

  private static final List<String> ROLES =
      List.of("receive", "send", "reply", "request", "transfer-listen", "transfer-dial");

  /** By program: where it is, or why there is none. */
  private static final Map<String, Built> BUILT = new ConcurrentHashMap<>();

  private final String program;
  private final List<String> options;
  private final List<String> libraries;
  private final List<String> moreRoles;

  private NativePrograms(
      String program, List<String> options, List<String> libraries, List<String> moreRoles) {
    this.program = program;
    this.options = options;
    this.libraries = libraries;
    this.moreRoles = moreRoles;
  }

  /**
   * What a build has led to.
   *
   * @param path of the program
   * @param missing why there is none; empty if there is
   */
  private record Built(Path path, String missing) {}

  /** Whether a contender is a program in C that can play a role. */
  static boolean knows(String contender, String role) {
    NativePrograms found = ALL.get(contender);
    return found != null && (ROLES.contains(role) || found.moreRoles.contains(role));
  }

  /** Why a contender's program cannot be run, in one line; empty if it can. Builds it. */
  static String missing(String contender) {
    return named(contender).built().missing();
  }

  /** How a contender's program is run, up to the role. */
  static List<String> command(String contender) {
    NativePrograms found = named(contender);
    Built built = found.built();
    if (!built.missing().isEmpty()) {
      throw new IllegalStateException(built.missing());
    }
    List<String> command = new ArrayList<>();
    command.add(built.path().toString());
    command.addAll(found.options);
    return command;
  }

  /** What the programs use: the version of libzmq and of the compiler, as far as they are there. */
  static Map<String, String> versions() {
    Map<String, String> versions = new TreeMap<>();
    try {
      if (missing("libzmq").isEmpty()) {
        List<String> ask = new ArrayList<>(command("libzmq"));
        ask.add("--version");
        versions.put("libzmq", run(ask).replace("libzmq ", ""));
      }
      versions.put(
          "cc",
          run(List.of("cc", "--version")).lines().findFirst().orElse("").replaceFirst("^cc ", ""));
    } catch (IOException e) {
      // there is no compiler, so there is no program of it either
    }
    return versions;
  }

  private static NativePrograms named(String contender) {
    NativePrograms found = ALL.get(contender);
    if (found == null) {
      throw new IllegalArgumentException(contender + " is none of " + ALL.keySet());
    }
    return found;
  }

  private Built built() {
    return BUILT.computeIfAbsent(program, name -> build());
  }

  private Built build() {
    try {
      Path sources = beside("../src/main/c");
      if (!Files.isDirectory(sources)) {
        return none("its sources are not in " + sources);
      }
      Path directory = directory();
      Path path = directory.resolve(program);
      if (!isNewer(path, sources)) {
        compile(sources, directory, path);
      }
      return new Built(path, "");
    } catch (IOException | UncheckedIOException e) {
      return none(String.valueOf(e.getMessage()));
    }
  }

  private Built none(String why) {
    String hint = libraries.isEmpty() ? "" : "; see scripts/install-libzmq";
    return new Built(Path.of(program), "cannot build " + program + ": " + why + hint);
  }

  /** A path beside what this runs from, which is in the module's build directory. */
  private static Path beside(String path) {
    try {
      Path code =
          Path.of(NativePrograms.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      return code.toAbsolutePath().resolveSibling(path).normalize();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Path directory() throws IOException {
    Path directory = beside("native");
    try {
      Files.createDirectories(directory);
      if (Files.isWritable(directory)) {
        return directory;
      }
    } catch (IOException e) {
      // somebody else has built the module
    }
    return Files.createTempDirectory("reactor-zmq-bench");
  }

  private static boolean isNewer(Path path, Path sources) throws IOException {
    if (!Files.isExecutable(path)) {
      return false;
    }
    try (Stream<Path> files = Files.list(sources)) {
      return files
          .map(NativePrograms::modified)
          .max(Comparator.naturalOrder())
          .map(last -> last < modified(path))
          .orElse(false);
    }
  }

  private static long modified(Path path) {
    try {
      return Files.getLastModifiedTime(path).toMillis();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of what all programs share and what is named after this one. */
  private void compile(Path sources, Path directory, Path path) throws IOException {
    Path part = Files.createTempFile(directory, program, ".part"); // others may build as well
    List<String> command = new ArrayList<>(List.of("cc", "-std=c11", "-D_GNU_SOURCE", "-O2"));
    command.addAll(List.of("-Wall", "-Wextra", "-pthread", "-o", part.toString()));
    try (Stream<Path> files = Files.list(sources)) {
      files
          .filter(file -> file.toString().endsWith(".c"))
          .filter(file -> isOf(file.getFileName().toString()))
          .forEach(file -> command.add(file.toString()));
    }
    command.addAll(libraries);
    try {
      run(command);
      Files.move(part, path, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private boolean isOf(String file) {
    return file.equals(program + ".c")
        || file.startsWith(program + "_")
        || List.of("bench.c", "times.c").contains(file);
  }

  /** What a command has said; if it fails, the first line in which it says why. */
  private static String run(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(BUILD_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(command.get(0) + " has not ended");
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    if (process.exitValue() != 0) {
      throw new IOException(
          said.lines()
              .filter(line -> line.contains("error") || line.contains("cannot"))
              .findFirst()
              .orElse(command.get(0) + " ended with " + process.exitValue()));
    }
    return said.strip();
  }
}
