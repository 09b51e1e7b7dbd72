package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.reactorzmq.transport.TransportConnection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** Subscribes to a connection, keeps a copy of what it receives and demands what the test says. */
class Recorder extends BaseSubscriber<ByteBuf> {

  final List<byte[]> frames = new CopyOnWriteArrayList<>();
  volatile @Nullable Throwable error;
  private final long initial;

  Recorder(long initial) {
    this.initial = initial;
  }

  /** Subscribes with a first demand, which may be 0. */
  static Recorder of(TransportConnection connection, long initial) {
    Recorder recorder = new Recorder(initial);
    connection.receive().subscribe(recorder);
    return recorder;
  }

  static Recorder of(TransportConnection connection) {
    return of(connection, Long.MAX_VALUE);
  }

  @Override
  protected void hookOnSubscribe(Subscription subscription) {
    if (initial > 0) {
      subscription.request(initial);
    }
  }

  @Override
  protected void hookOnNext(ByteBuf frame) {
    frames.add(ByteBufUtil.getBytes(frame));
  }

  @Override
  protected void hookOnError(Throwable failure) {
    error = failure;
  }

  static Recorder unsubscribed() {
    return new Recorder(0);
  }

  /** The number in a frame of {@link Rig#frame}. */
  static int number(byte[] frame, int index) {
    return java.nio.ByteBuffer.wrap(frame).getInt(index * Integer.BYTES);
  }

  List<Integer> seconds() {
    return frames.stream().map(frame -> number(frame, 1)).toList();
  }

  void awaitFrames(int count) {
    Rig.patiently().until(() -> frames.size() >= count);
    assertThat(frames).hasSize(count);
  }

  Throwable awaitError() {
    Rig.patiently().until(() -> error != null);
    Throwable failure = error;
    assertThat(failure).isNotNull();
    return failure;
  }
}
