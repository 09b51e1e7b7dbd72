package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.message.Codec;
import io.reactorzmq.testing.SocketTest;
import io.reactorzmq.testing.Taker;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks.EmitResult;

/** The sentences of PUB/SUB, over both transports. */
class PubSubTest extends SocketTest {

  private static final PubSpec<String> PUB = Zmq.pub().codec(Codec.utf8());
  private static final SubSpec<String> SUB = Zmq.sub().codec(Codec.utf8());

  private static Queue<String> collect(SubSocket<String> sub, String... prefixes) {
    Queue<String> all = new ConcurrentLinkedQueue<>();
    sub.receive(prefixes)
        .subscribe(p -> all.add(p.topic() + "=" + p.value() + "/" + p.missedBefore()));
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "inproc"})
  void smoke(String transport) {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint(transport)));
    SubSocket<String> sub = open(SUB.connect(endpointOf(pub)));
    Queue<String> a = collect(sub, "a");
    Queue<String> all = collect(sub);
    pub.awaitSubscribers("a", 1).block(SOON);
    pub.awaitSubscribers("b", 1).block(SOON);
    assertThat(pub.tryPublish("a1", "x")).isEqualTo(EmitResult.OK);
    pub.publish("b1", "y").block(SOON);
    pub.publishAll("a2", Flux.range(0, 1000).map(String::valueOf)).block(SOON);
    awaitSize(all, 1002);
    awaitSize(a, 1001);
    assertThat(a).first().isEqualTo("a1=x/0");
    assertThat(all).startsWith("a1=x/0", "b1=y/0", "a2=0/0").hasSize(1002);
    closeClean(pub);
    closeClean(sub);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "inproc"})
  void slow(String transport) {
    PubSocket<String> pub = open(PUB.highWaterMark(10).bind(anyEndpoint(transport)));
    SubSocket<String> sub = open(SUB.highWaterMark(10).connect(endpointOf(pub)));
    java.util.List<Long> missed = new java.util.ArrayList<>();
    Taker<Published<String>> taker =
        Taker.of(sub.receive("a").doOnNext(p -> missed.add(p.missedBefore())));
    pub.awaitSubscribers("a", 1).block(SOON);
    for (int i = 0; i < 10_000; i++) {
      pub.publish("a", String.valueOf(i)).block(SOON);
    }
    taker.request(100_000);
    await()
        .until(
            () -> {
              var m = sub.metrics();
              return taker.count() + m.dropped() + m.missed() == 10_000;
            });
    System.out.println(pub.metrics() + "\n" + sub.metrics() + " " + missed);
  }
}
