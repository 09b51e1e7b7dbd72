package io.reactorzmq.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Two processes with a bare connection, or ucx_perftest, and what they measured so far. */
final class DuplexContender implements AutoCloseable {

  private final String name;
  private final @Nullable Pair pair;
  private final UcxPerftest perftest;
  private final String transport;
  private final Map<DuplexCell, List<DuplexFigure>> figures = new LinkedHashMap<>();

  DuplexContender(Options options, String name) throws IOException {
    this.name = name;
    this.perftest = new UcxPerftest(options.slice());
    if (name.equals(Duplex.UCX)) {
      this.pair = null;
      this.transport = "";
      return;
    }
    Pair started =
        new Pair(
            options,
            Carrier.parse(name),
            "duplex-" + name,
            List.of("duplex-listen"),
            List.of("duplex-dial", String.valueOf(options.slice())),
            true);
    this.pair = started;
    try {
      this.transport = started.expect("READY ");
      started.pause();
    } catch (IOException e) {
      started.close();
      throw e;
    }
  }

  String name() {
    return name;
  }

  /** The length of its frames, and what carries them; empty if it does not say. */
  String transport() {
    return transport;
  }

  /** Measures all once, while all others stand still. */
  void run(boolean counted) throws IOException {
    if (pair != null) {
      pair.goOn();
      pair.say("RUN");
    }
    for (DuplexCell cell : DuplexCell.ALL) {
      if (pair == null && !UcxPerftest.knows(cell)) {
        continue;
      }
      DuplexFigure figure =
          pair == null ? perftest.measure(cell) : DuplexFigure.parse(pair.expect("CELL "));
      if (counted) {
        figures.computeIfAbsent(cell, c -> new ArrayList<>()).add(figure);
      }
    }
    if (pair != null) {
      pair.pause();
    }
  }

  /** Of each round; empty if it does not measure that. */
  List<DuplexFigure> figures(DuplexCell cell) {
    return figures.getOrDefault(cell, List.of());
  }

  @Override
  public void close() throws IOException {
    if (pair != null) {
      pair.close();
    }
  }
}
