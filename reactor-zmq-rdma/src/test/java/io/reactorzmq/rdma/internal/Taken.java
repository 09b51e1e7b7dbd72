package io.reactorzmq.rdma.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.transport.TransportConnection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/** Takes what a connection receives, and keeps the number that each frame begins with. */
final class Taken extends BaseSubscriber<ByteBuf> {

  private final long initial;
  private final List<Integer> numbers = new CopyOnWriteArrayList<>();
  private final AtomicInteger count = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private volatile @Nullable Throwable error;
  private boolean counting;

  private Taken(long initial) {
    this.initial = initial;
  }

  static Taken of(TransportConnection connection) {
    return of(connection, Long.MAX_VALUE);
  }

  static Taken of(TransportConnection connection, long initial) {
    Taken taken = new Taken(initial);
    connection.receive().subscribe(taken);
    return taken;
  }

  /** Only counts, which leaves no garbage. */
  static Taken counting(TransportConnection connection) {
    Taken taken = new Taken(Long.MAX_VALUE);
    taken.counting = true;
    connection.receive().subscribe(taken);
    return taken;
  }

  @Override
  protected void hookOnSubscribe(Subscription subscription) {
    if (initial > 0) {
      subscription.request(initial);
    }
  }

  @Override
  protected void hookOnNext(ByteBuf frame) {
    bytes.addAndGet(frame.readableBytes());
    if (!counting) {
      numbers.add(frame.getInt(frame.readerIndex()));
    }
    count.incrementAndGet();
  }

  @Override
  protected void hookOnError(Throwable failure) {
    error = failure;
  }

  int count() {
    return count.get();
  }

  long bytes() {
    return bytes.get();
  }

  List<Integer> numbers() {
    return numbers;
  }

  Throwable awaitError() {
    Ground.patiently().until(() -> error != null);
    Throwable failure = error;
    assertThat(failure).isNotNull();
    return failure;
  }
}
