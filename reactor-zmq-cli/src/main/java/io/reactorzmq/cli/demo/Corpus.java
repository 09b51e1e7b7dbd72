package io.reactorzmq.cli.demo;

import io.reactorzmq.cli.line.LineReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * The lines that are sent: those of some files, over and over until they are enough for a rate to
 * mean something. They are read anew each time, so the files may be of any size.
 */
public final class Corpus {

  /** Takes a line. */
  interface Sink {
    void line(byte[] line) throws IOException;
  }

  private final List<Path> files;
  private final int rounds;
  private final long lines;

  private Corpus(List<Path> files, int rounds, long lines) {
    this.files = files;
    this.rounds = rounds;
    this.lines = lines;
  }

  /**
   * A corpus of files.
   *
   * @param files text, or anything with line feeds
   * @param enough how many lines to have at least
   * @return the corpus
   * @throws IOException if a file cannot be read, or none has a line
   */
  public static Corpus of(List<Path> files, long enough) throws IOException {
    Corpus once = new Corpus(files, 1, 0);
    LineSum sum = new LineSum();
    once.forEach(sum::add);
    if (sum.count() == 0) {
      throw new IOException("there is no line in " + files);
    }
    int rounds = (int) ((enough + sum.count() - 1) / sum.count());
    return new Corpus(files, Math.max(1, rounds), sum.count() * Math.max(1, rounds));
  }

  long lines() {
    return lines;
  }

  void forEach(Sink sink) throws IOException {
    for (int round = 0; round < rounds; round++) {
      for (Path file : files) {
        try (InputStream in = Files.newInputStream(file)) {
          LineReader reader = new LineReader(in, Integer.MAX_VALUE / 2);
          for (List<byte[]> batch; (batch = reader.read(Integer.MAX_VALUE)) != null; ) {
            for (byte[] line : batch) {
              sink.line(line);
            }
          }
        }
      }
    }
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%,d lines: %d %s, %s",
        lines,
        files.size(),
        files.size() == 1 ? "file" : "files",
        rounds == 1 ? "once" : rounds + " times");
  }
}
