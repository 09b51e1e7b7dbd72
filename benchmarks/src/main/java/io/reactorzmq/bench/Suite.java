package io.reactorzmq.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs the rows of {@code ./zmq bench} and reports on them. */
final class Suite {

  /** Measures one run of a contender. */
  interface Measuring {

    Sample measure(Row row, String contender, Interval interval) throws IOException;
  }

  private final Settings settings;
  private final Progress progress;
  private final Measuring measuring;

  Suite(Settings settings, Progress progress, Measuring measuring) {
    this.settings = settings;
    this.progress = progress;
    this.measuring = measuring;
  }

  /** Does what the command line asks for; returns the exit code. */
  static int main(List<String> arguments) throws IOException {
    if (arguments.contains("--help") || arguments.contains("-h")) {
      System.out.print(Settings.USAGE);
      return 0;
    }
    List<String> rest = new ArrayList<>(arguments);
    boolean list = rest.remove("--list");
    Settings settings;
    try {
      settings = Settings.parse(rest);
    } catch (IllegalArgumentException e) {
      System.err.println("zmq bench: " + e.getMessage());
      return 2;
    }
    if (list) {
      System.out.print(TextReport.list(settings));
      return 0;
    }
    Results results = settings.from().isEmpty() ? measure(settings) : JsonLines.read(settings);
    report(settings, results);
    return results.isComplete() ? 0 : 1;
  }

  private static Results measure(Settings settings) throws IOException {
    double load = Environment.load();
    double expected = settings.rows().stream().mapToDouble(settings::seconds).sum();
    boolean terminal = Boolean.getBoolean("zmq.stderr.terminal");
    Progress progress = new Progress(System.err, terminal, settings.rows().size(), expected);
    Suite suite = new Suite(settings, progress, Run::measure);
    List<RowResult> results = new ArrayList<>();
    for (Row row : settings.rows()) {
      results.add(suite.row(row));
    }
    progress.end();
    return new Results(Environment.now(settings, load), results);
  }

  private static void report(Settings settings, Results results) throws IOException {
    String json = settings.json().isEmpty() ? "" : JsonLines.write(results);
    if (settings.json().equals("-")) {
      System.out.print(json);
    } else {
      System.out.print(TextReport.of(results));
      if (!json.isEmpty()) {
        Files.writeString(Path.of(settings.json()), json);
      }
    }
    if (!settings.report().isEmpty()) {
      Files.writeString(Path.of(settings.report()), HtmlReport.of(results));
    }
  }

  /** Runs a row. */
  RowResult row(Row row) {
    RowResult result = new RowResult(row);
    List<String> able = new ArrayList<>();
    for (String contender : row.contenders()) {
      String missing = Programs.missing(row, contender);
      if (missing.isEmpty()) {
        able.add(contender);
      } else {
        result.absent(contender, missing);
      }
    }
    progress.row(row, settings.seconds(row), settings.seconds(row.with(able)));
    for (int round = 0; round < settings.rounds() && !able.isEmpty(); round++) {
      round(row.with(able), result, round);
      able.removeAll(result.absent().keySet());
    }
    return result;
  }

  /** Runs all once or more often; who fails does not run again. */
  private void round(Row row, RowResult result, int round) {
    List<String> order = Schedule.of(row.contenders(), row.matches(), round);
    Map<Integer, Sample> runs = new HashMap<>();
    for (int i = 0; i < order.size(); i++) {
      String contender = order.get(i);
      if (!result.absent().containsKey(contender)) {
        progress.run(row, contender, round, settings.rounds());
        try {
          Sample sample = measured(row, contender, result);
          runs.put(i, sample);
          result.add(contender, sample);
        } catch (IOException e) {
          progress.say(row.name() + ", " + contender + " failed: " + e.getMessage());
          result.failed(contender, String.valueOf(e.getMessage()));
        }
      }
      progress.ran(settings.runSeconds(row, contender));
    }
    result.compare(order, runs);
  }

  /** One run, or a second one where it is late: JeroMQ now and then reads nothing at all. */
  private Sample measured(Row row, String contender, RowResult result) throws IOException {
    Interval interval = settings.interval(row, contender);
    try {
      return measuring.measure(row, contender, interval);
    } catch (Run.Late e) {
      String why = String.valueOf(e.getMessage());
      progress.say(row.name() + ", " + contender + " is run again: " + why);
      result.repeated(contender, why);
      return measuring.measure(row, contender, interval);
    }
  }
}
