package io.reactorzmq.cli;

import java.io.PrintStream;

/**
 * Sentences on stderr, and below them one line that changes in place. Any thread may use it, but an
 * event loop must not: stderr may not be read.
 */
final class StatusLine {

  private static final String TO_START_AND_CLEAR = "\r\u001b[K";

  private final PrintStream err;
  private String shown = "";

  StatusLine(PrintStream err) {
    this.err = err;
  }

  /** Prints a sentence, which stays. */
  synchronized void say(String sentence) {
    clear();
    err.println(sentence);
    err.flush();
  }

  /** Prints a line in the place of the one that is shown. */
  synchronized void show(String line) {
    if (!line.equals(shown)) {
      err.print(TO_START_AND_CLEAR + line);
      err.flush();
      shown = line;
    }
  }

  /** Takes away the line that is shown. */
  synchronized void clear() {
    if (!shown.isEmpty()) {
      err.print(TO_START_AND_CLEAR);
      err.flush();
      shown = "";
    }
  }
}
