package io.reactorzmq.cli.demo;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * Two PAIR sockets talk: each line is answered by the same line reversed. Both directions must come
 * in order.
 */
final class PairTalk implements Scenario {

  private static final double NANOS = 1e9;

  private final long enoughLines;

  PairTalk(long enoughLines) {
    this.enoughLines = enoughLines;
  }

  @Override
  public String title() {
    return "PAIR: a conversation";
  }

  @Override
  public long enoughLines() {
    return enoughLines;
  }

  @Override
  public List<Outcome> run(Stage stage)
      throws IOException, InterruptedException, ExecutionException {
    long lines = stage.corpus().lines();
    Child asks =
        stage.start("pair", "--bind", "tcp://127.0.0.1:0", "--count", "" + lines, "--verbose");
    Child answers = stage.start("pair", "--connect", asks.awaitEndpoint());
    asks.awaitSaying("is here", 1);

    long start = System.nanoTime();
    LineSum asked = new LineSum();
    LineSum heard = new LineSum();
    LineSum answered = new LineSum();
    LineSum returned = new LineSum();
    stage.feed(asks, asked);
    Future<?> answering =
        stage.answer(
            answers,
            lines,
            line -> {
              heard.add(line);
              byte[] answer = reversed(line);
              answered.add(answer);
              return answer;
            });
    Future<?> collecting = stage.collect(asks, returned::add);
    stage.await(collecting, asked::count, returned::count);
    asks.awaitSuccess();
    answers.awaitSuccess();
    answering.get();
    return List.of(
        new Outcome("PAIR, there", true, asked, heard, (heard.lastNanos() - start) / NANOS),
        new Outcome(
            "PAIR, back", true, answered, returned, (returned.lastNanos() - start) / NANOS));
  }

  private static byte[] reversed(byte[] line) {
    byte[] reversed = new byte[line.length];
    for (int i = 0; i < line.length; i++) {
      reversed[i] = line[line.length - 1 - i];
    }
    return reversed;
  }
}
