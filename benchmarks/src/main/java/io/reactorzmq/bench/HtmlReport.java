package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Results as one HTML file that needs nothing beside it: tables, and charts as SVG. */
final class HtmlReport {

  private final Results results;
  private final List<Verdict> verdicts;
  private final StringBuilder html = new StringBuilder();

  private HtmlReport(Results results) {
    this.results = results;
    this.verdicts = results.verdicts();
  }

  static String of(Results results) {
    return new HtmlReport(results).write();
  }

  private String write() {
    html.append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    html.append("<title>reactor-zmq benchmark</title>\n<style>\n").append(Html.style());
    html.append("</style>\n</head>\n<body>\n<h1>reactor-zmq benchmark</h1>\n");
    html.append("<p class=\"muted\">Each ratio is the median of pairs of runs right one after the ")
        .append("other, with quartiles; processes are new for each run.</p>\n");
    sums();
    navigation();
    environment();
    targets();
    results.rows().forEach(this::row);
    return html.append("</body>\n</html>\n").toString();
  }

  private void sums() {
    html.append("<div class=\"sums\">\n");
    for (Verdict.Outcome outcome : Verdict.Outcome.values()) {
      long count = verdicts.stream().filter(verdict -> verdict.outcome() == outcome).count();
      html.append(
          BarChart.text(
              "<div class=\"sum\"><b class=\"%s\">%d</b>targets %s</div>\n",
              style(outcome), count, outcome));
    }
    html.append("</div>\n");
  }

  private static String style(Verdict.Outcome outcome) {
    return outcome.toString().replace(' ', '-');
  }

  private void navigation() {
    html.append("<nav>");
    for (RowResult result : results.rows()) {
      String name = Html.escaped(result.row().name());
      html.append(BarChart.text("<a href=\"#%s\">%s</a>\n", name, name));
    }
    html.append("</nav>\n");
  }

  private void environment() {
    Environment environment = results.environment();
    html.append("<section id=\"environment\">\n<h2>Environment</h2>\n<dl>\n");
    term("when", environment.time());
    term("processors", environment.processors() + ", " + environment.processor());
    term("load", environment.loadBefore() + " before, " + environment.loadAfter() + " after");
    term("kernel", environment.kernel());
    term("JDK", environment.jdk() + "; " + environment.collector());
    term("every JVM", environment.jvm());
    term(
        "measured",
        environment.rounds()
            + " rounds, "
            + environment.seconds()
            + " s after "
            + environment.warmup()
            + " s (C: at most 1 s)");
    term("high-water marks", environment.highWaterMark() + " on both sides");
    term(
        "versions",
        environment.versions().entrySet().stream()
            .map(version -> version.getKey() + " " + version.getValue())
            .collect(Collectors.joining(", ")));
    html.append("</dl>\n</section>\n");
  }

  private void term(String term, String text) {
    html.append("<dt>").append(Html.escaped(term)).append("</dt><dd>");
    html.append(Html.escaped(text)).append("</dd>\n");
  }

  private void targets() {
    if (verdicts.isEmpty()) {
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    for (Verdict verdict : verdicts) {
      rows.add(
          List.of(
              verdict.target().row(),
              verdict.target().ours(),
              verdict.target().text(),
              verdict.measuredText(),
              verdict.outcome() + (verdict.why().isEmpty() ? "" : ": " + verdict.why())));
    }
    html.append("<section id=\"targets\">\n<h2>Targets</h2>\n<p class=\"muted\">Met if the median ")
        .append("meets it and the worse quartile is within a tenth of it.</p>\n");
    String table = Html.table(List.of("row", "contender", "target", "measured", "outcome"), rows);
    for (Verdict.Outcome outcome : Verdict.Outcome.values()) {
      table =
          table.replaceAll(
              "<td>" + outcome + "(?=[:<])", "<td class=\"" + style(outcome) + "\">" + outcome);
    }
    html.append(table).append("</section>\n");
  }

  private void row(RowResult result) {
    Row row = result.row();
    html.append(
        BarChart.text(
            "<section id=\"%s\">\n<h2>%s</h2>\n<p class=\"muted\">%s</p>\n",
            Html.escaped(row.name()), Html.escaped(row.title()), Html.escaped(row.name())));
    if (!result.contenders().isEmpty()) {
      ratios(result);
      if (row.metric() == Metric.P50) {
        percentiles(result);
      } else {
        values(result);
      }
      Cells cells = new Cells(result);
      html.append(Html.table(cells.head(), cells.rows()));
      html.append("<p class=\"muted\">JVM: <code>");
      html.append(Html.escaped(String.join(" ", row.jvm()))).append("</code></p>\n");
    }
    for (Map.Entry<String, String> remark : result.remarks().entrySet()) {
      html.append("<p class=\"muted\">").append(Html.escaped(remark.getKey())).append(": ");
      html.append(Html.escaped(remark.getValue())).append("</p>\n");
    }
    html.append("</section>\n");
  }

  private void ratios(RowResult result) {
    Metric metric = result.row().metric();
    BarChart chart =
        new BarChart(
            "ratios of " + result.row().name(),
            1.0,
            value -> String.format(Locale.ROOT, "%.3g", value).replaceAll("\\.?0+$", "") + "x");
    for (String ours : result.row().ours()) {
      for (String peer : result.row().peers()) {
        Spread ratio = result.ratio(ours, peer);
        if (ratio != null) {
          String label = result.row().ours().size() == 1 ? "to " + peer : ours + " to " + peer;
          chart.add(
              new BarChart.Bar(
                  label, style(result, ours), ratio, Cells.ratio(ratio), goal(result, ours, peer)));
        }
      }
    }
    if (!chart.isEmpty()) {
      html.append("<h3>Ratio of ").append(metric).append(", ");
      html.append(metric.isMoreBetter() ? "more" : "less");
      html.append(" is better; dashed: the target</h3>\n").append(chart.svg());
    }
  }

  private @Nullable Double goal(RowResult result, String ours, String peer) {
    return Targets.ALL.stream()
        .filter(target -> target.row().equals(result.row().name()))
        .filter(target -> target.ours().equals(ours) && target.peer().equals(peer))
        .filter(target -> target.metric() == result.row().metric())
        .findFirst()
        .map(Target::bound)
        .orElse(null);
  }

  private void values(RowResult result) {
    Metric metric = result.row().metric();
    BarChart chart = new BarChart(metric + " of " + result.row().name(), null, metric::format);
    for (String contender : result.contenders()) {
      Spread value = result.spread(contender, metric);
      if (value != null) {
        chart.add(
            new BarChart.Bar(
                contender, style(result, contender), value, metric.format(value.median()), null));
      }
    }
    html.append("<h3>").append(metric).append(metric.isMoreBetter() ? ", more" : ", less");
    html.append(" is better</h3>\n").append(chart.svg());
  }

  private void percentiles(RowResult result) {
    PercentileChart chart = new PercentileChart();
    for (String contender : result.contenders()) {
      chart.add(
          new PercentileChart.Line(
              contender,
              style(result, contender),
              new double[] {
                median(result, contender, 0),
                median(result, contender, 1),
                median(result, contender, 2)
              }));
    }
    html.append("<h3>p50, p99 and p99.9, medians of the rounds; less is better</h3>\n");
    html.append(chart.svg());
  }

  private static double median(RowResult result, String contender, int which) {
    Spread spread =
        result.spread(
            contender,
            sample -> {
              Latency latency = Objects.requireNonNull(sample.latency());
              long[] all = {latency.p50(), latency.p99(), latency.p999()};
              return all[which] / 1e3;
            });
    return Objects.requireNonNull(spread).median();
  }

  private static String style(RowResult result, String contender) {
    int ours = result.row().ours().indexOf(contender);
    return ours < 0 ? "peer" : "ours-" + ours;
  }
}
