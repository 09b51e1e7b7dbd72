package io.reactorzmq.cli.demo;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Three REQ clients ask two REP repliers, one of which is killed half-way. What fails then is asked
 * again, which is safe, as an echo has no effects: in the end each line has been answered.
 */
final class ReqRep implements Scenario {

  private static final int CLIENTS = 3;
  private static final double NANOS = 1e9;
  private static final Pattern FAILED = Pattern.compile("zmq req: line ([0-9]+): .*");

  private final long enoughLines;

  ReqRep(long enoughLines) {
    this.enoughLines = enoughLines;
  }

  @Override
  public String title() {
    return CLIENTS + " REQ clients ask 2 REP repliers, one of them is killed";
  }

  @Override
  public long enoughLines() {
    return enoughLines;
  }

  @Override
  public List<Outcome> run(Stage stage)
      throws IOException, InterruptedException, ExecutionException {
    Child doomed = stage.start("rep", "--echo", "--bind", "tcp://127.0.0.1:0");
    Child steady = stage.start("rep", "--echo", "--bind", "tcp://127.0.0.1:0");
    String both = doomed.awaitEndpoint();
    String one = steady.awaitEndpoint();
    List<Client> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Child child = stage.start("req", "--connect", both, "--connect", one, "--verbose");
      clients.add(new Client(i, child));
    }
    for (Client client : clients) {
      client.child.awaitSaying("is here", 2);
    }

    long start = System.nanoTime();
    LineSum received = new LineSum();
    LineSum taken = new LineSum();
    LineSum takenByDoomed = new LineSum();
    Future<?> taking = stage.collect(steady, taken::add);
    Future<?> dying =
        stage.collect(doomed, line -> killHalfWay(stage, doomed, line, takenByDoomed));
    for (Client client : clients) {
      stage.feed(client.child, client.asked, client.share());
      client.collecting = stage.collect(client.child, client.answered::add);
    }
    for (Client client : clients) {
      stage.await(
          client.collecting,
          () -> clients.stream().mapToLong(each -> each.asked.count()).sum(),
          () -> clients.stream().mapToLong(each -> each.answered.count()).sum());
      client.findFailures();
    }

    LineSum askedAgain = new LineSum();
    LineSum answeredAgain = new LineSum();
    Child again = stage.start("req", "--connect", one);
    Future<?> asking = stage.feed(again, askedAgain, failedOf(clients));
    Future<?> collecting = stage.collect(again, answeredAgain::add);
    stage.await(collecting, askedAgain::count, answeredAgain::count);
    asking.get();
    again.awaitSuccess();
    steady.leave();
    steady.awaitSuccess();
    taking.get();
    stage.await(dying, askedAgain::count, answeredAgain::count);

    LineSum sent = new LineSum();
    for (Client client : clients) {
      sent.add(client.expected);
      received.add(client.answered);
    }
    sent.add(askedAgain);
    received.add(answeredAgain);
    stage.note("the repliers took " + List.of(takenByDoomed.count(), taken.count()));
    stage.note(
        "%d requests failed as one was killed, %d of them were answered when asked again"
            .formatted(askedAgain.count(), answeredAgain.count()));
    double seconds = (received.lastNanos() - start) / NANOS;
    return List.of(new Outcome("REQ to REP", true, sent, received, seconds));
  }

  /** With both at work, this one takes half of the requests: it dies after half of them. */
  private void killHalfWay(Stage stage, Child doomed, byte[] request, LineSum taken) {
    taken.add(request);
    if (taken.count() == Math.max(1, enoughLines / 4)) {
      doomed.kill();
      stage.note("$ kill -9 the first of them");
    }
  }

  /** Chooses the requests that failed, and adds up the others: those are answered. */
  private static Stage.Choice failedOf(List<Client> clients) {
    long[] lines = {0};
    return line -> {
      Client client = clients.get((int) (lines[0] % CLIENTS));
      long number = lines[0]++ / CLIENTS + 1;
      if (client.failed.contains(number)) {
        return true;
      }
      client.expected.add(line);
      return false;
    };
  }

  /** One client, its share of the lines, and what became of them. */
  private static final class Client {
    final int index;
    final Child child;
    final LineSum asked = new LineSum();
    final LineSum answered = new LineSum();
    final LineSum expected = new LineSum();
    final Set<Long> failed = new HashSet<>();
    Future<?> collecting = CompletableFuture.completedFuture(null);

    Client(int index, Child child) {
      this.index = index;
      this.child = child;
    }

    Stage.Choice share() {
      long[] lines = {0};
      return line -> lines[0]++ % CLIENTS == index;
    }

    /** It has told of each request that failed, by the number of its line. */
    void findFailures() throws IOException, InterruptedException {
      for (String sentence : child.awaitLastWords()) {
        Matcher failure = FAILED.matcher(sentence);
        if (failure.matches()) {
          failed.add(Long.parseLong(failure.group(1)));
        }
      }
      if (failed.isEmpty()) {
        child.awaitSuccess();
      }
    }
  }
}
