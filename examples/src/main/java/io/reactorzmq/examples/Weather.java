package io.reactorzmq.examples;

import io.reactorzmq.RepSocket;
import io.reactorzmq.ReqSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.error.ZmqException;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.JsonCodec;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.util.retry.Retry;

/**
 * Two stations that answer questions about the weather, and a client that asks them in rotation,
 * many questions at a time. A station that is busy says so, and is asked again. When a quarter is
 * answered one station closes in good order: it answers what it has, the other one gets the rest,
 * and no question fails.
 */
public final class Weather {

  record Report(String city, int degrees, String station) {}

  private static final int STATIONS = 2;
  private static final int AT_A_TIME = 32;
  private static final Map<String, Integer> DEGREES = Map.of("Lima", 19, "Oslo", -3, "Rome", 14);

  private Weather() {}

  /**
   * Asks, and fails if a question was not answered.
   *
   * @param args how many questions; default: 2000
   */
  public static void main(String[] args) {
    int questions = args.length > 0 ? Integer.parseInt(args[0]) : 2000;

    RepSocket north = station("north");
    RepSocket south = station("south");
    ReqSocket<String, Report> client =
        Zmq.req()
            .codec(Codec.utf8(), JsonCodec.of(Report.class))
            .connect(north.endpoints().get(0).toString())
            .connect(south.endpoints().get(0).toString())
            .openNow();
    client.events().ofType(SocketEvent.Connected.class).take(STATIONS).blockLast();

    AtomicInteger again = new AtomicInteger();
    Map<String, Integer> answers = new TreeMap<>();
    Flux.just("Oslo", "Rome", "Lima")
        .repeat()
        .take(questions)
        .flatMap(city -> ask(client, city, again), AT_A_TIME)
        .index()
        .doOnNext(
            answer -> {
              answers.merge(answer.getT2().station(), 1, Integer::sum);
              if (answer.getT1() + 1 == questions / 4) {
                System.out.println(questions / 4 + " answers, north closes");
                north.dispose(); // begins to close and does not wait
              }
            })
        .blockLast();

    CloseReport report = north.disposeLater().blockOptional().orElseThrow(); // the same closing
    System.out.println(report.isClean() ? "north left nothing behind" : "north left " + report);
    ask(client, "Atlantis", again)
        .doOnError(failure -> System.out.println(failure.getMessage()))
        .onErrorComplete(RemoteException.class)
        .block();

    client.disposeLater().then(south.disposeLater()).block(); // first who asks, then who answers
    int answered = answers.values().stream().mapToInt(Integer::intValue).sum();
    System.out.println(answered + " of " + questions + " questions answered by " + answers);
    System.out.println(again + " asked again");
  }

  private static Mono<Report> ask(
      ReqSocket<String, Report> client, String city, AtomicInteger again) {
    return client
        .request(city)
        .timeout(Duration.ofSeconds(5)) // of one attempt
        .retryWhen(
            Retry.backoff(10, Duration.ofMillis(5))
                .filter(ZmqException::isTransient)
                .doBeforeRetry(signal -> again.incrementAndGet()));
  }

  private static RepSocket station(String name) {
    AtomicInteger asked = new AtomicInteger();
    return Zmq.rep()
        .codec(Codec.utf8(), JsonCodec.of(Report.class))
        .handle(city -> asked.incrementAndGet() % 50 == 0 ? busy() : measure(name, city))
        .linger(Duration.ofSeconds(10))
        .bind("tcp://127.0.0.1:*")
        .openNow();
  }

  /** A handler that has done nothing yet may say so: transient. */
  private static Mono<Report> busy() {
    return Mono.error(new RemoteException(RemoteException.Code.HANDLER, true, "busy"));
  }

  /** Takes its time, but no thread. */
  private static Mono<Report> measure(String station, String city) {
    Integer degrees = DEGREES.get(city);
    return degrees == null
        ? Mono.error(
            new RemoteException(RemoteException.Code.HANDLER, false, "nobody knows " + city))
        : Mono.delay(Duration.ofMillis(10)).map(tick -> new Report(city, degrees, station));
  }
}
