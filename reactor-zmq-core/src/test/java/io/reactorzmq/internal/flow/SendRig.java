package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.concurrent.EventExecutor;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import java.util.ArrayList;
import java.util.List;

/** A sending socket without a network: the router, its entrance, and peers that tests make. */
final class SendRig<T> {

  static final ByteBufAllocator ALLOC = UnpooledByteBufAllocator.DEFAULT;
  static final int FRAME = Limits.MIN_FRAME_BYTES;
  static final long UNLIMITED = Long.MAX_VALUE / 4;

  final ManualLoop loop = new ManualLoop();
  final SendBounds bounds;
  final CreditRouter<T> router;
  final SendPort<T> port;

  /** What the router reported as dropped. */
  final List<Throwable> dropped = new ArrayList<>();

  int closingDrains;
  private final List<TestPeer<T>> peers = new ArrayList<>();

  SendRig(Codec<T> codec, int highWaterMark, long highWaterMarkBytes, int maxPendingSends) {
    bounds = new SendBounds(highWaterMark, highWaterMarkBytes, maxPendingSends);
    router = router(codec, loop, bounds);
    port = new SendPort<>(router, Runnable::run);
  }

  /** Bounds that a test does not reach. */
  SendRig(Codec<T> codec) {
    this(codec, 1000, UNLIMITED, 1000);
  }

  private CreditRouter<T> router(Codec<T> codec, EventExecutor loop, SendBounds bounds) {
    return new CreditRouter<>(codec, ALLOC, loop, bounds, dropped::add, () -> closingDrains++);
  }

  /** A connected peer that takes messages of any size and has given no credit yet. */
  TestPeer<T> peer(int messagesPerFrame) {
    return peer(new Limits(messagesPerFrame, FRAME, 0, 0));
  }

  TestPeer<T> peer(Limits limits) {
    TestPeer<T> peer = new TestPeer<>(router, limits);
    peers.add(peer);
    peer.connect();
    return peer;
  }

  /** Gives up whatever is under way. */
  void close() {
    peers.forEach(TestPeer::die);
    router.terminate();
    loop.run();
  }

  /** Nothing is queued, reserved or waiting. */
  void assertEmpty() {
    loop.run();
    assertThat(router.isDrained()).isTrue();
    assertThat(bounds.messages()).as("messages").isZero();
    assertThat(bounds.bytes()).as("bytes").isZero();
    assertThat(bounds.pending()).as("pending").isZero();
  }
}
