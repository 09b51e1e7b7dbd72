package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.event.CloseReport;
import io.reactorzmq.internal.wire.Control;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.message.Codec;
import io.reactorzmq.testing.RawClient;
import io.reactorzmq.testing.SocketTest;
import io.reactorzmq.testing.Taker;
import io.reactorzmq.transport.Endpoint;
import io.rsocket.frame.FrameType;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import reactor.core.publisher.Mono;

/** How a receiver tells a peer that sends no more that it has consumed everything. */
@Tag("tcp")
class LastWordTest extends SocketTest {

  private static final ByteBufAllocator HEAP = new UnpooledByteBufAllocator(false);
  private static final String ANY = "tcp://127.0.0.1:0";
  private static final Duration FOR_EVER = Duration.ofSeconds(-1);

  private static final PairSpec<String> PAIR =
      Zmq.pair().codec(Codec.utf8()).linger(FOR_EVER).bind(ANY);

  /** A frame of data with one message. */
  private static final byte[] TEXT = {2, 0, 1, 4, 't', 'e', 'x', 't'};

  /** What it says while the other hangs up is never answered, and was once taken for a message. */
  @Test
  void whoLeavesWhileTheOtherHangsUpKnowsThatAllWasConsumed() {
    PairSocket<String> pair = open(PAIR);
    pair.receive().subscribe();
    try (RawClient other = RawClient.pair(endpointOf(pair))) {
      other.nextPayload(Kind.OPEN);
      other.grant(2);
      awaitPeers(pair, 1);
      pair.send("thanks").block(SOON);
      other.nextPayload(Kind.DATA);
      other.payload(Control.leave(HEAP)).nextPayload(Kind.END);
      other.requestN(1); // for END
      Mono<CloseReport> closing = pair.disposeLater().cache();
      closing.subscribe();
      other.nextPayload(Kind.LEAVE);
      other.payload(Control.window(HEAP, 0)).payload(Control.end(HEAP)).shutdownOutput();
      other.awaitClosed();
      assertThat(closing.block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoHasConsumedAllSaysSoBehindTheEnd(boolean wasAllTakenBefore) {
    PairSocket<String> pair = open(PAIR);
    Taker<String> taker = Taker.of(pair.receive());
    try (RawClient other = RawClient.pair(endpointOf(pair))) {
      other.nextPayload(Kind.WINDOW);
      other.payload(TEXT.clone());
      await().until(() -> pair.metrics().undelivered() == 1);
      if (wasAllTakenBefore) {
        taker.request(1);
        await().until(() -> taker.count() == 1);
      }
      Mono<CloseReport> closing = pair.disposeLater().cache();
      closing.subscribe();
      other.nextPayload(Kind.LEAVE);
      other.requestN(4); // for WINDOW, LEAVE, END and perhaps another WINDOW
      other.payload(Control.end(HEAP));
      taker.request(1);
      while (Control.readWindow(other.nextPayload(Kind.WINDOW)) > 0) {
        // taken before END was read
      }
      other.shutdownOutput().awaitClosed();
      assertThat(closing.block(SOON)).isEqualTo(new CloseReport(0, 0, 0));
    }
  }

  /** The word needs no answer, also while others keep the socket busy. */
  @Test
  void whoHasSaidItHangsUp() {
    PullSocket<String> pull =
        open(Zmq.pull().codec(Codec.utf8()).linger(FOR_EVER).bind(ANY).bind(ANY));
    Taker<String> taker = Taker.of(pull.receive());
    List<Endpoint> at = pull.endpoints();
    try (RawClient leaver = RawClient.push(at.get(0).toString())) {
      leaver.nextPayload(Kind.WINDOW);
      leaver.payload(TEXT.clone());
      await().until(() -> pull.metrics().undelivered() == 1);
      PushSocket<String> other = open(Zmq.push().codec(Codec.utf8()).connect(at.get(1).toString()));
      other.send("1").then(other.send("2")).block(SOON);
      await().until(() -> pull.metrics().undelivered() == 3);
      Mono<Void> unbound = pull.unbind(at.get(0).toString()).cache();
      unbound.subscribe();
      leaver.nextPayload(Kind.LEAVE);
      leaver.payload(Control.end(HEAP)).next(FrameType.REQUEST_N);
      taker.request(1);
      assertThat(Control.readWindow(leaver.nextPayload(Kind.WINDOW))).isZero();
      leaver.awaitClosed();
      leaver.shutdownOutput();
      unbound.block(SOON);
      taker.request(2);
      await().until(() -> taker.count() == 3);
      assertThat(taker.taken()).containsExactly("text", "1", "2");
    }
  }
}
