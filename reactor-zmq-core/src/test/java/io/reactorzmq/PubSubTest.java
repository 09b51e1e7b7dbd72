package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.OverflowException;
import io.reactorzmq.error.SlowPeerException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OverflowPolicy;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketTest;
import io.reactorzmq.testing.Taker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.test.StepVerifier;
import reactor.util.retry.Retry;

/** The sentences of PUB/SUB, over both transports. */
class PubSubTest extends SocketTest {

  private static final PubSpec<String> PUB =
      Zmq.pub()
          .codec(Codec.utf8())
          .reconnect(Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(20)).transientErrors(true));
  private static final SubSpec<String> SUB =
      Zmq.sub()
          .codec(Codec.utf8())
          .reconnect(Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(20)).transientErrors(true));

  private static final PubSpec<String> NO_LOSS = PUB.overflow(OverflowPolicy.WAIT);

  /** What a subscription emits, as {@code topic=value}, with what was missed if it was any. */
  private static String text(Published<String> published) {
    String text = published.topic() + "=" + published.value();
    return published.missedBefore() == 0 ? text : text + " after " + published.missedBefore();
  }

  private static Queue<String> collect(SubSocket<String> sub, String... prefixes) {
    Queue<String> all = new ConcurrentLinkedQueue<>();
    sub.receive(prefixes).map(PubSubTest::text).subscribe(all::add);
    return all;
  }

  private static void awaitSubscribers(PubSocket<?> pub, String topic, int n) {
    pub.awaitSubscribers(topic, n).block(SOON);
  }

  private static void publish(PubSocket<String> pub, String... topics) {
    for (String topic : topics) {
      pub.publish(topic, "v").block(SOON);
    }
  }

  // ---- what matches

  @ParameterizedTest
  @EachTransport
  @DisplayName("T17 A SUB with no subscription receives nothing; empty prefix receives all")
  void nothingWithoutASubscriptionAndEverythingWithAnEmptyOne(String transport) {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint(transport)));
    SubSocket<String> none = open(SUB.connect(endpointOf(pub)));
    SubSocket<String> all = open(SUB.connect(endpointOf(pub)));
    SubSocket<String> empty = open(SUB.connect(endpointOf(pub)));
    Queue<String> byNone = collect(all);
    Queue<String> byEmpty = collect(empty, "");
    awaitPeers(pub, 3);
    awaitSubscribers(pub, "a", 2);
    publish(pub, "a", "", "\uD83D\uDE00");
    awaitSize(byNone, 3);
    awaitSize(byEmpty, 3);
    assertThat(byNone).containsExactly("a=v", "=v", "\uD83D\uDE00=v");
    assertThat(byEmpty).containsExactlyElementsOf(byNone);
    assertThat(pub.metrics().sent()).isEqualTo(6);
    assertThat(none.metrics().peers()).allSatisfy(peer -> assertThat(peer.received()).isZero());
    closeClean(pub);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T18 Match = binary compare with the start of the first frame; \"AB\" does not match"
          + " message \"A\"")
  void aPrefixIsComparedByteByByte(String transport) {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint(transport)));
    SubSocket<String> sub = open(SUB.connect(endpointOf(pub)));
    Queue<String> received = collect(sub, "AB", "\u00e9");
    awaitSubscribers(pub, "AB", 1);
    // the first byte of both letters is the same
    publish(pub, "A", "AB", "ab", "ABC", "BAB", "\u00e8", "\u00e9", "");
    awaitSize(received, 3);
    assertThat(received).containsExactly("AB=v", "ABC=v", "\u00e9=v");
    assertThat(pub.metrics().sent()).isEqualTo(3);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName("T20 Subscribing twice needs two unsubscribes")
  void subscribingTwiceNeedsTwoUnsubscribes(String transport) {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint(transport)));
    Queue<SocketEvent> events = events(pub);
    SubSocket<String> sub = open(SUB.connect(endpointOf(pub)));
    Queue<String> first = new ConcurrentLinkedQueue<>();
    Disposable subscription = sub.receive("a").map(PubSubTest::text).subscribe(first::add);
    Queue<String> second = new ConcurrentLinkedQueue<>();
    Disposable other = sub.receive("a").map(PubSubTest::text).subscribe(second::add);
    awaitSubscribers(pub, "a", 1);
    publish(pub, "a1");
    awaitSize(second, 1);
    assertThat(first).containsExactly("a1=v");

    subscription.dispose();
    publish(pub, "a2");
    awaitSize(second, 2);
    assertThat(first).hasSize(1);
    assertThat(events).noneMatch(SocketEvent.Unsubscribed.class::isInstance);

    other.dispose();
    assertThat(awaitEvent(events, SocketEvent.Unsubscribed.class).prefix()).isEqualTo("a");
    assertThat(events.stream().filter(SocketEvent.Subscribed.class::isInstance)).hasSize(1);
    publish(pub, "a3");
    assertThat(pub.metrics().sent()).isEqualTo(2);
    closeClean(pub);
    assertThat(second).hasSize(2);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T22 Unsubscribe of an unknown filter changes nothing; unsubscribing one of several leaves"
          + " the rest")
  void unsubscribingOneLeavesTheRest(String transport) {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint(transport)));
    Queue<SocketEvent> events = events(pub);
    SubSocket<String> sub = open(SUB.connect(endpointOf(pub)));
    Queue<String> rest = collect(sub, "a", "ab", "b");
    Disposable one = sub.receive("ab", "c").subscribe();
    awaitSubscribers(pub, "c", 1);
    awaitSubscribers(pub, "b", 1);
    one.dispose();
    one.dispose();
    assertThat(awaitEvent(events, SocketEvent.Unsubscribed.class).prefix()).isEqualTo("c");
    publish(pub, "abc", "a", "b", "c");
    awaitSize(rest, 3);
    assertThat(rest).containsExactly("abc=v", "a=v", "b=v");
    assertThat(pub.metrics().sent()).isEqualTo(3);
  }

  @ParameterizedTest
  @EachTransport
  void aMessageComesOnceHoweverManyPrefixesMatch(String transport) {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint(transport)));
    SubSocket<String> sub = open(SUB.connect(endpointOf(pub)));
    Queue<String> several = collect(sub, "a", "ab", "abc", "", "a");
    Queue<String> other = collect(sub, "ab");
    awaitSubscribers(pub, "abc", 1);
    publish(pub, "abcd", "x", "ab");
    awaitSize(several, 3);
    awaitSize(other, 2);
    assertThat(several).containsExactly("abcd=v", "x=v", "ab=v");
    assertThat(other).containsExactly("abcd=v", "ab=v");
    assertThat(pub.metrics().sent()).isEqualTo(3);
    assertThat(sub.metrics().peers().get(0).received()).isEqualTo(3);
    assertThat(sub.metrics().received()).isEqualTo(5);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T26 Unmatched messages never cross the wire (filtering SHALL happen at the publisher)")
  void whatDoesNotMatchDoesNotCross(String transport) {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint(transport)));
    SubSocket<String> sub = open(SUB.connect(endpointOf(pub)));
    Queue<String> received = collect(sub, "wanted");
    awaitSubscribers(pub, "wanted", 1);
    pub.publishAll("unwanted", Flux.range(0, 10_000).map(String::valueOf)).block(SOON);
    publish(pub, "wanted");
    awaitSize(received, 1);
    assertThat(received).containsExactly("wanted=v");
    assertThat(pub.metrics().sent()).isEqualTo(1);
    assertThat(sub.metrics().peers().get(0).received()).isEqualTo(1);
    assertThat(sub.metrics().missed() + pub.metrics().dropped()).isZero();
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName("T27 Publish with no subscriber succeeds and keeps nothing")
  void publishingToNobodySucceeds(String transport) {
    PubSocket<String> pub = open(PUB.highWaterMark(2).bind(anyEndpoint(transport)));
    for (int i = 0; i < 1000; i++) {
      pub.publish("a", "v" + i).block(SOON);
    }
    pub.publishAll("a", Flux.range(0, 1000).map(String::valueOf)).block(SOON);
    assertThat(pub.tryPublish("a", "v")).isEqualTo(EmitResult.OK);
    SubSocket<String> sub = open(SUB.connect(endpointOf(pub)));
    Queue<String> received = collect(sub);
    awaitSubscribers(pub, "late", 1);
    publish(pub, "late");
    awaitSize(received, 1);
    assertThat(received).containsExactly("late=v");
    assertThat(pub.metrics().sent()).isEqualTo(1);
    assertThat(pub.metrics().dropped()).as("nobody missed any").isZero();
    assertThat(pub.metrics().queuedMessages()).isZero();
  }

  @ParameterizedTest
  @EachTransport
  void messagesOfSeveralPartsKeepThem(String transport) {
    PubSocket<Message> pub = open(Zmq.pub().bind(anyEndpoint(transport)));
    SubSocket<Message> sub = open(Zmq.sub().connect(endpointOf(pub)));
    Queue<List<String>> received = new ConcurrentLinkedQueue<>();
    sub.receive("a")
        .map(Published::value)
        .subscribe(m -> received.add(IntStream.range(0, m.partCount()).mapToObj(m::text).toList()));
    awaitSubscribers(pub, "a", 1);
    pub.publish("a", Message.of("x", "", "yz")).block(SOON);
    pub.publish("a", Message.of("")).block(SOON);
    awaitSize(received, 2);
    assertThat(received).containsExactly(List.of("x", "", "yz"), List.of(""));
  }

  // ---- who connects

  @ParameterizedTest
  @EachTransport({"tcp,true", "tcp,false", "inproc,true", "inproc,false"})
  @DisplayName(
      "T30 SUB binds / PUB connects works the same as the reverse, first message included once the"
          + " subscription is acknowledged")
  void eitherSideBinds(String transport, boolean subBinds) {
    String endpoint = knownEndpoint(transport);
    SubSocket<String> sub = open(subBinds ? SUB.bind(endpoint) : SUB.connect(endpoint));
    Queue<String> received = collect(sub, "a");
    PubSocket<String> pub = open(subBinds ? PUB.connect(endpoint) : PUB.bind(endpoint));
    awaitSubscribers(pub, "a", 1);
    publish(pub, "a first", "a second");
    awaitSize(received, 2);
    assertThat(received).containsExactly("a first=v", "a second=v");
    closeClean(pub);
    closeClean(sub);
  }

  @ParameterizedTest
  @EachTransport
  void subscriptionsFollowToPublishersThatComeLater(String transport) {
    SubSocket<String> sub = open(SUB.bind(anyEndpoint(transport)));
    Queue<SocketEvent> events = events(sub);
    Queue<String> a = collect(sub, "a");
    PubSocket<String> one = open(PUB.connect(endpointOf(sub)));
    awaitSubscribers(one, "a", 1);
    Queue<String> b = collect(sub, "b");
    PubSocket<String> two = open(PUB.connect(endpointOf(sub)));
    for (PubSocket<String> pub : List.of(one, two)) {
      awaitSubscribers(pub, "a", 1);
      awaitSubscribers(pub, "b", 1);
      publish(pub, "a", "b", "c");
    }
    awaitSize(a, 2);
    awaitSize(b, 2);
    assertThat(a).containsExactly("a=v", "a=v");
    assertThat(b).containsExactly("b=v", "b=v");
    await()
        .until(() -> events.stream().filter(SocketEvent.Subscribed.class::isInstance).count() == 4);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName("T32 SUB on 3 PUBs of equal rate receives them fairly")
  void publishersTakeTurns(String transport) {
    SubSocket<String> sub =
        open(SUB.overflow(OverflowPolicy.WAIT).highWaterMark(8).bind(anyEndpoint(transport)));
    Taker<Published<String>> taker = Taker.of(sub.receive());
    int each = 400;
    List<Mono<Void>> publishing = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      PubSocket<String> pub = open(PUB.overflow(OverflowPolicy.WAIT).connect(endpointOf(sub)));
      awaitSubscribers(pub, name, 1);
      publishing.add(pub.publishAll(name, Flux.range(0, each).map(String::valueOf)));
    }
    Flux.merge(publishing).subscribe();
    await("all have something here").until(() -> sub.metrics().undelivered() >= 3 * 8);
    for (int taken = 1; taken <= 3 * each; taken++) {
      taker.request(1);
      int n = taken;
      await().pollInterval(Duration.ofMillis(1)).until(() -> taker.count() == n);
    }
    long[] counts = new long[3];
    List<Published<String>> all = taker.taken();
    for (Published<String> published : all) {
      counts[published.topic().charAt(0) - 'a']++;
      long most = Math.max(counts[0], Math.max(counts[1], counts[2]));
      long least = Math.min(counts[0], Math.min(counts[1], counts[2]));
      // a publisher that is behind by its window is being read, not starved
      assertThat(most - least).isLessThanOrEqualTo(3 * 8);
    }
    assertThat(counts).containsExactly(each, each, each);
  }

  // ---- who does not keep up

  @ParameterizedTest
  @EachTransport
  @DisplayName(
      "T23 One stalled subscriber: publish never blocks, only its messages drop, the fast one gets"
          + " 100%, memory stays bounded, drops are counted")
  void aStalledSubscriberHarmsItselfOnly(String transport) {
    PubSocket<String> pub = open(PUB.highWaterMark(100).bind(anyEndpoint(transport)));
    SubSocket<String> fast = open(SUB.connect(endpointOf(pub)));
    Queue<String> received = collect(fast, "a");
    SubSocket<String> stalled =
        open(SUB.overflow(OverflowPolicy.WAIT).highWaterMark(10).connect(endpointOf(pub)));
    Taker<Published<String>> taker = Taker.of(stalled.receive("a"));
    awaitSubscribers(pub, "a", 2);
    int n = 5000;
    for (int i = 0; i < n; i++) {
      assertThat(pub.tryPublish("a", String.valueOf(i))).isEqualTo(EmitResult.OK);
      if (i % 50 == 49) {
        awaitSize(received, i + 1); // no faster than the fast one
      }
    }
    assertThat(received).hasSize(n).noneMatch(text -> text.contains("after"));
    long dropped = pub.metrics().dropped();
    assertThat(dropped).isBetween(n - 100L - 20 - 10, n - 100L);
    assertThat(pub.metrics().peers().stream().filter(p -> p.dropped() > 0).map(p -> p.dropped()))
        .containsExactly(dropped);

    taker.request(Long.MAX_VALUE);
    await().until(() -> taker.count() + stalled.metrics().missed() == n);
    assertThat(stalled.metrics().missed()).isEqualTo(dropped);
    assertThat(stalled.metrics().dropped()).isZero();
    publish(pub, "a end");
    await().until(() -> taker.taken().stream().anyMatch(p -> p.topic().equals("a end")));
    assertThat(taker.taken().stream().mapToLong(Published::missedBefore).sum()).isEqualTo(dropped);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName("T25 No-drop mode: publish signals would-block at HWM; count sent == count received")
  void withWaitNothingIsDropped(String transport) {
    PubSocket<String> pub =
        open(PUB.overflow(OverflowPolicy.WAIT).highWaterMark(20).bind(anyEndpoint(transport)));
    SubSocket<String> sub =
        open(SUB.overflow(OverflowPolicy.WAIT).highWaterMark(10).connect(endpointOf(pub)));
    Taker<Published<String>> taker = Taker.of(sub.receive("a"));
    awaitSubscribers(pub, "a", 1);
    AtomicInteger accepted = new AtomicInteger();
    await("nothing moves any more")
        .pollInterval(Duration.ofMillis(1))
        .during(Duration.ofMillis(200))
        .until(
            () -> {
              boolean full = pub.tryPublish("a", "x") == EmitResult.FAIL_OVERFLOW;
              return full || accepted.incrementAndGet() < 0;
            });
    // the publisher's high-water mark, and the subscriber's under way and in its queue
    assertThat(accepted.get()).isBetween(20, 20 + 10 + 10 + 1);
    assertThat(pub.metrics().queuedMessages()).isEqualTo(20);
    assertThat(pub.tryPublish("nobody wants it", "full")).isEqualTo(EmitResult.FAIL_OVERFLOW);
    Mono<Void> waiting = pub.publish("a", "waits").cache();
    Disposable ended = waiting.subscribe();
    assertThat(ended.isDisposed()).isFalse();
    assertThat(pub.metrics().pendingSends()).isEqualTo(1);
    taker.request(Long.MAX_VALUE);
    waiting.block(SOON);
    await().until(() -> taker.taken().stream().anyMatch(p -> p.value().equals("waits")));
    assertThat(taker.count()).isEqualTo(accepted.get() + 1);
    assertThat(pub.metrics().sent()).isEqualTo(accepted.get() + 1);
    assertThat(taker.taken()).allMatch(p -> p.missedBefore() == 0);
    assertThat(pub.metrics().dropped() + sub.metrics().dropped() + sub.metrics().missed()).isZero();
    closeClean(pub);
  }

  @ParameterizedTest
  @EachTransport
  void withWaitALaneHoldsNoMoreThanTheHighWaterMark(String transport) {
    PubSocket<String> pub =
        open(PUB.overflow(OverflowPolicy.WAIT).highWaterMark(20).bind(anyEndpoint(transport)));
    SubSocket<String> sub =
        open(SUB.overflow(OverflowPolicy.WAIT).highWaterMark(1).connect(endpointOf(pub)));
    Taker<Published<String>> taker = Taker.of(sub.receive("a"));
    awaitSubscribers(pub, "a", 1);
    int each = 60;
    pub.publishAll("a", Flux.range(0, each).map(String::valueOf)).subscribe();
    for (int i = 0; i < 15; i++) {
      pub.publish("a", "waiting").subscribe();
    }
    while (taker.count() < each + 15) {
      assertThat(pub.metrics().peers().get(0).queued()).isLessThanOrEqualTo(20);
      int before = taker.count();
      taker.request(1);
      await().pollInterval(Duration.ofMillis(1)).until(() -> taker.count() > before);
    }
    assertThat(pub.metrics().sent()).isEqualTo(each + 15);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName("T50 CONFLATE: 20 published unread on one topic, the last received, 19 counted")
  void theLastOfEachTopicIsKept(String transport) {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint(transport)));
    SubSocket<String> sub = open(SUB.overflow(OverflowPolicy.CONFLATE).connect(endpointOf(pub)));
    Taker<Published<String>> taker = Taker.of(sub.receive());
    awaitSubscribers(pub, "a", 1);
    for (int i = 1; i <= 20; i++) {
      pub.publish("a", String.valueOf(i)).block(SOON);
    }
    publish(pub, "b");
    await().until(() -> sub.metrics().dropped() == 19 && sub.metrics().undelivered() == 2);
    taker.request(10);
    await().until(() -> taker.count() == 2);
    assertThat(taker.taken()).extracting(PubSubTest::text).containsExactly("a=20 after 19", "b=v");
  }

  @ParameterizedTest
  @EnumSource(
      value = OverflowPolicy.class,
      names = {"DROP_LATEST", "DROP_OLDEST"})
  @Tag("inproc")
  void aFullQueueDropsWhatItsPolicySays(OverflowPolicy policy) {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint("inproc")));
    SubSocket<String> sub = open(SUB.overflow(policy).highWaterMark(5).connect(endpointOf(pub)));
    Queue<SocketEvent> events = events(sub);
    Taker<Published<String>> slow = Taker.of(sub.receive("a"));
    Queue<String> sibling = collect(sub, "a");
    awaitSubscribers(pub, "a", 1);
    for (int i = 1; i <= 12; i++) {
      pub.publish("a", String.valueOf(i)).block(SOON);
      awaitSize(sibling, i);
    }
    assertThat(sub.metrics().dropped()).isEqualTo(7);
    assertThat(awaitEvent(events, SocketEvent.Dropped.class).cause())
        .hasMessageContaining("5 messages with")
        .hasMessageContaining("(highWaterMark, highWaterMarkBytes, overflow " + policy + ")");
    slow.request(4);
    await().until(() -> slow.count() == 4);
    pub.publish("a", "13").block(SOON);
    awaitSize(sibling, 13);
    slow.request(10);
    await().until(() -> slow.count() == 6);
    assertThat(slow.taken())
        .extracting(PubSubTest::text)
        .containsExactlyElementsOf(
            policy == OverflowPolicy.DROP_LATEST
                ? List.of("a=1", "a=2", "a=3", "a=4", "a=5", "a=13 after 7")
                : List.of("a=8 after 7", "a=9", "a=10", "a=11", "a=12", "a=13"));
    assertThat(sibling).hasSize(13).noneMatch(text -> text.contains("after"));
  }

  @ParameterizedTest
  @EachTransport
  void aSubscriptionThatMayNotDropIsEndedWithAReason(String transport) {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint(transport)));
    SubSocket<String> sub =
        open(SUB.overflow(OverflowPolicy.DISCONNECT).highWaterMark(3).connect(endpointOf(pub)));
    Queue<String> sibling = collect(sub, "a");
    StepVerifier.create(sub.receive("a"), 0)
        .then(() -> awaitSubscribers(pub, "a", 1))
        .then(
            () -> {
              for (int i = 0; i < 10; i++) {
                publish(pub, "a");
              }
            })
        .expectErrorSatisfies(
            e ->
                assertThat(e)
                    .isInstanceOf(OverflowException.class)
                    .hasMessageContaining("3 messages with 6 bytes wait for it (highWaterMark"))
        .verify(SOON);
    awaitSize(sibling, 10);
    closeClean(sub);
  }

  @ParameterizedTest
  @EachTransport
  void aSubscriberThatMayNotDropIsDisconnected(String transport) {
    PubSocket<String> pub =
        open(
            PUB.overflow(OverflowPolicy.DISCONNECT).highWaterMark(10).bind(anyEndpoint(transport)));
    Queue<SocketEvent> events = events(pub);
    SubSocket<String> fast = open(SUB.connect(endpointOf(pub)));
    Queue<String> received = collect(fast, "a");
    SubSocket<String> slow =
        open(SUB.overflow(OverflowPolicy.WAIT).highWaterMark(1).connect(endpointOf(pub)));
    Taker<Published<String>> taker = Taker.of(slow.receive("a"));
    awaitSubscribers(pub, "a", 2);
    for (int i = 1; i <= 30; i++) {
      publish(pub, "a");
      awaitSize(received, i);
    }
    SocketEvent.Disconnected gone = awaitEvent(events, SocketEvent.Disconnected.class);
    assertThat(gone.cause())
        .isInstanceOf(SlowPeerException.class)
        .hasMessageContaining("10 messages with 20 bytes wait for it (highWaterMark");
    assertThat(pub.metrics().dropped()).as("what waited, and what had no room").isGreaterThan(10);
    taker.request(Long.MAX_VALUE);
    // it comes back, perhaps before the last ones, and knows that it does not know what it missed
    awaitSubscribers(pub, "a", 2);
    await().until(() -> pub.metrics().queuedMessages() + pub.metrics().inFlight() == 0);
    publish(pub, "a back");
    await().until(() -> taker.taken().stream().anyMatch(p -> p.topic().equals("a back")));
    assertThat(taker.taken()).anyMatch(p -> p.missedBefore() == -1);
  }

  // ---- what comes back

  @ParameterizedTest
  @EachTransport
  void afterAReconnectWhatWasMissedIsUnknown(String transport) {
    String endpoint = knownEndpoint(transport);
    PubSocket<String> first = open(PUB.bind(endpoint));
    SubSocket<String> sub = open(SUB.connect(endpoint));
    Queue<String> early = collect(sub, "a");
    awaitSubscribers(first, "a", 1);
    publish(first, "a1");
    awaitSize(early, 1);
    closeClean(first);
    awaitPeers(sub, 0);
    Queue<String> late = collect(sub, "a");
    PubSocket<String> second = open(PUB.bind(endpoint));
    awaitSubscribers(second, "a", 1);
    publish(second, "a2", "a3");
    awaitSize(early, 3);
    awaitSize(late, 2);
    assertThat(early).containsExactly("a1=v", "a2=v after -1", "a3=v");
    assertThat(late).as("was not there before").containsExactly("a2=v", "a3=v");
  }

  @ParameterizedTest
  @EachTransport
  void tenThousandPrefixesComeBackAfterTheirPublisherRestarts(String transport) {
    String endpoint = knownEndpoint(transport);
    PubSocket<String> first = open(NO_LOSS.bind(endpoint));
    SubSocket<String> sub = open(SUB.connect(endpoint));
    int n = 10_000;
    Queue<String> received = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < n - 1; i++) {
      sub.receive("topic " + i + "/").map(Published::value).subscribe(received::add);
    }
    // overlaps with all of them
    Queue<String> all = collect(sub, "topic ");
    for (PubSocket<String> pub = first; ; pub = open(NO_LOSS.bind(endpoint))) {
      for (int i = 0; i < n - 1; i += 1111) {
        awaitSubscribers(pub, "topic " + i + "/", 1);
      }
      awaitSubscribers(pub, "topic " + (n - 2) + "/", 1);
      PubSocket<String> current = pub;
      Flux.range(0, n - 1)
          .concatMap(i -> current.publish("topic " + i + "/x", String.valueOf(i)), 0)
          .blockLast(SOON);
      int rounds = pub == first ? 1 : 2;
      awaitSize(received, rounds * (n - 1));
      awaitSize(all, rounds * (n - 1));
      assertThat(pub.metrics().sent()).as("each crossed once").isEqualTo(n - 1);
      if (pub != first) {
        break;
      }
      closeClean(first);
      awaitPeers(sub, 0);
    }
    assertThat(received).hasSize(2 * (n - 1));
    assertThat(received.stream().distinct()).hasSize(n - 1);
    assertThat(all).hasSize(2 * (n - 1));
    StepVerifier.create(sub.receive("one more"))
        .expectErrorMessage("a socket has at most 10000 different prefixes, this would make 10001")
        .verify(SOON);
    closeClean(sub);
  }

  @ParameterizedTest
  @EachTransport
  void aThousandSubscribersCostOneCopyOnTheWire(String transport) {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint(transport)));
    Queue<SocketEvent> events = events(pub);
    SubSocket<String> sub = open(SUB.connect(endpointOf(pub)));
    List<Queue<String>> all = IntStream.range(0, 1000).mapToObj(i -> collect(sub, "a")).toList();
    awaitSubscribers(pub, "a", 1);
    publish(pub, "a1", "a2", "a3");
    all.forEach(queue -> awaitSize(queue, 3));
    assertThat(all).allSatisfy(q -> assertThat(q).containsExactly("a1=v", "a2=v", "a3=v"));
    assertThat(pub.metrics().sent()).isEqualTo(3);
    assertThat(sub.metrics().peers().get(0).received()).isEqualTo(3);
    assertThat(sub.metrics().received()).isEqualTo(3000);
    assertThat(events.stream().filter(SocketEvent.Subscribed.class::isInstance)).hasSize(1);
  }

  @ParameterizedTest
  @EachTransport
  void subscriptionsComeAndGoTenThousandTimes(String transport) {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint(transport)));
    SubSocket<String> sub = open(SUB.connect(endpointOf(pub)));
    Queue<String> stays = collect(sub, "stays");
    awaitSubscribers(pub, "stays", 1);
    for (int i = 0; i < 10_000; i++) {
      sub.receive("a" + i % 7, "b").subscribe().dispose();
    }
    Queue<String> last = collect(sub, "last");
    awaitSubscribers(pub, "last", 1);
    publish(pub, "a1", "b", "stays", "last");
    awaitSize(last, 1);
    assertThat(stays).containsExactly("stays=v");
    assertThat(pub.metrics().sent()).isEqualTo(2);
  }

  // ---- waiting for subscribers

  @ParameterizedTest
  @EachTransport
  void awaitSubscribersCountsSocketsWhoseFilterMatches(String transport) {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint(transport)));
    awaitSubscribers(pub, "a", 0);
    Mono<Void> two = pub.awaitSubscribers("abc", 2).cache();
    Disposable waiting = two.subscribe();
    SubSocket<String> one = open(SUB.connect(endpointOf(pub)));
    collect(one, "a", "ab");
    collect(one, "abc");
    awaitSubscribers(pub, "abc", 1);
    SubSocket<String> other = open(SUB.connect(endpointOf(pub)));
    Disposable longer = other.receive("abcd", "x").subscribe();
    awaitSubscribers(pub, "x", 1);
    assertThat(waiting.isDisposed()).as("its filter is longer than the topic").isFalse();
    collect(other);
    two.block(SOON);
    longer.dispose();
    other.dispose();
    awaitPeers(pub, 1);
    StepVerifier.create(pub.awaitSubscribers("abc", 2))
        .then(pub::dispose)
        .expectError(ClosedException.class)
        .verify(SOON);
    StepVerifier.create(pub.awaitSubscribers("abc", 1))
        .expectError(ClosedException.class)
        .verify(SOON);
  }

  // ---- the end

  @ParameterizedTest
  @EachTransport
  void closingDeliversWhatWasPublished(String transport) {
    PubSocket<String> pub = open(PUB.linger(Duration.ofSeconds(-1)).bind(anyEndpoint(transport)));
    SubSocket<String> sub =
        open(SUB.overflow(OverflowPolicy.WAIT).highWaterMark(2).connect(endpointOf(pub)));
    Taker<Published<String>> taker = Taker.of(sub.receive("a"));
    awaitSubscribers(pub, "a", 1);
    pub.publishAll("a", Flux.range(0, 500).map(String::valueOf)).block(SOON);
    var closing = pub.disposeLater().cache();
    closing.subscribe();
    await().until(() -> pub.tryPublish("nobody", "late") == EmitResult.FAIL_TERMINATED);
    assertThatThrownBy(() -> pub.publish("a", "late").block(SOON))
        .isInstanceOf(ClosedException.class);
    taker.request(Long.MAX_VALUE);
    assertThat(closing.block(SOON)).isEqualTo(new io.reactorzmq.event.CloseReport(0, 0, 0));
    await().until(() -> taker.count() == 500);
    awaitPeers(sub, 0);
    assertThat(taker.end()).as("a publisher that leaves ends nothing").isNull();
    closeClean(sub);
    await().until(() -> taker.end() != null);
    StepVerifier.create(sub.receive("a")).verifyComplete();
  }

  @ParameterizedTest
  @EachTransport
  void whatALaneHoldsAtTheEndIsCountedAsUnsent(String transport) {
    PubSocket<String> pub = open(PUB.linger(Duration.ZERO).bind(anyEndpoint(transport)));
    SubSocket<String> sub =
        open(SUB.overflow(OverflowPolicy.WAIT).highWaterMark(1).connect(endpointOf(pub)));
    Taker.of(sub.receive("a"));
    awaitSubscribers(pub, "a", 1);
    for (int i = 0; i < 12; i++) {
      publish(pub, "a");
    }
    var report = pub.disposeLater().block(SOON);
    long sent = pub.metrics().sent(); // at the end: until then a lane goes on sending
    assertThat(sent).isLessThan(12);
    assertThat(report.unsent()).isEqualTo(12 - sent);
    assertThat(report.unconfirmed()).isLessThanOrEqualTo(sent);
  }

  @ParameterizedTest
  @EachTransport
  void withWaitWhatNotAllHaveAtTheEndFails(String transport) {
    PubSocket<String> pub =
        open(
            PUB.overflow(OverflowPolicy.WAIT)
                .linger(Duration.ofMillis(100))
                .highWaterMark(20)
                .bind(anyEndpoint(transport)));
    SubSocket<String> sub =
        open(SUB.overflow(OverflowPolicy.WAIT).highWaterMark(1).connect(endpointOf(pub)));
    Taker.of(sub.receive("a"));
    awaitSubscribers(pub, "a", 1);
    Queue<String> ends = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < 30; i++) {
      pub.publish("a", "v")
          .subscribe(v -> {}, e -> ends.add(e.getClass().getSimpleName()), () -> ends.add("ok"));
    }
    long unsent = pub.disposeLater().block(SOON).unsent();
    await().until(() -> ends.size() == 30);
    long failed = ends.stream().filter("ClosedException"::equals).count();
    assertThat(ends.stream().filter("ok"::equals)).hasSize((int) (30 - failed));
    assertThat(failed).isGreaterThanOrEqualTo(unsent).isBetween(25L, 29L);
    assertThat(30 - failed).isEqualTo(pub.metrics().sent());
  }

  @ParameterizedTest
  @EachTransport
  void whoSubscribesToWhatIsInForceMissesNothingFromThenOn(String transport) {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint(transport)));
    SubSocket<String> sub = open(SUB.connect(endpointOf(pub)));
    collect(sub, "a");
    awaitSubscribers(pub, "a", 1);
    for (int i = 0; i < 500; i++) {
      Queue<String> received = new ConcurrentLinkedQueue<>();
      Disposable subscription = sub.receive("a").map(Published::value).subscribe(received::add);
      pub.publish("a", String.valueOf(i)).block(SOON);
      awaitSize(received, 1);
      assertThat(received).containsExactly(String.valueOf(i));
      subscription.dispose();
    }
  }

  @Test
  @Tag("inproc")
  void halfACharacterIsNoTopic() {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint("inproc")));
    SubSocket<String> sub = open(SUB.connect(endpointOf(pub)));
    for (String half : List.of("x\uD83D", "\uDE00x", "\uD83Dx", "\uDE00\uD83D")) {
      assertThatThrownBy(() -> pub.publish(half, "v"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("a topic ends within a character");
      assertThatThrownBy(() -> pub.tryPublish(half, "v"))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> sub.receive("ok", half))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("a prefix ends within a character");
      StepVerifier.create(pub.publishAll(Flux.just("v"), v -> half))
          .expectError(IllegalArgumentException.class)
          .verify(SOON);
    }
  }

  @ParameterizedTest
  @EachTransport("tcp")
  void aSpecReceivesWithoutASocketToKeep(String transport) {
    PubSocket<String> pub = open(PUB.bind(anyEndpoint(transport)));
    Flux<Published<String>> prices =
        SUB.resources(resources).connect(endpointOf(pub)).receive("price.");
    for (int round = 0; round < 3; round++) {
      StepVerifier.create(prices.take(2).map(PubSubTest::text))
          .then(() -> awaitSubscribers(pub, "price.X", 1))
          .then(() -> publish(pub, "other", "price.EUR", "price.USD"))
          .expectNext("price.EUR=v", "price.USD=v")
          .expectComplete()
          .verify(SOON);
      awaitPeers(pub, 0);
    }
    assertThatThrownBy(() -> SUB.receive("x".repeat(1025)))
        .hasMessage("a prefix has 1025 bytes of UTF-8, at most 1024 are allowed");
  }
}
