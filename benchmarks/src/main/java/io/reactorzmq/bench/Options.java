package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * What to measure.
 *
 * @param size bytes of a message
 * @param rounds how often each contender runs
 * @param warmup seconds that are not counted
 * @param seconds that are counted
 * @param contenders in their order within a round; the first is the base of the ratios
 * @param heap of each process, as {@code -Xmx} takes it
 * @param jvm further options of each process
 * @param record directory for a flight recording of each process, or empty for none
 * @param json whether the result is printed as JSON
 */
record Options(
    int size,
    int rounds,
    int warmup,
    int seconds,
    List<String> contenders,
    String heap,
    List<String> jvm,
    String record,
    boolean json) {

  static final String USAGE =
      """
      usage: bench [options]
        --size BYTES          bytes of a message: 64 (default), 1024, 65536, 1048576, ...
        --rounds N            how often each contender runs (5)
        --seconds N           seconds counted in each run (5)
        --warmup N            seconds before them (5)
        --contenders A,B,...  in this order within each round, the first is the base of the ratios
                              (jeromq,zmq-tryemit,zmq-tryemit-2,zmq-sendall,zmq-sendall-thread)
        --heap SIZE           heap of each process (512m)
        --jvm "OPTIONS"       further JVM options of each process
        --record DIRECTORY    keep a flight recording of each process
        --json                print the result as JSON
      contenders: %s
      """
          .formatted(String.join(" ", Contender.ALL.keySet()));

  static Options parse(String[] args) {
    int size = 64;
    int rounds = 5;
    int warmup = 5;
    int seconds = 5;
    String contenders = "jeromq,zmq-tryemit,zmq-tryemit-2,zmq-sendall,zmq-sendall-thread";
    String heap = "512m";
    String jvm = "";
    String record = "";
    boolean json = false;
    for (int i = 0; i < args.length; i++) {
      String option = args[i];
      if (option.equals("--json")) {
        json = true;
        continue;
      }
      if (i + 1 == args.length) {
        throw new IllegalArgumentException("'" + option + "' is unknown or lacks its value");
      }
      String value = args[++i];
      switch (option) {
        case "--size" -> size = positive(option, value);
        case "--rounds" -> rounds = positive(option, value);
        case "--seconds" -> seconds = positive(option, value);
        case "--warmup" -> warmup = positive(option, value);
        case "--contenders" -> contenders = value;
        case "--heap" -> heap = value;
        case "--jvm" -> jvm = value;
        case "--record" -> record = value;
        default -> throw new IllegalArgumentException("the option " + option + " is unknown");
      }
    }
    return new Options(
        size, rounds, warmup, seconds, known(contenders), heap, words(jvm), record, json);
  }

  private static int positive(String option, String value) {
    try {
      int number = Integer.parseInt(value);
      if (number > 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new IllegalArgumentException(option + " is '" + value + "', it must be 1 or more");
  }

  private static List<String> known(String names) {
    List<String> list = List.of(names.split(","));
    for (String name : list) {
      if (!Contender.ALL.containsKey(name)) {
        throw new IllegalArgumentException(
            "the contender '" + name + "' is none of " + Contender.ALL.keySet());
      }
    }
    return list;
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>(List.of(text.trim().split("\\s+")));
    words.removeIf(String::isEmpty);
    return words;
  }
}
