package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.Connection;
import reactor.test.StepVerifier;

/** One attempt, whose client and clock are the test. */
class DialTest {

  private final EmbeddedChannel loop = new EmbeddedChannel();
  private final Sinks.One<Connection> client = Sinks.one();
  private boolean abandoned;

  private Mono<TransportConnection> dial() {
    loop.freezeTime();
    TransportContext context =
        new TransportContext(
            loop.eventLoop(),
            UnpooledByteBufAllocator.DEFAULT,
            1_000,
            Duration.ofSeconds(5),
            1_000);
    return Dial.of(
        client.asMono().doOnCancel(() -> abandoned = true),
        Endpoint.parse("tcp://here:1"),
        context);
  }

  @Test
  void aConnectionToItselfIsARefusal() {
    EmbeddedChannel itself =
        new EmbeddedChannel() {
          @Override
          protected SocketAddress localAddress0() {
            return new InetSocketAddress("127.0.0.1", 40_000);
          }

          @Override
          protected SocketAddress remoteAddress0() {
            return new InetSocketAddress("127.0.0.1", 40_000);
          }
        };
    StepVerifier.create(dial())
        .then(() -> client.tryEmitValue(Connection.from(itself)))
        .verifyErrorSatisfies(
            e ->
                assertThat(e)
                    .isInstanceOf(EndpointException.class)
                    .hasMessageContaining("cannot connect to tcp://here:1: Connection refused"));
    assertThat(itself.isOpen()).isFalse();
  }

  @Test
  void aDialThatTakesTooLongIsAbandoned() {
    StepVerifier.create(dial())
        .then(
            () -> {
              loop.advanceTimeBy(5, TimeUnit.SECONDS);
              loop.runScheduledPendingTasks();
            })
        .verifyErrorMessage("cannot connect to tcp://here:1: not within 5000 ms");
    assertThat(abandoned).isTrue();
  }

  @Test
  void aCancelledDialIsAbandonedAndItsTimerStopped() {
    Disposable subscription = dial().subscribe();
    assertThat(loop.runScheduledPendingTasks()).isPositive();
    subscription.dispose();
    assertThat(abandoned).isTrue();
    assertThat(loop.runScheduledPendingTasks()).isEqualTo(-1);
  }
}
