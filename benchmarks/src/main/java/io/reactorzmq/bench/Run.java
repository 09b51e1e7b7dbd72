package io.reactorzmq.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One run of one contender by processes of its own, from their start to their end. */
final class Run implements AutoCloseable {

  /** For what is not measured: to start, to connect, to make a large value, to end. */
  private static final int PATIENCE_SECONDS = 60;

  private static final int TRANSFERS = 3;

  private static final ScheduledExecutorService WATCH =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "watch");
            thread.setDaemon(true);
            return thread;
          });

  /** A process did not do its part in time: it may never have connected. */
  static final class Late extends IOException {

    private static final long serialVersionUID = 1;

    Late(String message, IOException cause) {
      super(message, cause);
    }
  }

  private final Row row;
  private final Interval interval;
  private final Launch launch;
  private final List<ChildProcess> listening = new ArrayList<>();
  private final List<ChildProcess> dialling = new ArrayList<>();
  private @Nullable ScheduledFuture<?> watch;
  private volatile boolean late;

  private Run(Row row, String contender, Interval interval) {
    this.row = row;
    this.interval = interval;
    this.launch = Launch.of(row, contender, interval);
  }

  /**
   * Measures once.
   *
   * @throws Late if a process does not do its part in time
   * @throws IOException if one fails
   */
  static Sample measure(Row row, String contender, Interval interval) throws IOException {
    try (Run run = new Run(row, contender, interval)) {
      try {
        run.start(contender);
        return row.shape() == Shape.TRANSFER ? run.transfers() : run.messages();
      } catch (IOException e) {
        throw run.late ? new Late(contender + " did not do its part in time", e) : e;
      }
    }
  }

  private void start(String contender) throws IOException {
    int seconds = interval.warmup() + interval.seconds() + PATIENCE_SECONDS;
    watch = WATCH.schedule(this::giveUp, seconds, TimeUnit.SECONDS);
    for (List<String> arguments : launch.listening()) {
      add(listening, Programs.start(row, contender, arguments));
    }
    List<String> ports = new ArrayList<>();
    for (ChildProcess process : listening) {
      ports.add(process.expect("PORT "));
    }
    for (List<String> arguments : launch.dialling()) {
      List<String> all = new ArrayList<>(arguments);
      all.addAll(ports);
      add(dialling, Programs.start(row, contender, all));
    }
  }

  private synchronized void add(List<ChildProcess> side, ChildProcess process) {
    side.add(process);
  }

  private synchronized void giveUp() {
    late = true;
    dialling.forEach(ChildProcess::kill);
    listening.forEach(ChildProcess::kill);
  }

  private List<ChildProcess> sending() {
    return launch.dialSends() ? dialling : listening;
  }

  private List<ChildProcess> receiving() {
    return launch.dialSends() ? listening : dialling;
  }

  private Sample messages() throws IOException {
    List<ChildProcess> measuring = launch.dialMeasures() ? dialling : listening;
    for (ChildProcess process : measuring) {
      process.expect("BEGIN");
    }
    Usage sent = Usage.of(sending());
    Usage received = Usage.of(receiving());
    double perSecond = 0;
    Latency latency = null;
    for (ChildProcess process : measuring) {
      Words end = Words.parse(process.expect("END "));
      perSecond += end.get("messages") * 1e9 / end.get("nanos");
      latency = end.has("p50") ? Latency.parse(end) : null;
    }
    if (perSecond == 0) {
      throw new IOException("nothing has come while it was measured");
    }
    return sample(perSecond, latency, null, sent, received);
  }

  private Sample transfers() throws IOException {
    ChildProcess dialler = dialling.get(0);
    dialler.expect("READY");
    repeat(dialler, interval.warmup(), 1);
    Usage sent = Usage.of(sending());
    Usage received = Usage.of(receiving());
    long from = System.nanoTime();
    List<Double> times = repeat(dialler, interval.seconds(), TRANSFERS);
    double perSecond = times.size() * 1e9 / (System.nanoTime() - from);
    return sample(perSecond, null, Spread.of(times).median(), sent, received);
  }

  private static List<Double> repeat(ChildProcess dialler, int seconds, int times)
      throws IOException {
    List<Double> took = new ArrayList<>();
    long until = System.nanoTime() + seconds * 1_000_000_000L;
    while (took.size() < times || System.nanoTime() - until < 0) {
      dialler.say("RUN");
      took.add(Double.parseDouble(dialler.expect("TOOK ")));
    }
    return took;
  }

  private Sample sample(
      double perSecond,
      @Nullable Latency latency,
      @Nullable Double transferNanos,
      Usage sent,
      Usage received)
      throws IOException {
    Usage sentAtEnd = Usage.of(sending());
    Usage receivedAtEnd = Usage.of(receiving());
    return new Sample(
        perSecond,
        latency,
        transferNanos,
        sentAtEnd.since(sent, perSecond, peak(sending())),
        receiving().isEmpty()
            ? Sample.Side.NOTHING
            : receivedAtEnd.since(received, perSecond, peak(receiving())));
  }

  private static long peak(List<ChildProcess> side) throws IOException {
    long sum = 0;
    for (ChildProcess process : side) {
      sum += process.peak();
    }
    return sum;
  }

  @Override
  public void close() throws IOException {
    for (ChildProcess process : dialling) {
      process.close();
    }
    for (ChildProcess process : listening) {
      process.close();
    }
    if (watch != null) {
      watch.cancel(false);
    }
  }
}
