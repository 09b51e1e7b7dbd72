package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the command line of the suite asks for.
 *
 * @param rows to measure
 * @param rounds of each row
 * @param interval of each run
 * @param json where JSON lines go: a file, {@code -} for standard output, or empty for nowhere
 * @param report file of the HTML report, or empty for none
 * @param from file of JSON lines to report on instead of measuring, or empty
 */
record Settings(
    List<Row> rows, int rounds, Interval interval, String json, String report, String from) {

  static final String USAGE =
      """
      usage: zmq bench [options] [row or group]...

      Measures this library beside libzmq, JeroMQ, gRPC, RSocket and plain sockets, and says which
      targets are met. Without rows all of them run; that takes some 3.5 hours. What is compared
      is the median of ratios, each of two runs right one after the other. On Debian and as root it
      first installs libzmq and a C compiler if they are missing.

        --list               the rows and their contenders, and how long they take
        --quick              3 rounds of 1 s after 1 s: to see that it works, not to judge
        --rounds N           pairs of each comparison (7)
        --warmup SECONDS     before each run is counted (8; for C, which needs none, at most 1)
        --seconds SECONDS    that each run is counted (2)
        --contenders A,B     only these; ours are named zmq-...
        --json FILE          the figures of all rounds as JSON lines; - for standard output
        --report FILE        the report as one HTML file
        --from FILE          report on the JSON lines of an earlier run; measures nothing

      zmq bench --work WORK ... measures by itself: duplex, beside-bulk, tensor-push,
      tensor-request, tensor-reply, tensor-codec; see zmq bench --work --help.
      zmq bench micro ... runs the micro-benchmarks of the data path with JMH, see zmq bench micro -h.
      """;

  static Settings parse(List<String> arguments) {
    List<String> names = new ArrayList<>();
    List<String> contenders = List.of();
    int rounds = 7;
    int warmup = 8;
    int seconds = 2;
    String json = "";
    String report = "";
    String from = "";
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.equals("--quick")) {
        rounds = 3;
        warmup = 1;
        seconds = 1;
        continue;
      }
      if (!argument.startsWith("--")) {
        names.add(argument);
        continue;
      }
      if (i + 1 == arguments.size()) {
        throw new IllegalArgumentException("'" + argument + "' is unknown or lacks its value");
      }
      String value = arguments.get(++i);
      switch (argument) {
        case "--rounds" -> rounds = number(argument, value, 1);
        case "--warmup" -> warmup = number(argument, value, 0);
        case "--seconds" -> seconds = number(argument, value, 1);
        case "--contenders" -> contenders = List.of(value.split(","));
        case "--json" -> json = value;
        case "--report" -> report = value;
        case "--from" -> from = value;
        default -> throw new IllegalArgumentException("the option " + argument + " is unknown");
      }
    }
    List<Row> rows = chosen(names);
    if (!contenders.isEmpty()) {
      rows = among(rows, contenders);
    }
    return new Settings(rows, rounds, new Interval(warmup, seconds), json, report, from);
  }

  private static List<Row> chosen(List<String> names) {
    Set<Row> chosen = new LinkedHashSet<>();
    for (String name : names) {
      List<Row> found =
          Rows.ALL.stream()
              .filter(row -> row.name().equals(name) || row.group().equals(name))
              .toList();
      if (found.isEmpty()) {
        throw new IllegalArgumentException(
            "'" + name + "' is no row and no group; known are " + String.join(" ", groups()));
      }
      chosen.addAll(found);
    }
    return names.isEmpty() ? Rows.ALL : Rows.ALL.stream().filter(chosen::contains).toList();
  }

  private static Set<String> groups() {
    return Rows.ALL.stream().map(Row::group).collect(Collectors.toCollection(LinkedHashSet::new));
  }

  private static List<Row> among(List<Row> rows, List<String> contenders) {
    for (String contender : contenders) {
      if (rows.stream().noneMatch(row -> row.contenders().contains(contender))) {
        throw new IllegalArgumentException("no chosen row has the contender '" + contender + "'");
      }
    }
    return rows.stream()
        .map(row -> row.with(contenders))
        .filter(row -> !row.contenders().isEmpty())
        .toList();
  }

  private static int number(String option, String value, int least) {
    try {
      int number = Integer.parseInt(value);
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException e) {
      // told below
    }
    throw new IllegalArgumentException(
        option + " is '" + value + "', it must be " + least + " or more");
  }

  /** How long a contender is measured; what is compiled already needs no long warm-up. */
  Interval interval(Row row, String contender) {
    return Programs.isJava(row, contender)
        ? interval
        : new Interval(Math.min(1, interval.warmup()), interval.seconds());
  }

  /** What one run takes about, with the start and the end of its processes. */
  double runSeconds(Row row, String contender) {
    Interval own = interval(row, contender);
    return own.warmup() + own.seconds() + 1.5;
  }

  /** What a row takes about, in seconds. */
  double seconds(Row row) {
    return rounds
        * Schedule.of(row.contenders(), row.matches(), 0).stream()
            .mapToDouble(contender -> runSeconds(row, contender))
            .sum();
  }
}
