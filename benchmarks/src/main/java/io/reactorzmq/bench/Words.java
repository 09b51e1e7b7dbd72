package io.reactorzmq.bench;

import java.util.HashMap;
import java.util.Map;

/** Numbers that a process says as {@code key=value}, with spaces between. */
final class Words {

  private final Map<String, Long> values = new HashMap<>();

  private Words() {}

  static Words parse(String line) {
    Words words = new Words();
    for (String word : line.trim().split(" +")) {
      int at = word.indexOf('=');
      if (at > 0) {
        words.values.put(word.substring(0, at), Long.parseLong(word.substring(at + 1)));
      }
    }
    return words;
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  long get(String key) {
    Long value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException("there is no " + key + " in " + values);
    }
    return value;
  }
}
