package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.nio.NioIoHandler;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;

/** The contract on NIO event loops, and the dialling of addresses. */
class TcpTransportTest implements TcpContract {

  @Override
  public Rig rig() {
    return new Rig(new TcpTransport(), "tcp://127.0.0.1:0", NioIoHandler.newFactory());
  }

  @Test
  void aRefusedDialNamesTheEndpoint() throws IOException {
    try (Rig rig = rig()) {
      // Bound, so that nobody else takes the port, but not listening.
      Socket taken = new Socket();
      taken.bind(new InetSocketAddress("127.0.0.1", 0));
      Endpoint endpoint = Endpoint.parse("tcp://127.0.0.1:" + taken.getLocalPort());
      assertThatThrownBy(() -> rig.connect(endpoint))
          .isInstanceOf(EndpointException.class)
          .hasMessageContaining("cannot connect to " + endpoint)
          .hasMessageContaining("refused");
      taken.close();
    }
  }

  @Test
  void anUnknownHostIsNamed() {
    try (Rig rig = rig()) {
      assertThatThrownBy(() -> rig.connect(Endpoint.parse("tcp://no-such-host.invalid:1")))
          .isInstanceOf(EndpointException.class)
          .hasMessageContaining("cannot connect to tcp://no-such-host.invalid:1");
    }
  }

  @Test
  void aHostNameAndIpv6AreDialled() {
    try (Rig rig = rig()) {
      for (String text : new String[] {"tcp://localhost:*", "tcp://[::1]:*"}) {
        TransportServer server = rig.bind(Endpoint.parse(text), c -> {});
        TransportConnection dialled = rig.connect(server.endpoint());
        assertThat(((InetSocketAddress) dialled.remoteAddress()).getPort())
            .isEqualTo(server.endpoint().port());
      }
    }
  }

  @Test
  void aWildcardServerIsDialledByItsEndpoint() {
    try (Rig rig = rig()) {
      TransportServer server = rig.bind(Endpoint.parse("tcp://*:*"), c -> {});
      assertThat(server.endpoint().host()).isEqualTo("0.0.0.0");
      assertThatCode(() -> rig.connect(server.endpoint())).doesNotThrowAnyException();
    }
  }

  @Test
  void aDialMayBeAbandoned() {
    try (Rig rig = rig()) {
      BlockingQueue<TransportConnection> accepted = new LinkedBlockingQueue<>();
      TransportServer server =
          rig.bind(
              connection -> {
                Recorder.of(connection);
                accepted.add(connection);
              });
      for (int i = 0; i < 200; i++) {
        Disposable dial =
            rig.transport()
                .connect(server.endpoint(), rig.context(rig.diallingLoop()))
                .subscribe(TransportConnection::dispose);
        // On the loop that emits: elsewhere, a connection on its way to its subscriber may be lost.
        rig.diallingLoop().submit(dial::dispose).syncUninterruptibly();
      }
      rig.settle();
      rig.connect(server.endpoint());
      Rig.patiently().until(() -> accepted.stream().filter(c -> !c.isDisposed()).count() == 1);
    }
  }

  @Test
  void aDialEndsInTime() {
    try (Rig rig = rig()) {
      Mono<TransportConnection> dial =
          rig.transport()
              .connect(
                  Endpoint.parse("tcp://192.0.2.1:9"),
                  rig.context(rig.diallingLoop(), Duration.ofMillis(50)));
      assertThatThrownBy(() -> dial.block(Rig.LONG))
          .isInstanceOf(EndpointException.class)
          .hasMessageContaining("cannot connect to tcp://192.0.2.1:9");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          tcp://host      | false | has no port; give the port that the other side is bound to
          tcp://host      | true  | has no port; port 0 or * lets the system choose one
          tcp://host:0    | false | has no port to connect to
          tcp://host:*    | false | has no port to connect to
          tcp://*:5555    | false | only a bind can have
          tcp://*:1?a=b   | true  | unknown parameter 'a'
          """)
  void aBadEndpointFailsWithASentence(String text, boolean bind, String sentence) {
    Endpoint endpoint = Endpoint.parse(text);
    assertThatThrownBy(() -> new TcpTransport().validate(endpoint, bind))
        .isInstanceOf(EndpointException.class)
        .hasMessageContaining(sentence);
  }
}
