package io.reactorzmq.cli.demo;

import io.reactorzmq.cli.line.LineOutput;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Predicate;

/**
 * One PUB and SUBs with prefixes that overlap, one of which comes half-way. The topic of a line is
 * its number. Nothing is dropped, so each of them must get what it asked for, once and in order.
 */
final class PubSub implements Scenario {

  private static final double NANOS = 1e9;

  private final long enoughLines;

  PubSub(long enoughLines) {
    this.enoughLines = enoughLines;
  }

  @Override
  public String title() {
    return "PUB to 4 SUB subscribers, one of them comes late";
  }

  @Override
  public long enoughLines() {
    return enoughLines;
  }

  @Override
  public List<Outcome> run(Stage stage)
      throws IOException, InterruptedException, ExecutionException {
    Child pub =
        stage.start("pub", "--bind", "tcp://127.0.0.1:0", "--overflow", "wait", "--verbose");
    String endpoint = pub.awaitEndpoint();
    Cast cast = new Cast(stage, endpoint);
    Subscriber everything = cast.join("all topics", topic -> true);
    cast.join("1 and 12", topic -> topic.startsWith("1"), "1", "12");
    cast.join("12 and 3", topic -> topic.matches("(12|3).*"), "12", "3");
    pub.awaitSaying("has subscribed to", cast.subscriptions);

    long half = stage.corpus().lines() / 2;
    long start = System.nanoTime();
    LineSum published = new LineSum();
    CompletableFuture<Void> halfArrived = everything.arrived(half);
    CompletableFuture<Subscriber> late = new CompletableFuture<>();
    List<Subscriber> present = new ArrayList<>(cast.subscribers);
    Future<?> feeding =
        stage.write(
            pub,
            output ->
                stage
                    .corpus()
                    .forEach(
                        line -> {
                          if (published.count() == half) {
                            output.flush();
                            present.add(late.join());
                          }
                          publish(output, published, line, present);
                        }));
    try {
      for (Subscriber each : cast.subscribers) {
        each.collect(stage);
      }
      stage.await(halfArrived, published::count, everything.received::count);
      Subscriber comer = cast.join("a late one", topic -> true);
      pub.awaitSaying("has subscribed to", cast.subscriptions);
      comer.collect(stage);
      late.complete(comer);
    } finally {
      late.cancel(false); // of no effect if all went well
    }
    stage.await(feeding, published::count, everything.received::count);
    pub.awaitSuccess(); // all of it is consumed
    List<Outcome> outcomes = new ArrayList<>();
    for (Subscriber each : cast.subscribers) {
      outcomes.add(each.leave(start));
    }
    return outcomes;
  }

  private static void publish(
      LineOutput output, LineSum published, byte[] value, List<Subscriber> subscribers)
      throws IOException {
    published.add(value);
    String topic = Long.toString(published.count());
    byte[] line = line(topic, value);
    output.write(line);
    for (Subscriber each : subscribers) {
      if (each.wants.test(topic)) {
        each.expected.add(line);
      }
    }
  }

  static byte[] line(String topic, byte[] value) {
    byte[] head = (topic + "\t").getBytes(StandardCharsets.US_ASCII);
    byte[] line = new byte[head.length + value.length];
    System.arraycopy(head, 0, line, 0, head.length);
    System.arraycopy(value, 0, line, head.length, value.length);
    return line;
  }

  /** All subscribers there are. */
  private static final class Cast {
    final List<Subscriber> subscribers = new ArrayList<>();
    int subscriptions;
    private final Stage stage;
    private final String endpoint;

    Cast(Stage stage, String endpoint) {
      this.stage = stage;
      this.endpoint = endpoint;
    }

    Subscriber join(String name, Predicate<String> wants, String... prefixes) throws IOException {
      List<String> arguments =
          new ArrayList<>(List.of("sub", "--connect", endpoint, "--overflow", "wait"));
      for (String prefix : prefixes) {
        arguments.addAll(List.of("--subscribe", prefix));
      }
      Child child = stage.start(arguments.toArray(String[]::new));
      Subscriber subscriber = new Subscriber(name, wants, child);
      subscribers.add(subscriber);
      subscriptions += Math.max(1, prefixes.length);
      return subscriber;
    }
  }

  /** One subscriber, what it is to get, and what it got. */
  private static final class Subscriber {
    final String name;
    final Predicate<String> wants;
    final Child child;
    final LineSum expected = new LineSum();
    final LineSum received = new LineSum();
    private final CompletableFuture<Void> arrived = new CompletableFuture<>();
    private long awaited = Long.MAX_VALUE;
    private Future<?> collecting = CompletableFuture.completedFuture(null);

    Subscriber(String name, Predicate<String> wants, Child child) {
      this.name = name;
      this.wants = wants;
      this.child = child;
    }

    /** Before it collects: completes when it has got so many. */
    CompletableFuture<Void> arrived(long lines) {
      awaited = lines;
      if (lines == 0) {
        arrived.complete(null);
      }
      return arrived;
    }

    void collect(Stage stage) {
      collecting =
          stage.collect(
              child,
              line -> {
                received.add(line);
                if (received.count() == awaited) {
                  arrived.complete(null);
                }
              });
    }

    Outcome leave(long start) throws IOException, InterruptedException, ExecutionException {
      child.leave();
      child.awaitSuccess();
      collecting.get();
      double seconds = (received.lastNanos() - start) / NANOS;
      return new Outcome("SUB, " + name, true, expected, received, seconds);
    }
  }
}
