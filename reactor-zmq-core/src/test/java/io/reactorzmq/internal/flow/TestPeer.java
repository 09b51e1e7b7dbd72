package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.internal.wire.FrameReader;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;

/** A receiver as a sending socket sees it: gives credit when told, and reads what it gets. */
final class TestPeer<T> {

  /** Small, so that a test's large message need not be. */
  static final int COPY_THRESHOLD = 1024;

  final SendCredit credit = new SendCredit();
  final Lane<SendItem<T>> lane;

  /** The texts of the messages that ended in each frame. */
  final List<List<String>> frames = new ArrayList<>();

  private final CreditRouter<T> router;
  private final FrameReader<Message> reader;
  private final List<ByteBuf> held = new ArrayList<>();
  private boolean holding;
  private boolean alive = true;
  private Runnable onFrame = () -> {};

  TestPeer(CreditRouter<T> router, Limits limits) {
    this.router = router;
    this.reader = FrameReader.ofMessages(limits);
    this.lane =
        new Lane<>(
            new FrameWriter(SendRig.ALLOC, limits, COPY_THRESHOLD),
            credit,
            this::receive,
            cause -> die());
    credit.demanded(SendCredit.INITIAL_DEMAND);
  }

  void connect() {
    router.peerArrived();
    router.add(lane);
  }

  /** Opens the credit. */
  TestPeer<T> open(int window) {
    credit.window(window);
    return consume(window);
  }

  /** Gives the credit of so many frames. */
  TestPeer<T> consume(int n) {
    credit.demanded(n);
    lane.settle();
    router.signal();
    return this;
  }

  /** The connection breaks. */
  void die() {
    router.remove(lane);
    if (alive) {
      alive = false;
      router.peerLeft();
      reader.release();
      release();
    }
  }

  /** From now on frames stay in the transport until {@link #release()}. */
  void hold() {
    holding = true;
  }

  void release() {
    held.forEach(ByteBuf::release);
    held.clear();
  }

  /** Releases one frame that is held. */
  void releaseFirst() {
    held.remove(0).release();
  }

  /** Runs within the router's drain, when a frame has come. */
  void onFrame(Runnable task) {
    onFrame = task;
  }

  private void receive(ByteBuf frame) {
    if (holding) {
      held.add(frame.retainedDuplicate());
    }
    List<String> texts = new ArrayList<>();
    reader.read(
        frame,
        message -> {
          texts.add(text(message));
          message.release();
        });
    frames.add(texts);
    onFrame.run();
  }

  /**
   * Short texts as they are, without spaces behind them, of long ones the first character and the
   * length.
   */
  private static String text(Message message) {
    String text = message.text(0).stripTrailing();
    return text.length() <= 100 ? text : text.charAt(0) + "*" + message.size();
  }

  /** All that came, in order. */
  List<String> received() {
    return frames.stream().flatMap(List::stream).toList();
  }
}
