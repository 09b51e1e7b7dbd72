package io.reactorzmq.bench;

import io.reactorzmq.PubSocket;
import io.reactorzmq.SubSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OverflowPolicy;
import reactor.core.publisher.Flux;

/**
 * What many subscriptions cost one publisher: it publishes under many topics in rotation, and the
 * subscriber asks either for each of them or for what they all begin with. Each message matches
 * exactly one prefix and is delivered once either way.
 */
final class Topics {

  private static final String COMMON = "topic.";

  private Topics() {}

  /** The topics in their order, all of the same length and none the beginning of another. */
  private static String[] topics(int count) {
    String[] topics = new String[count];
    for (int i = 0; i < count; i++) {
      topics[i] = COMMON + (1_000_000 + i);
    }
    return topics;
  }

  /**
   * Starts to publish when there is a subscriber of the last topic, and returns at once.
   *
   * @param size bytes of a message beside its topic
   * @param count of topics
   * @return the port it listens on
   */
  static int publish(int size, int count) {
    PubSocket<byte[]> socket =
        Zmq.pub()
            .codec(Codec.bytes())
            .highWaterMark(Contender.HIGH_WATER_MARK)
            .overflow(OverflowPolicy.WAIT)
            .bind(Carrier.current().any())
            .openNow();
    String[] topics = topics(count);
    long[] number = new long[1];
    Flux<byte[]> source = Flux.generate(sink -> sink.next(Deliveries.message(size, number[0]++)));
    Threads.start(
        "publisher",
        () -> {
          socket.awaitSubscribers(topics[count - 1], 1).block();
          socket
              .publishAll(source, value -> topics[(int) (Deliveries.number(value) % count)])
              .block();
        });
    return socket.endpoints().get(0).port();
  }

  /**
   * Subscribes to everything that is published.
   *
   * @param port where the publisher listens on the loopback interface
   * @param prefixes how many it takes: 1, or as many as there are topics
   * @param deliveries is told of every message
   */
  static void subscribe(int port, int prefixes, Deliveries deliveries) {
    SubSocket<byte[]> socket =
        Zmq.sub()
            .codec(Codec.bytes())
            .highWaterMark(Contender.HIGH_WATER_MARK)
            .overflow(OverflowPolicy.WAIT)
            .connect(Carrier.current().at(String.valueOf(port)))
            .openNow();
    socket
        .receive(prefixes == 1 ? new String[] {COMMON} : topics(prefixes))
        .subscribe(published -> deliveries.count(0, published.value()));
  }
}
