package io.reactorzmq.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The table of a row, cell by cell, for every form of report. */
final class Cells {

  private final RowResult result;
  private final boolean timed;
  private final boolean transferred;

  Cells(RowResult result) {
    this.result = result;
    this.timed = result.row().metric() == Metric.P50;
    this.transferred = result.row().metric() == Metric.TRANSFER;
  }

  List<String> head() {
    List<String> head = new ArrayList<>(List.of("contender"));
    if (timed) {
      head.addAll(List.of("p50 us", "p99 us", "p99.9 us"));
    } else if (transferred) {
      head.addAll(List.of("ms", "GB/s"));
    } else {
      head.addAll(List.of("msg/s", "MB/s"));
    }
    head.addAll(
        transferred
            ? List.of("CPU ms send+receive", "KB allocated send+receive")
            : List.of("CPU ns/msg send+receive", "bytes/msg send+receive"));
    head.add("peak MB send+receive");
    ours().forEach(ours -> head.add(ours + " to it"));
    return head;
  }

  /** Of each contender that has figures, in the order of the row. */
  List<List<String>> rows() {
    return result.contenders().stream().map(this::row).toList();
  }

  private List<String> ours() {
    return result.row().ours().stream()
        .filter(
            ours ->
                result.row().peers().stream()
                    .anyMatch(peer -> !result.ratios(ours, peer).isEmpty()))
        .toList();
  }

  private List<String> row(String contender) {
    List<String> cells = new ArrayList<>(List.of(contender));
    if (timed) {
      cells.add(micros(contender, Latency::p50));
      cells.add(micros(contender, Latency::p99));
      cells.add(micros(contender, Latency::p999));
    } else {
      double bytes = result.row().size();
      if (transferred) {
        cells.add(text(contender, "%,.1f", s -> scaled(s.transferNanos(), 1e-6)));
        cells.add(
            text(
                contender,
                "%.2f",
                s -> s.transferNanos() == null ? null : bytes / s.transferNanos()));
      } else {
        cells.add(text(contender, "%,.0f", Sample::perSecond));
        cells.add(text(contender, "%,.0f", s -> s.perSecond() * bytes / 1e6));
      }
    }
    cells.add(both(contender, transferred ? 1e-6 : 1, Sample.Side::cpu));
    cells.add(both(contender, transferred ? 1e-3 : 1, Sample.Side::allocated));
    cells.add(both(contender, 1e-6, side -> side.peak() == 0 ? null : (double) side.peak()));
    for (String ours : ours()) {
      cells.add(ratio(result.ratio(ours, contender)));
    }
    return cells;
  }

  /** Median and quartiles of ratios. */
  static String ratio(@Nullable Spread ratio) {
    return ratio == null
        ? ""
        : String.format(
            Locale.ROOT, "%.2fx (%.2f-%.2f)", ratio.median(), ratio.low(), ratio.high());
  }

  private String micros(String contender, Function<Latency, Long> percentile) {
    return text(
        contender,
        "%,.1f",
        sample -> sample.latency() == null ? null : percentile.apply(sample.latency()) / 1e3);
  }

  private String both(
      String contender, double unit, Function<Sample.Side, @Nullable Double> figure) {
    String sent = text(contender, "%,.0f", sample -> scaled(figure.apply(sample.send()), unit));
    String received =
        text(contender, "%,.0f", sample -> scaled(figure.apply(sample.receive()), unit));
    boolean one = result.samples(contender).get(0).receive().equals(Sample.Side.NOTHING);
    return one || sent.isEmpty() && received.isEmpty() ? sent : sent + " + " + received;
  }

  private static @Nullable Double scaled(@Nullable Double value, double by) {
    return value == null ? null : value * by;
  }

  private String text(String contender, String format, Function<Sample, @Nullable Double> figure) {
    Spread spread = result.spread(contender, figure);
    return spread == null ? "" : String.format(Locale.ROOT, format, spread.median());
  }
}
