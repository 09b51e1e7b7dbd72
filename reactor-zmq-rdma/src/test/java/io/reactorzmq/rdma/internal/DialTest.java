package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.internal.transport.TcpTransport;
import io.reactorzmq.rdma.RdmaOptions;
import io.reactorzmq.rdma.RdmaTransport;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;

/** Dialling something that is no endpoint of rdma://, or that does not do as it should. */
class DialTest {

  private final Ground ground = new Ground(RdmaOptions.defaults().transports("tcp"));

  @AfterEach
  void close() {
    ground.close();
  }

  private Throwable dialled(String endpoint) {
    return dialled(Endpoint.parse(endpoint));
  }

  private Throwable dialled(Endpoint endpoint) {
    Throwable failure =
        catchThrowable(
            () ->
                new RdmaTransport()
                    .connect(endpoint, ground.context(ground.dialling()))
                    .block(Ground.LONG));
    assertThat(failure)
        .isInstanceOf(EndpointException.class)
        .hasMessageContaining("cannot connect to " + endpoint);
    ground.awaitNothingHeld();
    return failure;
  }

  /** A listener of plain TCP that treats each visitor as told. */
  private String listener(Visited visited) throws IOException {
    ServerSocket listener = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    ground.closeLater(listener);
    Thread thread =
        new Thread(
            () -> {
              try {
                while (true) {
                  Socket visitor = listener.accept();
                  ground.closeLater(visitor);
                  visited.by(visitor);
                }
              } catch (IOException e) {
                // the end of the test
              }
            });
    thread.setDaemon(true);
    thread.start();
    return "rdma://127.0.0.1:" + listener.getLocalPort();
  }

  private interface Visited {
    void by(Socket visitor) throws IOException;
  }

  private static void say(Socket visitor, byte[] bytes) throws IOException {
    OutputStream out = visitor.getOutputStream();
    out.write(bytes);
    out.flush();
  }

  private static byte[] framed(Greeting greeting, int version) {
    java.nio.ByteBuffer bytes = java.nio.ByteBuffer.allocate(24);
    bytes.put((byte) 0).putShort((short) 21).putInt(0).putShort((short) 0xFC00).putInt(0x525A4D51);
    return bytes
        .put((byte) version)
        .putShort((short) greeting.port())
        .putLong(greeting.key())
        .array();
  }

  private static int closedPort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  @Test
  void nobodyListens() throws IOException {
    assertThat(dialled("rdma://127.0.0.1:" + closedPort())).hasMessageContaining("refused");
  }

  @Test
  void anUnknownHost() {
    assertThat(dialled("rdma://no-such-host.invalid:5555"))
        .hasMessageContaining("no-such-host.invalid");
  }

  @Test
  void aListenerThatNeverGreets() throws IOException {
    ground.connectTimeout = Duration.ofMillis(300);
    assertThat(dialled(listener(visitor -> {})))
        .hasMessageContaining("no greeting within 300 ms; what listens there may be no rdma://");
  }

  @Test
  void aListenerThatHangsUp() throws IOException {
    assertThat(dialled(listener(Socket::close)))
        .hasMessageContaining("it closed without a greeting");
  }

  @Test
  void aServerOfHttp() throws IOException {
    String endpoint =
        listener(
            visitor ->
                say(
                    visitor,
                    "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII)));
    ground.connectTimeout = Duration.ofMillis(500);
    // its first three bytes are taken for a length, and what follows for too little
    assertThat(dialled(endpoint)).hasMessageContaining("may be no rdma://");
  }

  @Test
  void aServerOfHttpThatSaysMuch() throws IOException {
    String endpoint =
        listener(
            visitor -> {
              byte[] page = new byte[5_000_000];
              java.util.Arrays.fill(page, (byte) 'x');
              say(visitor, page);
            });
    ground.connectTimeout = Duration.ofMillis(500);
    assertThat(dialled(endpoint)).hasMessageContaining("rdma://");
  }

  @Test
  void anEndpointOfTcp() {
    Queue<TransportConnection> accepted = new ConcurrentLinkedQueue<>();
    TransportServer tcp =
        new TcpTransport()
            .bind(
                Endpoint.parse("tcp://127.0.0.1:0"),
                ground.context(ground.bound()),
                connection -> {
                  accepted.add(connection);
                  connection.receive().subscribe(frame -> {}, e -> {});
                })
            .block(Ground.LONG);
    ground.connectTimeout = Duration.ofMillis(300);
    assertThat(dialled("rdma://127.0.0.1:" + tcp.endpoint().port()))
        .hasMessageContaining("no greeting within 300 ms; what listens there may be no rdma://");
    Ground.patiently().until(() -> accepted.stream().allMatch(TransportConnection::isDisposed));
    tcp.dispose();
  }

  @Test
  void anotherVersionOfTheGreeting() throws IOException {
    assertThat(dialled(listener(visitor -> say(visitor, framed(new Greeting(1, 1), 2)))))
        .hasMessageContaining("it speaks version 2 of rdma:// framing, this side 1");
  }

  @Test
  void aGreetingWithoutPort() throws IOException {
    assertThat(
            dialled(
                listener(visitor -> say(visitor, framed(new Greeting(Greeting.NO_PORT, 1), 1)))))
        .hasMessageContaining("it was reached by IPv6, and rdma is for IPv4 addresses");
  }

  @Test
  void aFrameThatIsNoGreeting() throws IOException {
    assertThat(dialled(listener(visitor -> say(visitor, new byte[] {0, 0, 3, 1, 2, 3}))))
        .hasMessageContaining("what listens there is no rdma:// endpoint");
  }

  @Test
  void nobodyBehindTheDoor() throws IOException {
    int closed = closedPort();
    assertThat(dialled(listener(visitor -> say(visitor, framed(new Greeting(closed, 1), 1)))))
        .hasMessageContaining("UCX: ")
        .hasMessageContaining("status -");
  }

  @Test
  void somethingElseBehindTheDoor() throws IOException {
    String other = listener(visitor -> {});
    int port = Endpoint.parse(other).port();
    ground.connectTimeout = Duration.ofMillis(500);
    assertThat(dialled(listener(visitor -> say(visitor, framed(new Greeting(port, 1), 1)))))
        .hasMessageContaining("UCX, not within 500 ms");
  }

  @Test
  void somethingBehindTheDoorThatHangsUp() throws IOException {
    String other = listener(Socket::close);
    int port = Endpoint.parse(other).port();
    assertThat(dialled(listener(visitor -> say(visitor, framed(new Greeting(port, 1), 1)))))
        .hasMessageContaining("UCX: ");
  }

  @Test
  void somethingBehindTheDoorThatTalks() throws IOException {
    String other =
        listener(
            visitor -> {
              byte[] garbage = new byte[100_000];
              new java.util.Random(5).nextBytes(garbage);
              say(visitor, garbage);
              visitor.close();
            });
    int port = Endpoint.parse(other).port();
    ground.connectTimeout = Duration.ofMillis(500);
    assertThat(dialled(listener(visitor -> say(visitor, framed(new Greeting(port, 1), 1)))))
        .hasMessageContaining("UCX");
  }

  @Test
  void aKeyThatTheDoorDidNotGive() throws IOException {
    Ground.Door door = ground.bind();
    Greeting greeting = RawUcx.greeting(door.endpoint());
    ground.connectTimeout = Duration.ofMillis(500);
    assertThat(
            dialledUnheld(
                listener(visitor -> say(visitor, framed(new Greeting(greeting.port(), 4711), 1)))))
        .hasMessageContaining("UCX, not within 500 ms");
    assertThat(door.accepted()).isEmpty();
  }

  private Throwable dialledUnheld(String endpoint) {
    return catchThrowable(
        () ->
            new RdmaTransport()
                .connect(Endpoint.parse(endpoint), ground.context(ground.dialling()))
                .block(Ground.LONG));
  }

  @Test
  void aTransportThatUcxDoesNotHave() {
    Ground.Door door = ground.bind();
    Throwable failure =
        catchThrowable(
            () -> ground.connect(door.endpoint(), RdmaOptions.defaults().transports("no_such")));
    assertThat(failure)
        .isInstanceOf(EndpointException.class)
        .hasMessageContaining("cannot connect to " + door.endpoint())
        .hasMessageContaining("UCX cannot start with transports [no_such]");
    Throwable binding =
        catchThrowable(
            () ->
                new RdmaTransport()
                    .bind(
                        Endpoint.parse("rdma://127.0.0.1:0"),
                        ground.context(
                            ground.dialling(), RdmaOptions.defaults().transports("no_such")),
                        connection -> {})
                    .block(Ground.LONG));
    assertThat(binding)
        .isInstanceOf(EndpointException.class)
        .hasMessageContaining("cannot bind rdma://127.0.0.1:0")
        .hasMessageContaining("[no_such]");
    // which leaves the loop as it was
    ground.connect(door.endpoint());
    door.next();
  }

  @Test
  void aDeviceThatUcxDoesNotHave() {
    Ground.Door door = ground.bind();
    assertThat(
            catchThrowable(
                () ->
                    ground.connect(
                        door.endpoint(),
                        RdmaOptions.defaults().transports("tcp").devices("no_such0"))))
        .isInstanceOf(EndpointException.class)
        .hasMessageContaining("no_such0");
  }

  @Test
  void whoGivesUpLeavesNothing() throws IOException {
    String silent = listener(visitor -> {});
    int port = Endpoint.parse(silent).port();
    String door = listener(visitor -> say(visitor, framed(new Greeting(port, 1), 1)));
    for (int i = 0; i < 20; i++) {
      Disposable dial =
          new RdmaTransport()
              .connect(
                  Endpoint.parse(i % 2 == 0 ? door : silent), ground.context(ground.dialling()))
              .subscribe();
      if (i % 4 == 0) {
        Ground.patiently().until(() -> Ground.held(ground.ucx(ground.dialling())).endpoints() > 0);
      }
      dial.dispose();
    }
    ground.awaitNothingHeld();
  }
}
