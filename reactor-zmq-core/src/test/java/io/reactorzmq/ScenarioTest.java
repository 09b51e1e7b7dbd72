package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.testing.Scenario;
import io.reactorzmq.testing.SocketTest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
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

  /** Several REQs and REPs, each asking each. */
  private void ask(Scenario scenario) {
    ReqSpec<Message, Message> reqs =
        Zmq.req()
            .codec(Codec.zeroCopy())
            .highWaterMark(scenario.highWaterMark())
            .maxPendingSends(20);
    RepSpec<Message, Message> reps =
        Zmq.rep()
            .codec(Codec.zeroCopy())
            .highWaterMark(scenario.highWaterMark())
            .handle(Mono::just);
    List<String> endpoints =
        Stream.generate(() -> knownEndpoint(scenario.transport())).limit(scenario.peers()).toList();
    List<ReqSocket<Message, Message>> asking = new ArrayList<>();
    List<RepSocket> answering = new ArrayList<>();
    Runnable binds =
        () -> {
          for (String endpoint : endpoints) {
            if (scenario.receiverBinds()) {
              answering.add(open(reps.bind(endpoint)));
            } else {
              asking.add(open(reqs.bind(endpoint)));
            }
          }
        };
    Runnable connects =
        () -> {
          for (int i = 0; i < scenario.peers(); i++) {
            if (scenario.receiverBinds()) {
              ReqSpec<Message, Message> spec = reqs;
              for (String endpoint : endpoints) {
                spec = spec.connect(endpoint);
              }
              asking.add(open(spec));
            } else {
              RepSpec<Message, Message> spec = reps;
              for (String endpoint : endpoints) {
                spec = spec.connect(endpoint);
              }
              answering.add(open(spec));
            }
          }
        };
    (scenario.bindFirst() ? binds : connects).run();
    (scenario.bindFirst() ? connects : binds).run();
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

  private void set(
      Scenario scenario,
      PushSpec<Message> push,
      int pushCount,
      PullSpec<Message> pull,
      int pullCount,
      boolean pushBinds,
      List<PushSocket<Message>> pushes,
      List<PullSocket<Message>> pulls) {
    PushSpec<Message> pushSpec = push.highWaterMark(scenario.highWaterMark());
    PullSpec<Message> pullSpec = pull.highWaterMark(scenario.highWaterMark());
    List<String> endpoints = new ArrayList<>();
    for (int i = 0; i < (pushBinds ? pushCount : pullCount); i++) {
      endpoints.add(knownEndpoint(scenario.transport()));
    }
    Runnable binds =
        () -> {
          for (String endpoint : endpoints) {
            if (pushBinds) {
              pushes.add(open(pushSpec.bind(endpoint)));
            } else {
              pulls.add(open(pullSpec.bind(endpoint)));
            }
          }
        };
    Runnable connects =
        () -> {
          for (int i = 0; i < (pushBinds ? pullCount : pushCount); i++) {
            if (pushBinds) {
              PullSpec<Message> spec = pullSpec;
              for (String endpoint : endpoints) {
                spec = spec.connect(endpoint);
              }
              pulls.add(open(spec));
            } else {
              PushSpec<Message> spec = pushSpec;
              for (String endpoint : endpoints) {
                spec = spec.connect(endpoint);
              }
              pushes.add(open(spec));
            }
          }
        };
    if (scenario.bindFirst()) {
      binds.run();
      connects.run();
    } else {
      connects.run();
      binds.run();
    }
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
