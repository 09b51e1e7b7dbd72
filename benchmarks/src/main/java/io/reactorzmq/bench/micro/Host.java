package io.reactorzmq.bench.micro;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.flow.FlowHost;
import io.reactorzmq.internal.flow.LaneBounds;
import io.reactorzmq.internal.flow.ReceiveBudget;
import io.reactorzmq.internal.flow.SendBounds;
import io.reactorzmq.internal.wire.Aside;
import io.reactorzmq.internal.wire.Limits;
import java.time.Duration;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/**
 * A socket as its flow sees it, with the defaults of one and without endpoints. Whatever a flow
 * reports as lost fails the benchmark.
 */
final class Host implements FlowHost {

  private static final long MIB = 1024 * 1024;

  /** What either side announces by default. */
  static final Limits LIMITS = new Limits(MicroBenchmark.PER_FRAME, 256 * 1024, 64 * MIB, 0);

  /** Frames of credit that a receiver keeps open by default. */
  static final int WINDOW = 4;

  static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

  final HandLoop loop = new HandLoop();
  private final ReceiveBudget budget =
      new ReceiveBudget(loop, 256 * MIB, Duration.ofSeconds(5), Duration.ofSeconds(90));

  static SendBounds sendBounds() {
    return new SendBounds(1000, 64 * MIB, 1000);
  }

  static LaneBounds laneBounds() {
    return new LaneBounds(1000, 64 * MIB);
  }

  @Override
  public HandLoop loop() {
    return loop;
  }

  @Override
  public Executor onLoop() {
    return Runnable::run;
  }

  @Override
  public void expectMore() {}

  @Override
  public void afterIo(Runnable turn) {
    loop.execute(turn);
  }

  @Override
  public @Nullable Scheduler callbacks() {
    return null;
  }

  @Override
  public ByteBufAllocator allocator() {
    return ALLOCATOR;
  }

  @Override
  public ReceiveBudget budget() {
    return budget;
  }

  @Override
  public Aside aside() {
    return (work, then) -> {
      throw new IllegalStateException("nothing here takes long");
    };
  }

  @Override
  public void dropped(Throwable cause) {
    throw new IllegalStateException("a message was dropped", cause);
  }

  @Override
  public void undecodable(Object origin, Throwable cause) {
    throw new IllegalStateException("a message was not understood", cause);
  }

  @Override
  public void emit(SocketEvent event) {
    if (event instanceof SocketEvent.Dropped drop) {
      throw new IllegalStateException("a message was dropped", drop.cause());
    }
  }

  @Override
  public void moved() {
    // nobody waits for it
  }
}
