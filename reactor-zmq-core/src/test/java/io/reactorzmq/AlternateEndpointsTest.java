package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.event.SocketEvent.AlternateUnavailable;
import io.reactorzmq.event.SocketEvent.Bound;
import io.reactorzmq.event.SocketEvent.HandshakeFailed;
import io.reactorzmq.internal.transport.AltTransport;
import io.reactorzmq.internal.wire.Role;
import io.reactorzmq.testing.AlternateGround;
import io.reactorzmq.testing.AlternateMain;
import io.reactorzmq.testing.ChildJvm;
import io.reactorzmq.testing.RawClient;
import io.rsocket.frame.FrameType;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** What an endpoint may say about other transports, and what is said back at the call. */
class AlternateEndpointsTest extends AlternateGround {

  private void everyCallRefuses(String parameters, String... reasons) {
    PushSocket<String> open = open(PUSH);
    for (Consumer<String> call :
        List.<Consumer<String>>of(PUSH::bind, PUSH::connect, open::bind, open::connect)) {
      assertThatThrownBy(() -> call.accept("tcp://127.0.0.1:1?" + parameters))
          .isInstanceOf(EndpointException.class)
          .hasMessageContaining("tcp://127.0.0.1:1?" + parameters)
          .hasMessageContainingAll(reasons);
    }
    assertThat(open.endpoints()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"rdma=on", "rdma=", "alt=REQUIRED"})
  void aBadValueNamesTheThreeGoodOnes(String parameter) {
    everyCallRefuses(parameter, "must be off, preferred or required");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "b=c|has the unknown parameter 'b'; tcp takes rdma",
        "RDMA=off|has the unknown parameter 'RDMA'; tcp takes rdma",
        "tcp=off|has the unknown parameter 'tcp'; tcp takes rdma",
        "inproc=off|has the unknown parameter 'inproc'; tcp takes rdma",
        "alt=off&inproc=off|has the unknown parameter 'inproc'; tcp takes alt, rdma",
        "alt=required&rdma=required|has both alt=required and rdma=required; a connection can",
      })
  void badParametersAreRefused(String parameters, String reason) {
    everyCallRefuses(parameters, reason);
  }

  @Test
  void onlyOneTransportCanBePreferredByWhoDials() {
    assertThatThrownBy(() -> PUSH.connect("tcp://h:1?alt=preferred&rdma=preferred"))
        .hasMessageContaining("has both alt=preferred and rdma=preferred");
    assertThat(PUSH.bind("tcp://h:1?alt=preferred&rdma=preferred")).isNotNull();
    assertThat(PUSH.connect("tcp://h:1?alt=preferred&rdma=off")).isNotNull();
  }

  @Test
  void rdmaIsRequiredAndItsJarIsNotThere() {
    everyCallRefuses("rdma=required", "add the jar reactor-zmq-rdma", "cannot have its rdma");
  }

  @Test
  void whatIsRequiredAndNotThereIsToldWithTheReason() {
    AltTransport.missing = "libalt.so is not there";
    everyCallRefuses("alt=required", "cannot have its alt: libalt.so is not there");
  }

  @Test
  void rdmaIsPreferredAndItsJarIsNotThere() {
    PullSocket<String> pull = open(PULL.bind(bind("rdma=preferred")));
    AlternateUnavailable atPull = awaitEvent(events(pull), AlternateUnavailable.class);
    assertThat(atPull.endpoint()).isEqualTo(pull.endpoints().get(0));
    assertThat(atPull.scheme()).isEqualTo("rdma");
    assertThat(atPull.cause()).hasMessageContaining("add the jar reactor-zmq-rdma");
    assertThat(logged("is bound without the rdma that it prefers")).isEqualTo(1);

    String endpoint = dial(pull, "rdma=preferred");
    PushSocket<String> push = open(PUSH.connect(endpoint));
    send(push, pull, "by tcp");
    AlternateUnavailable atPush = awaitEvent(events(push), AlternateUnavailable.class);
    assertThat(atPush.endpoint()).hasToString(endpoint);
    assertThat(atPush.cause()).hasMessageContaining("add the jar reactor-zmq-rdma");
    assertThat(push.metrics().fallbacks()).isEqualTo(1);
    assertThat(pull.metrics().fallbacks()).isZero();
    assertThat(transports(push)).containsExactly("tcp");
    assertThat(logged("is used without the rdma that it prefers")).isEqualTo(1);
  }

  private static void send(PushSocket<String> push, PullSocket<String> pull, String text) {
    Mono<String> received = pull.receive().next().timeout(SOON).cache();
    received.subscribe();
    push.send(text).block(SOON);
    assertThat(received.block(SOON)).isEqualTo(text);
  }

  // ---- binding

  @Test
  void aBoundEndpointOffersWhatItCanAndListsOnlyItself() {
    AltTransport.always = true;
    PullSocket<String> pull = open(PULL.bind(bind("")));
    assertThat(AltTransport.bound).hasSize(1);
    assertThat(pull.endpoints()).singleElement().matches(e -> e.scheme().equals("tcp"));
    assertThat(awaitEvent(events(pull), Bound.class).endpoint()).isEqualTo(pull.endpoints().get(0));

    pull.unbind(endpointOf(pull)).block(SOON);
    assertThat(AltTransport.bound).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"missing", "bindFailure", "bindHangs"})
  void whatNobodyAskedForIsNotMissed(String how) {
    AltTransport.always = true;
    fail(how);
    PullSocket<String> pull =
        open(PULL.handshakeTimeout(limit(how.equals("bindHangs"))).bind(bind("")));
    Queue<SocketEvent> atPull = events(pull);
    PushSocket<String> push = open(PUSH.connect(dial(pull, "")));
    send(push, pull, "hello");
    assertThat(atPull).noneMatch(AlternateUnavailable.class::isInstance);
    assertThat(logged("WARN")).isZero();
  }

  /** Lets the bind of the alternate fail, and says what will be told. */
  private static String fail(String how) {
    return switch (how) {
      case "missing" -> AltTransport.missing = "libalt.so is not there";
      case "bindFailure" -> AltTransport.bindFailure = "no device";
      default -> {
        AltTransport.bindHangs = true;
        yield "not bound within 1000 ms (handshakeTimeout)";
      }
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"missing", "bindFailure", "bindHangs"})
  void whatIsPreferredAndCannotBeBoundIsSeen(String how) {
    final String reason = fail(how);
    PullSocket<String> pull =
        open(PULL.handshakeTimeout(limit(how.equals("bindHangs"))).bind(bind("alt=preferred")));
    AlternateUnavailable seen = awaitEvent(events(pull), AlternateUnavailable.class);
    assertThat(seen.endpoint()).isEqualTo(pull.endpoints().get(0));
    assertThat(seen.scheme()).isEqualTo("alt");
    assertThat(seen.cause()).hasMessage(reason);
    assertThat(logged("WARN")).isEqualTo(1);
    AltTransport.missing = null;

    PushSocket<String> strict = open(PUSH.connect(dial(pull, "alt=required")));
    assertThat(awaitEvent(events(strict), HandshakeFailed.class).cause())
        .hasMessageEndingWith(
            " refused: no alt is to be had at " + endpointOf(pull) + ": " + reason);
    PushSocket<String> push = open(PUSH.connect(dial(pull, "")));
    send(push, pull, "by tcp");
    assertThat(transports(pull)).containsExactly("tcp");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bindFailure", "bindHangs"})
  void whatIsRequiredAndCannotBeBoundFailsTheBind(String how) {
    final String reason = fail(how);
    String endpoint = "tcp://127.0.0.1:" + freePort();
    assertThatThrownBy(
            () ->
                open(
                    PULL.handshakeTimeout(limit(how.equals("bindHangs")))
                        .bind(endpoint + "?alt=required")))
        .isInstanceOf(EndpointException.class)
        .hasMessage("cannot bind " + endpoint + "?alt=required with alt: " + reason);
    assertThat(open(PULL.bind(endpoint)).endpoints()).hasSize(1);
  }

  @Test
  void whoComesWhileAnAlternateIsBeingBoundIsServedAfterwards() {
    AltTransport.bindHangs = true;
    String endpoint = "tcp://127.0.0.1:" + freePort();
    Mono<PullSocket<String>> opening =
        PULL.handshakeTimeout(HANDSHAKE)
            .bind(endpoint + "?alt=preferred")
            .resources(resources)
            .open()
            .cache();
    opening.subscribe();
    try (RawClient early =
        await().ignoreExceptions().until(() -> RawClient.connect(endpoint), c -> true)) {
      early.setup(RawClient.hello(Role.PUSH));
      assertThat(early.next().type()).isEqualTo(FrameType.METADATA_PUSH);
      assertThat(opening.block(SOON).peers()).hasSize(1);
    }
  }

  @Test
  void openingIsGivenUpWhileAnAlternateIsBeingBound() {
    AltTransport.bindHangs = true;
    String endpoint = "tcp://127.0.0.1:" + freePort();
    Disposable opening =
        PULL.bind(endpoint + "?alt=preferred").resources(resources).open().subscribe();
    try (RawClient early =
        await().ignoreExceptions().until(() -> RawClient.connect(endpoint), c -> true)) {
      early.setup(RawClient.hello(Role.PUSH));
      opening.dispose();
      early.awaitClosed();
    }
    AltTransport.bindHangs = false;
    PullSocket<String> pull = open(PULL.bind(endpoint));
    send(open(PUSH.connect(endpoint)), pull, "to the second");
  }

  @Test
  void aBoundEndpointStaysWhenNobodyWaitsForMore() {
    PullSocket<String> pull = open(PULL);
    pull.bind(bind("alt=preferred")).flux().next().block(SOON); // cancels as soon as it is bound
    PushSocket<String> push = open(PUSH.connect(dial(pull, "alt=required")));
    send(push, pull, "hello");
    assertThat(transports(push)).containsExactly(ALT);
  }

  // ---- what a listener says to who asks

  @Test
  void anEndpointThatOffersNothingSaysSo() {
    AltTransport.always = true;
    PullSocket<String> pull = open(PULL.bind(bind("alt=off")));
    assertThat(AltTransport.bound).isEmpty();
    PushSocket<String> strict = open(PUSH.connect(dial(pull, "alt=required")));
    String reason = "no alt is to be had at " + endpointOf(pull) + ": alt=off there";
    assertThat(awaitEvent(events(strict), HandshakeFailed.class).cause())
        .hasMessageEndingWith(" refused: " + reason);
    assertThat(awaitEvent(events(pull), HandshakeFailed.class).cause()).hasMessage(reason);

    PushSocket<String> easy = open(PUSH.connect(dial(pull, "alt=preferred")));
    Queue<SocketEvent> atEasy = events(easy);
    send(easy, pull, "by tcp");
    assertThat(awaitEvent(atEasy, AlternateUnavailable.class).cause())
        .hasMessage(dial(pull, "alt=preferred") + " names no alt endpoint");
    assertThat(easy.metrics().fallbacks()).isEqualTo(1);
    assertThat(easy.metrics().reconnects()).isZero();
    assertThat(atEasy).noneMatch(HandshakeFailed.class::isInstance);
    assertThat(transports(easy)).containsExactly("tcp");
  }

  @Test
  void anEndpointWhoseTransportIsUnknownThereSaysSo() {
    PullSocket<String> pull = open(PULL.bind(bind("")));
    PushSocket<String> strict = open(PUSH.connect(dial(pull, "alt=required")));
    assertThat(awaitEvent(events(strict), HandshakeFailed.class).cause())
        .hasMessageEndingWith(
            "no alt is to be had at "
                + endpointOf(pull)
                + ": its transport offers nothing beside such endpoints");
  }

  @Test
  void anEndpointThatRequiresItRefusesOthers() {
    PullSocket<String> pull = open(PULL.bind(bind("alt=required")));
    PushSocket<String> plain = open(PUSH.connect(dial(pull, "")));
    String reason =
        endpointOf(pull)
            + " takes its peers by alt only (alt=required there); dial it with alt=required or"
            + " alt=preferred";
    assertThat(awaitEvent(events(plain), HandshakeFailed.class).cause())
        .hasMessage(dial(pull, "") + " refused: " + reason);
    PushSocket<String> other = open(PUSH.connect(dial(pull, "alt=preferred")));
    send(other, pull, "by alt");
    assertThat(transports(pull)).containsExactly(ALT);
    assertThat(plain.peers()).isEmpty();
  }

  // ---- the environment

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "alt||by alt (fake)|0",
        " ALT ||by alt (fake)|0",
        "alt|alt=off|by tcp|0",
        "alt|rdma=preferred|by tcp|1",
        "tcp||by tcp|0",
        "''||by tcp|0",
        "rdma||by tcp|1",
        "rdma|alt=preferred|by alt (fake)|0",
      })
  void theEnvironmentSaysWhatIsPreferredWhereAnEndpointSaysNothing(
      String environment, String parameters, String expected, int fallbacks) {
    try (ChildJvm child =
        ChildJvm.start(
            Map.of("MC_RPC_PROTOCOL", environment),
            List.of("-Xmx128m", "-XX:TieredStopAtLevel=1"),
            AlternateMain.class,
            parameters == null ? new String[0] : new String[] {parameters})) {
      child.awaitLine("done");
      assertThat(child.lines())
          .containsExactly("hello", expected, "fallbacks " + fallbacks, "done");
    }
  }

  @Test
  void anEnvironmentThatNamesNoTransportFailsTheCall() {
    try (ChildJvm child =
        ChildJvm.start(
            Map.of("MC_RPC_PROTOCOL", "pigeon"),
            List.of("-Xmx128m", "-XX:TieredStopAtLevel=1"),
            AlternateMain.class)) {
      child.awaitLine("done");
      assertThat(child.lines())
          .containsExactly(
              "endpoint 'tcp://127.0.0.1:0' cannot move to 'pigeon', which the environment variable"
                  + " MC_RPC_PROTOCOL says; it must be tcp or one of rdma",
              "done");
    }
  }
}
