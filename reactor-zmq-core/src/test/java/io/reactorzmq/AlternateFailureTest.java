package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketEvent.AlternateUnavailable;
import io.reactorzmq.event.SocketEvent.Connected;
import io.reactorzmq.event.SocketEvent.Disconnected;
import io.reactorzmq.event.SocketEvent.HandshakeFailed;
import io.reactorzmq.event.SocketEvent.Retrying;
import io.reactorzmq.internal.transport.AltTransport;
import io.reactorzmq.internal.transport.AltTransport.Dialling;
import io.reactorzmq.internal.wire.Hello;
import io.reactorzmq.internal.wire.Role;
import io.reactorzmq.internal.wire.SocketId;
import io.reactorzmq.testing.AlternateGround;
import io.reactorzmq.testing.RawClient;
import io.reactorzmq.testing.TcpProxy;
import io.rsocket.frame.FrameType;
import io.rsocket.frame.MetadataPushFrameCodec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;

/** What becomes of a dial whose other transport, or whose acceptor, does not do what it should. */
class AlternateFailureTest extends AlternateGround {

  private static String reason(Dialling how) {
    return switch (how) {
      case REFUSED -> "no way to alt://127.0.0.1:";
      case SILENT -> "no handshake within 1000 ms";
      case DIES -> "ended before the handshake did: the wire broke";
      default -> throw new IllegalArgumentException(how.name());
    };
  }

  @ParameterizedTest
  @EnumSource(
      value = Dialling.class,
      names = {"REFUSED", "SILENT", "DIES"})
  void whatIsRequiredFailsAndIsTriedAgain(Dialling how) {
    AltTransport.dialling = how;
    PullSocket<String> pull = open(PULL.bind(bind("alt=preferred")));
    Queue<SocketEvent> atPull = events(pull);
    Queue<String> received = collect(pull);
    String endpoint = dial(pull, "alt=required");
    PushSocket<String> push =
        open(PUSH.handshakeTimeout(limit(how == Dialling.SILENT)).connect(endpoint));
    Queue<SocketEvent> atPush = events(push);
    push.sendAll(Flux.range(0, 100).map(String::valueOf)).subscribe();

    Retrying retrying = awaitEvent(atPush, Retrying.class);
    assertThat(retrying.endpoint()).hasToString(endpoint);
    assertThat(retrying.cause())
        .isInstanceOf(EndpointException.class)
        .hasMessageStartingWith("cannot move from " + endpoint + " to alt://127.0.0.1:")
        .hasMessageContaining(reason(how));
    awaitEvents(atPush, Retrying.class, 2);
    assertThat(push.peers()).isEmpty();
    AltTransport.dialling = Dialling.CONNECTS;
    awaitSize(received, 100);
    assertThat(received)
        .containsExactlyElementsOf(Flux.range(0, 100).map(String::valueOf).toIterable());
    assertThat(transports(push)).containsExactly(ALT);
    assertThat(push.metrics().fallbacks()).isZero();
    assertThat(atPush).noneMatch(AlternateUnavailable.class::isInstance);
    assertThat(logged("WARN")).isZero();
    if (how != Dialling.DIES) { // of one that dies, the listener may have had a peer for a moment
      assertThat(atPull).filteredOn(Connected.class::isInstance).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Dialling.class,
      names = {"REFUSED", "SILENT", "DIES"})
  void whatIsPreferredFailsAndTheDialStays(Dialling how) {
    AltTransport.dialling = how;
    PullSocket<String> pull = open(PULL.bind(bind("alt=preferred")));
    Queue<SocketEvent> atPull = events(pull);
    Queue<String> received = collect(pull);
    try (TcpProxy proxy = TcpProxy.to(endpointOf(pull))) {
      String endpoint = proxy.endpoint() + "?alt=preferred";
      PushSocket<String> push =
          open(PUSH.handshakeTimeout(limit(how == Dialling.SILENT)).connect(endpoint));
      Queue<SocketEvent> atPush = events(push);
      push.sendAll(Flux.range(0, 100).map(String::valueOf)).block(SOON);
      awaitSize(received, 100);

      AlternateUnavailable event = awaitEvent(atPush, AlternateUnavailable.class);
      assertThat(event.endpoint()).hasToString(endpoint);
      assertThat(event.scheme()).isEqualTo("alt");
      assertThat(event.cause())
          .hasMessageStartingWith("cannot move from " + endpoint + " to alt://127.0.0.1:")
          .hasMessageContaining(reason(how));
      assertThat(push.metrics().fallbacks()).isEqualTo(1);
      assertThat(push.metrics().reconnects()).isZero();
      assertThat(transports(push)).containsExactly("tcp");
      assertThat(atPush).noneMatch(Retrying.class::isInstance);

      // the next time it falls back again, and warns no more
      await("all is confirmed").until(() -> push.metrics().inFlight() == 0);
      proxy.sever();
      awaitEvents(atPush, Connected.class, 2);
      assertThat(push.metrics().fallbacks()).isEqualTo(2);
      assertThat(count(atPush, AlternateUnavailable.class)).isEqualTo(2);
      assertThat(logged("is used without the alt that it prefers")).isEqualTo(1);

      // and the next time it is there
      AltTransport.dialling = Dialling.CONNECTS;
      proxy.sever();
      awaitEvents(atPush, Connected.class, 3);
      push.send("by alt").block(SOON);
      awaitSize(received, 101);
      assertThat(transports(push)).containsExactly(ALT);
      assertThat(push.metrics().fallbacks()).isEqualTo(2);
      assertThat(push.metrics().reconnects()).isEqualTo(2);
      if (how != Dialling.DIES) {
        awaitEvents(atPull, Connected.class, 3);
        assertThat(atPull).noneMatch(HandshakeFailed.class::isInstance);
      }
    }
  }

  @Test
  void aFallbackThatIsRefusedTellsBothReasons() {
    AltTransport.dialling = Dialling.REFUSED;
    PullSocket<String> pull = open(PULL.bind(bind("alt=required")));
    PushSocket<String> push = open(PUSH.connect(dial(pull, "alt=preferred")));
    Queue<SocketEvent> atPush = events(push);
    Retrying retrying = awaitEvent(atPush, Retrying.class);
    assertThat(retrying.cause()).hasMessageContaining("takes its peers by alt only");
    assertThat(retrying.cause().getSuppressed())
        .singleElement()
        .satisfies(e -> assertThat(e).hasMessageContaining("no way to alt://"));
    assertThat(atPush).noneMatch(AlternateUnavailable.class::isInstance);
    assertThat(push.metrics().fallbacks()).isZero();
  }

  // ---- a dialler that does not do what it should, at a listener

  private static final UnpooledByteBufAllocator HEAP = new UnpooledByteBufAllocator(false);

  private static ByteBuf hello(Role role, Hello.@Nullable Wants wants, List<String> alternates) {
    return new Hello(1, 1, role, new byte[0], SocketId.random(), 0, 0, wants, alternates)
        .encode(HEAP);
  }

  private static ByteBuf wanting(Role role, String scheme, boolean required) {
    return hello(role, new Hello.Wants(scheme, required), List.of());
  }

  private static Hello helloOf(RawClient.Frame frame) {
    return Hello.decode(MetadataPushFrameCodec.metadata(Unpooled.wrappedBuffer(frame.bytes())));
  }

  @Test
  void whoAsksIsToldTheAlternateAndIsNoPeer() {
    PullSocket<String> pull = open(PULL.bind(bind("alt=preferred")));
    Queue<SocketEvent> atPull = events(pull);
    try (RawClient client = RawClient.connect(endpointOf(pull))) {
      client.setup(wanting(Role.PUSH, "alt", true));
      Hello hello = helloOf(client.next(FrameType.METADATA_PUSH));
      assertThat(hello.role()).isEqualTo(Role.PULL);
      assertThat(hello.alternates())
          .containsExactly("alt://127.0.0.1:" + AltTransport.bound.iterator().next());
      assertThat(pull.peers()).isEmpty();
    }
    try (RawClient client = RawClient.connect(endpointOf(pull))) {
      client.setup(wanting(Role.PUSH, "other", false));
      Hello hello = helloOf(client.next(FrameType.METADATA_PUSH));
      assertThat(hello.alternates()).hasSize(1);
      assertThat(client.next().type()).isEqualTo(FrameType.REQUEST_CHANNEL);
      awaitPeers(pull, 1);
    }
    awaitEvent(atPull, Disconnected.class);
    assertThat(atPull).noneMatch(HandshakeFailed.class::isInstance);
    assertThat(atPull).filteredOn(Connected.class::isInstance).hasSize(1);
  }

  @Test
  void whoAsksAndStaysIsClosed() {
    PullSocket<String> pull = open(PULL.handshakeTimeout(HANDSHAKE).bind(bind("alt=preferred")));
    try (RawClient client = RawClient.connect(endpointOf(pull))) {
      client.setup(wanting(Role.PUSH, "alt", false));
      assertThat(client.next().type()).isEqualTo(FrameType.METADATA_PUSH);
      client.awaitClosed();
    }
    assertThat(awaitEvent(events(pull), HandshakeFailed.class).cause())
        .hasMessageContaining("no close within 1000 ms");
  }

  @Test
  void whoAsksAndGoesOnAsAPeerIsClosed() {
    PushSocket<String> push = open(PUSH.bind(bind("alt=preferred")));
    try (RawClient client = RawClient.connect(endpointOf(push))) {
      client.setup(wanting(Role.PULL, "alt", false));
      client.next(FrameType.METADATA_PUSH);
      client.requestChannel(1).awaitClosed();
    }
    assertThat(awaitEvent(events(push), HandshakeFailed.class).cause())
        .hasMessageContaining("REQUEST_CHANNEL on a stream before the handshake was done");
    assertThat(push.peers()).isEmpty();
  }

  @Test
  void whoAsksAndIsOfTheWrongTypeIsRefused() {
    PullSocket<String> pull = open(PULL.bind(bind("alt=preferred")));
    try (RawClient client = RawClient.connect(endpointOf(pull))) {
      client.setup(wanting(Role.REP, "alt", true));
      assertThat(client.next().type()).isEqualTo(FrameType.ERROR);
      client.awaitClosed();
    }
    assertThat(awaitEvent(events(pull), HandshakeFailed.class).cause())
        .hasMessage("a PULL talks to a PUSH, not to a REP");
  }

  @ParameterizedTest
  @ValueSource(strings = {"unbind", "dispose"})
  void aListenerThatClosesWaitsForNobodyWhoAsked(String how) {
    PullSocket<String> pull = open(PULL.bind(bind("alt=preferred")));
    Queue<SocketEvent> atPull = events(pull);
    try (RawClient client = RawClient.connect(endpointOf(pull))) {
      client.setup(wanting(Role.PUSH, "alt", false));
      client.next(FrameType.METADATA_PUSH);
      (how.equals("unbind") ? pull.unbind(endpointOf(pull)) : pull.disposeLater().then())
          .block(SOON);
      client.awaitClosed();
    }
    assertThat(AltTransport.bound).isEmpty();
    assertThat(atPull).noneMatch(HandshakeFailed.class::isInstance);
  }

  // ---- an acceptor that does not do what it should, at a dialler

  private record Acceptor(String name, ByteBuf hello, String said) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static ByteBuf naming(int type, String value) {
    ByteBuf hello = hello(Role.PULL, null, List.of());
    byte[] bytes = value.getBytes(StandardCharsets.ISO_8859_1);
    hello.writeByte(type);
    for (int length = bytes.length; ; length >>>= 7) {
      hello.writeByte(length < 128 ? length : length & 127 | 128);
      if (length < 128) {
        break;
      }
    }
    return hello.writeBytes(bytes);
  }

  private static ByteBuf alternate(String text) {
    return hello(Role.PULL, null, List.of(text));
  }

  /** Whose Hello cannot be read. */
  static Stream<Acceptor> whoSpeakNonsense() {
    return Stream.of(
        new Acceptor(
            "an alternate that does not fit",
            naming(7, "\u0009alt://h"),
            "an alternate has 9 bytes"),
        new Acceptor("an empty one", naming(7, "\u0000"), "an alternate has 0 bytes"),
        new Acceptor(
            "one that is too long",
            naming(7, "\u0080\u0002alt://" + "h".repeat(250)),
            "an alternate has 256 bytes; it must have 1 to 255"),
        new Acceptor(
            "a hundred",
            naming(7, "\u0009alt://h:1".repeat(100)),
            "the Hello names more than 8 alternates"),
        new Acceptor(
            "more than a Hello holds", naming(7, "x".repeat(4096)), "a Hello has 2 to 4096 bytes"),
        new Acceptor(
            "the wrong type",
            hello(Role.PUSH, null, List.of("alt://h:1")),
            "a PUSH talks to a PULL, not to a PUSH"));
  }

  /** Who names what cannot be dialled. */
  static Stream<Acceptor> whoLie() {
    return Stream.of(
        new Acceptor("what is no endpoint", alternate("alt://"), "endpoint 'alt://' has no host"),
        new Acceptor("without a port", alternate("alt://h"), "endpoint 'alt://h' has no port"),
        new Acceptor("at port 0", alternate("alt://h:0"), "endpoint 'alt://h:0' has no port"),
        new Acceptor("not text", alternate("alt://\uFFFD:1"), "has the malformed host"),
        new Acceptor("where nothing is", alternate("alt://h:1"), "nothing is bound at"));
  }

  /** Dials a raw acceptor and hears why it is turned away; another peer does not notice. */
  private void against(Acceptor acceptor, String level) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      PullSocket<String> honest = open(PULL.bind(bind("")));
      final Queue<String> received = collect(honest);
      String endpoint = "tcp://127.0.0.1:" + server.getLocalPort() + "?alt=" + level;
      PushSocket<String> push = open(PUSH.connect(dial(honest, "")).connect(endpoint));
      final Queue<SocketEvent> atPush = events(push);
      try (RawClient listener = RawClient.over(server.accept())) {
        listener.next(FrameType.SETUP);
        listener.metadataPush(acceptor.hello.retainedDuplicate());
        listener.awaitClosed();
      }
      await("the reason is told")
          .until(
              () ->
                  atPush.stream()
                      .anyMatch(
                          e ->
                              e instanceof Retrying r
                                  && r.endpoint().toString().equals(endpoint)
                                  && r.cause().getMessage().contains(acceptor.said)));
      push.send("hello").block(SOON);
      awaitSize(received, 1);
      assertThat(atPush).noneMatch(Disconnected.class::isInstance);
      assertThat(atPush).filteredOn(Connected.class::isInstance).hasSize(1);
    }
  }

  @ParameterizedTest
  @MethodSource("whoSpeakNonsense")
  void anAcceptorThatSpeaksNonsenseIsTurnedAway(Acceptor acceptor) throws IOException {
    against(acceptor, "preferred");
  }

  @ParameterizedTest
  @MethodSource("whoLie")
  void anAcceptorThatNamesWhatIsNotThereFailsTheDial(Acceptor acceptor) throws IOException {
    against(acceptor, "required");
  }

  @ParameterizedTest
  @MethodSource("whoLie")
  void anAcceptorThatNamesWhatIsNotThereIsDialledWithoutIt(Acceptor acceptor) throws IOException {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      String endpoint = "tcp://127.0.0.1:" + server.getLocalPort() + "?alt=preferred";
      PushSocket<String> push = open(PUSH.connect(endpoint));
      try (RawClient listener = RawClient.over(server.accept())) {
        listener.next(FrameType.SETUP);
        listener.metadataPush(acceptor.hello.retainedDuplicate());
        listener.awaitClosed();
      }
      try (RawClient listener = RawClient.over(server.accept())) {
        RawClient.Frame setup = listener.next(FrameType.SETUP);
        assertThat(ByteBufUtil.hexDump(setup.bytes())).doesNotContain("0603616c74");
        listener.metadataPush(acceptor.hello.retainedDuplicate());
        assertThat(awaitEvent(events(push), AlternateUnavailable.class).cause())
            .hasMessageContaining(acceptor.said);
        awaitPeers(push, 1);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAcceptorThatDoesNotCloseIsWaitedForAsLongAsAHandshakeMayTake(boolean isGivenUp)
      throws IOException {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      String endpoint = "tcp://127.0.0.1:" + server.getLocalPort() + "?alt=required";
      PushSocket<String> push = open(PUSH.handshakeTimeout(limit(!isGivenUp)).connect(endpoint));
      try (RawClient listener = RawClient.over(server.accept())) {
        listener.next(FrameType.SETUP);
        listener.metadataPush(alternate("alt://h:1"));
        listener.awaitClosed(); // by the dialler, for its part
        assertThat(AltTransport.dials).isEmpty();
        if (isGivenUp) {
          push.disconnect(endpoint).block(SOON);
          resources.disposeLater().block(SOON); // when no loop has anything left to do
          assertThat(AltTransport.dials).isEmpty();
        } else {
          await("the dial goes on").until(() -> !AltTransport.dials.isEmpty());
        }
      }
    }
  }

  /** Also what an acceptor of an older version does. */
  @ParameterizedTest
  @ValueSource(strings = {"", "rdma://h:1", "altitude://h:1", "ALT://h:1"})
  void anAcceptorThatNamesNothingIsThePeerIfThatIsGoodEnough(String named) throws IOException {
    ByteBuf hello =
        hello(Role.PULL, null, named.isEmpty() ? List.of() : Collections.singletonList(named));
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      String endpoint = "tcp://127.0.0.1:" + server.getLocalPort() + "?alt=preferred";
      PushSocket<String> push = open(PUSH.connect(endpoint));
      try (RawClient listener = RawClient.over(server.accept())) {
        RawClient.Frame setup = listener.next(FrameType.SETUP);
        assertThat(ByteBufUtil.hexDump(setup.bytes())).contains("0603616c74");
        listener.metadataPush(hello.retainedDuplicate());
        awaitPeers(push, 1);
        assertThat(awaitEvent(events(push), AlternateUnavailable.class).cause())
            .hasMessage(endpoint + " names no alt endpoint");
        assertThat(transports(push)).containsExactly("tcp");
        assertThat(push.metrics().fallbacks()).isEqualTo(1);
      }
      PushSocket<String> strict = open(PUSH.connect(endpoint.replace("preferred", "required")));
      for (RawClient listener; ; ) {
        listener = RawClient.over(server.accept());
        RawClient.Frame setup = listener.next(FrameType.SETUP);
        listener.metadataPush(hello.retainedDuplicate());
        if (ByteBufUtil.hexDump(setup.bytes()).contains("8603616c74")) {
          listener.awaitClosed();
          break;
        }
      }
      assertThat(awaitEvent(events(strict), HandshakeFailed.class).cause())
          .hasMessage(
              endpoint.replace("preferred", "required")
                  + " names no alt endpoint, which is required");
      assertThat(strict.peers()).isEmpty();
    }
  }

  @Test
  void anotherSocketAtTheAlternateIsNotTheOneThatWasMeant() throws IOException {
    PullSocket<String> other = open(PULL.bind(bind("alt=preferred")));
    int port = AltTransport.bound.iterator().next();
    Acceptor acceptor =
        new Acceptor(
            "another socket",
            alternate("alt://127.0.0.1:" + port),
            "another socket is at alt://127.0.0.1:" + port + " than the one that named it");
    against(acceptor, "required");
    assertThat(other.peers()).isEmpty();
  }
}
