package io.reactorzmq.examples;

import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.message.JsonCodec;
import java.time.Duration;
import reactor.core.publisher.Mono;

/**
 * One stage of the pipeline: takes jobs from the source, sends results to the sink. Both sockets
 * connect and connect again, so it does not matter who is started first or restarted.
 */
final class Worker {

  /** Long enough to hand over everything taken before the sockets close. */
  static final Duration LINGER = Duration.ofSeconds(10);

  private static final int HIGH_WATER_MARK = 100;

  private final String name;
  private final PullSocket<Job> jobs;
  private final PushSocket<Result> results;
  private final Mono<CloseReport> finished;

  private Worker(String name, PullSocket<Job> jobs, PushSocket<Result> results) {
    this.name = name;
    this.jobs = jobs;
    this.results = results;
    // receive() ends when its socket has closed and all it had was taken; sendAll when all is sent
    this.finished =
        results
            .sendAll(jobs.receive().map(job -> job.solvedBy(name)))
            .then(results.disposeLater())
            .cache();
  }

  /** Opens the two sockets and begins to work. */
  static Mono<Worker> start(String name, String source, String sink) {
    Mono<PullSocket<Job>> jobs =
        Zmq.pull()
            .codec(JsonCodec.of(Job.class))
            .highWaterMark(HIGH_WATER_MARK)
            .linger(LINGER)
            .routingId(name)
            .connect(source)
            .open();
    Mono<PushSocket<Result>> results =
        Zmq.push()
            .codec(JsonCodec.of(Result.class))
            .highWaterMark(HIGH_WATER_MARK)
            .linger(LINGER)
            .routingId(name)
            .connect(sink)
            .open();
    return Mono.zip(jobs, results, (in, out) -> new Worker(name, in, out))
        .doOnNext(worker -> worker.finished.subscribe());
  }

  String name() {
    return name;
  }

  /**
   * Leaves in good order: no more jobs, every job taken becomes a result, every result is sent.
   *
   * @return what the socket of the results could not vouch for
   */
  Mono<CloseReport> leave() {
    return jobs.disposeLater().then(finished);
  }

  @Override
  public String toString() {
    return name + " " + jobs.metrics().received() + " jobs, " + results.metrics().sent() + " sent";
  }
}
