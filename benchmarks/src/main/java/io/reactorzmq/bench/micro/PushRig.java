package io.reactorzmq.bench.micro;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.internal.flow.PipelineFlow;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import reactor.core.publisher.Sinks.EmitResult;

/** A PUSH without a socket, and one peer that takes all it sends. */
final class PushRig<T> {

  static final int SIZE = 64;

  private final Host host = new Host();
  private final Supplier<T> values;
  private final PipelineFlow<T> flow;
  private final FakePeer peer;
  private long emitted;

  private PushRig(Codec<T> codec, Supplier<T> values) {
    this.values = values;
    flow = new PipelineFlow<>(host, codec, Host.sendBounds(), null, Host.LIMITS, Host.WINDOW);
    peer = new FakePeer(host, flow, "PULL");
  }

  /** Sends one array again and again. */
  static PushRig<byte[]> ofBytes() {
    byte[] value = Frames.bytes(SIZE);
    return new PushRig<>(Codec.bytes(), () -> value);
  }

  /** Sends one message again and again, so that none is made for it. */
  static PushRig<Message> ofMessages() {
    Message value = Message.of(Frames.bytes(SIZE));
    return new PushRig<>(Codec.zeroCopy(), value::retain);
  }

  /** Emits on the event loop, then lets it send. */
  void tryEmit(int messages) {
    emit(messages);
    host.loop.run();
  }

  /** Emits as another thread does, then lets the event loop send. */
  void tryEmitElsewhere(int messages) {
    host.loop.elsewhere(() -> emit(messages));
    host.loop.run();
  }

  private void emit(int messages) {
    for (int i = 0; i < messages; i++) {
      EmitResult result = flow.sendPort().tryEmit(values.get());
      if (result != EmitResult.OK) {
        throw new IllegalStateException("tryEmit says " + result);
      }
    }
    emitted += messages;
  }

  /** Sends what a publisher emits, on the event loop. */
  void sendAll(int messages) {
    Completion completion = new Completion();
    flow.sendPort().sendAll(new Repeated<>(values, messages)).subscribe(completion);
    host.loop.run();
    emitted += messages;
    if (!completion.completed) {
      throw new IllegalStateException("sendAll did not complete");
    }
  }

  /** Fails unless a peer is given what is sent. */
  void checkFrames(int messages) {
    List<ByteBuf> frames = new ArrayList<>();
    peer.frames(frames::add);
    tryEmit(messages);
    tryEmitElsewhere(messages);
    sendAll(messages);
    Frames.check(frames, 3 * messages, Frames.bytes(SIZE));
    frames.forEach(ByteBuf::release);
    peer.frames(ByteBuf::release);
  }

  /** Fails unless all was handed over, and is known to be consumed. */
  void check() {
    require("messages sent", peer.flow().sent());
    require("messages routed", flow.counters().sent());
    MicroBenchmark.require("messages left", peer.flow().inFlight(), 0);
    MicroBenchmark.require("messages queued", flow.counters().queuedMessages(), 0);
  }

  private void require(String what, long came) {
    MicroBenchmark.require(what, came, emitted);
  }
}
