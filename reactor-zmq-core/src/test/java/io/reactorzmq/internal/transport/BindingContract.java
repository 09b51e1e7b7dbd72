package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportServer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What binding and dialling promise. */
interface BindingContract {

  Rig rig();

  @Test
  default void connectionsAreHandedOverOnTheLoopOfTheContext() {
    try (Rig rig = rig()) {
      BlockingQueue<Boolean> onLoop = new LinkedBlockingQueue<>();
      TransportServer server = rig.bind(c -> onLoop.add(rig.boundLoop().inEventLoop()));
      rig.transport()
          .connect(server.endpoint(), rig.context(rig.diallingLoop()))
          .doOnNext(rig::track)
          .doOnNext(c -> onLoop.add(rig.diallingLoop().inEventLoop()))
          .block(Rig.LONG);
      assertThat(Rig.take(onLoop)).isTrue();
      assertThat(Rig.take(onLoop)).isTrue();
    }
  }

  @Test
  default void theEndpointIsRealAndBoundOnce() {
    try (Rig rig = rig()) {
      TransportServer server = rig.bind(c -> {});
      Endpoint real = server.endpoint();
      assertThat(real.port()).isNotZero();
      assertThat(real.host()).isNotEqualTo("*");
      assertThatThrownBy(() -> rig.bind(real, c -> {}))
          .isInstanceOf(EndpointException.class)
          .hasMessageContaining("cannot bind " + real);
    }
  }

  @Test
  default void disposingTheServerLeavesItsConnectionsOpenAndFreesTheEndpoint() {
    try (Rig rig = rig()) {
      BlockingQueue<TransportConnection> accepted = new LinkedBlockingQueue<>();
      TransportServer server = rig.bind(rig.endpointOfOurOwn(), accepted::add);
      TransportConnection dialled = rig.connect(server.endpoint());
      Recorder recorder = Recorder.of(Rig.take(accepted));
      server.dispose();
      server.onClose().block(Rig.LONG);
      assertThat(server.isDisposed()).isTrue();
      dialled.sendFrame(1, rig.frame(1, 0, 20));
      recorder.awaitFrames(1);
      assertThatThrownBy(() -> rig.connect(server.endpoint()))
          .isInstanceOf(EndpointException.class)
          .hasMessageContaining(server.endpoint().toString());
      rig.bind(server.endpoint(), accepted::add);
      rig.connect(server.endpoint());
      Rig.take(accepted);
    }
  }

  @Test
  default void aFailingAcceptorLosesOnlyThatConnection() {
    try (Rig rig = rig()) {
      AtomicInteger count = new AtomicInteger();
      BlockingQueue<TransportConnection> accepted = new LinkedBlockingQueue<>();
      TransportServer server =
          rig.bind(
              connection -> {
                if (count.incrementAndGet() == 1) {
                  throw new IllegalStateException("thrown by the test");
                }
                accepted.add(connection);
              });
      TransportConnection refused = rig.connect(server.endpoint());
      Recorder.of(refused).awaitError();
      Closed.of(refused).await1();
      TransportConnection dialled = rig.connect(server.endpoint());
      dialled.sendFrame(1, rig.frame(1, 0, 20));
      Recorder.of(Rig.take(accepted)).awaitFrames(1);
    }
  }

  @Test
  default void aHangingAcceptorHoldsUpNobodyElse() {
    try (Rig rig = rig()) {
      BlockingQueue<TransportConnection> accepted = new LinkedBlockingQueue<>();
      TransportServer server = rig.bind(accepted::add);
      TransportConnection neglected = rig.connect(server.endpoint());
      TransportConnection served = rig.connect(server.endpoint());
      Rig.take(accepted);
      Recorder recorder = Recorder.of(Rig.take(accepted));
      neglected.sendFrame(1, rig.frame(1, 0, 100_000));
      served.sendFrame(1, rig.frame(1, 1, 100_000));
      recorder.awaitFrames(1);
    }
  }

  @Test
  default void eachSubscriptionDialsOnce() {
    try (Rig rig = rig()) {
      BlockingQueue<TransportConnection> accepted = new LinkedBlockingQueue<>();
      TransportServer server = rig.bind(accepted::add);
      var dial =
          rig.transport()
              .connect(server.endpoint(), rig.context(rig.diallingLoop()))
              .doOnNext(rig::track);
      rig.settle();
      assertThat(accepted).isEmpty();
      assertThat(dial.block(Rig.LONG)).isNotSameAs(dial.block(Rig.LONG));
      Rig.take(accepted);
      Rig.take(accepted);
    }
  }

  @Test
  default void parametersAreRefused() {
    try (Rig rig = rig()) {
      Endpoint endpoint = Endpoint.parse(rig.bind(c -> {}).endpoint() + "?color=red");
      assertThatThrownBy(() -> rig.transport().validate(endpoint, false))
          .isInstanceOf(EndpointException.class)
          .hasMessageContaining("'color'");
    }
  }

  @Test
  default void hundredsOfConnectionsLeaveNothingBehind() {
    openAndClose(Integer.getInteger("zmq.test.connections", 300)); // fewer where each takes long
  }

  @Test
  @Tag("full")
  default void tenThousandConnectionsLeaveNothingBehind() {
    openAndClose(10_000);
  }

  private void openAndClose(int times) {
    try (Rig rig = rig()) {
      BlockingQueue<TransportConnection> accepted = new LinkedBlockingQueue<>();
      Endpoint endpoint = rig.toBind();
      TransportServer server =
          rig.transport()
              .bind(endpoint, rig.context(rig.boundLoop()), accepted::add)
              .block(Rig.LONG);
      for (int i = 0; i < times; i++) {
        TransportConnection dialled =
            rig.transport()
                .connect(server.endpoint(), rig.context(rig.diallingLoop()))
                .block(Rig.LONG);
        TransportConnection other = Rig.take(accepted);
        Recorder recorder = Recorder.of(other);
        Recorder.of(dialled);
        dialled.sendFrame(1, rig.frame(1, i, 100));
        recorder.awaitFrames(1);
        dialled.sendFrame(1, rig.frame(1, i, 100_000));
        switch (i % 3) {
          case 0 -> dialled.dispose();
          case 1 -> dialled.closeGracefully();
          default -> other.closeWithError(new IllegalStateException("closed by the test"));
        }
        dialled.onClose().onErrorComplete().block(Rig.LONG);
        other.dispose();
        other.onClose().onErrorComplete().block(Rig.LONG);
      }
      server.dispose();
      rig.awaitNoBuffers();
    }
  }
}
