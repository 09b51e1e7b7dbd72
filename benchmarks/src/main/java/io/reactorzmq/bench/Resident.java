package io.reactorzmq.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a process has of the machine's memory, as Linux tells it. */
final class Resident {

  private final Path process;
  private final long before;

  private Resident(Path process) throws IOException {
    this.process = process;
    this.before = kibibytes(process, "VmRSS:");
    Files.writeString(process.resolve("clear_refs"), "5"); // the peak begins anew
  }

  /** Begins to measure what a process takes beyond what it has now. */
  static Resident of(long pid) throws IOException {
    return new Resident(Path.of("/proc", String.valueOf(pid)));
  }

  /** The most that a process had since it began, in bytes. */
  static long peak(long pid) throws IOException {
    return kibibytes(Path.of("/proc", String.valueOf(pid)), "VmHWM:") * 1024;
  }

  /** The most that it had since then beyond what it had then, in bytes. */
  long peakBeyond() throws IOException {
    return (kibibytes(process, "VmHWM:") - before) * 1024;
  }

  private static long kibibytes(Path process, String name) throws IOException {
    for (String line : Files.readAllLines(process.resolve("status"))) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.substring(name.length()).replace("kB", "").trim());
      }
    }
    throw new IOException("no " + name + " in the status of " + process);
  }
}
