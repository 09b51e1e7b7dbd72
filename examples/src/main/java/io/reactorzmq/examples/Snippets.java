package io.reactorzmq.examples;

import static io.reactorzmq.error.RemoteException.Code.HANDLER;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.PairSocket;
import io.reactorzmq.PubSocket;
import io.reactorzmq.Published;
import io.reactorzmq.PullSocket;
import io.reactorzmq.PushSocket;
import io.reactorzmq.PushSpec;
import io.reactorzmq.RepSocket;
import io.reactorzmq.ReqSocket;
import io.reactorzmq.Sender;
import io.reactorzmq.SubSocket;
import io.reactorzmq.Zmq;
import io.reactorzmq.ZmqSocket;
import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.error.ZmqException;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketMetrics;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.JsonCodec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OverflowPolicy;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.transport.Endpoint;
import java.io.BufferedReader;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.core.scheduler.Schedulers;
import reactor.util.retry.Retry;

/**
 * The Java of the README and the docs: each block there is one tagged region here, which a test
 * compares, so that what is printed compiles.
 */
final class Snippets {

  private Snippets() {}

  // tag::json[]
  record Order(int id, String item) {}

  // end::json[]

  /** Where orders are kept. */
  interface Repository {
    Mono<Order> findById(String id);
  }

  static void reqRep() {
    // tag::req-rep[]
    // in one process, and the same in another one
    RepSocket rep =
        Zmq.rep()
            .codec(Codec.utf8())
            .handle(city -> Mono.just(city + ": sunny"))
            .bind("tcp://*:5555")
            .openNow();
    rep.onDispose().block(); // the library's threads are daemons, so its main has to stay

    // in a third one, started before or after: asks the two in turn
    ReqSocket<String, String> req =
        Zmq.req().codec(Codec.utf8()).connect("tcp://a:5555").connect("tcp://b:5555").openNow();
    Flux<String> replies = Flux.just("Oslo", "Rome", "Lima").flatMap(req::request);
    replies.doOnNext(System.out::println).then(req.disposeLater()).block();
    // end::req-rep[]
  }

  static Mono<String> asking(ReqSocket<String, String> req) {
    // tag::asking[]
    Mono<String> reply =
        req.request("Oslo")
            .timeout(Duration.ofSeconds(2)) // of one attempt; after retryWhen: of all of them
            .retryWhen(Retry.backoff(3, Duration.ofMillis(50)).filter(ZmqException::isTransient));
    // end::asking[]
    return reply;
  }

  static RepSocket answering(Repository repository) {
    // tag::answering[]
    RepSocket orders =
        Zmq.rep()
            .codec(Codec.utf8(), JsonCodec.of(Order.class)) // requests, replies
            .handle(
                id ->
                    repository
                        .findById(id)
                        .switchIfEmpty(
                            Mono.error(
                                () -> new RemoteException(HANDLER, false, "no order " + id))))
            .concurrency(64)
            .bind("inproc://orders-by-id")
            .openNow();
    // end::answering[]
    return orders;
  }

  static void pubSub() {
    // tag::pub-sub[]
    // in one process
    PubSocket<String> pub = Zmq.pub().codec(Codec.utf8()).bind("tcp://*:5556").openNow();
    pub.awaitSubscribers("price.ACME", 1).block(); // in place of a sleep
    pub.publish("price.ACME", "12.50").then(pub.disposeLater()).block();

    // in another one, or in many, started before or after
    SubSocket<String> sub = Zmq.sub().codec(Codec.utf8()).connect("tcp://host:5556").openNow();
    sub.receive("price.", "news.")
        .doOnNext(p -> System.out.println(p.topic() + " " + p.value() + " " + p.missedBefore()))
        .blockLast(); // the library's threads are daemons, so its main has to stay
    // end::pub-sub[]
  }

  static EmitResult publishing(PubSocket<String> pub, Flux<String> prices) {
    // tag::publishing[]
    Mono<Void> one = pub.publish("price.ACME", "12.50"); // waits for its turn
    Mono<Void> all = pub.publishAll("price.ACME", prices); // or with a topic for each value
    EmitResult now = pub.tryPublish("price.ACME", "12.50"); // never waits: OK, or why not
    // end::publishing[]
    one.then(all).block();
    return now;
  }

  static Flux<String> subscribing(String publisher) {
    // tag::subscribing[]
    Flux<String> prices =
        Zmq.sub()
            .codec(Codec.utf8())
            .overflow(OverflowPolicy.CONFLATE) // for who is slow: the last one of each topic
            .connect(publisher)
            .receive("price.")
            .map(Published::value);
    // end::subscribing[]
    return prices;
  }

  static void pushPull() {
    // tag::push-pull[]
    // in one process; the library's threads are daemons, so its main has to stay
    PullSocket<String> pull = Zmq.pull().codec(Codec.utf8()).bind("tcp://*:5557").openNow();
    pull.receive().doOnNext(line -> System.out.println("got " + line)).blockLast();

    // in another one, started before or after
    PushSocket<String> push = Zmq.push().codec(Codec.utf8()).connect("tcp://host:5557").openNow();
    push.sendAll(Flux.just("one", "two", "three")).then(push.disposeLater()).block();
    // end::push-pull[]
  }

  static @Nullable String pair() {
    // tag::pair[]
    PairSocket<String> asking = Zmq.pair().codec(Codec.utf8()).bind("inproc://talk").openNow();
    PairSocket<String> telling = Zmq.pair().codec(Codec.utf8()).connect("inproc://talk").openNow();

    Mono<Void> answering = telling.sendAll(telling.receive().map(question -> question + " Yes."));
    answering.onErrorComplete(ClosedException.class).subscribe(); // ends when telling is closed
    asking.send("Tea?").subscribe();
    String answer = asking.receive().blockFirst(); // "Tea? Yes."
    // end::pair[]
    telling.disposeLater().then(asking.disposeLater()).block();
    return answer;
  }

  static List<Mono<CloseReport>> worker(String source, String sink) {
    // tag::worker[]
    PullSocket<String> jobs = Zmq.pull().codec(Codec.utf8()).connect(source).openNow();
    PushSocket<String> results = Zmq.push().codec(Codec.utf8()).connect(sink).openNow();

    Mono<CloseReport> work =
        results.sendAll(jobs.receive().map(String::toUpperCase)).then(results.disposeLater());
    Mono<CloseReport> leave = jobs.disposeLater(); // work then ends, when all it had is sent
    // end::worker[]
    return List.of(work, leave);
  }

  static EmitResult sending(PushSocket<String> push, Flux<String> lines) {
    // tag::sending[]
    Mono<Void> one = push.send("tea"); // waits for room or for a peer
    Mono<Void> all = push.sendAll(lines); // asks lines for no more than there is room for
    EmitResult now = push.tryEmit("tea"); // never waits: OK, or why not
    // end::sending[]
    one.then(all).block();
    return now;
  }

  static Mono<Void> blockingSource(Sender<String> push, BufferedReader reader) {
    // tag::blocking-source[]
    Flux<String> lines = Flux.fromStream(reader::lines).subscribeOn(Schedulers.boundedElastic());
    Mono<Void> sent = push.sendAll(lines);
    // end::blocking-source[]
    return sent;
  }

  static Mono<Void> retry(PushSocket<Order> push, Order order) {
    // tag::retry[]
    Mono<Void> sent =
        push.send(order)
            .retryWhen(Retry.backoff(5, Duration.ofMillis(20)).filter(ZmqException::isTransient));
    // end::retry[]
    return sent;
  }

  static @Nullable Order json() {
    // tag::json[]
    PullSocket<Order> kitchen =
        Zmq.pull().codec(JsonCodec.of(Order.class)).bind("inproc://orders").openNow();
    PushSocket<Order> counter =
        Zmq.push().codec(JsonCodec.of(Order.class)).connect("inproc://orders").openNow();

    counter.send(new Order(1, "tea")).subscribe();
    Order order = kitchen.receive().blockFirst();
    // end::json[]
    counter.disposeLater().then(kitchen.disposeLater()).block();
    return order;
  }

  static void multipart(Consumer<ByteBuf> reader) {
    // tag::multipart[]
    PullSocket<Message> pull = Zmq.pull().codec(Codec.zeroCopy()).bind("inproc://frames").openNow();
    PushSocket<Message> push = Zmq.push().connect("inproc://frames").openNow();

    push.send(Message.of("header", "body")).subscribe();
    pull.receive()
        .take(1)
        .doOnNext(
            message -> {
              try {
                reader.accept(message.part(1));
              } finally {
                message.release(); // zeroCopy() only: each message exactly once
              }
            })
        .blockLast();
    // end::multipart[]
    push.disposeLater().then(pull.disposeLater()).block();
  }

  static Mono<Void> wrap(PushSocket<Message> push, ByteBuf block, Consumer<ByteBuf> pool) {
    // tag::wrap[]
    Message message = Message.wrap(List.of(block.retain()), () -> pool.accept(block));
    Mono<Void> sent = push.send(message);
    // end::wrap[]
    return sent;
  }

  static List<PushSocket<Order>> template() {
    // tag::template[]
    PushSpec<Order> template =
        Zmq.push()
            .codec(JsonCodec.of(Order.class))
            .highWaterMark(10_000)
            .linger(Duration.ofSeconds(10));

    PushSocket<Order> orders = template.connect("tcp://kitchen:5557").openNow();
    PushSocket<Order> copies = template.connect("tcp://archive:5557").openNow();
    // end::template[]
    return List.of(orders, copies);
  }

  static void resources() {
    // tag::resources[]
    ZmqResources resources =
        ZmqResources.builder().eventLoops(2).callbacks(Schedulers.boundedElastic()).build();
    PullSocket<String> pull =
        Zmq.pull().codec(Codec.utf8()).resources(resources).bind("tcp://127.0.0.1:*").openNow();
    // ...
    resources.disposeLater().block(); // closes its sockets, each within its linger
    // end::resources[]
    if (!pull.isDisposed()) {
      throw new IllegalStateException("still open");
    }
  }

  static @Nullable Endpoint runtime(PullSocket<String> pull) {
    // tag::runtime[]
    Endpoint bound = pull.bind("tcp://127.0.0.1:*").blockOptional().orElseThrow();
    pull.connect("tcp://127.0.0.1:5558");

    pull.disconnect("tcp://127.0.0.1:5558").block();
    pull.unbind(bound.toString()).block();
    // end::runtime[]
    return bound;
  }

  static void events(ZmqSocket socket, Consumer<String> log) {
    // tag::events[]
    socket
        .events()
        .subscribe(
            event -> {
              if (event instanceof SocketEvent.Disconnected gone && gone.unconfirmed() > 0) {
                log.accept(gone.peer().remoteAddress() + " may have lost " + gone.unconfirmed());
              }
            });

    SocketMetrics metrics = socket.metrics();
    log.accept(metrics.queuedMessages() + " queued, " + metrics.peers().size() + " peers");
    // end::events[]
  }

  static void closing(ZmqSocket socket, Consumer<String> log) {
    // tag::closing[]
    socket
        .disposeLater()
        .filter(report -> !report.isClean())
        .doOnNext(report -> log.accept("not accounted for: " + report))
        .block();
    // end::closing[]
  }
}
