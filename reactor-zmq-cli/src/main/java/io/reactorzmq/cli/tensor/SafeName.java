package io.reactorzmq.cli.tensor;

import java.util.regex.Pattern;

/**
 * Names from the wire as a part of the name of a file. What a name may not mean to a file system or
 * a shell is not in the result: it is short ASCII without separators, does not end with a dot, and
 * no two dots follow each other.
 */
final class SafeName {

  static final int MAX_CHARACTERS = 64;

  private static final Pattern UNSAFE = Pattern.compile("[^A-Za-z0-9._-]|(?<=\\.)\\.|\\.$");

  private SafeName() {}

  /** The name with an underscore for each character that is not safe. */
  static String of(String name) {
    String start = name.length() > MAX_CHARACTERS ? name.substring(0, MAX_CHARACTERS) : name;
    return UNSAFE.matcher(start).replaceAll("_");
  }
}
