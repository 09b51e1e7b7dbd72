package io.reactorzmq.internal.flow;

import io.reactorzmq.internal.wire.Aside;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Codec;
import io.reactorzmq.options.OnUndecodable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A receiving socket without a network: the merge, the budget, and peers that tests make. */
final class ReceiveRig<T> {

  static final int FRAME = Limits.MIN_FRAME_BYTES;
  static final Duration ASSEMBLY_TIMEOUT = Duration.ofSeconds(5);
  static final Duration IDLE_TIMEOUT = Duration.ofSeconds(90);

  /** The event loop. What runs on it runs at once, as it does when called from it. */
  final ManualLoop loop = new ManualLoop();

  /** Where turns run; a loop of its own, to be able to hold them back. */
  final ManualLoop delivery = new ManualLoop();

  final ReceiveBudget budget;
  final FairMerge<T> merge;
  private final List<TestSender> senders = new ArrayList<>();
  final List<String> undecodable = new ArrayList<>();
  int firstSubscribers;
  int idle;

  ReceiveRig(Codec<T> codec, long budgetBytes, OnUndecodable onUndecodable) {
    budget =
        new ReceiveBudget(
            loop, budgetBytes, ASSEMBLY_TIMEOUT, IDLE_TIMEOUT, loop.ticker()::nanoTime);
    merge =
        new FairMerge<>(
            codec,
            onUndecodable,
            Runnable::run,
            delivery,
            (origin, cause) -> undecodable.add(origin + ": " + cause.getMessage()),
            () -> firstSubscribers++,
            () -> idle++);
  }

  /** A budget that a test does not reach. */
  ReceiveRig(Codec<T> codec) {
    this(codec, 1L << 40, OnUndecodable.SKIP);
  }

  /** A peer that may keep so many frames of any number of messages under way; closed. */
  TestSender peer(String name, int window) {
    TestSender sender = new TestSender(merge, budget, name, window);
    senders.add(sender);
    return sender;
  }

  /** A peer whose credit is open, and which makes shorter frames than it may. */
  TestSender openPeer(String name, int window, int announcedFrameBytes) {
    Limits announced = new Limits(1000, announcedFrameBytes, 0, 0);
    TestSender sender = new TestSender(merge, budget, name, window, announced);
    senders.add(sender);
    sender.inlet.open();
    return sender;
  }

  /** A peer whose credit is open, and whose parts lie where a codec wants them. */
  TestSender openPeer(String name, int window, AssemblyTarget target, Aside aside) {
    TestSender sender = new TestSender(merge, budget, name, window, target, aside);
    senders.add(sender);
    sender.inlet.open();
    return sender;
  }

  /** A peer whose credit is open. */
  TestSender openPeer(String name, int window) {
    TestSender peer = peer(name, window);
    peer.inlet.open();
    return peer;
  }

  /** Gives up whatever is under way. */
  void close() {
    senders.forEach(TestSender::die);
    merge.terminate(() -> {});
    run();
  }

  /** Runs the turns that are due. */
  void run() {
    delivery.run();
    loop.run();
  }
}
