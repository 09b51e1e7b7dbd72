package io.reactorzmq.cli.demo;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;

/**
 * One PUSH hands lines to three PULL workers. Each line must reach exactly one of them; which one
 * depends on who has room.
 */
final class PushPull implements Scenario {

  private static final int WORKERS = 3;
  private static final double NANOS = 1e9;

  private final long enoughLines;

  PushPull(long enoughLines) {
    this.enoughLines = enoughLines;
  }

  @Override
  public String title() {
    return "PUSH to " + WORKERS + " PULL workers";
  }

  @Override
  public long enoughLines() {
    return enoughLines;
  }

  @Override
  public List<Outcome> run(Stage stage)
      throws IOException, InterruptedException, ExecutionException {
    Child push = stage.start("push", "--bind", "tcp://127.0.0.1:0", "--verbose");
    String endpoint = push.awaitEndpoint();
    List<Child> workers = new ArrayList<>();
    for (int i = 0; i < WORKERS; i++) {
      workers.add(stage.start("pull", "--connect", endpoint));
    }
    push.awaitSaying("is here", WORKERS);

    long start = System.nanoTime();
    LineSum sent = new LineSum();
    Future<?> feeding = stage.feed(push, sent);
    List<LineSum> received = new ArrayList<>();
    List<Future<?>> collecting = new ArrayList<>();
    for (Child worker : workers) {
      LineSum sum = new LineSum();
      received.add(sum);
      collecting.add(stage.collect(worker, sum::add));
    }
    stage.await(feeding, sent::count, () -> received.stream().mapToLong(LineSum::count).sum());
    push.awaitSuccess(); // all of it is consumed
    for (int i = 0; i < WORKERS; i++) {
      workers.get(i).leave();
      workers.get(i).awaitSuccess();
      collecting.get(i).get();
    }
    LineSum all = new LineSum();
    received.forEach(all::add);
    double seconds = (all.lastNanos() - start) / NANOS;
    stage.note("the workers took " + received.stream().map(LineSum::count).toList());
    return List.of(new Outcome("PUSH to " + WORKERS + " PULL", false, sent, all, seconds));
  }
}
