package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.List;

/** Results as a person reads them on a terminal. */
final class TextReport {

  private TextReport() {}

  static String of(Results results) {
    StringBuilder text = new StringBuilder();
    results.environment().lines().forEach(line -> text.append(line).append('\n'));
    for (RowResult result : results.rows()) {
      row(text, result);
    }
    targets(text, results);
    return text.toString();
  }

  private static void row(StringBuilder text, RowResult result) {
    Row row = result.row();
    text.append("\n").append(row.name()).append(": ").append(row.title()).append("\n");
    if (!result.contenders().isEmpty()) {
      text.append("  JVM: ").append(String.join(" ", row.jvm())).append("\n");
      Cells cells = new Cells(result);
      List<List<String>> lines = new ArrayList<>(List.of(cells.head()));
      lines.addAll(cells.rows());
      table(text, lines);
    }
    result
        .remarks()
        .forEach(
            (contender, why) ->
                text.append("  ").append(contender).append(": ").append(why).append("\n"));
  }

  private static void targets(StringBuilder text, Results results) {
    List<Verdict> verdicts = results.verdicts();
    if (verdicts.isEmpty()) {
      return;
    }
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("row", "contender", "target", "measured", "pairs", "outcome"));
    for (Verdict verdict : verdicts) {
      lines.add(
          List.of(
              verdict.target().row(),
              verdict.target().ours(),
              verdict.target().text(),
              verdict.measuredText(),
              String.valueOf(verdict.count()),
              verdict.outcome() + (verdict.why().isEmpty() ? "" : ": " + verdict.why())));
    }
    text.append("\nTargets: the median meets it, and the worse quartile within a tenth\n");
    table(text, lines);
  }

  /** The rows, who takes part, and what they take. */
  static String list(Settings settings) {
    List<List<String>> lines = new ArrayList<>();
    lines.add(List.of("row", "group", "takes m:s", "what", "contenders"));
    for (Row row : settings.rows()) {
      lines.add(
          List.of(
              row.name(),
              row.group(),
              Progress.minutes(settings.seconds(row)),
              row.title(),
              String.join(" ", row.contenders())));
    }
    StringBuilder text = new StringBuilder();
    table(text, lines);
    return text.toString();
  }

  /** Columns as wide as they have to be; those of numbers to the right. */
  private static void table(StringBuilder text, List<List<String>> lines) {
    int columns = lines.get(0).size();
    int[] widths = new int[columns];
    boolean[] numbers = new boolean[columns];
    for (int i = 0; i < columns; i++) {
      int column = i;
      widths[i] = lines.stream().mapToInt(line -> line.get(column).length()).max().orElse(0);
      numbers[i] =
          lines.stream()
              .skip(1)
              .map(line -> line.get(column))
              .allMatch(cell -> cell.isEmpty() || Character.isDigit(cell.charAt(0)));
    }
    for (List<String> line : lines) {
      StringBuilder one = new StringBuilder(" ");
      for (int i = 0; i < columns; i++) {
        String padding = " ".repeat(widths[i] - line.get(i).length());
        one.append(" ").append(numbers[i] ? padding + line.get(i) : line.get(i) + padding);
        one.append(" ");
      }
      text.append(one.toString().stripTrailing()).append("\n");
    }
  }
}
