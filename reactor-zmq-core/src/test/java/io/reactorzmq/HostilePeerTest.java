package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.SlowPeerException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketEvent.Connected;
import io.reactorzmq.event.SocketEvent.Disconnected;
import io.reactorzmq.event.SocketEvent.HandshakeFailed;
import io.reactorzmq.event.SocketEvent.Retrying;
import io.reactorzmq.internal.wire.Control;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.Hello;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.Role;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.testing.RawClient;
import io.reactorzmq.testing.SocketTest;
import io.reactorzmq.testing.Taker;
import io.rsocket.exceptions.RejectedSetupException;
import io.rsocket.frame.CancelFrameCodec;
import io.rsocket.frame.ErrorFrameCodec;
import io.rsocket.frame.FrameType;
import io.rsocket.frame.KeepAliveFrameCodec;
import io.rsocket.frame.PayloadFrameCodec;
import io.rsocket.frame.RequestNFrameCodec;
import io.rsocket.frame.RequestResponseFrameCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Hooks;
import reactor.core.publisher.Sinks.EmitResult;
import reactor.util.retry.Retry;

// Past 300 lines because each way to break the rules is an entry of one table.

/**
 * Whatever a peer does to a bound socket, it is told apart in an event that names the cause, it
 * alone is closed, nothing leaks, and who talks at the same time goes on undisturbed.
 */
@Tag("tcp")
class HostilePeerTest extends SocketTest {

  private static final int MAX_MESSAGE = 1_000_000;
  private static final Duration HANDSHAKE = Duration.ofMillis(500);
  private static final Duration TIMEOUT = Duration.ofMillis(1000);
  private static final UnpooledByteBufAllocator HEAP = new UnpooledByteBufAllocator(false);

  private static final Retry AT_ONCE =
      Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(10)).transientErrors(true);

  private static final PushSpec<String> PUSH = Zmq.push().codec(Codec.utf8()).reconnect(AT_ONCE);
  private static final PullSpec<String> PULL = Zmq.pull().codec(Codec.utf8()).reconnect(AT_ONCE);
  private static final PairSpec<String> PAIR = Zmq.pair().codec(Codec.utf8()).reconnect(AT_ONCE);

  private final Queue<Throwable> dropped = new ConcurrentLinkedQueue<>();

  @BeforeEach
  void watchForDroppedErrors() {
    Hooks.onErrorDropped(dropped::add);
  }

  @AfterEach
  void nothingWasDropped() {
    Hooks.resetOnErrorDropped();
    assertThat(dropped).as("errors that nobody took").isEmpty();
  }

  /** What a peer does, and what the event says of it. */
  private record Attack(String name, Consumer<RawClient> action, String... said) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Attack attack(String name, Consumer<RawClient> action, String... said) {
    return new Attack(name, action, said);
  }

  private static <S extends SocketSpec<S, ?>> S hardened(S spec) {
    return spec.maxMessageSize(MAX_MESSAGE)
        .handshakeTimeout(HANDSHAKE)
        .keepAlive(Duration.ofMillis(200), TIMEOUT)
        .bind("tcp://127.0.0.1:0");
  }

  // ---- before the handshake is done

  static Stream<Attack> beforeTheHandshake() {
    List<Attack> attacks = new ArrayList<>();
    for (int seed = 0; seed < 5; seed++) {
      byte[] random = new byte[20_000];
      new Random(seed).nextBytes(random);
      attacks.add(attack("random bytes " + seed, client -> client.bytes(random), " "));
    }
    attacks.add(
        attack(
            "HTTP",
            client ->
                client.bytes(
                    "GET / HTTP/1.1\r\nHost: here\r\n\r\n".getBytes(StandardCharsets.US_ASCII)),
            "a frame of 4670804 bytes was announced; the limit here is 8192"));
    attacks.add(
        attack(
            "an oversize frame",
            client -> client.bytes(new byte[] {-1, -1, -1}),
            "a frame of 16777215 bytes was announced; the limit here is 8192"));
    attacks.add(
        attack(
            "an empty frame",
            client -> client.bytes(new byte[3]),
            "a frame of 0 bytes, shorter than a header"));
    attacks.add(
        attack(
            "REQUEST_CHANNEL first",
            client -> client.requestChannel(1),
            "a frame of type REQUEST_CHANNEL on a stream before the handshake was done"));
    attacks.add(
        attack(
            "KEEPALIVE first",
            client ->
                client.frame(KeepAliveFrameCodec.encode(HEAP, true, 0, Unpooled.EMPTY_BUFFER)),
            // it is a sign of life, but no handshake
            "no handshake within 500 ms"));
    attacks.add(
        attack(
            "half a frame, then silence",
            client -> {
              byte[] setup = RawClient.framed(setupFrame());
              byte[] half = Arrays.copyOf(setup, setup.length / 2);
              client.bytes(half);
            },
            "no handshake within 500 ms"));
    attacks.add(
        attack(
            "another RSocket version",
            client -> client.frame(setupFrame().setShort(6, 2)),
            "ended before the handshake did: Unsupported version: 2.0"));
    attacks.add(
        attack(
            "a lease",
            client -> client.frame(setupFrame().setShort(4, 0x0440)),
            "ended before the handshake did: lease is not supported"));
    attacks.add(
        attack(
            "a resumption",
            client -> {
              ByteBuf plain = setupFrame();
              ByteBuf frame = Unpooled.buffer();
              frame.writeBytes(plain, 18).writeShort(1).writeByte('t').writeBytes(plain);
              plain.release();
              client.frame(frame.setShort(4, 0x0480));
            },
            "ended before the handshake did: resume not supported"));
    attacks.add(attack("a call and no word", RawClient::close, "ended before the handshake did"));
    return attacks.stream();
  }

  /** SETUPs that are refused with a sentence, which the peer gets to read. */
  static Stream<Attack> refusedSetups() {
    return Stream.of(
        attack(
            "another MIME type",
            client -> client.setup("application/json", Unpooled.copiedBuffer(new byte[9])),
            "data of MIME type 'application/json' is not spoken here, only"
                + " application/vnd.reactor-zmq.v1"),
        attack(
            "an unknown major version",
            client -> client.setup(hello(Role.PUSH).setByte(0, 2)),
            "the peer speaks wire profile 2.1, this side 1.1"),
        attack("the wrong role", client -> client.setup(hello(Role.REP)), ", not to a REP"),
        attack(
            "an unknown role",
            client -> client.setup(hello(Role.PUSH).setByte(4, 99)),
            "the peer is of socket type 99, this side knows 1 to 7"),
        attack(
            "a truncated Hello",
            client -> client.setup(hello(Role.PUSH).writerIndex(12)),
            "field 0x82 has 16 bytes, only 5 are left"),
        attack(
            "a Hello without a socket id",
            client -> client.setup(hello(Role.PUSH).writerIndex(5)),
            "field 0x82 is missing from the Hello"),
        attack(
            "a Hello with an unknown field that must be known",
            client -> client.setup(hello(Role.PUSH).writeByte(0xff).writeByte(0)),
            "field 0xff must be understood and is not known here"),
        attack(
            "no Hello",
            client -> client.setup(Unpooled.buffer(0)),
            "a Hello has 2 to 4096 bytes, not 0"),
        attack(
            "an endless Hello",
            client -> client.setup(Unpooled.wrappedBuffer(new byte[4097])),
            "a Hello has 2 to 4096 bytes, not 4097"));
  }

  private static ByteBuf setupFrame() {
    return RawClient.setupFrame(Hello.MIME, hello(Role.PUSH));
  }

  private static ByteBuf hello(Role role) {
    return RawClient.hello(role);
  }

  static Stream<Attack> everythingBeforeTheHandshake() {
    return Stream.concat(beforeTheHandshake(), refusedSetups());
  }

  @ParameterizedTest
  @MethodSource("everythingBeforeTheHandshake")
  void aPullTurnsStrangersAway(Attack attack) {
    PullSocket<String> pull = open(hardened(PULL));
    Queue<String> received = collect(pull);
    PushSocket<String> honest = open(PUSH.connect(endpointOf(pull)));
    strangers(attack, pull, () -> exchange(honest, received));
  }

  @ParameterizedTest
  @MethodSource("everythingBeforeTheHandshake")
  void aPushTurnsStrangersAway(Attack attack) {
    PushSocket<String> push = open(hardened(PUSH));
    PullSocket<String> honest = open(PULL.connect(endpointOf(push)));
    Queue<String> received = collect(honest);
    // the role that is right for a PULL is wrong here, and refused as such if nothing else is
    strangers(attack, push, () -> exchange(push, received));
  }

  @ParameterizedTest
  @MethodSource("everythingBeforeTheHandshake")
  void aPairTurnsStrangersAway(Attack attack) {
    PairSocket<String> pair = open(hardened(PAIR));
    PairSocket<String> honest = open(PAIR.connect(endpointOf(pair)));
    Queue<String> received = new ConcurrentLinkedQueue<>();
    pair.receive().subscribe(received::add);
    strangers(attack, pair, () -> exchange(honest, received));
  }

  /** One message after the other until the attack is over, then some more; none is lost. */
  private void exchange(Sender<String> sender, Queue<String> received) {
    int before = received.size();
    sender.sendAll(Flux.range(0, 50).map(String::valueOf)).block(SOON);
    awaitSize(received, before + 50);
  }

  private void strangers(Attack attack, ZmqSocket bound, Runnable exchange) {
    Queue<SocketEvent> events = events(bound);
    exchange.run();
    int n = 3;
    List<RawClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < n; i++) {
        RawClient client = RawClient.connect(endpointOf(bound));
        clients.add(client);
        attack.action.accept(client);
      }
      exchange.run();
      clients.forEach(RawClient::awaitClosed);
    } finally {
      clients.forEach(RawClient::close);
    }
    await().until(() -> events.stream().filter(HandshakeFailed.class::isInstance).count() == n);
    assertThat(events)
        .filteredOn(HandshakeFailed.class::isInstance)
        .allSatisfy(
            e -> {
              HandshakeFailed failed = (HandshakeFailed) e;
              assertThat(failed.endpoint()).isEqualTo(bound.endpoints().get(0));
              assertThat(failed.cause().getMessage()).isNotBlank().contains(attack.said);
            });
    exchange.run();
    assertThat(bound.peers()).hasSize(1);
    assertThat(events).noneMatch(Disconnected.class::isInstance);
    assertThat(events).filteredOn(Connected.class::isInstance).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("refusedSetups")
  void whoIsRefusedIsToldWhy(Attack attack) {
    PullSocket<String> pull = open(hardened(PULL));
    try (RawClient client = RawClient.connect(endpointOf(pull))) {
      attack.action.accept(client);
      RawClient.Frame frame = client.next();
      assertThat(frame.type()).isEqualTo(FrameType.ERROR);
      assertThat(frame.streamId()).isZero();
      ByteBuf error = Unpooled.wrappedBuffer(frame.bytes());
      assertThat(ErrorFrameCodec.errorCode(error)).isEqualTo(ErrorFrameCodec.REJECTED_SETUP);
      assertThat(ErrorFrameCodec.dataUtf8(error)).contains(attack.said);
      client.awaitClosed();
    }
  }

  /** By a listener, at a dialling PULL. */
  static Stream<Attack> byListeners() {
    return Stream.of(
        attack(
            "HTTP",
            client -> client.bytes("HTTP/1.1 400 Bad Request".getBytes(StandardCharsets.US_ASCII)),
            "a frame of 4740180 bytes was announced; the limit here is 8192"),
        attack("SETUP", client -> client.setup(hello(Role.PUSH)), "SETUP where none is expected"),
        attack(
            "REQUEST_CHANNEL first",
            client -> client.requestChannel(2),
            "a frame of type REQUEST_CHANNEL on a stream before the handshake was done"),
        attack(
            "an unknown major version",
            client -> client.metadataPush(hello(Role.PUSH).setByte(0, 2)),
            "the peer speaks wire profile 2.1, this side 1.1"),
        attack(
            "the wrong role",
            client -> client.metadataPush(hello(Role.PULL)),
            "a PULL talks to a PUSH, not to a PULL"),
        attack(
            "a truncated Hello",
            client -> client.metadataPush(hello(Role.PUSH).writerIndex(12)),
            "field 0x82 has 16 bytes, only 5 are left"),
        attack(
            "a refusal",
            client ->
                client
                    .frame(ErrorFrameCodec.encode(HEAP, 0, new RejectedSetupException("not today")))
                    .close(),
            " refused: not today"),
        attack("silence", client -> {}, "no handshake within 500 ms"),
        attack("a call and no word", RawClient::close, "ended before the handshake did"));
  }

  @ParameterizedTest
  @MethodSource("byListeners")
  void aDiallerTurnsAwayAStrangerAndFindsTheRightOne(Attack attack) throws IOException {
    PullSocket<String> pull;
    Queue<SocketEvent> events;
    String endpoint;
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      endpoint = "tcp://127.0.0.1:" + server.getLocalPort();
      pull = open(PULL.handshakeTimeout(HANDSHAKE).connect(endpoint));
      events = events(pull);
      try (RawClient listener = RawClient.over(server.accept())) {
        listener.next(); // SETUP
        attack.action.accept(listener);
        listener.awaitClosed();
      }
    }
    HandshakeFailed failed = awaitEvent(events, HandshakeFailed.class);
    assertThat(failed.cause()).hasMessageContainingAll(attack.said);
    assertThat(awaitEvent(events, Retrying.class).cause()).isSameAs(failed.cause());
    PushSocket<String> push = open(PUSH.bind(endpoint));
    exchange(push, collect(pull));
    assertThat(events).noneMatch(Disconnected.class::isInstance);
  }

  // ---- a peer that goes wrong

  private static ByteBuf data(int... bytes) {
    ByteBuf out = Unpooled.buffer().writeByte(2);
    for (int value : bytes) {
      out.writeByte(value);
    }
    return out;
  }

  private static ByteBuf message(int size) {
    Message message = Message.of(new byte[size]);
    FrameWriter writer = new FrameWriter(HEAP, new Limits(250, 260_631, 0, 0), Integer.MAX_VALUE);
    writer.append(message, message);
    ByteBuf frame = writer.finish();
    writer.abandon();
    message.release();
    return frame;
  }

  /** By a PUSH, at a PULL. */
  static Stream<Attack> bySenders() {
    return Stream.concat(
        byAnyone(),
        Stream.of(
            attack(
                "unknown flags",
                client -> client.payload(data(0x80, 1, 1, 'x')),
                "flags 0x80 are not understood"),
            attack(
                "no message", client -> client.payload(data(0)), "a DATA payload without messages"),
            attack(
                "a part table that does not end",
                client -> client.payload(data(0, 200, 1)),
                "a table of 200 parts does not end in its frame, 0 bytes are left"),
            attack(
                "a varint that does not end",
                client -> client.payload(data(0, 1, 0x80)),
                "the payload ends within a varint"),
            attack(
                "a message cut short",
                client -> client.payload(data(0, 1, 5, 'x')),
                "the last message does not end in its frame, but CONTINUES is missing"),
            attack(
                "the end of nothing",
                client -> client.payload(data(2, 'x')),
                "CONTINUATION, but no message is unfinished"),
            attack(
                "crumbs",
                client -> client.payload(data(1, 1, 5, 'x')),
                "a frame with CONTINUES has 5 bytes, below 8192"),
            attack(
                "a message above maxMessageSize",
                client -> client.payload(message(MAX_MESSAGE + 1)),
                "a peer sends a message of 1000001 bytes, maxMessageSize is 1000000"),
            attack(
                "a frame above maxFrameBytes",
                client -> client.payload(data(new int[260_631])),
                "a frame has 260632 bytes, more than maxFrameBytes 260631"),
            attack(
                "a frame far above maxFrameBytes",
                client -> client.payload(data(new int[260_631 + 100])),
                "a frame of 260738 bytes was announced; the limit here is 260695"),
            attack(
                "data after END",
                client -> client.payload(Control.end(HEAP)).payload(message(1)),
                "data came after END"),
            attack(
                "LEAVE",
                client -> client.payload(Control.leave(HEAP)),
                "a LEAVE to a socket that sends nothing"),
            attack(
                "a channel of its own",
                client -> client.requestChannel(1),
                "a request of type REQUEST_CHANNEL, which is not served here")));
  }

  /** By any peer, at any socket. */
  static Stream<Attack> byAnyone() {
    return Stream.of(
        attack(
            "an empty payload",
            client -> client.payload(Unpooled.EMPTY_BUFFER),
            "an empty payload has no kind"),
        attack(
            "an unknown kind",
            client -> client.payload(new byte[] {99}),
            "no payload is of kind 99"),
        attack(
            "a kind of another pattern",
            client -> client.payload(new byte[] {3, 1, 0}),
            "a payload of kind SUBSCRIBE has no place here"),
        attack("OPEN twice", client -> client.open(), "OPEN came twice"),
        attack(
            "a WINDOW with a tail",
            client -> client.payload(new byte[] {6, 1, 1}),
            "1 bytes too many in WINDOW"),
        attack(
            "a second SETUP",
            client -> client.setup(hello(Role.PUSH)),
            "SETUP where none is expected"),
        attack(
            "a request",
            client ->
                client.frame(
                    RequestResponseFrameCodec.encode(
                        HEAP, 3, false, null, Unpooled.buffer().writeByte(1))),
            "a request of type REQUEST_RESPONSE, which is not served here"),
        attack(
            "a stream that nobody opened",
            client ->
                client.frame(
                    PayloadFrameCodec.encode(
                        HEAP, 77, false, false, true, null, Unpooled.buffer().writeByte(1))),
            "a frame of type PAYLOAD for stream 77, which was not opened"),
        attack(
            "no demand",
            client -> {
              ByteBuf frame = RequestNFrameCodec.encode(HEAP, client.channel(), 1);
              client.frame(frame.setInt(6, 0));
            },
            "a demand below 1 on stream "),
        attack(
            "CANCEL",
            client -> client.frame(CancelFrameCodec.encode(HEAP, client.channel())),
            "the peer cancelled the channel"),
        attack(
            "an oversize frame",
            client -> client.bytes(new byte[] {-1, -1, -1}),
            "a frame of 16777215 bytes was announced; the limit here is 260695"),
        attack(
            "half a frame, then silence",
            client -> client.bytes(new byte[] {0, 0, 50, 0, 0}),
            "was silent for ",
            "; keepAlive allows 1000 ms"),
        attack("silence", client -> {}, "was silent for ", "; keepAlive allows 1000 ms"),
        attack(
            "a death in the middle of a frame",
            client -> client.bytes(new byte[2]).close(),
            "the connection ended inside a frame"),
        attack("a death", RawClient::close, "ended without a goodbye"));
  }

  /** By a PULL, at a PUSH. */
  static Stream<Attack> byReceivers() {
    return Stream.concat(
        byAnyone(),
        Stream.of(
            attack(
                "data to a sender",
                client -> client.payload(message(1)),
                "a PULL sends no data here"),
            attack(
                "limits out of range",
                client -> {
                  ByteBuf open = Unpooled.wrappedBuffer(new byte[] {1, 1, 100, 0, 0});
                  client.payload(open);
                },
                "maxFrameBytes is 100, it must be 16384 to 8388608"),
            attack(
                "a second channel",
                client -> client.requestChannel(3),
                "one more request than the 1 streams it may have open")));
  }

  @ParameterizedTest
  @MethodSource("bySenders")
  void aPullClosesASenderThatGoesWrong(Attack attack) {
    PullSocket<String> pull = open(hardened(PULL));
    Queue<String> received = collect(pull);
    PushSocket<String> honest = open(PUSH.connect(endpointOf(pull)));
    awaitPeers(pull, 1);
    peers(attack, pull, RawClient::push, () -> exchange(honest, received));
  }

  @ParameterizedTest
  @MethodSource("byReceivers")
  void aPushClosesAReceiverThatGoesWrong(Attack attack) {
    PushSocket<String> push = open(hardened(PUSH));
    PullSocket<String> honest = open(PULL.connect(endpointOf(push)));
    Queue<String> received = collect(honest);
    awaitPeers(push, 1);
    peers(attack, push, RawClient::pull, () -> exchange(push, received));
  }

  private void peers(
      Attack attack, ZmqSocket bound, Function<String, RawClient> dial, Runnable exchange) {
    String honestId = bound.peers().get(0).socketId();
    Queue<SocketEvent> events = events(bound);
    exchange.run();
    int n = 2;
    List<RawClient> clients = new ArrayList<>();
    try {
      for (int i = 0; i < n; i++) {
        clients.add(dial.apply(endpointOf(bound)));
      }
      awaitPeers(bound, 1 + n);
      clients.forEach(attack.action);
      exchange.run();
      clients.forEach(RawClient::awaitClosed);
    } finally {
      clients.forEach(RawClient::close);
    }
    await().until(() -> events.stream().filter(Disconnected.class::isInstance).count() == n);
    assertThat(events)
        .filteredOn(Disconnected.class::isInstance)
        .allSatisfy(
            e -> {
              Disconnected gone = (Disconnected) e;
              assertThat(gone.cause()).isNotNull();
              assertThat(gone.cause().getMessage()).contains(attack.said);
              assertThat(gone.unconfirmed()).isZero();
            });
    exchange.run();
    assertThat(bound.peers()).extracting(p -> p.socketId()).containsExactly(honestId);
    assertThat(events).noneMatch(HandshakeFailed.class::isInstance);
  }

  @ParameterizedTest
  @MethodSource("bySenders")
  void aPairClosesAPeerThatGoesWrongAndTakesTheNextOne(Attack attack) {
    if (attack.name.equals("LEAVE") || attack.name.equals("a channel of its own")) {
      return; // a PAIR sends, and its dialler opens the channel
    }
    PairSocket<String> pair = open(hardened(PAIR));
    Queue<SocketEvent> events = events(pair);
    Queue<String> received = new ConcurrentLinkedQueue<>();
    pair.receive().subscribe(received::add);
    try (RawClient client = RawClient.pair(endpointOf(pair))) {
      client.next(FrameType.PAYLOAD); // OPEN
      attack.action.accept(client);
      PairSocket<String> honest = open(PAIR.connect(endpointOf(pair)));
      exchange(honest, received);
      client.awaitClosed();
    }
    assertThat(awaitEvent(events, Disconnected.class).cause().getMessage()).contains(attack.said);
    assertThat(pair.peers()).hasSize(1);
  }

  @ParameterizedTest
  @MethodSource("bySenders")
  void aDiallerClosesAPeerThatGoesWrongAndFindsTheNextOne(Attack attack) throws IOException {
    if (attack.name.equals("a request") || attack.name.equals("a channel of its own")) {
      return; // they name streams that a listener may not
    }
    PullSocket<String> pull;
    Queue<SocketEvent> events;
    String endpoint;
    Queue<String> received;
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      endpoint = "tcp://127.0.0.1:" + server.getLocalPort();
      pull =
          open(
              PULL.maxMessageSize(MAX_MESSAGE)
                  .keepAlive(Duration.ofMillis(200), TIMEOUT)
                  .connect(endpoint));
      received = collect(pull);
      events = events(pull);
      try (RawClient listener = RawClient.pushOver(server.accept())) {
        attack.action.accept(listener);
        listener.awaitClosed();
      }
    }
    Disconnected gone = awaitEvent(events, Disconnected.class);
    assertThat(gone.cause()).isNotNull();
    assertThat(gone.cause()).hasMessageContainingAll(attack.said);
    assertThat(awaitEvent(events, Retrying.class).cause()).isSameAs(gone.cause());
    PushSocket<String> push = open(PUSH.bind(endpoint));
    exchange(push, received);
  }

  // ---- credit

  @Test
  void dataBeforeTheChannelIsOpenIsRefused() {
    PullSocket<String> pull = open(hardened(PULL));
    Queue<String> received = collect(pull);
    Queue<SocketEvent> events = events(pull);
    try (RawClient client = RawClient.unopenedPush(endpointOf(pull))) {
      client.payload(message(1)).awaitClosed();
    }
    assertThat(awaitEvent(events, Disconnected.class).cause())
        .hasMessage("a frame of data came without credit");
    assertThat(received).isEmpty();
  }

  @Test
  void dataWithoutCreditIsRefused() {
    PullSocket<String> pull = open(hardened(PULL.highWaterMark(2)));
    Taker<String> taker = Taker.of(pull.receive());
    Queue<SocketEvent> events = events(pull);
    PushSocket<String> honest = open(PUSH.connect(endpointOf(pull)));
    awaitPeers(pull, 1);
    honest.send("honest").block(SOON);
    try (RawClient client = RawClient.push(endpointOf(pull))) {
      client.next(FrameType.REQUEST_N);
      client.payload(message(1)).payload(message(2));
      await("the window is full").until(() -> pull.metrics().undelivered() == 3);
      client.payload(message(3)).awaitClosed();
    }
    assertThat(awaitEvent(events, Disconnected.class).cause())
        .hasMessage("a frame of data came without credit");
    honest.send("still there").block(SOON);
    taker.request(10);
    await().until(() -> taker.count() == 4);
    assertThat(taker.taken()).contains("honest", "still there", "\0", "\0\0");
    assertThat(pull.peers()).hasSize(1);
  }

  @Test
  void whoAsksForEverythingAndReadsNothingIsClosedAtMaxPendingBytes() {
    ZmqResources bounded =
        ZmqResources.builder().eventLoops(1).allocator(allocator).maxPendingBytes(8 << 20).build();
    PushSocket<byte[]> push =
        Zmq.push().codec(Codec.bytes()).resources(bounded).bind("tcp://127.0.0.1:0").openNow();
    Queue<SocketEvent> events = events(push);
    PullSocket<byte[]> honest =
        open(Zmq.pull().codec(Codec.bytes()).reconnect(AT_ONCE).connect(endpointOf(push)));
    Queue<byte[]> received = collect(honest);
    awaitPeers(push, 1);
    try (RawClient client = RawClient.pull(endpointOf(push))) {
      client.grant(1_000_000);
      awaitPeers(push, 2);
      byte[] value = new byte[200_000];
      await()
          .until(
              () -> {
                while (push.tryEmit(value) == EmitResult.OK) {
                  // until the queue is full
                }
                return events.stream().anyMatch(Disconnected.class::isInstance);
              });
      Disconnected gone = awaitEvent(events, Disconnected.class);
      assertThat(gone.cause())
          .isInstanceOf(SlowPeerException.class)
          .hasMessageContaining("8388608")
          .hasMessageContaining("maxPendingBytes");
      assertThat(gone.unconfirmed()).isPositive();
      assertThat(push.peers()).hasSize(1);
    }
    int count = received.size();
    push.send(new byte[1]).block(SOON);
    awaitSize(received, count + 1);
    assertThat(push.disposeLater().block(SOON).unsent()).isZero();
    await().until(() -> received.size() == push.metrics().sent() - push.metrics().unconfirmed());
    bounded.disposeLater().block(SOON);
  }
}
