package io.reactorzmq.cli.demo;

import io.reactorzmq.cli.line.LineOutput;
import io.reactorzmq.cli.line.LineReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;

/**
 * Where a scenario plays: starts its processes, feeds them, collects what they print, and tells how
 * far it is. Whoever stands still for too long fails it.
 */
final class Stage implements Closeable {

  private static final int STANDSTILL_SECONDS = 30;

  private final Tool tool;
  private final Corpus corpus;
  private final PrintWriter out;
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "lines");
            thread.setDaemon(true);
            return thread;
          });

  Stage(Tool tool, Corpus corpus, PrintWriter out) {
    this.tool = tool;
    this.corpus = corpus;
    this.out = out;
  }

  Corpus corpus() {
    return corpus;
  }

  /** Starts a process and shows what one would have typed. */
  Child start(String... arguments) throws IOException {
    out.println("  $ ./zmq " + String.join(" ", arguments));
    return tool.start(arguments);
  }

  void note(String sentence) {
    out.println("  " + sentence);
  }

  /** Writes all lines to a process and ends its stdin. */
  Future<?> feed(Child child, LineSum sum) {
    return feed(child, sum, line -> true);
  }

  /** Writes some of the lines to a process and ends its stdin. */
  Future<?> feed(Child child, LineSum sum, Choice choice) {
    return write(
        child,
        output ->
            corpus.forEach(
                line -> {
                  if (choice.takes(line)) {
                    sum.add(line);
                    output.write(line);
                  }
                }));
  }

  /** Writes to a process what somebody says, and ends its stdin. */
  Future<?> write(Child child, Writing writing) {
    return threads.submit(
        task(
            () -> {
              try (Lines lines = new Lines(child)) {
                writing.to(lines.output);
              }
            }));
  }

  /** Writes lines. */
  interface Writing {
    void to(LineOutput output) throws IOException;
  }

  /** Asked for each line in turn. */
  interface Choice {
    boolean takes(byte[] line);
  }

  /** Reads what a process prints. */
  Future<?> collect(Child child, Corpus.Sink sink) {
    return threads.submit(task(() -> read(child.stdout(), sink, () -> {})));
  }

  /** Writes an answer to each line that a process prints, so many times, and ends its stdin. */
  Future<?> answer(Child child, long times, Answer answer) {
    return threads.submit(
        task(
            () -> {
              long[] left = {times};
              Lines lines = new Lines(child);
              read(
                  child.stdout(),
                  line -> {
                    lines.output.write(answer.to(line));
                    if (--left[0] == 0) {
                      lines.close();
                    }
                  },
                  () -> {
                    if (left[0] > 0) {
                      lines.output.flush();
                    }
                  });
            }));
  }

  /** Makes a line of a line. */
  interface Answer {
    byte[] to(byte[] line);
  }

  private interface Task {
    void run() throws IOException;
  }

  private static Callable<Object> task(Task task) {
    return () -> {
      task.run();
      return "done";
    };
  }

  private static void read(InputStream in, Corpus.Sink sink, Task afterEachChunk)
      throws IOException {
    LineReader reader = new LineReader(in, Integer.MAX_VALUE / 2);
    for (List<byte[]> batch; (batch = reader.read(Integer.MAX_VALUE)) != null; ) {
      for (byte[] line : batch) {
        sink.line(line);
      }
      afterEachChunk.run();
    }
  }

  private static final class Lines implements Closeable {
    private final Child child;
    private final LineOutput output;

    Lines(Child child) {
      this.child = child;
      this.output = new LineOutput(child.stdin());
    }

    @Override
    public void close() throws IOException {
      output.flush();
      child.stdin().close();
    }
  }

  /** Tells how far it is once a second, until something is done. */
  void await(Future<?> what, LongSupplier sent, LongSupplier received)
      throws IOException, InterruptedException, ExecutionException {
    await(what, corpus.lines(), sent, received);
  }

  /** The same for another number of messages than there are lines. */
  void await(Future<?> what, long all, LongSupplier sent, LongSupplier received)
      throws IOException, InterruptedException, ExecutionException {
    long before = -1;
    for (int still = 0; still < STANDSTILL_SECONDS; still++) {
      try {
        what.get(1, TimeUnit.SECONDS);
        return;
      } catch (TimeoutException e) {
        long now = sent.getAsLong() + received.getAsLong();
        still = now == before ? still : 0;
        before = now;
        out.println(
            String.format(
                Locale.ROOT,
                "  %,d of %,d sent, %,d received",
                sent.getAsLong(),
                all,
                received.getAsLong()));
      }
    }
    throw new IOException("nothing has moved for " + STANDSTILL_SECONDS + " seconds");
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
