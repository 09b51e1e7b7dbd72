package io.reactorzmq.cli.line;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Splits a stream of bytes at line feeds, without asking what the bytes mean. Reads in large chunks
 * and hands out all the whole lines of a chunk at once; the last line needs no line feed.
 */
public final class LineReader {

  private static final int CHUNK_BYTES = 64 * 1024;

  private final InputStream in;
  private final long maxLineBytes;
  private byte[] buffer = new byte[CHUNK_BYTES];
  private int from;
  private int scanned;
  private int to;
  private boolean ended;
  private long lines;

  /**
   * Creates a reader.
   *
   * @param in read by this object only
   * @param maxLineBytes a longer line is an error
   */
  public LineReader(InputStream in, long maxLineBytes) {
    this.in = in;
    this.maxLineBytes = maxLineBytes;
  }

  /**
   * Waits for at least one line.
   *
   * @param most how many lines at most
   * @return lines without their line feeds, or null at the end of the stream
   * @throws IOException if reading fails or a line is too long
   */
  public @Nullable List<byte[]> read(int most) throws IOException {
    for (; ; ) {
      List<byte[]> batch = split(most);
      if (!batch.isEmpty()) {
        lines += batch.size();
        return batch;
      }
      if (ended) {
        return null;
      }
      fill();
    }
  }

  private List<byte[]> split(int most) {
    List<byte[]> batch = new ArrayList<>();
    while (scanned < to && batch.size() < most) {
      if (buffer[scanned++] == '\n') {
        batch.add(Arrays.copyOfRange(buffer, from, scanned - 1));
        from = scanned;
      }
    }
    if (ended && from < to && scanned == to && batch.size() < most) {
      batch.add(Arrays.copyOfRange(buffer, from, to));
      from = to;
    }
    return batch;
  }

  private void fill() throws IOException {
    if (to - from > maxLineBytes) {
      throw new IOException("line " + (lines + 1) + " is longer than " + maxLineBytes + " bytes");
    }
    if (from > 0) {
      System.arraycopy(buffer, from, buffer, 0, to - from);
      scanned -= from;
      to -= from;
      from = 0;
    }
    if (to == buffer.length) {
      grow();
    }
    int n = in.read(buffer, to, Math.min(CHUNK_BYTES, buffer.length - to));
    if (n < 0) {
      ended = true;
    } else {
      to += n;
    }
  }

  private void grow() throws IOException {
    try {
      buffer = Arrays.copyOf(buffer, (int) Math.min(Integer.MAX_VALUE - 8, 2L * buffer.length));
    } catch (OutOfMemoryError e) {
      throw new IOException(
          "line " + (lines + 1) + " is longer than " + to + " bytes and does not fit in memory", e);
    }
  }
}
