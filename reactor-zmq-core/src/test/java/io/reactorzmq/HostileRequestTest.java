package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.PeerUnavailableException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketEvent.Disconnected;
import io.reactorzmq.internal.wire.Control;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import io.reactorzmq.testing.RawClient;
import io.reactorzmq.testing.SocketTest;
import io.rsocket.frame.CancelFrameCodec;
import io.rsocket.frame.FrameType;
import io.rsocket.frame.RequestStreamFrameCodec;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Mono;

/**
 * REQs and REPs that break the rules of requests: each is told apart in an event that names the
 * cause, it alone is closed, and who asks at the same time goes on undisturbed.
 */
@Tag("tcp")
class HostileRequestTest extends SocketTest {

  private static final UnpooledByteBufAllocator HEAP = new UnpooledByteBufAllocator(false);
  private static final int REQUEST = 1;
  private static final int REPLY = 2;
  private static final int ERROR = 3;
  private static final int BULK = 4;

  private record Attack(String name, Consumer<RawClient> action, String said) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Attack attack(String name, Consumer<RawClient> action, String said) {
    return new Attack(name, action, said);
  }

  /** A DATA payload. */
  private static ByteBuf data(int... bytes) {
    ByteBuf out = Unpooled.buffer().writeByte(2).writeByte(0);
    for (int each : bytes) {
      out.writeByte(each);
    }
    return out;
  }

  /** A record of a message of one part of one byte. */
  private static ByteBuf message(int kind, int id) {
    return data(kind, id, 1, 1, 'x');
  }

  private static long[] ids(long... ids) {
    return ids;
  }

  static Stream<Attack> byRequesters() {
    return Stream.of(
        attack("a reply", c -> c.payload(message(REPLY, 1)), "answers where it should ask"),
        attack("an error", c -> c.payload(data(ERROR, 1, 1, 0, 0)), "answers where it should ask"),
        attack("no record", c -> c.payload(data(9, 1, 1, 1, 'x')), "no record is of kind 9"),
        attack(
            "the id 0",
            c -> c.payload(message(REQUEST, 0)),
            "a correlation id is 1 or more, not 0"),
        attack(
            "an id twice",
            c -> c.payload(message(REQUEST, 5)).payload(message(REQUEST, 5)),
            "sent the request 5 after 5, ids count up"),
        attack(
            "descending ids",
            c -> c.payload(message(REQUEST, 5)).payload(message(REQUEST, 4)),
            "sent the request 4 after 5, ids count up"),
        attack(
            "more than it may",
            c -> {
              for (int id = 1; id <= 4; id++) {
                c.payload(message(REQUEST, id));
              }
            },
            "sent more than the 3 unanswered requests of maxInFlight"),
        attack(
            "more announcements than it may",
            c -> {
              for (int id = 1; id <= 4; id++) {
                c.payload(data(BULK, id, 100));
              }
            },
            "sent more than the 3 unanswered requests of maxInFlight"),
        attack(
            "an announcement that is too large",
            c -> c.payload(data(BULK, 1, 0xff, 0xff, 0xff, 0x7f)),
            "a peer sends a message of 268435455 bytes, maxMessageSize is 1000000"),
        attack(
            "an announcement of nothing",
            c -> c.payload(data(BULK, 1, 0)),
            "nothing of 0 bytes is announced as BULK"),
        attack(
            "a cancel of what was not asked",
            c -> c.payload(Control.cancel(HEAP, ids(7), 1)),
            "gave up the request 7, the last one was 0"),
        attack("a cancel of nothing", c -> c.payload(new byte[] {9}), "a CANCEL names no request"),
        attack(
            "a fetch on the channel",
            c -> c.payload(Control.fetch(HEAP, 1)),
            "a payload of kind FETCH has no place here"),
        attack(
            "a stream that fetches nothing",
            c ->
                c.frame(
                    RequestStreamFrameCodec.encode(
                        HEAP, 3, false, 1, null, Unpooled.wrappedBuffer(new byte[] {2, 0}))),
            "a payload is of kind DATA, expected FETCH"),
        attack(
            "a demand for the channel of another kind",
            c -> c.frame(CancelFrameCodec.encode(HEAP, c.channel())),
            "the peer cancelled the channel"),
        attack(
            "data without credit",
            c -> {
              for (int id = 1; id <= 3; id++) {
                c.payload(message(REQUEST, id));
              }
              for (int i = 0; i < 10; i++) {
                c.payload(data(REQUEST, 100, 1, 1, 'x'));
              }
            },
            " "));
  }

  @ParameterizedTest
  @MethodSource("byRequesters")
  void aRepClosesARequesterThatGoesWrong(Attack attack) {
    RepSocket rep =
        open(
            Zmq.rep()
                .codec(Codec.utf8())
                .handle(q -> q.equals("x") ? Mono.never() : Mono.just("re:" + q))
                .concurrency(3)
                .maxMessageSize(1_000_000)
                .bind("tcp://127.0.0.1:0"));
    Queue<SocketEvent> events = events(rep);
    ReqSocket<String, String> honest = open(Zmq.req().codec(Codec.utf8()).connect(endpointOf(rep)));
    assertThat(honest.request("a").block(SOON)).isEqualTo("re:a");
    try (RawClient client = RawClient.req(endpointOf(rep))) {
      awaitPeers(rep, 2);
      attack.action.accept(client);
      client.awaitClosed();
    }
    assertClosedBecause(events, attack);
    awaitPeers(rep, 1);
    assertThat(honest.request("b").block(SOON)).isEqualTo("re:b");
    assertThat(rep.metrics().undelivered()).isZero();
  }

  static Stream<Attack> byRepliers() {
    return Stream.of(
        attack("a request", c -> c.payload(message(REQUEST, 1)), "answers the request 1, which"),
        attack(
            "another's reply", c -> c.payload(message(REPLY, 9)), "answers the request 9, which"),
        attack(
            "a reply twice",
            c -> c.payload(message(REPLY, 1)).payload(message(REPLY, 1)),
            "answers the request 1, which is not open or is answered"),
        attack(
            "an announcement twice",
            c -> c.payload(data(BULK, 1, 100)).payload(data(BULK, 1, 100)),
            "answers the request 1, which"),
        attack(
            "a reply after its announcement",
            c -> c.payload(data(BULK, 1, 100)).payload(message(REPLY, 1)),
            "answers the request 1, which"),
        attack(
            "an error for nobody",
            c -> c.payload(data(ERROR, 2, 1, 0, 0)),
            "answers the request 2, which"),
        attack(
            "a cancel",
            c -> c.payload(Control.cancel(HEAP, ids(1), 1)),
            "a payload of kind CANCEL has no place here"),
        attack(
            "data after END",
            c -> c.payload(Control.end(HEAP)).payload(message(REPLY, 1)),
            "data came after END"));
  }

  @ParameterizedTest
  @MethodSource("byRepliers")
  void aReqClosesAReplierThatGoesWrong(Attack attack) {
    ReqSocket<String, String> req = open(Zmq.req().codec(Codec.utf8()).bind("tcp://127.0.0.1:0"));
    Queue<SocketEvent> events = events(req);
    Queue<Object> outcome = new ConcurrentLinkedQueue<>();
    try (RawClient client = RawClient.rep(endpointOf(req))) {
      awaitPeers(req, 1);
      req.request("q").subscribe(outcome::add, outcome::add);
      await().until(() -> req.metrics().inFlight() == 1);
      attack.action.accept(client);
      client.awaitClosed();
    }
    assertClosedBecause(events, attack);
    await().until(() -> outcome.size() == 1);
    assertThat(outcome.peek())
        .satisfiesAnyOf(
            o -> assertThat(o).isInstanceOf(PeerUnavailableException.class),
            o -> assertThat(o).isEqualTo("x"));
    assertThat(req.metrics().inFlight()).isZero();
    RepSocket honest =
        open(
            Zmq.rep()
                .codec(Codec.utf8())
                .handle(q -> Mono.just("re:" + q))
                .connect(endpointOf(req)));
    assertThat(honest.type()).isEqualTo("REP");
    assertThat(req.request("b").block(SOON)).isEqualTo("re:b");
  }

  private static void assertClosedBecause(Queue<SocketEvent> events, Attack attack) {
    Disconnected gone = awaitEvent(events, Disconnected.class);
    assertThat(gone.cause()).isNotNull();
    assertThat(gone.cause().getMessage()).contains(attack.said);
  }

  @Test
  void aReplierThatTakesNoRequestsIsRefused() {
    ReqSocket<String, String> req = open(Zmq.req().codec(Codec.utf8()).bind("tcp://127.0.0.1:0"));
    Queue<SocketEvent> events = events(req);
    try (RawClient client = RawClient.connect(endpointOf(req))) {
      client.setup(RawClient.hello(io.reactorzmq.internal.wire.Role.REP));
      client.next(FrameType.REQUEST_CHANNEL);
      client.payloadOn(2, Control.open(HEAP, new Limits(1, 16_384, 0, 0)));
      client.awaitClosed();
    }
    assertThat(awaitEvent(events, Disconnected.class).cause())
        .hasMessage("maxInFlight of a REP is 1 or more, not 0");
  }

  @Test
  @DisplayName(
      "T5 Relaxed mode: after abandoning request 1, its late reply is dropped and never delivered"
          + " as the reply to request 2")
  void aReplyAfterTheCancelIsReleasedAndCounted() {
    ReqSocket<String, String> req = open(Zmq.req().codec(Codec.utf8()).bind("tcp://127.0.0.1:0"));
    Queue<String> answers = new ConcurrentLinkedQueue<>();
    try (RawClient client = RawClient.rep(endpointOf(req))) {
      awaitPeers(req, 1);
      var first = req.request("1").subscribe(r -> answers.add("first " + r));
      await().until(() -> req.metrics().inFlight() == 1);
      first.dispose();
      req.request("2").subscribe(answers::add);
      await().until(() -> req.metrics().inFlight() == 2);
      // the cancel has come
      ByteBuf payload;
      do {
        byte[] bytes = client.next(FrameType.PAYLOAD).bytes();
        payload = Unpooled.wrappedBuffer(bytes).skipBytes(6);
      } while (payload.getByte(6) != 9);
      assertThat(Control.readCancel(payload)).containsExactly(1);
      assertThat(req.metrics().inFlight()).as("the slot is not free yet").isEqualTo(2);

      client.payload(data(REPLY, 1, 1, 3, 'o', 'l', 'd'));
      client.payload(data(REPLY, 2, 1, 3, 'n', 'e', 'w'));

      await().until(() -> req.metrics().inFlight() == 0);
      assertThat(answers).containsExactly("new");
      assertThat(req.metrics().lateReplies()).isEqualTo(1);
      assertThat(req.metrics().received()).isEqualTo(1);
    }
  }

  @Test
  void anErrorOfALaterVersionIsUnderstoodAsFarAsPossible() {
    ReqSocket<String, String> req = open(Zmq.req().codec(Codec.utf8()).bind("tcp://127.0.0.1:0"));
    Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    try (RawClient client = RawClient.rep(endpointOf(req))) {
      awaitPeers(req, 1);
      req.request("1").subscribe(r -> {}, failures::add);
      await().until(() -> req.metrics().inFlight() == 1);
      ByteBuf error = data(ERROR, 1, 200, 0xff, 3);
      error.writeCharSequence("new", StandardCharsets.UTF_8);
      client.payload(error);
      await().until(() -> failures.size() == 1);
      assertThat(failures.peek()).hasMessage("new");
    }
  }
}
