package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.message.Codec;
import io.reactorzmq.testing.SocketTest;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.test.StepVerifier;

/** The REQ/REP statements. */
class ReqRepTest extends SocketTest {

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "inproc"})
  void smoke(String transport) {
    RepSocket rep =
        open(
            Zmq.rep()
                .codec(Codec.utf8())
                .handle(q -> Mono.just(q + "!"))
                .bind(anyEndpoint(transport)));
    ReqSocket<String, String> req = open(Zmq.req().codec(Codec.utf8()).connect(endpointOf(rep)));
    assertThat(req.request("hi").block(SOON)).isEqualTo("hi!");
    List<String> all =
        Flux.range(0, 10_000).flatMap(i -> req.request("" + i), 500).collectList().block(SOON);
    assertThat(all).hasSize(10_000);
    closeClean(req);
    closeClean(rep);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "inproc"})
  void smokeBulk(String transport) {
    RepSocket rep =
        open(Zmq.rep().codec(Codec.bytes()).handle(Mono::just).bind(anyEndpoint(transport)));
    ReqSocket<byte[], byte[]> req = open(Zmq.req().codec(Codec.bytes()).connect(endpointOf(rep)));
    byte[] large = new byte[20_000_000];
    new java.util.Random(1).nextBytes(large);
    assertThat(req.request(large).block(SOON)).isEqualTo(large);
    closeClean(req);
    closeClean(rep);
  }

  @ParameterizedTest
  @ValueSource(strings = {"tcp", "inproc"})
  void smokeCancel(String transport) {
    RepSocket rep =
        open(Zmq.rep().codec(Codec.utf8()).handle(q -> Mono.never()).bind(anyEndpoint(transport)));
    ReqSocket<String, String> req = open(Zmq.req().codec(Codec.utf8()).connect(endpointOf(rep)));
    StepVerifier.create(req.request("hi").timeout(Duration.ofMillis(50)))
        .expectError(java.util.concurrent.TimeoutException.class)
        .verify(SOON);
    await().until(() -> req.metrics().inFlight() == 0);
    assertThat(rep.metrics().cancelled()).isEqualTo(1);
    closeClean(req);
    closeClean(rep);
  }
}
