package io.reactorzmq.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.PairSpec;
import io.reactorzmq.PullSpec;
import io.reactorzmq.PushSpec;
import io.reactorzmq.Zmq;
import io.reactorzmq.ZmqSocket;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.transport.AltTransport;
import io.reactorzmq.message.Codec;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import reactor.util.retry.Retry;

/** Sockets beside whose tcp endpoints there is the transport {@code alt}; nothing of it stays. */
@Tag("tcp")
public abstract class AlternateGround extends SocketTest {

  protected static final Duration HANDSHAKE = Duration.ofSeconds(1);
  protected static final String ALT = "alt (fake)";

  protected static final Retry AT_ONCE =
      Retry.fixedDelay(Long.MAX_VALUE, Duration.ofMillis(10)).transientErrors(true);

  protected static final PushSpec<String> PUSH = Zmq.push().codec(Codec.utf8()).reconnect(AT_ONCE);
  protected static final PullSpec<String> PULL = Zmq.pull().codec(Codec.utf8()).reconnect(AT_ONCE);
  protected static final PairSpec<String> PAIR = Zmq.pair().codec(Codec.utf8()).reconnect(AT_ONCE);

  /** What the sockets of a test log. */
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();

  private final PrintStream standardError = System.err;

  @BeforeEach
  void everythingWorks() {
    AltTransport.reset();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void nothingOfItStays() {
    System.setErr(standardError);
    resources.disposeLater().block(SOON);
    assertThat(AltTransport.bound).as("bound ports").isEmpty();
    assertThat(AltTransport.hanging).as("dials that nobody gave up").hasValue(0);
    assertThat(AltTransport.connections)
        .as("connections")
        .allSatisfy(connection -> assertThat(connection.isDisposed()).isTrue());
    AltTransport.reset();
  }

  /** A limit that will be reached, or one that a slow machine does not reach either. */
  protected static Duration limit(boolean isReached) {
    return isReached ? HANDSHAKE : SOON;
  }

  protected long logged(String text) {
    return log.toString(StandardCharsets.UTF_8).lines().filter(l -> l.contains(text)).count();
  }

  /** The endpoint at which another socket is bound, with parameters. */
  protected static String dial(ZmqSocket bound, String parameters) {
    int port = bound.endpoints().get(0).port();
    return "tcp://127.0.0.1:" + port + (parameters.isEmpty() ? "" : "?" + parameters);
  }

  protected static String bind(String parameters) {
    return "tcp://127.0.0.1:0" + (parameters.isEmpty() ? "" : "?" + parameters);
  }

  protected static List<String> transports(ZmqSocket socket) {
    return socket.peers().stream().map(peer -> peer.transport()).toList();
  }

  protected static int count(Queue<SocketEvent> events, Class<? extends SocketEvent> type) {
    return (int) events.stream().filter(type::isInstance).count();
  }

  protected static void awaitEvents(
      Queue<SocketEvent> events, Class<? extends SocketEvent> type, int n) {
    await(n + " " + type.getSimpleName()).until(() -> count(events, type) >= n);
  }
}
