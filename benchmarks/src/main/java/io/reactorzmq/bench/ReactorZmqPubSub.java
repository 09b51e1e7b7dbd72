package io.reactorzmq.bench;

import io.reactorzmq.PubSocket;
import io.reactorzmq.SubSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OverflowPolicy;
import java.util.concurrent.locks.LockSupport;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks.EmitResult;

/** A PUB socket that waits for its subscribers, and SUB sockets with unbounded demand. */
final class ReactorZmqPubSub implements PublishContender {

  private static final int YIELDS = 10;
  private static final long PARK_NANOS = 50_000;

  private final boolean tryPublish;

  /**
   * Creates a contender.
   *
   * @param tryPublish true for a thread that calls {@code tryPublish}, false for {@code publishAll}
   *     of a source that emits on the socket's event loop
   */
  ReactorZmqPubSub(boolean tryPublish) {
    this.tryPublish = tryPublish;
  }

  @Override
  public int publish(int size, int subscribers) {
    PubSocket<byte[]> socket =
        Zmq.pub()
            .codec(Codec.bytes())
            .highWaterMark(Contender.HIGH_WATER_MARK)
            .overflow(OverflowPolicy.WAIT)
            .resources(Carrier.current().resources())
            .bind(Carrier.current().any())
            .openNow();
    Threads.start(
        "publisher",
        () -> {
          socket.awaitSubscribers(Deliveries.TOPIC, subscribers).block();
          if (tryPublish) {
            publish(socket, size);
          } else {
            socket.publishAll(Deliveries.TOPIC, source(size)).block();
          }
        });
    return socket.endpoints().get(0).port();
  }

  private static Flux<byte[]> source(int size) {
    return Flux.generate(
        () -> 0L,
        (number, sink) -> {
          sink.next(Deliveries.message(size, number));
          return number + 1;
        });
  }

  private static void publish(PubSocket<byte[]> socket, int size) {
    for (long number = 0; ; number++) {
      byte[] message = Deliveries.message(size, number);
      for (int refused = 0;
          socket.tryPublish(Deliveries.TOPIC, message) != EmitResult.OK;
          refused++) {
        if (refused < YIELDS) {
          Thread.yield();
        } else {
          LockSupport.parkNanos(PARK_NANOS);
        }
      }
    }
  }

  @Override
  public void subscribe(int port, Deliveries deliveries) {
    for (int i = 0; i < deliveries.subscribers(); i++) {
      int subscriber = i;
      SubSocket<byte[]> socket =
          Zmq.sub()
              .codec(Codec.bytes())
              .highWaterMark(Contender.HIGH_WATER_MARK)
              .overflow(OverflowPolicy.WAIT)
              .resources(Carrier.current().resources())
              .connect(Carrier.current().at(String.valueOf(port)))
              .openNow();
      socket
          .receive(Deliveries.TOPIC)
          .subscribe(published -> deliveries.count(subscriber, published.value()));
    }
  }
}
