package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OverflowPolicy;
import io.reactorzmq.testing.Scenario;
import io.reactorzmq.testing.SocketTest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** Whatever the set-up, what is sent arrives, once, whole, and in order per pair of sockets. */
class ScenarioTest extends SocketTest {

  static Stream<Scenario> pairwise() {
    return Scenario.pairwise();
  }

  static Stream<Scenario> all() {
    return Scenario.all();
  }

  @ParameterizedTest
  @MethodSource("pairwise")
  void pushToPull(Scenario scenario) {
    fanOut(scenario);
    fanIn(scenario);
  }

  @ParameterizedTest
  @MethodSource("all")
  @Tag("full")
  void pushToPullInEveryCombination(Scenario scenario) {
    fanOut(scenario);
    fanIn(scenario);
  }

  @ParameterizedTest
  @MethodSource("pairwise")
  void pairBothWays(Scenario scenario) {
    String endpoint = knownEndpoint(scenario.transport());
    PairSpec<Message> spec =
        Zmq.pair().codec(Codec.zeroCopy()).highWaterMark(scenario.highWaterMark());
    PairSocket<Message> a;
    PairSocket<Message> b;
    if (scenario.bindFirst()) {
      a = open(spec.bind(endpoint));
      b = open(spec.connect(endpoint));
    } else {
      b = open(spec.connect(endpoint));
      a = open(spec.bind(endpoint));
    }
    int n = count(scenario);
    Content content = new Content(scenario.messageSize());
    List<Integer> atA = new ArrayList<>();
    List<Integer> atB = new ArrayList<>();
    a.receive().subscribe(m -> atA.add(content.check(m)));
    b.receive().subscribe(m -> atB.add(content.check(m)));
    Flux.merge(
            a.sendAll(Flux.range(0, n).map(content::message)),
            b.sendAll(Flux.range(0, n).map(content::message)))
        .blockLast(SOON);
    await(scenario.toString()).atMost(SOON).until(() -> atA.size() == n && atB.size() == n);
    if (scenario.messageSize() >= 4) {
      assertThat(atA).isSorted().doesNotHaveDuplicates();
      assertThat(atB).isSorted().doesNotHaveDuplicates();
    }
    closeClean(a);
    closeClean(b);
  }

  @ParameterizedTest
  @MethodSource("pairwise")
  void requestsAndReplies(Scenario scenario) {
    ask(scenario);
  }

  @ParameterizedTest
  @MethodSource("all")
  @Tag("full")
  void requestsAndRepliesInEveryCombination(Scenario scenario) {
    ask(scenario);
  }

  @ParameterizedTest
  @MethodSource("pairwise")
  void published(Scenario scenario) {
    publish(scenario);
  }

  @ParameterizedTest
  @MethodSource("all")
  @Tag("full")
  void publishedInEveryCombination(Scenario scenario) {
    publish(scenario);
  }

  /** Several PUBs and SUBs: each message to each SUB, in order. */
  private void publish(Scenario scenario) {
    PubSpec<Message> pub = Zmq.pub().codec(Codec.zeroCopy()).overflow(OverflowPolicy.WAIT);
    SubSpec<Message> sub = Zmq.sub().codec(Codec.zeroCopy()).overflow(OverflowPolicy.WAIT);
    List<PubSocket<Message>> pubs = new ArrayList<>();
    List<SubSocket<Message>> subs = new ArrayList<>();
    int peers = scenario.peers();
    set(scenario, pub, peers, sub, peers, !scenario.receiverBinds(), pubs, subs);
    int n = count(scenario);
    Content content = new Content(scenario.messageSize());
    List<Map<String, List<Integer>>> received = new ArrayList<>();
    AtomicInteger arrived = new AtomicInteger();
    for (SubSocket<Message> each : subs) {
      Map<String, List<Integer>> byTopic = new ConcurrentHashMap<>();
      received.add(byTopic);
      each.receive("topic")
          .subscribe(
              p -> {
                assertThat(p.missedBefore()).isZero();
                byTopic
                    .computeIfAbsent(p.topic(), t -> new ArrayList<>())
                    .add(content.check(p.value()));
                arrived.incrementAndGet();
              });
    }
    Flux.range(0, peers)
        .flatMap(
            p -> {
              PubSocket<Message> each = pubs.get(p);
              Flux<Message> messages = Flux.range(0, n).map(content::message);
              return each.awaitSubscribers("topic", peers)
                  .then(each.publishAll("topic" + p, messages));
            })
        .blockLast(SOON);
    await(scenario.toString()).atMost(SOON).until(() -> arrived.get() == n * peers * peers);
    List<Integer> expected =
        scenario.messageSize() < 4
            ? Collections.nCopies(n, 0)
            : IntStream.range(0, n).boxed().toList();
    assertThat(received)
        .allSatisfy(
            byTopic -> {
              assertThat(byTopic).hasSize(peers);
              assertThat(byTopic.values()).allSatisfy(all -> assertThat(all).isEqualTo(expected));
            });
    pubs.forEach(SocketTest::closeClean);
    subs.forEach(SocketTest::closeClean);
  }

  /** Several REQs and REPs, each asking each. */
  private void ask(Scenario scenario) {
    ReqSpec<Message, Message> reqs = Zmq.req().codec(Codec.zeroCopy()).maxPendingSends(20);
    RepSpec<Message, Message> reps = Zmq.rep().codec(Codec.zeroCopy()).handle(Mono::just);
    List<ReqSocket<Message, Message>> asking = new ArrayList<>();
    List<RepSocket> answering = new ArrayList<>();
    int peers = scenario.peers();
    set(scenario, reps, peers, reqs, peers, scenario.receiverBinds(), answering, asking);
    int n = count(scenario);
    Content content = new Content(scenario.messageSize());
    Flux.fromIterable(asking)
        .flatMap(
            req ->
                Flux.range(0, n)
                    .flatMap(
                        i ->
                            req.request(content.message(i))
                                .doOnNext(
                                    reply -> {
                                      int answered = content.check(reply);
                                      if (scenario.messageSize() >= 4) {
                                        assertThat(answered).isEqualTo(i);
                                      }
                                    }),
                        20))
        .count()
        .as(StepVerifier::create)
        .expectNext((long) n * asking.size())
        .expectComplete()
        .verify(SOON);
    asking.forEach(SocketTest::closeClean);
    answering.forEach(SocketTest::closeClean);
  }

  /** One PUSH, several PULLs. */
  private void fanOut(Scenario scenario) {
    PushSpec<Message> push = Zmq.push().codec(Codec.zeroCopy());
    PullSpec<Message> pull = Zmq.pull().codec(Codec.zeroCopy());
    List<PushSocket<Message>> pushes = new ArrayList<>();
    List<PullSocket<Message>> pulls = new ArrayList<>();
    set(scenario, push, 1, pull, scenario.peers(), !scenario.receiverBinds(), pushes, pulls);
    run(scenario, pushes, pulls);
  }

  /** Several PUSHes, one PULL. */
  private void fanIn(Scenario scenario) {
    PushSpec<Message> push = Zmq.push().codec(Codec.zeroCopy());
    PullSpec<Message> pull = Zmq.pull().codec(Codec.zeroCopy());
    List<PushSocket<Message>> pushes = new ArrayList<>();
    List<PullSocket<Message>> pulls = new ArrayList<>();
    set(scenario, push, scenario.peers(), pull, 1, !scenario.receiverBinds(), pushes, pulls);
    run(scenario, pushes, pulls);
  }

  /** Sockets of two kinds, each connected to each of the other kind. */
  private <
          A extends SocketSpec<A, J>,
          J extends ZmqSocket,
          B extends SocketSpec<B, K>,
          K extends ZmqSocket>
      void set(
          Scenario scenario,
          A one,
          int oneCount,
          B other,
          int otherCount,
          boolean oneBinds,
          List<J> ones,
          List<K> others) {
    if (!oneBinds) {
      set(scenario, other, otherCount, one, oneCount, true, others, ones);
      return;
    }
    A binding = one.highWaterMark(scenario.highWaterMark());
    List<String> endpoints =
        Stream.generate(() -> knownEndpoint(scenario.transport())).limit(oneCount).toList();
    Runnable binds = () -> endpoints.forEach(e -> ones.add(open(binding.bind(e))));
    Runnable connects =
        () -> {
          B connecting = other.highWaterMark(scenario.highWaterMark());
          for (String endpoint : endpoints) {
            connecting = connecting.connect(endpoint);
          }
          for (int i = 0; i < otherCount; i++) {
            others.add(open(connecting));
          }
        };
    (scenario.bindFirst() ? binds : connects).run();
    (scenario.bindFirst() ? connects : binds).run();
  }

  private void run(
      Scenario scenario, List<PushSocket<Message>> pushes, List<PullSocket<Message>> pulls) {
    int n = count(scenario);
    Content content = new Content(scenario.messageSize());
    ConcurrentHashMap<Integer, AtomicInteger> seen = new ConcurrentHashMap<>();
    AtomicInteger arrived = new AtomicInteger();
    for (PullSocket<Message> pull : pulls) {
      pull.receive()
          .subscribe(
              m -> {
                seen.computeIfAbsent(content.check(m), k -> new AtomicInteger()).incrementAndGet();
                arrived.incrementAndGet();
              });
    }
    Flux.range(0, pushes.size())
        .flatMap(p -> pushes.get(p).sendAll(Flux.range(p * n, n).map(content::message)))
        .blockLast(SOON);
    await(scenario.toString()).atMost(SOON).until(() -> arrived.get() == n * pushes.size());
    assertThat(seen).hasSize(scenario.messageSize() < 4 ? 1 : n * pushes.size());
    pushes.forEach(SocketTest::closeClean);
    pulls.forEach(SocketTest::closeClean);
  }

  private static int count(Scenario scenario) {
    return scenario.messageSize() > 1_000_000 ? 4 : scenario.messageSize() > 1000 ? 20 : 500;
  }

  /** Messages of a size, numbered in their first bytes where there is room. */
  private static final class Content {
    private final byte[] pattern;

    Content(int size) {
      pattern = new byte[size];
      new Random(size).nextBytes(pattern);
    }

    Message message(int number) {
      byte[] bytes = pattern.clone();
      if (bytes.length >= 4) {
        bytes[0] = (byte) (number >> 24);
        bytes[1] = (byte) (number >> 16);
        bytes[2] = (byte) (number >> 8);
        bytes[3] = (byte) number;
      }
      return Message.of(bytes);
    }

    int check(Message message) {
      byte[] bytes = message.bytes(0);
      message.release();
      if (bytes.length != pattern.length) {
        throw new AssertionError("length " + bytes.length + ", not " + pattern.length);
      }
      if (bytes.length < 4) {
        return 0;
      }
      int from = 4;
      if (!Arrays.equals(bytes, from, bytes.length, pattern, from, pattern.length)) {
        throw new AssertionError("content differs");
      }
      return (bytes[0] & 255) << 24
          | (bytes[1] & 255) << 16
          | (bytes[2] & 255) << 8
          | bytes[3] & 255;
    }
  }
}
