package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A chart of percentiles as SVG, a line of dots for each contender, on a logarithmic axis. */
final class PercentileChart {

  private static final int TOP = 8;
  private static final int AXIS = 24;
  private static final int RIGHT = 40;

  /**
   * One line.
   *
   * @param label at its left
   * @param style class that gives its colour
   * @param micros p50, p99 and p99.9, in microseconds
   */
  record Line(String label, String style, double[] micros) {}

  private final List<Line> lines = new ArrayList<>();

  void add(Line line) {
    lines.add(line);
  }

  String svg() {
    double least = Math.pow(10, Math.floor(Math.log10(least())));
    double most = Math.pow(10, Math.ceil(Math.log10(most())));
    int bottom = TOP + BarChart.LINE * lines.size();
    StringBuilder svg = new StringBuilder();
    svg.append(
        BarChart.text(
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"percentiles\">\n",
            BarChart.WIDTH, bottom + AXIS));
    for (double at = least; at <= most * 1.0001; at *= 10) {
      double x = x(at, least, most);
      svg.append(BarChart.line("grid", x, TOP, x, bottom));
      svg.append(BarChart.label("tick", x, bottom + 16, "middle", text(at)));
    }
    for (int i = 0; i < lines.size(); i++) {
      line(svg, lines.get(i), TOP + BarChart.LINE * (i + 0.5), least, most);
    }
    return svg.append("</svg>\n").toString();
  }

  private static void line(StringBuilder svg, Line line, double y, double least, double most) {
    double[] micros = line.micros;
    svg.append(BarChart.label("name", BarChart.LEFT - 10, y + 4, "end", line.label));
    svg.append(
        BarChart.text(
            "<g><title>%s: p50 %s, p99 %s, p99.9 %s</title>\n",
            Html.escaped(line.label), text(micros[0]), text(micros[1]), text(micros[2])));
    svg.append(
        BarChart.line(
            "span " + line.style, x(micros[0], least, most), y, x(micros[2], least, most), y));
    double[] radii = {6, 4.5, 3};
    for (int i = 0; i < micros.length; i++) {
      svg.append(
          BarChart.text(
              "<circle class=\"dot %s\" cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\"/>\n",
              line.style, x(micros[i], least, most), y, radii[i]));
    }
    svg.append("</g>\n");
  }

  private double least() {
    return lines.stream().mapToDouble(line -> Math.max(0.001, line.micros[0])).min().orElse(1);
  }

  /** At least ten times the least, or the axis would have no length. */
  private double most() {
    double most = lines.stream().mapToDouble(line -> line.micros[2]).max().orElse(1);
    return Math.max(most, 1.01 * Math.pow(10, Math.floor(Math.log10(least()))));
  }

  private static double x(double value, double least, double most) {
    double share = Math.log10(Math.max(value, least) / least) / Math.log10(most / least);
    return BarChart.LEFT + (BarChart.WIDTH - BarChart.LEFT - RIGHT) * share;
  }

  private static String text(double micros) {
    return micros < 1000
        ? String.format(Locale.ROOT, micros < 10 ? "%.1f us" : "%.0f us", micros)
        : String.format(Locale.ROOT, micros < 10_000 ? "%.1f ms" : "%.0f ms", micros / 1000);
  }
}
