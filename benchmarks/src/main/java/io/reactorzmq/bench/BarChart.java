package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A chart of horizontal bars as SVG: the median of each, and a whisker from quartile to quartile.
 * Its colours are classes of the style sheet around it.
 */
final class BarChart {

  /**
   * One bar.
   *
   * @param label at its left
   * @param style class that gives its colour
   * @param value median and quartiles
   * @param text at its right
   * @param goal where a mark says what is expected; null without
   */
  record Bar(String label, String style, Spread value, String text, @Nullable Double goal) {}

  static final int WIDTH = 760;
  static final int LEFT = 190;
  static final int RIGHT = 160;
  static final int LINE = 28;
  private static final int TOP = 8;
  private static final int BAR = 14;
  private static final int AXIS = 24;

  private final String title;
  private final @Nullable Double reference;
  private final DoubleFunction<String> format;
  private final List<Bar> bars = new ArrayList<>();

  /**
   * Begins a chart.
   *
   * @param title for who cannot see it
   * @param reference where a line is drawn through all bars; null for none
   * @param format of the numbers of the axis
   */
  BarChart(String title, @Nullable Double reference, DoubleFunction<String> format) {
    this.title = title;
    this.reference = reference;
    this.format = format;
  }

  void add(Bar bar) {
    bars.add(bar);
  }

  boolean isEmpty() {
    return bars.isEmpty();
  }

  String svg() {
    double step = step(largest());
    double end = step * Math.ceil(largest() / step);
    int bottom = TOP + LINE * bars.size();
    StringBuilder svg = new StringBuilder();
    svg.append(
        text(
            "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">\n",
            WIDTH, bottom + AXIS, Html.escaped(title)));
    for (int i = 0; i * step <= end * 1.0001; i++) {
      double x = x(i * step, end);
      svg.append(line("grid", x, TOP, x, bottom));
      svg.append(label("tick", x, bottom + 16, "middle", format.apply(i * step)));
    }
    if (reference != null) {
      double x = x(reference, end);
      svg.append(line("reference", x, TOP, x, bottom));
    }
    for (int i = 0; i < bars.size(); i++) {
      bar(svg, bars.get(i), TOP + LINE * i + LINE / 2.0, end);
    }
    return svg.append("</svg>\n").toString();
  }

  private void bar(StringBuilder svg, Bar bar, double y, double end) {
    double to = x(bar.value.median(), end);
    double low = x(bar.value.low(), end);
    double high = x(bar.value.high(), end);
    svg.append(label("name", LEFT - 10, y + 4, "end", bar.label));
    svg.append(text("<g><title>%s: %s</title>", Html.escaped(bar.label), Html.escaped(bar.text)));
    double width = Math.max(1, to - LEFT);
    double round = Math.min(3, width / 2);
    svg.append(
        text(
            "<path class=\"bar %s\" d=\"M%d %.1fh%.1fq%.1f 0 %.1f %.1fv%.1fq0 %.1f -%.1f %.1fh-%.1fz\"/>",
            bar.style,
            LEFT,
            y - BAR / 2.0,
            width - round,
            round,
            round,
            round,
            BAR - 2 * round,
            round,
            round,
            round,
            width - round));
    svg.append(line("whisker", low, y, high, y));
    svg.append(line("whisker", low, y - 4, low, y + 4));
    svg.append(line("whisker", high, y - 4, high, y + 4));
    svg.append("</g>\n");
    double right = Math.max(to, high);
    if (bar.goal != null) {
      double x = x(bar.goal, end);
      svg.append(line("goal", x, y - LINE / 2.0 + 2, x, y + LINE / 2.0 - 2));
      right = x > right && x - right < 90 ? x : right;
    }
    svg.append(label("value", right + 8, y + 4, "start", bar.text));
  }

  private double largest() {
    double largest = reference == null ? 0 : reference;
    for (Bar bar : bars) {
      largest = Math.max(largest, Math.max(bar.value.high(), bar.value.median()));
      largest = Math.max(largest, bar.goal == null ? 0 : bar.goal);
    }
    return largest > 0 ? largest : 1;
  }

  /** A distance of lines so that there are between three and eight: 1, 2 or 5 times a ten. */
  static double step(double largest) {
    double ten = Math.pow(10, Math.floor(Math.log10(largest / 3)));
    double times = largest / 3 / ten;
    return ten * (times >= 5 ? 5 : times >= 2 ? 2 : 1);
  }

  private static double x(double value, double end) {
    return LEFT + (WIDTH - LEFT - RIGHT) * value / end;
  }

  static String line(String style, double x1, double y1, double x2, double y2) {
    return text(
        "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
        style, x1, y1, x2, y2);
  }

  static String label(String style, double x, double y, String anchor, String words) {
    return text(
        "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
        style, x, y, anchor, Html.escaped(words));
  }

  static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
