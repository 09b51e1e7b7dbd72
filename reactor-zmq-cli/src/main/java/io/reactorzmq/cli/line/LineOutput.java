package io.reactorzmq.cli.line;

import java.io.IOException;
import java.io.OutputStream;

/**
 * Writes lines through one large buffer. Whoever writes says when to flush, which is when nothing
 * more is at hand; for use by one thread at a time.
 */
public final class LineOutput {

  private static final int BUFFER_BYTES = 64 * 1024;

  private final OutputStream out;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int length;

  /**
   * Creates an output.
   *
   * @param out written to by this object only
   */
  public LineOutput(OutputStream out) {
    this.out = out;
  }

  /**
   * Writes a line and a line feed.
   *
   * @param line any bytes
   * @throws IOException if the stream is closed at its other end
   */
  public void write(byte[] line) throws IOException {
    if (line.length >= BUFFER_BYTES - length) {
      drain();
    }
    if (line.length >= BUFFER_BYTES) {
      out.write(line);
    } else {
      System.arraycopy(line, 0, buffer, length, line.length);
      length += line.length;
    }
    buffer[length++] = '\n';
  }

  /**
   * Lets everything written so far be seen.
   *
   * @throws IOException if the stream is closed at its other end
   */
  public void flush() throws IOException {
    drain();
    out.flush();
  }

  private void drain() throws IOException {
    if (length > 0) {
      out.write(buffer, 0, length);
      length = 0;
    }
  }
}
