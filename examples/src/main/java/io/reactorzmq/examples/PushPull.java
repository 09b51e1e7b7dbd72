package io.reactorzmq.examples;

import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.message.JsonCodec;
import java.util.List;
import reactor.core.publisher.Flux;

/** The smallest pair of sockets: one hands orders on as JSON, the other takes them. */
public final class PushPull {

  record Order(int id, String item) {}

  private PushPull() {}

  /**
   * Sends a few orders over TCP and prints what arrives.
   *
   * @param args the items to order; default: tea, milk, sugar
   */
  public static void main(String[] args) {
    List<String> items = args.length > 0 ? List.of(args) : List.of("tea", "milk", "sugar");

    // Port * lets the system choose, so the example runs beside anything else.
    PullSocket<Order> kitchen =
        Zmq.pull().codec(JsonCodec.of(Order.class)).bind("tcp://127.0.0.1:*").openNow();
    String address = kitchen.endpoints().get(0).toString();
    PushSocket<Order> counter =
        Zmq.push().codec(JsonCodec.of(Order.class)).connect(address).openNow();
    System.out.println("orders go to " + address);

    Flux<Order> orders =
        Flux.fromIterable(items).index((i, item) -> new Order(i.intValue() + 1, item));
    counter.sendAll(orders).subscribe();
    List<Order> received =
        kitchen
            .receive()
            .take(items.size())
            .doOnNext(order -> System.out.println("received " + order))
            .collectList()
            .blockOptional()
            .orElseThrow();

    counter.disposeLater().then(kitchen.disposeLater()).block();
    System.out.println(received.size() + " of " + items.size() + " orders received");
  }
}
