package io.reactorzmq.internal.flow;

import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Topics and prefixes as they are on the wire. */
public final class Topics {

  private Topics() {}

  /**
   * Encodes a topic or a prefix.
   *
   * @param text any text but half a character
   * @param what names it in the failure
   * @return UTF-8
   * @throws IllegalArgumentException if a surrogate has no partner, and would become a question
   *     mark
   */
  public static byte[] utf8(String text, String what) {
    int length = Objects.requireNonNull(text, what).length();
    for (int i = 0; i < length; i++) {
      if (Character.isSurrogate(text.charAt(i)) && !isPair(text, i++)) {
        throw new IllegalArgumentException("a " + what + " ends within a character: " + text);
      }
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isPair(String text, int at) {
    return at + 1 < text.length()
        && Character.isSurrogatePair(text.charAt(at), text.charAt(at + 1));
  }
}
