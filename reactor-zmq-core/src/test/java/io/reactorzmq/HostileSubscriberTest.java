package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketEvent.Disconnected;
import io.reactorzmq.internal.wire.Control;
import io.reactorzmq.internal.wire.FrameReader;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.Numbered;
import io.reactorzmq.internal.wire.Role;
import io.reactorzmq.internal.wire.Subscription;
import io.reactorzmq.internal.wire.Subscriptions;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OverflowPolicy;
import io.reactorzmq.testing.RawClient;
import io.reactorzmq.testing.SocketTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * SUBs and PUBs that break the rules, or keep them to the letter: what breaks them is closed alone,
 * in an event that names the cause; who keeps them sees exactly what the wire promises.
 */
@Tag("tcp")
class HostileSubscriberTest extends SocketTest {

  private static final UnpooledByteBufAllocator HEAP = new UnpooledByteBufAllocator(false);
  private static final PubSpec<String> PUB = Zmq.pub().codec(Codec.utf8());
  private static final SubSpec<String> SUB = Zmq.sub().codec(Codec.utf8());

  private record Attack(String name, Consumer<RawClient> action, String said) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Attack attack(String name, Consumer<RawClient> action, String said) {
    return new Attack(name, action, said);
  }

  private static ByteBuf bytes(int... bytes) {
    ByteBuf out = Unpooled.buffer();
    for (int each : bytes) {
      out.writeByte(each);
    }
    return out;
  }

  private static ByteBuf subscribe(long firstId, String... prefixes) {
    Queue<Subscription> all = new ArrayDeque<>();
    for (String prefix : prefixes) {
      all.add(new Subscription(firstId + all.size(), prefix.getBytes(StandardCharsets.UTF_8)));
    }
    return Subscriptions.subscribe(HEAP, all);
  }

  private static void subscribeTo10001(RawClient client) {
    for (int id = 1; id <= 10_001; id += 500) {
      String[] prefixes = new String[Math.min(500, 10_002 - id)];
      for (int i = 0; i < prefixes.length; i++) {
        prefixes[i] = "p" + (id + i);
      }
      client.payload(subscribe(id, prefixes)).requestN(1);
    }
  }

  static Stream<Attack> bySubscribers() {
    return Stream.of(
        attack(
            "the id 0",
            c -> c.payload(bytes(3, 0, 1, 'a')),
            "a subscription's id is 1 or more, not 0"),
        attack(
            "an id twice",
            c -> c.payload(subscribe(1, "a")).payload(subscribe(1, "b")),
            "the subscription 1 exists already"),
        attack("nothing", c -> c.payload(bytes(3)), "a SUBSCRIBE has no subscription"),
        attack(
            "a prefix that does not end",
            c -> c.payload(bytes(3, 1, 5, 'a')),
            "a prefix has 5 bytes, at most 1024 are allowed and 1 are left"),
        attack(
            "a prefix that is too long",
            c -> c.payload(subscribe(1, "x".repeat(1025))),
            "a prefix has 1025 bytes, at most 1024 are allowed"),
        attack(
            "a payload that is too long",
            c -> c.payload(bytes(3).writeZero(16 * 1024)),
            "a SUBSCRIBE has 16385 bytes, at most 16384 are allowed"),
        attack(
            "too many subscriptions",
            HostileSubscriberTest::subscribeTo10001,
            "more than 10000 subscriptions on one connection"),
        attack("an empty UNSUBSCRIBE", c -> c.payload(bytes(5)), "UNSUBSCRIBE names no"),
        attack("SUBSCRIBED", c -> c.payload(bytes(4, 1, 1)), "SUBSCRIBED has no place here"),
        attack(
            "CANCEL",
            c -> c.payload(Control.cancel(HEAP, new long[] {1}, 1)),
            "CANCEL has no place here"));
  }

  @ParameterizedTest
  @MethodSource("bySubscribers")
  void aPubClosesASubscriberThatGoesWrong(Attack attack) {
    PubSocket<String> pub = open(PUB.bind("tcp://127.0.0.1:0"));
    Queue<SocketEvent> events = events(pub);
    SubSocket<String> honest = open(SUB.connect(endpointOf(pub)));
    Queue<String> received = new ConcurrentLinkedQueue<>();
    honest.receive("p").map(Published::topic).subscribe(received::add);
    pub.awaitSubscribers("p", 1).block(SOON);
    try (RawClient client = RawClient.sub(endpointOf(pub))) {
      attack.action.accept(client);
      client.awaitClosed();
    }
    Disconnected gone = awaitEvent(events, Disconnected.class);
    assertThat(gone.cause()).isNotNull();
    assertThat(gone.cause().getMessage()).contains(attack.said);
    awaitPeers(pub, 1);
    pub.publish("p1", "v").block(SOON);
    awaitSize(received, 1);
    assertThat(pub.metrics().sent()).as("nothing is left of the other one").isEqualTo(1);
  }

  static Stream<Attack> byPublishers() {
    return Stream.of(
        attack("number 0", c -> c.payload(bytes(2, 0, 0, 2, 1, 1, 'a', 'v')), "has number 0"),
        attack(
            "a number again",
            c ->
                c.payload(bytes(2, 0, 1, 2, 1, 1, 'a', 'v'))
                    .payload(bytes(2, 0, 1, 2, 1, 1, 'a', 'v')),
            "a frame's first message has number 1, the next one is 2"),
        attack("nothing", c -> c.payload(bytes(2, 0, 1)), "a DATA payload without messages"),
        attack(
            "more frames than credit",
            c -> {
              for (int i = 1; i <= 100; i++) {
                c.payload(bytes(2, 0, i, 2, 1, 1, 'a', 'v'));
              }
            },
            "without credit"),
        attack("SUBSCRIBE", c -> c.payload(subscribe(1, "a")), "SUBSCRIBE has no place here"),
        attack("SUBSCRIBED of nothing", c -> c.payload(bytes(4, 1)), "SUBSCRIBED names no"),
        attack(
            "SUBSCRIBED from 0 on",
            c -> c.payload(bytes(4, 0, 1)),
            "a message's number is 1 or more, not 0"),
        attack(
            "LEAVE",
            c -> c.payload(Control.leave(HEAP)),
            "a LEAVE to a socket that sends nothing"));
  }

  @ParameterizedTest
  @MethodSource("byPublishers")
  void aSubClosesAPublisherThatGoesWrong(Attack attack) {
    SubSocket<String> sub =
        open(SUB.overflow(OverflowPolicy.WAIT).highWaterMark(4).bind("tcp://127.0.0.1:0"));
    Queue<SocketEvent> events = events(sub);
    // takes nothing, so that no credit comes back
    Queue<String> received = new ConcurrentLinkedQueue<>();
    var slow = io.reactorzmq.testing.Taker.of(sub.receive("a"));
    try (RawClient client = RawClient.pub(endpointOf(sub))) {
      client.nextPayload(Kind.SUBSCRIBE);
      attack.action.accept(client);
      client.awaitClosed();
    }
    Disconnected gone = awaitEvent(events, Disconnected.class);
    assertThat(gone.cause()).isNotNull();
    assertThat(gone.cause().getMessage()).contains(attack.said);
    slow.cancel();
    PubSocket<String> honest = open(PUB.connect(endpointOf(sub)));
    sub.receive("a").map(Published::value).subscribe(received::add);
    honest.awaitSubscribers("a", 1).block(SOON);
    honest.publish("a", "b").block(SOON);
    awaitSize(received, 1);
  }

  // ---- a subscriber that a test plays

  /** What a raw SUB reads, number and text. */
  private static List<String> read(RawClient client, FrameReader<Numbered> reader) {
    List<String> all = new ArrayList<>();
    reader.read(
        Unpooled.copiedBuffer(client.nextPayload(Kind.DATA)),
        n -> {
          all.add(n.number() + (n.message() == null ? "" : "=" + n.message().text(1)));
          Numbered.release(n);
        });
    return all;
  }

  @ParameterizedTest
  @EnumSource(
      value = OverflowPolicy.class,
      names = {"DROP_LATEST", "DROP_OLDEST", "CONFLATE"})
  @DisplayName("T50 CONFLATE: 20 published unread on one topic, the last received, 19 counted")
  void aLaneWithoutCreditKeepsWhatItsPolicySays(OverflowPolicy policy) {
    PubSocket<String> pub = open(PUB.overflow(policy).highWaterMark(3).bind("tcp://127.0.0.1:0"));
    Queue<SocketEvent> events = events(pub);
    try (RawClient client = RawClient.sub(endpointOf(pub))) {
      client.payload(subscribe(7, "a"));
      assertThat(Subscriptions.readSubscribed(client.nextPayload(Kind.SUBSCRIBED)))
          .satisfies(
              s -> {
                assertThat(s.next()).isEqualTo(1);
                assertThat(s.ids()).containsExactly(7);
              });
      for (int i = 1; i <= 20; i++) {
        pub.publish("a", String.valueOf(i)).block(SOON);
      }
      int kept = policy == OverflowPolicy.CONFLATE ? 1 : 3;
      assertThat(pub.metrics().dropped()).isEqualTo(20 - kept);
      assertThat(pub.metrics().queuedMessages()).isEqualTo(kept);
      FrameReader<Numbered> reader = FrameReader.ofNumbered(new Limits(250, 256 * 1024, 0, 0));
      client.requestN(1).grant(2); // one more for SUBSCRIBED
      List<String> frames = new ArrayList<>(read(client, reader));
      if (policy == OverflowPolicy.DROP_LATEST) {
        frames.addAll(read(client, reader)); // nothing followed that could have told of the loss
      }
      assertThat(frames)
          .containsExactlyElementsOf(
              switch (policy) {
                case DROP_LATEST -> List.of("1=1", "2=2", "3=3", "21");
                case DROP_OLDEST -> List.of("18=18", "19=19", "20=20");
                default -> List.of("20=20");
              });
      assertThat(awaitEvent(events, SocketEvent.Gap.class).missed()).isEqualTo(20 - kept);
      assertThat(
              events.stream().filter(SocketEvent.Dropped.class::isInstance).map(Object::toString))
          .hasSize(policy == OverflowPolicy.CONFLATE ? 0 : 1)
          .allMatch(text -> text.contains("3 messages with"));
    }
  }

  @Test
  @DisplayName("T22 Unsubscribe of an unknown filter changes nothing")
  void anUnknownUnsubscribeChangesNothing() {
    PubSocket<String> pub = open(PUB.bind("tcp://127.0.0.1:0"));
    try (RawClient client = RawClient.sub(endpointOf(pub))) {
      client.payload(subscribe(7, "a", "b")).grant(3);
      client.nextPayload(Kind.SUBSCRIBED);
      client.payload(Subscriptions.unsubscribe(HEAP, new long[] {1, 8, 9}, 3));
      client.payload(subscribe(9, "c"));
      client.nextPayload(Kind.SUBSCRIBED);
      FrameReader<Numbered> reader = FrameReader.ofNumbered(new Limits(250, 256 * 1024, 0, 0));
      pub.publish("b", "no").block(SOON);
      pub.publish("a", "yes").block(SOON);
      assertThat(read(client, reader)).containsExactly("1=yes");
    }
  }

  @Test
  @DisplayName("T29 Data sent upstream by a subscriber is ignored")
  void dataFromASubscriberIsIgnored() {
    PubSocket<String> pub = open(PUB.bind("tcp://127.0.0.1:0"));
    try (RawClient client = RawClient.sub(endpointOf(pub))) {
      client.payload(subscribe(1, "a")).grant(3);
      client.nextPayload(Kind.SUBSCRIBED);
      for (int i = 0; i < 100; i++) {
        client.payload(bytes(2, 0, 1, 1, 'x'));
        client.next(io.rsocket.frame.FrameType.REQUEST_N); // the demand that it took
      }
      pub.publish("a", "still here").block(SOON);
      FrameReader<Numbered> reader = FrameReader.ofNumbered(new Limits(250, 256 * 1024, 0, 0));
      assertThat(read(client, reader)).containsExactly("1=still here");
      assertThat(pub.metrics().received()).isZero();
    }
  }

  @Test
  void aPublisherThatDoesNotKnowWhatItLostSaysSo() {
    SubSocket<String> sub = open(SUB.bind("tcp://127.0.0.1:0"));
    Queue<SocketEvent> events = events(sub);
    Queue<String> received = new ConcurrentLinkedQueue<>();
    sub.receive("a").map(p -> p.value() + "/" + p.missedBefore()).subscribe(received::add);
    try (RawClient client = RawClient.pub(endpointOf(sub))) {
      List<Subscription> asked = Subscriptions.readSubscribe(client.nextPayload(Kind.SUBSCRIBE));
      assertThat(asked).singleElement().satisfies(s -> assertThat(s.prefix()).containsExactly('a'));
      client.payload(Subscriptions.subscribed(HEAP, 5, new long[] {asked.get(0).id()}, 1));
      // numbers 1 to 4 are not for this subscription, 6 and 7 are lost
      client.payload(bytes(2, 0, 5, 2, 1, 1, 'a', '5'));
      client.payload(bytes(2, 0, 8, 2, 1, 1, 'a', '8', 2, 1, 1, 'a', '9'));
      client.payload(bytes(2, 8, 10, 2, 1, 1, 'a', 'x'));
      awaitSize(received, 4); // so that there is credit
      client.payload(bytes(2, 0, 14));
      client.payload(bytes(2, 0, 14, 1, 1, 'a'));
      awaitSize(received, 5);
      assertThat(received).containsExactly("5/0", "8/2", "9/0", "x/-1", "/3");
      assertThat(events.stream().filter(SocketEvent.Gap.class::isInstance))
          .extracting(e -> ((SocketEvent.Gap) e).missed())
          .containsExactly(4L, 2L, -1L, 3L);
    }
  }

  @Test
  void aClientThatComesAndGoesLeavesNothing() {
    PubSocket<String> pub = open(PUB.bind("tcp://127.0.0.1:0"));
    for (int i = 0; i < 200; i++) {
      try (RawClient client = RawClient.connect(endpointOf(pub)).setup(RawClient.hello(Role.SUB))) {
        client.next(io.rsocket.frame.FrameType.METADATA_PUSH);
        client.requestChannel(1).payload(subscribe(1, "a", "b" + i)).payload(subscribe(9, "c"));
      }
    }
    awaitPeers(pub, 0);
    SubSocket<String> sub = open(SUB.connect(endpointOf(pub)));
    Queue<String> received = new ConcurrentLinkedQueue<>();
    sub.receive().map(Published::topic).subscribe(received::add);
    pub.awaitSubscribers("a", 1).block(SOON);
    pub.publish("a", "v").block(SOON);
    pub.publish("b7", "v").block(SOON);
    awaitSize(received, 2);
    assertThat(pub.metrics().sent()).isEqualTo(2);
    await().until(() -> pub.metrics().queuedMessages() == 0);
  }
}
