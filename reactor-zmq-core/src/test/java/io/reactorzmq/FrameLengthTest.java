package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.wire.Control;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.message.Codec;
import io.reactorzmq.testing.RawClient;
import io.reactorzmq.testing.SocketTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** How long the frames are that a socket takes over TCP. */
class FrameLengthTest extends SocketTest {

  private static final String ANY = "tcp://127.0.0.1:0";

  /** Four bursts of 45 segments of an Ethernet, less three bytes of length and RSocket's six. */
  private static final int FRAME = 4 * 45 * 1448 - 9;

  @Test
  void nothingIsAllocatedForALongerFrameThanIsTaken() {
    PullSocket<byte[]> pull = open(Zmq.pull().codec(Codec.bytes()).bind(ANY));
    Queue<SocketEvent> events = new ConcurrentLinkedQueue<>();
    pull.events().subscribe(events::add);
    pull.receive().subscribe();
    try (RawClient push = RawClient.push(endpointOf(pull))) {
      awaitPeers(pull, 1);
      push.bytes(new byte[] {4, 0, 0}); // the length of 256 KiB, and nothing behind it
      push.awaitClosed();
    }
    await().until(() -> events.stream().anyMatch(SocketEvent.Disconnected.class::isInstance));
    assertThat(events)
        .filteredOn(SocketEvent.Disconnected.class::isInstance)
        .allSatisfy(
            e ->
                assertThat(((SocketEvent.Disconnected) e).cause())
                    .hasMessage(
                        "a frame of 262144 bytes was announced; the limit here is "
                            + (FRAME + 64)));
  }

  @Test
  void whatIsTakenIsAnnounced() {
    RepSocket rep = open(Zmq.rep().codec(Codec.utf8()).handle(Mono::just).bind(ANY));
    try (RawClient client = RawClient.req(endpointOf(rep))) {
      assertThat(announced(client)).isEqualTo(FRAME);
    }
  }

  private static int announced(RawClient client) {
    return Control.readOpen(client.nextPayload(Kind.OPEN)).maxFrameBytes();
  }

  @ParameterizedTest
  @ValueSource(ints = {FRAME - 10, FRAME, 2 * FRAME, 3_000_000})
  void arraysOfAnyLengthArrive(int length) {
    PullSocket<byte[]> pull = open(Zmq.pull().codec(Codec.bytes()).bind(ANY));
    PushSocket<byte[]> push = open(Zmq.push().codec(Codec.bytes()).connect(endpointOf(pull)));
    List<byte[]> sent = new ArrayList<>();
    for (int i = -2; i <= 2; i++) {
      byte[] array = new byte[length + i];
      for (int k = 0; k < array.length; k += 1000) {
        array[k] = (byte) (k / 1000 + i);
      }
      sent.add(array);
    }
    Mono<List<byte[]>> received = pull.receive().take(sent.size()).collectList().cache();
    received.subscribe();
    push.sendAll(Flux.fromIterable(sent)).block(SOON);
    assertThat(received.block(SOON)).containsExactlyElementsOf(sent);
    closeClean(push);
    closeClean(pull);
  }
}
