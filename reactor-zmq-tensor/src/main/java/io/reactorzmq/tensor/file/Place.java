package io.reactorzmq.tensor.file;

import java.nio.file.Path;

/**
 * What is being read or written. Everything that is said of a fault begins with it.
 *
 * @param file the whole
 * @param part what of it, empty for all
 */
record Place(Path file, String part) {

  private static final int QUOTED_CHARACTERS = 64;

  Place(Path file) {
    this(file, "");
  }

  Place in(String part) {
    return new Place(file, part);
  }

  TensorFileException fault(String what) {
    return new TensorFileException(this + ": " + what);
  }

  /** A text that came from a file, safe to be shown: short, on one line. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("'");
    int end = Math.min(text.length(), QUOTED_CHARACTERS);
    for (int i = 0; i < end; i++) {
      char c = text.charAt(i);
      quoted.append(Character.isISOControl(c) || Character.isSurrogate(c) ? '?' : c);
    }
    return quoted.append(end < text.length() ? "...'" : "'").toString();
  }

  @Override
  public String toString() {
    return part.isEmpty() ? file.toString() : file + ", " + part;
  }
}
