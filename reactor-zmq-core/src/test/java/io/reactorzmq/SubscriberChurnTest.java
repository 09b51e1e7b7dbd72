package io.reactorzmq;

import static org.awaitility.Awaitility.await;

import io.reactorzmq.message.Codec;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketTest;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.scheduler.Schedulers;
import reactor.test.StepVerifier;

/** Subscribers that come and go, again and again, and what is left of them. */
class SubscriberChurnTest extends SocketTest {

  private static final List<String> REMAINS =
      List.of("SubscriberLane", "PublishPeer", "SubscribePeer", "Feed", "Subscriber", "LaneQueue");

  @ParameterizedTest
  @EachTransport
  void subscribersLeaveNothing(String transport) {
    subscribers(transport, 300);
  }

  @ParameterizedTest
  @EachTransport
  @Tag("full")
  @Timeout(300)
  void tenThousandSubscribersLeaveNothing(String transport) {
    subscribers(transport, 10_000);
  }

  private void subscribers(String transport, int n) {
    PubSocket<String> pub = open(Zmq.pub().codec(Codec.utf8()).bind(anyEndpoint(transport)));
    SubSpec<String> spec =
        Zmq.sub().codec(Codec.utf8()).resources(resources).connect(endpointOf(pub));
    long before = remains();
    // whoever is there gets one of these
    Disposable feed = Flux.interval(Duration.ofMillis(1)).subscribe(i -> pub.tryPublish("a", "v"));
    Flux.range(0, n)
        .flatMap(
            i -> spec.receive("a", "b" + i).take(1).subscribeOn(Schedulers.boundedElastic()), 8)
        .as(StepVerifier::create)
        .expectNextCount(n)
        .expectComplete()
        .verify(Duration.ofMinutes(5));
    feed.dispose();
    awaitPeers(pub, 0);
    await("the last ones").until(() -> pub.metrics().queuedMessages() == 0);
    await("collected").until(() -> remains() <= before);
  }

  /** Live objects of the classes that a peer is made of; collects garbage first. */
  private static long remains() {
    try {
      String histogram =
          (String)
              ManagementFactory.getPlatformMBeanServer()
                  .invoke(
                      new ObjectName("com.sun.management:type=DiagnosticCommand"),
                      "gcClassHistogram",
                      new Object[] {new String[0]},
                      new String[] {String[].class.getName()});
      return Arrays.stream(histogram.split("\n"))
          .map(line -> line.trim().split("\\s+"))
          .filter(
              fields ->
                  fields.length >= 4
                      && REMAINS.stream()
                          .anyMatch(c -> fields[3].equals("io.reactorzmq.internal.flow." + c)))
          .mapToLong(fields -> Long.parseLong(fields[1]))
          .sum();
    } catch (JMException e) {
      throw new AssertionError(e);
    }
  }
}
