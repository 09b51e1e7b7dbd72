package io.reactorzmq.internal.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.reactorzmq.internal.wire.Aside;
import io.reactorzmq.internal.wire.FrameReader;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Message;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;

/** A sender as a receiving socket sees it: writes frames, and keeps book of its credit. */
final class TestSender implements Inlet.Upstream {

  final Inlet<Message> inlet;

  /** What was announced, each as window+more. */
  final List<String> windows = new ArrayList<>();

  /** How much was asked for at a time, where the window stayed as it was. */
  final List<Integer> returned = new ArrayList<>();

  /** Frames written and not sent yet. */
  final Deque<ByteBuf> frames = new ArrayDeque<>();

  RuntimeException failure;
  Runnable onWindow = () -> {};
  private final FrameWriter writer;

  /** How often it was told that all it sent is consumed. */
  int settled;

  private int credit;
  private int asked;
  private int window;
  private int consumed;
  private int sent;

  private static final Limits LIMITS = new Limits(1000, ReceiveRig.FRAME, 0, 0);

  TestSender(FairMerge<?> merge, ReceiveBudget budget, String name, int window) {
    this(merge, budget, name, window, LIMITS, FrameReader.ofMessages(LIMITS));
  }

  /** To an inlet that would take longer frames than this one makes. */
  TestSender(FairMerge<?> merge, ReceiveBudget budget, String name, int window, Limits announced) {
    this(merge, budget, name, window, announced, FrameReader.ofMessages(announced));
  }

  /** To an inlet that puts parts where a codec wants them. */
  TestSender(
      FairMerge<?> merge,
      ReceiveBudget budget,
      String name,
      int window,
      AssemblyTarget target,
      Aside aside) {
    this(merge, budget, name, window, LIMITS, FrameReader.ofMessages(LIMITS).into(target, aside));
  }

  private TestSender(
      FairMerge<?> merge,
      ReceiveBudget budget,
      String name,
      int window,
      Limits announced,
      FrameReader<Message> reader) {
    FrameReader<Message> packing = reader.packedFor(merge.codec());
    inlet = new Inlet<>(merge, packing, budget, this, announced, window, name);
    writer = new FrameWriter(UnpooledByteBufAllocator.DEFAULT, LIMITS, 1024);
  }

  @Override
  public void window(int window, int more) {
    windows.add(window + "+" + more);
    this.window = window;
    ask(more);
    onWindow.run();
  }

  @Override
  public void more(int frames) {
    returned.add(frames);
    ask(frames);
  }

  @Override
  public void settled() {
    settled++;
    consumed = sent;
  }

  private void ask(int frames) {
    asked += frames;
    credit += frames;
    consumed = Math.max(consumed, asked - window);
  }

  @Override
  public void fail(RuntimeException cause) {
    failure = cause;
  }

  /** Sends one frame of whole messages. */
  TestSender send(String... texts) {
    return write(texts).sendAll();
  }

  /** Writes messages, a new frame wherever one is full and at the end. */
  TestSender write(String... texts) {
    Message[] messages = new Message[texts.length];
    Arrays.setAll(messages, i -> Message.of(texts[i]));
    return write(messages);
  }

  /** The same, of messages that are taken over. */
  TestSender write(Message... messages) {
    for (Message message : messages) {
      while (!writer.append(message, message)) {
        frames.add(writer.finish());
      }
      message.release();
      if (writer.isFull()) {
        frames.add(writer.finish());
      }
    }
    if (!writer.isEmpty()) {
      frames.add(writer.finish());
    }
    return this;
  }

  /** Sends the next frame that was written. */
  TestSender sendNext() {
    assertThat(credit).as("credit").isPositive();
    return sendUnasked();
  }

  /** Sends the next frame whether there is credit or not. */
  TestSender sendUnasked() {
    credit--;
    sent++;
    inlet.read(frames.remove());
    return this;
  }

  TestSender sendAll() {
    while (!frames.isEmpty()) {
      sendNext();
    }
    return this;
  }

  int credit() {
    return credit;
  }

  /** Frames that it knows to be consumed. */
  int consumed() {
    return consumed;
  }

  /** The connection is gone. */
  void die() {
    inlet.dispose();
    discard();
  }

  /** Releases what was written and is not sent. */
  void discard() {
    frames.forEach(ByteBuf::release);
    frames.clear();
  }
}
