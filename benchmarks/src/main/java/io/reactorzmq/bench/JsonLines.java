package io.reactorzmq.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Results as lines of JSON, and back: one for the environment, one for each contender of a row with
 * all its rounds, and one for each target, which is written and not read.
 */
final class JsonLines {

  private static final JsonMapper JSON = JsonMapper.shared();

  private JsonLines() {}

  /** A line about the environment. */
  private record EnvironmentLine(Environment environment) {}

  /**
   * A line about a contender.
   *
   * @param row name of the row
   * @param contender its name
   * @param absent why it has no figures or failed; null if neither
   * @param failed whether it could run and failed
   * @param repeated why runs that were done once more did not count; null in older files
   * @param rounds all its runs
   * @param ratios to each of its peers, of each pair of runs
   * @param spread of these ratios
   */
  private record ContenderLine(
      String row,
      String contender,
      @Nullable String absent,
      boolean failed,
      @Nullable List<String> repeated,
      List<Sample> rounds,
      Map<String, List<Double>> ratios,
      Map<String, Spread> spread) {}

  /** A line about a target. */
  private record TargetLine(Target target, String outcome, String why, @Nullable Spread measured) {}

  static String write(Results results) {
    StringBuilder lines = new StringBuilder();
    add(lines, new EnvironmentLine(results.environment()));
    for (RowResult result : results.rows()) {
      for (String contender : result.row().contenders()) {
        add(lines, line(result, contender));
      }
    }
    for (Verdict verdict : results.verdicts()) {
      add(
          lines,
          new TargetLine(
              verdict.target(), verdict.outcome().toString(), verdict.why(), verdict.measured()));
    }
    return lines.toString();
  }

  private static void add(StringBuilder lines, Object line) {
    lines.append(JSON.writeValueAsString(line)).append('\n');
  }

  private static ContenderLine line(RowResult result, String contender) {
    Map<String, List<Double>> ratios = new LinkedHashMap<>();
    Map<String, Spread> spreads = new LinkedHashMap<>();
    for (String peer : result.row().peers()) {
      Spread spread = result.ratio(contender, peer);
      if (spread != null) {
        ratios.put(peer, result.ratios(contender, peer));
        spreads.put(peer, spread);
      }
    }
    String absent = result.absent().get(contender);
    boolean failed = absent != null && result.hasFailed(contender);
    return new ContenderLine(
        result.row().name(),
        contender,
        absent,
        failed,
        result.repeated(contender),
        result.samples(contender),
        ratios,
        spreads);
  }

  /** Reads what was written earlier, as far as it is of rows that are asked for. */
  static Results read(Settings settings) throws IOException {
    return read(Files.readAllLines(Path.of(settings.from())), settings.rows());
  }

  static Results read(List<String> lines, List<Row> rows) throws IOException {
    Environment environment = null;
    Map<String, RowResult> results = new LinkedHashMap<>();
    for (String line : lines) {
      JsonNode node = JSON.readTree(line);
      if (node.has("environment")) {
        environment = JSON.treeToValue(node, EnvironmentLine.class).environment();
      } else if (node.has("contender")) {
        add(results, rows, JSON.treeToValue(node, ContenderLine.class));
      }
    }
    if (environment == null) {
      throw new IOException("there is no line about the environment");
    }
    return new Results(environment, new ArrayList<>(results.values()));
  }

  private static void add(Map<String, RowResult> results, List<Row> rows, ContenderLine line) {
    for (Row row : rows) {
      if (row.name().equals(line.row()) && row.contenders().contains(line.contender())) {
        RowResult result = results.computeIfAbsent(row.name(), name -> new RowResult(row));
        if (line.repeated() != null) {
          line.repeated().forEach(why -> result.repeated(line.contender(), why));
        }
        line.rounds().forEach(sample -> result.add(line.contender(), sample));
        line.ratios()
            .forEach(
                (peer, ratios) ->
                    ratios.forEach(
                        ratio -> result.add(new Schedule.Match(line.contender(), peer), ratio)));
        if (line.absent() != null && line.failed()) {
          result.failed(line.contender(), line.absent());
        } else if (line.absent() != null) {
          result.absent(line.contender(), line.absent());
        }
      }
    }
  }
}
