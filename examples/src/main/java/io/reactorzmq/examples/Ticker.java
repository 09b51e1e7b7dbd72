package io.reactorzmq.examples;

import io.reactorzmq.PubSocket;
import io.reactorzmq.Published;
import io.reactorzmq.SubSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.JsonCodec;
import io.reactorzmq.options.OverflowPolicy;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Publishes prices, each under the topic of its symbol. One subscriber wants a single symbol and
 * keeps up. The other one wants them all, takes its time with each, and would rather have the
 * newest than every one: its queue drops the oldest, and it is told how many it missed.
 */
public final class Ticker {

  record Price(String symbol, int cents) {}

  /** What a subscriber has had, and how much it knows that it has not. */
  record Tally(long received, long missed) {

    Tally plus(Published<Price> price) {
      return new Tally(received + 1, missed + price.missedBefore());
    }

    @Override
    public String toString() {
      return received + " prices and missed " + missed;
    }
  }

  private static final List<String> SYMBOLS = List.of("ACME", "EMCA", "MACE");

  private Ticker() {}

  /**
   * Publishes, and tells what became of it.
   *
   * @param args how many prices of each symbol; default: 300
   */
  public static void main(String[] args) {
    int count = args.length > 0 ? Integer.parseInt(args[0]) : 300;

    PubSocket<Price> ticker =
        Zmq.pub()
            .codec(JsonCodec.of(Price.class))
            .linger(Duration.ofSeconds(10))
            .bind("tcp://127.0.0.1:*")
            .openNow();
    SubSocket<Price> one = subscriber(ticker, 1000);
    SubSocket<Price> slow = subscriber(ticker, 8);

    CompletableFuture<Tally> acme = tally(one.receive("price.ACME"));
    CompletableFuture<Tally> all = tally(slow.receive("price.").concatMap(Ticker::ponder, 1));
    ticker.awaitSubscribers("price.ACME", 2).block(); // in place of a sleep

    ticker
        .publishAll(prices(count * SYMBOLS.size()), price -> "price." + price.symbol())
        .then(ticker.disposeLater()) // when the subscribers have it all in their queues
        .then(one.disposeLater()) // when they have been given it
        .then(slow.disposeLater())
        .block();
    System.out.println("one symbol, in time: " + acme.join());
    System.out.println("all symbols, slowly: " + all.join());
  }

  private static SubSocket<Price> subscriber(PubSocket<Price> ticker, int highWaterMark) {
    return Zmq.sub()
        .codec(JsonCodec.of(Price.class))
        .highWaterMark(highWaterMark)
        .overflow(OverflowPolicy.DROP_OLDEST)
        .linger(Duration.ofSeconds(10))
        .connect(ticker.endpoints().get(0).toString())
        .openNow();
  }

  private static CompletableFuture<Tally> tally(Flux<Published<Price>> prices) {
    return prices.reduce(new Tally(0, 0), Tally::plus).toFuture(); // ends with its socket
  }

  private static Mono<Published<Price>> ponder(Published<Price> price) {
    return Mono.just(price).delayElement(Duration.ofMillis(5));
  }

  private static Flux<Price> prices(int count) {
    Random random = new Random();
    return Flux.range(0, count)
        .map(i -> new Price(SYMBOLS.get(i % SYMBOLS.size()), 1000 + random.nextInt(100)));
  }
}
