package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;

import io.reactorzmq.message.Codec;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.SocketTest;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Sockets on event loops that never sleep. */
class BusyPollingTest extends SocketTest {

  @BeforeEach
  void neverSleep() {
    resources.disposeLater().block(SOON);
    resources = ZmqResources.builder().eventLoops(2).allocator(allocator).busyPolling(true).build();
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName("Messages pass in order on loops that never sleep, and closing accounts for all")
  void messages(String transport) {
    PullSocket<String> pull = open(Zmq.pull().codec(Codec.utf8()).bind(anyEndpoint(transport)));
    Queue<String> received = collect(pull);
    PushSocket<String> push = open(Zmq.push().codec(Codec.utf8()).connect(endpointOf(pull)));
    List<String> all = Flux.range(0, 2000).map(String::valueOf).collectList().block();
    push.sendAll(Flux.fromIterable(all)).block(SOON);
    awaitSize(received, all.size());
    assertThat(received).containsExactlyElementsOf(all);
    closeClean(push);
    closeClean(pull);
  }

  @ParameterizedTest
  @EachTransport
  @DisplayName("Requests from other threads are answered on loops that never sleep")
  void requests(String transport) {
    RepSocket rep =
        open(
            Zmq.rep()
                .codec(Codec.utf8())
                .handle(request -> Mono.just("re: " + request))
                .bind(anyEndpoint(transport)));
    ReqSocket<String, String> req = open(Zmq.req().codec(Codec.utf8()).connect(endpointOf(rep)));
    for (int i = 0; i < 200; i++) {
      assertThat(req.request("" + i).block(SOON)).isEqualTo("re: " + i);
    }
    closeClean(req);
    closeClean(rep);
  }
}
