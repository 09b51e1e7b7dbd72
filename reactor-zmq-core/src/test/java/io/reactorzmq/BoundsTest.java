package io.reactorzmq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.error.OverflowException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.ZmqResources;
import io.reactorzmq.testing.EachTransport;
import io.reactorzmq.testing.RawPeer;
import io.reactorzmq.testing.SocketTest;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import reactor.core.publisher.Flux;

/** Memory stays within its bounds whatever peers and callers do. */
class BoundsTest extends SocketTest {

  private static final int FRAME = 4 * 65_160 - 9;
  private static final int MIB = 1024 * 1024;

  @ParameterizedTest
  @EachTransport({"tcp,1", "tcp,2", "tcp,1000", "inproc,1", "inproc,2", "inproc,1000"})
  void aMessageOfThreeWindowsPassesThroughOneMessageAndOneWindowOfMemory(
      String transport, int hwm) {
    int size = 3 * Math.min(4, hwm) * FRAME;
    PullSocket<byte[]> pull =
        open(Zmq.pull().codec(Codec.bytes()).highWaterMark(hwm).bind(anyEndpoint(transport)));
    PushSocket<byte[]> push =
        open(Zmq.push().codec(Codec.bytes()).highWaterMark(hwm).connect(endpointOf(pull)));
    byte[] value = new byte[size];
    for (int i = 0; i < size; i += 1000) {
      value[i] = (byte) i;
    }
    AtomicLong peak = new AtomicLong();
    List<byte[]> received = new ArrayList<>();
    pull.receive()
        .doOnNext(v -> peak.accumulateAndGet(allocator.metric().usedDirectMemory(), Math::max))
        .subscribe(received::add);
    push.send(value).block(SOON);
    await().until(() -> received.size() == 1);
    assertThat(received.get(0)).isEqualTo(value);
    // the message, a window at the receiver, a window at the sender, and the receive buffers
    int window = Math.min(4, hwm) * FRAME;
    assertThat(peak.get()).isLessThan(size + 2L * window + 2L * MIB);
    closeClean(push);
    closeClean(pull);
  }

  @Test
  @Tag("tcp")
  void twoHundredPeersThatStopInTheMiddleOfALargeMessageStopNobodyElse() {
    int stallers = 200;
    int size = 64 * MIB;
    byte[] zeros = new byte[size];
    Duration assemblyTimeout = Duration.ofMillis(100);
    PullSocket<byte[]> pull =
        open(
            Zmq.pull()
                .codec(Codec.bytes())
                .maxMessageSize(size)
                .change(c -> c.assemblyTimeout = assemblyTimeout)
                .bind("tcp://127.0.0.1:0"));
    String endpoint = endpointOf(pull);
    Queue<SocketEvent> events = events(pull);
    AtomicLong small = new AtomicLong();
    AtomicLong large = new AtomicLong();
    AtomicLong peak = new AtomicLong();
    ZmqResources others =
        ZmqResources.builder().eventLoops(1).allocator(new UnpooledByteBufAllocator(true)).build();
    List<RawPeer> peers = new ArrayList<>();
    for (int i = 0; i < stallers; i++) {
      peers.add(RawPeer.push(endpoint, others, halfOf(zeros)));
    }
    awaitPeers(pull, stallers);
    // credit opens now, so all of them begin at once
    pull.receive()
        .subscribe(
            v -> {
              peak.accumulateAndGet(allocator.metric().usedDirectMemory(), Math::max);
              (v.length == size ? large : small).incrementAndGet();
            });

    PushSocket<byte[]> honest =
        Zmq.push().codec(Codec.bytes()).resources(others).connect(endpoint).openNow();
    honest.sendAll(Flux.range(0, 10_000).map(i -> new byte[64])).block(SOON);
    await("small messages pass").until(() -> small.get() == 10_000);
    assertThat(peers).as("stallers still there").anyMatch(peer -> !peer.isClosed());

    honest.send(zeros).subscribe();
    await("the large one passes")
        .atMost(Duration.ofSeconds(45))
        .until(
            () -> {
              peak.accumulateAndGet(allocator.metric().usedDirectMemory(), Math::max);
              return large.get() == 1;
            });
    assertThat(events)
        .filteredOn(SocketEvent.Disconnected.class::isInstance)
        .first()
        .extracting(e -> ((SocketEvent.Disconnected) e).cause().getMessage())
        .asString()
        .contains("stopped in the middle of a message of " + size + " bytes");
    // the budget, and a frame for each peer with what the transport reads ahead
    assertThat(peak.get()).isLessThan(256L * MIB + 201L * (FRAME + 64 * 1024) + 16 * MIB);
    honest.disposeLater().block(SOON);
    peers.forEach(RawPeer::close);
    others.disposeLater().block(SOON);
  }

  /** A script of the first half of one message. */
  private static LongFunction<ByteBuf> halfOf(byte[] content) {
    int size = content.length;
    Message message = Message.of(Unpooled.wrappedBuffer(content));
    FrameWriter writer =
        new FrameWriter(UnpooledByteBufAllocator.DEFAULT, new Limits(250, FRAME, size, 0), 1024);
    return n -> {
      if (n >= size / 2 / FRAME) {
        return null;
      }
      writer.append(message, message);
      return writer.finish();
    };
  }

  @Test
  @Tag("tcp")
  void tenMillionUnawaitedSendsWithoutAPeerAreRefusedInBoundedMemory() {
    PushSocket<String> push = open(Zmq.push().codec(Codec.utf8()).bind("tcp://127.0.0.1:0"));
    long heapBefore = usedHeap();
    AtomicLong refused = new AtomicLong();
    AtomicLong other = new AtomicLong();
    for (int i = 0; i < 10_000_000; i++) {
      push.send("value " + i)
          .subscribe(
              v -> {}, e -> (e instanceof OverflowException ? refused : other).incrementAndGet());
    }
    assertThat(refused).hasValue(10_000_000 - 1000);
    assertThat(other).hasValue(0);
    assertThat(push.metrics().pendingSends()).isEqualTo(1000);
    assertThat(push.metrics().queuedMessages()).isZero();
    assertThat(usedHeap() - heapBefore).isLessThan(16L * MIB);
    Reference.reachabilityFence(push);
  }

  @Test
  @Tag("tcp")
  void sendsGivenUpWithoutAPeerLeaveNothingBehind() {
    PushSocket<String> push = open(Zmq.push().codec(Codec.utf8()).bind("tcp://127.0.0.1:0"));
    long heapBefore = usedHeap();
    for (int i = 0; i < 1_000_000; i++) {
      push.send("value " + i).subscribe().dispose();
    }
    assertThat(push.metrics().pendingSends()).isZero();
    await().untilAsserted(() -> assertThat(usedHeap() - heapBefore).isLessThan(16L * MIB));
  }

  private static long usedHeap() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
