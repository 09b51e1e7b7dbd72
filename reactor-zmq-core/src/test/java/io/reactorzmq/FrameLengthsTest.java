package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.wire.Control;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.testing.RawClient;
import io.reactorzmq.testing.SocketTest;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** How long the frames are that a socket takes and makes over TCP. */
class FrameLengthsTest extends SocketTest {

  private static final String ANY = "tcp://127.0.0.1:0";

  /** Four bursts of 45 segments of an Ethernet, less three bytes of length and RSocket's six. */
  private static final int USUAL = 4 * 45 * 1448 - 9;

  private static final int LONGEST = 8 * 45 * 1448 - 9;
  private static final int FEW = 16;

  @Test
  void fewPeersMaySendLongFrames() {
    RepSocket rep = open(Zmq.rep().codec(Codec.utf8()).handle(Mono::just).bind(ANY));
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < FEW; i++) {
      clients.add(RawClient.req(endpointOf(rep)));
      assertThat(announced(clients.get(i))).isEqualTo(LONGEST);
    }
    for (int i = 0; i < 2; i++) {
      clients.add(RawClient.req(endpointOf(rep)));
      assertThat(announced(clients.get(FEW + i))).isEqualTo(USUAL);
    }
    clients.get(0).close();
    clients.get(1).close();
    clients.get(2).close();
    awaitPeers(rep, FEW - 1);
    clients.add(RawClient.req(endpointOf(rep)));
    assertThat(announced(clients.get(FEW + 2))).isEqualTo(LONGEST);
    clients.forEach(RawClient::close);
  }

  @ParameterizedTest
  @CsvSource({"4, 0", "16, 1", "64, 4", "512, 16"})
  void asManyAsTheBudgetHasWindowsFor(int budgetMib, int few) {
    RepSocket rep =
        open(
            Zmq.rep()
                .codec(Codec.utf8())
                .handle(Mono::just)
                .receiveBudgetBytes(budgetMib << 20)
                .bind(ANY));
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i <= few; i++) {
      clients.add(RawClient.req(endpointOf(rep)));
      assertThat(announced(clients.get(i))).isEqualTo(i < few ? LONGEST : USUAL);
    }
    clients.forEach(RawClient::close);
  }

  @Test
  void nothingIsAllocatedForAFrameThatWasNotAllowed() {
    PullSocket<byte[]> pull =
        open(Zmq.pull().codec(Codec.bytes()).receiveBudgetBytes(4 << 20).bind(ANY));
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
                            + (USUAL + 64)));
  }

  private static int announced(RawClient client) {
    return Control.readOpen(client.nextPayload(Kind.OPEN)).maxFrameBytes();
  }

  /** The peer takes 256 KiB, which is more than this side is used to make. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void onlyAnArrayFillsTheFramesThatThePeerTakes(boolean direct) {
    PushSocket<Message> push = open(Zmq.push().codec(Codec.zeroCopy()).bind(ANY));
    try (RawClient pull = RawClient.pull(endpointOf(push)).grant(8)) {
      awaitPeers(push, 1);
      byte[] array = new byte[1_000_000];
      ByteBuf memory = allocator.directBuffer(array.length).writeBytes(array);
      push.send(direct ? Message.of(memory.retain()) : Message.of(array)).block(SOON);
      for (int i = 0; i < 2; i++) {
        assertThat(pull.nextPayload(Kind.DATA).readableBytes())
            .isEqualTo(direct ? USUAL : 256 * 1024);
      }
      memory.release();
    }
    push.disposeLater().block(SOON);
  }

  @ParameterizedTest
  @ValueSource(ints = {USUAL - 10, USUAL, LONGEST, 2 * LONGEST, 3_000_000})
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
