package io.reactorzmq.cli.demo;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One PUB that waits for nobody and a SUB that prints nothing until lines were dropped. What it got
 * and what it says it missed must add up to what was published: how many, and which ones.
 */
final class SlowSub implements Scenario {

  private static final double NANOS = 1e9;
  private static final Pattern MISSED =
      Pattern.compile("zmq sub: missed ([0-9]+) messages? (before|after) line ([0-9]+)");

  private final long enoughLines;

  SlowSub(long enoughLines) {
    this.enoughLines = enoughLines;
  }

  @Override
  public String title() {
    return "PUB to a SUB subscriber that does not keep up";
  }

  @Override
  public long enoughLines() {
    return enoughLines;
  }

  @Override
  public List<Outcome> run(Stage stage)
      throws IOException, InterruptedException, ExecutionException {
    Child pub =
        stage.start(
            "pub --bind tcp://127.0.0.1:0 --topic t --hwm 100 --wait-subscribers 1".split(" "));
    Child sub =
        stage.start("sub", "--connect", pub.awaitEndpoint(), "--hwm", "100", "--overflow", "wait");

    long start = System.nanoTime();
    LineSum published = new LineSum();
    CompletableFuture<Void> dropping = new CompletableFuture<>();
    Future<?> feeding =
        stage.write(
            pub,
            output -> {
              do { // as often as it takes
                stage
                    .corpus()
                    .forEach(
                        line -> {
                          published.add(line);
                          output.write(line);
                        });
              } while (!dropping.isDone());
            });
    try {
      pub.awaitSaying("dropped a message", 1);
    } finally {
      dropping.complete(null);
    }
    LineSum received = new LineSum();
    stage.await(feeding, published::count, received::count);
    Future<?> collecting = stage.collect(sub, received::add);
    pub.awaitSuccess(); // it knows of everything that was dropped
    sub.leave();
    List<String> said = sub.awaitLastWords();
    sub.awaitSuccess();
    collecting.get();

    Queue<Gap> gaps = new ArrayDeque<>();
    for (String sentence : said) {
      Matcher missed = MISSED.matcher(sentence);
      if (missed.matches()) {
        long line = Long.parseLong(missed.group(3));
        gaps.add(
            new Gap(
                missed.group(2).equals("before") ? line - 1 : line,
                Long.parseLong(missed.group(1))));
      }
    }
    long missed = gaps.stream().mapToLong(Gap::messages).sum();
    stage.note(
        "published %,d: it received %,d and missed %,d, in %,d gaps"
            .formatted(published.count(), received.count(), missed, gaps.size()));
    double seconds = (received.lastNanos() - start) / NANOS;
    LineSum expected = without(gaps, stage.corpus(), published.count());
    if (expected.count() + missed != published.count()) {
      throw new IOException("it says that it missed more than there was");
    }
    return List.of(new Outcome("SUB, slow", true, expected, received, seconds));
  }

  /** So many messages are missing after so many lines. */
  private record Gap(long after, long messages) {}

  /** What was published, but for what is said to be missing. */
  private static LineSum without(Queue<Gap> gaps, Corpus corpus, long published)
      throws IOException {
    LineSum expected = new LineSum();
    long[] skip = {0};
    for (long left = published / corpus.lines(); left > 0; left--) {
      corpus.forEach(
          line -> {
            for (Gap gap; (gap = gaps.peek()) != null && gap.after == expected.count(); ) {
              skip[0] += gap.messages;
              gaps.remove();
            }
            if (skip[0] > 0) {
              skip[0]--;
            } else {
              expected.add(PubSub.line("t", line));
            }
          });
    }
    return expected;
  }
}
