package io.reactorzmq.examples;

import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.PushSpec;
import io.reactorzmq.Zmq;
import io.reactorzmq.ZmqSocket;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.message.JsonCodec;
import java.time.Duration;
import java.util.BitSet;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * A source, workers that come and go, and a sink that counts. Half-way through the first half one
 * worker leaves and another takes its place; between the halves the source is closed and opened
 * again on the same port. Everybody leaves in good order, so every job becomes one result.
 */
public final class WorkerPipeline {

  private static final int WORKERS = 3;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final int jobs;
  private final Consumer<String> log;
  private final Queue<Worker> workers = new ConcurrentLinkedQueue<>();
  private final Tally tally = new Tally();
  private final Sinks.Empty<Void> aQuarterIsDone = Sinks.empty();

  WorkerPipeline(int jobs, Consumer<String> log) {
    if (jobs < 4) {
      throw new IllegalArgumentException("there must be 4 jobs at least, not " + jobs);
    }
    this.jobs = jobs;
    this.log = log;
  }

  /**
   * Runs the pipeline and fails if a result is missing or came twice.
   *
   * @param args how many jobs; default: 20000
   */
  public static void main(String[] args) {
    int jobs = args.length > 0 ? Integer.parseInt(args[0]) : 20_000;
    Tally tally = new WorkerPipeline(jobs, System.out::println).run().blockOptional().orElseThrow();
    if (!tally.isComplete(jobs)) {
      throw new IllegalStateException("results are missing or came twice: " + tally);
    }
  }

  /** Runs the pipeline; the tally of what arrived. */
  Mono<Tally> run() {
    PushSpec<Job> sourceSpec =
        Zmq.push().codec(JsonCodec.of(Job.class)).highWaterMark(100).linger(Worker.LINGER);
    Mono<PullSocket<Result>> openSink =
        Zmq.pull()
            .codec(JsonCodec.of(Result.class))
            .linger(Worker.LINGER)
            .bind("tcp://127.0.0.1:*")
            .open();
    return Mono.zip(sourceSpec.bind("tcp://127.0.0.1:*").open(), openSink)
        .flatMap(opened -> run(sourceSpec, opened.getT1(), opened.getT2()));
  }

  private Mono<Tally> run(
      PushSpec<Job> sourceSpec, PushSocket<Job> source, PullSocket<Result> sink) {
    String sourceAddress = address(source);
    String sinkAddress = address(sink);
    log.accept("source at " + sourceAddress + ", sink at " + sinkAddress);

    Mono<Void> counted = sink.receive().doOnNext(this::count).then();
    Mono<Void> firstWorkers =
        Flux.range(1, WORKERS)
            .flatMap(i -> startWorker("worker-" + i, sourceAddress, sinkAddress))
            .then();
    Mono<Void> swapped =
        aQuarterIsDone
            .asMono()
            .then(Mono.defer(() -> leave(workers.remove())))
            .then(startWorker("worker-" + (WORKERS + 1), sourceAddress, sinkAddress));
    Mono<Void> fed =
        feed(source, 1, jobs / 2)
            .doOnSuccess(v -> log.accept("source is closed, opening it again"))
            .then(Mono.defer(() -> sourceSpec.bind(sourceAddress).open()))
            .flatMap(again -> feed(again, jobs / 2 + 1, jobs));

    Mono<Void> worked =
        firstWorkers
            .then(Mono.when(fed, swapped))
            .then(Mono.defer(() -> Flux.fromIterable(workers).flatMap(this::leave).then()))
            .then(sink.disposeLater())
            .then();
    return Mono.when(counted, worked)
        .thenReturn(tally)
        .doOnNext(all -> log.accept(all + " from " + jobs + " jobs"));
  }

  /** Sends the jobs when all workers are there, then closes the socket. */
  private Mono<Void> feed(PushSocket<Job> source, int from, int to) {
    Mono<Void> workersAreThere =
        source
            .events()
            .ofType(SocketEvent.Connected.class)
            .doOnNext(event -> log.accept("source: " + event.peer().routingId() + " connected"))
            .take(WORKERS)
            .then();
    Flux<Job> batch = Flux.range(from, to - from + 1).map(Job::new);
    return workersAreThere
        .doOnSuccess(v -> log.accept("source: sending jobs " + from + " to " + to))
        .then(source.sendAll(batch))
        .then(source.disposeLater())
        .doOnNext(report -> log.accept("source: all sent, " + describe(report)))
        .then();
  }

  private Mono<Void> startWorker(String name, String source, String sink) {
    return Worker.start(name, source, sink)
        .doOnNext(
            worker -> {
              log.accept(name + " started");
              workers.add(worker);
            })
        .then();
  }

  private Mono<Void> leave(Worker worker) {
    return worker
        .leave()
        .doOnNext(report -> log.accept(worker + ", left, " + describe(report)))
        .then();
  }

  private void count(Result result) {
    int count = tally.add(result);
    if (count == jobs / 4) {
      aQuarterIsDone.tryEmitEmpty();
    }
    if (count % (jobs / 4) == 0) {
      log.accept("sink: " + count + " results");
    }
  }

  private static String describe(CloseReport report) {
    return report.isClean() ? "nothing left behind" : report.toString();
  }

  private static String address(ZmqSocket socket) {
    return socket.endpoints().get(0).toString();
  }

  /** What arrived at the sink, whose results come one at a time. */
  static final class Tally {
    private final BitSet seen = new BitSet();
    private final Map<String, Integer> byWorker = new TreeMap<>();
    private int count;
    private int twice;

    int add(Result result) {
      if (seen.get(result.id())) {
        twice++;
      }
      seen.set(result.id());
      byWorker.merge(result.worker(), 1, Integer::sum);
      return ++count;
    }

    boolean isComplete(int jobs) {
      return count == jobs && twice == 0 && seen.cardinality() == jobs;
    }

    Map<String, Integer> byWorker() {
      return byWorker;
    }

    @Override
    public String toString() {
      return count + " results, " + twice + " of them twice, " + byWorker;
    }
  }
}
