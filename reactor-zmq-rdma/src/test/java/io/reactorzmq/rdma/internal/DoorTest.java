package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.netty.buffer.ByteBufUtil;
import io.reactorzmq.internal.transport.TcpTransport;
import io.reactorzmq.rdma.RdmaOptions;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Those who come to a bound endpoint and are no peers, and what they cost the others. */
class DoorTest {

  private final Ground ground = new Ground(RdmaOptions.defaults().transports("tcp"));
  private Ground.Door door;
  private Ground.Pair bystander;

  @BeforeEach
  void bind() {
    door = ground.bind();
    RdmaConnection dialled = ground.connect(door.endpoint());
    bystander = new Ground.Pair(dialled, door.next());
  }

  @AfterEach
  void othersAreNotDisturbed() {
    ground.assertWorks(bystander);
    RdmaConnection late = ground.connect(door.endpoint());
    late.dispose();
    door.next();
    ground.close();
  }

  private UcxLoop bound() {
    return ground.ucx(ground.bound());
  }

  private UcxLoop dialling() {
    return ground.ucx(ground.dialling());
  }

  private void awaitOnlyTheBystander() {
    Ground.patiently()
        .untilAsserted(
            () ->
                assertThat(Ground.held(bound()))
                    .isEqualTo(new UcxLoop.Held(1, 1, 0, Ground.held(bound()).slots())));
  }

  @Test
  void visitorsWhoNeverDialAreSentAwayInTime() throws IOException {
    ground.connectTimeout = Duration.ofMillis(400);
    Ground.Door other = ground.bind();
    ground.connectTimeout = Ground.LONG;
    List<Socket> visitors = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Socket visitor = new Socket("127.0.0.1", other.endpoint().port());
      RawUcx.greeting(visitor);
      visitors.add(visitor);
    }
    assertThat(Ground.held(bound()).receivers()).isGreaterThan(1);
    for (Socket visitor : visitors) {
      assertThat(visitor.getInputStream().read()).isEqualTo(-1);
      visitor.close();
    }
    awaitOnlyTheBystander();
  }

  @Test
  void visitorsWhoLeaveTakeTheirKeysWithThem() {
    ground.connectTimeout = Duration.ofHours(1);
    Ground.Door other = ground.bind();
    ground.connectTimeout = Ground.LONG;
    for (int i = 0; i < 100; i++) {
      RawUcx.greeting(other.endpoint());
    }
    awaitOnlyTheBystander();
  }

  @Test
  void aVisitorWhoTalksIsNotListenedTo() throws IOException {
    try (Socket visitor = new Socket("127.0.0.1", door.endpoint().port())) {
      Greeting greeting = RawUcx.greeting(visitor);
      byte[] frames = new byte[1_000_003];
      frames[2] = 100;
      visitor.getOutputStream().write(frames, 0, 103);
      RawUcx raw = RawUcx.dial(dialling(), greeting.port());
      raw.open(greeting.key(), 1 << 20);
      raw.await(AmHeader.ACCEPT);
      door.next();
      raw.close();
    }
  }

  @Test
  void aKeyLetsInOnce() throws IOException {
    try (Socket visitor = new Socket("127.0.0.1", door.endpoint().port())) {
      Greeting greeting = RawUcx.greeting(visitor);
      RawUcx first = RawUcx.dial(dialling(), greeting.port());
      first.open(greeting.key(), 1 << 20);
      first.await(AmHeader.ACCEPT);
      door.next();
      RawUcx second = RawUcx.dial(dialling(), greeting.port());
      second.open(greeting.key(), 1 << 20);
      Ground.patiently().until(() -> second.outstanding() == 0);
      ground.assertWorks(bystander);
      assertThat(second.said).isEmpty();
      assertThat(door.accepted()).isEmpty();
      first.close();
      second.close();
    }
    bystander = again();
  }

  @Test
  void aKeyThatIsUsedTwiceAtOnceLetsInOnce() throws IOException {
    try (Socket visitor = new Socket("127.0.0.1", door.endpoint().port())) {
      Greeting greeting = RawUcx.greeting(visitor);
      List<RawUcx> both = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        RawUcx raw = RawUcx.dial(dialling(), greeting.port());
        // to nobody, so that the endpoint is made when it matters
        raw.open(greeting.key() + 1, 1 << 20);
        Ground.patiently().until(() -> raw.outstanding() == 0);
        both.add(raw);
      }
      Ground.run(
          ground.bound(),
          () -> {
            both.forEach(raw -> raw.open(greeting.key(), 1 << 20));
            Ground.patiently().until(() -> both.stream().allMatch(raw -> raw.outstanding() == 0));
          });
      Ground.patiently().until(() -> both.stream().anyMatch(raw -> raw.heard(AmHeader.ACCEPT)));
      door.next();
      ground.assertWorks(bystander);
      bystander = again();
      assertThat(door.accepted()).isEmpty();
      both.forEach(RawUcx::close);
    }
  }

  private Ground.Pair again() {
    RdmaConnection dialled = ground.connect(door.endpoint());
    return new Ground.Pair(dialled, door.next());
  }

  @Test
  void strangersWhoSayNothingAreDropped() {
    int port = RawUcx.greeting(door.endpoint()).port();
    List<RawUcx> strangers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      strangers.add(RawUcx.dial(dialling(), port));
    }
    Ground.patiently().until(() -> Ground.held(bound()).endpoints() == 21);
    Ground.patiently().until(() -> Ground.held(bound()).endpoints() == 1);
    Ground.patiently().until(() -> strangers.stream().allMatch(RawUcx::isGone));
    strangers.forEach(RawUcx::close);
  }

  @Test
  void strangersWhoLeaveAreForgotten() {
    int port = RawUcx.greeting(door.endpoint()).port();
    RawUcx stranger = RawUcx.dial(dialling(), port);
    Ground.patiently().until(() -> Ground.held(bound()).endpoints() == 2);
    long start = System.nanoTime();
    stranger.close();
    awaitOnlyTheBystander();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
  }

  @Test
  void anOpenWithoutAWayBackIsNotLetIn() throws IOException {
    try (Socket visitor = new Socket("127.0.0.1", door.endpoint().port())) {
      Greeting greeting = RawUcx.greeting(visitor);
      RawUcx raw = RawUcx.dial(dialling(), greeting.port());
      raw.peerKey(greeting.key());
      raw.anything(AmHeader.CONTROL, AmHeader.OPENING_BYTES, AmHeader.OPEN);
      raw.anything(AmHeader.CONTROL, AmHeader.CONTROL_BYTES, AmHeader.OPEN);
      raw.frame(0, 0, 20);
      raw.control(AmHeader.BYE, 0);
      raw.open(greeting.key(), 1 << 20);
      raw.await(AmHeader.ACCEPT);
      door.next();
      raw.close();
    }
  }

  /**
   * What UCX 1.13 survives. It does not survive more bytes than the length announces that they
   * begin with, nor a message of the right length with something else in it, nor, now and then, one
   * of no length, where it reads whatever its memory held before: assertions of its own end the
   * process then, so its port is for peers only.
   */
  @Test
  void whoSaysSomethingElseAtThePortOfUcxIsIgnored() throws IOException {
    int port = RawUcx.greeting(door.endpoint()).port();
    List<byte[]> garbage = new ArrayList<>();
    garbage.add(new byte[0]);
    garbage.add("GET / HTTP/1.1\r\nHost: here\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    garbage.add(ByteBufUtil.decodeHexDump("16030102000100fc0301"));
    Random random = new Random(11);
    for (int bytes : new int[] {1, 15, 17, 100, 5000, 70_000}) {
      byte[] said = new byte[bytes];
      random.nextBytes(said);
      garbage.add(said);
    }
    for (byte[] said : garbage) {
      try (Socket stranger = new Socket("127.0.0.1", port)) {
        stranger.getOutputStream().write(said);
        stranger.shutdownOutput();
        Ground.Pair pair = again();
        ground.assertWorks(pair);
        pair.dialled().dispose();
      } catch (SocketException e) {
        // hung up on
      }
    }
    awaitOnlyTheBystander();
  }

  @Test
  void whoDialsByTcpIsToldThatThisIsNone() {
    ground.connectTimeout = Duration.ofMillis(400);
    Ground.Door other = ground.bind();
    ground.connectTimeout = Ground.LONG;
    TransportConnection tcp =
        new TcpTransport()
            .connect(
                Endpoint.parse("tcp://127.0.0.1:" + other.endpoint().port()),
                ground.context(ground.dialling()))
            .block(Ground.LONG);
    assertThat(tcp).isNotNull();
    tcp.receive().subscribe(frame -> {}, e -> {});
    assertThat(catchThrowable(() -> tcp.onClose().block(Ground.LONG))).isNull();
    assertThat(other.accepted()).isEmpty();
  }
}
