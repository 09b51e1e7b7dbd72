package io.reactorzmq.internal.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** Copies what it receives; demand is what the test says. */
class Recorder extends BaseSubscriber<ByteBuf> {

  final List<byte[]> frames = new CopyOnWriteArrayList<>();
  volatile Throwable error;
  private final long initial;

  Recorder(long initial) {
    this.initial = initial;
  }

  static Recorder unbounded() {
    return new Recorder(Long.MAX_VALUE);
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
  protected void hookOnError(Throwable throwable) {
    error = throwable;
  }

  void awaitFrames(int count) {
    await().atMost(Rig.LONG).untilAsserted(() -> assertThat(frames).hasSize(count));
  }

  Throwable awaitError() {
    await().atMost(Rig.LONG).until(() -> error != null);
    return error;
  }
}
