package io.reactorzmq.bench.micro;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.internal.flow.PipelineFlow;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OnUndecodable;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** A PULL without a socket, one peer that sends frames of 64-byte messages, and a subscriber. */
final class PullRig<T> {

  static final int SIZE = 64;

  private final Host host = new Host();
  private final PipelineFlow<T> flow;
  private final FakePeer peer;
  private final Receiver<T> receiver;
  private final ByteBuf full = Frames.of(MicroBenchmark.PER_FRAME, SIZE).get(0);
  private final ByteBuf single = Frames.of(1, SIZE).get(0);
  private final Function<T, byte[]> reading;
  private long frames;
  private long sent;

  private PullRig(Codec<T> codec, Consumer<T> release, Function<T, byte[]> reading, long demand) {
    this.reading = reading;
    flow = new PipelineFlow<>(host, codec, null, OnUndecodable.SKIP, Host.LIMITS, Host.WINDOW);
    peer = new FakePeer(host, flow, "PUSH");
    receiver = new Receiver<>(release, demand);
    flow.receive().subscribe(receiver);
    host.loop.run();
  }

  static PullRig<byte[]> ofBytes(long demand) {
    return new PullRig<>(Codec.bytes(), value -> {}, value -> value, demand);
  }

  static PullRig<Message> ofMessages(long demand) {
    return new PullRig<>(Codec.zeroCopy(), Message::release, message -> message.bytes(0), demand);
  }

  /** A frame of 250 comes and is taken. */
  void full() {
    receive(full, MicroBenchmark.PER_FRAME);
  }

  /** A frame of one message comes and is taken. */
  void single() {
    receive(single, 1);
  }

  private void receive(ByteBuf frame, int messages) {
    peer.flow().read(frame.retain().readerIndex(0));
    host.loop.run();
    frames++;
    sent += messages;
  }

  /** Fails unless the subscriber is given what the frames hold. */
  void checkValues() {
    byte[] expected = Frames.bytes(SIZE);
    receiver.inspect(
        value -> {
          if (!Arrays.equals(reading.apply(value), expected)) {
            throw new IllegalStateException("a value is not what was sent");
          }
        });
    full();
    single();
    receiver.inspect(null);
    check();
  }

  /** Fails unless all came, the credit of every frame was returned, and no memory is left. */
  void check() {
    MicroBenchmark.require("values", receiver.count, sent);
    MicroBenchmark.require("messages received", flow.counters().received(), sent);
    MicroBenchmark.require("frames consumed", peer.consumed(), frames);
    MicroBenchmark.require("references to a frame", full.refCnt() + single.refCnt(), 2);
  }

  /** Takes values with unbounded demand, or so many at a time. */
  private static final class Receiver<T> extends BaseSubscriber<T> {
    private final Consumer<T> release;
    private final long demand;
    private @Nullable Consumer<T> inspection;
    private long count;

    /** Keeps the value from being optimized away. */
    @Nullable T last;

    Receiver(Consumer<T> release, long demand) {
      this.release = release;
      this.demand = demand;
    }

    void inspect(@Nullable Consumer<T> by) {
      inspection = by;
    }

    @Override
    protected void hookOnSubscribe(Subscription subscription) {
      subscription.request(demand);
    }

    @Override
    protected void hookOnNext(T value) {
      if (inspection != null) {
        inspection.accept(value);
      }
      last = value;
      release.accept(value);
      count++;
      if (demand != Long.MAX_VALUE && count % demand == 0) {
        request(demand);
      }
    }

    @Override
    protected void hookOnError(Throwable cause) {
      throw new IllegalStateException("receiving failed", cause);
    }
  }
}
