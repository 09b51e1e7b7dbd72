package io.reactorzmq.internal.peer;

import io.reactorzmq.event.SocketEvent;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.BufferOverflowStrategy;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

/**
 * A socket's events: hot, the last 64 replayed. Subscribers run on the parallel scheduler behind a
 * bounded buffer that drops its oldest, so a slow one never slows the socket.
 */
final class EventLog {

  private static final int REPLAYED = 64;
  private static final int BUFFERED = 256;

  private final Sinks.Many<SocketEvent> sink = Sinks.unsafe().many().replay().limit(REPLAYED);
  private final Executor loop;
  private final AtomicInteger writers;

  /** Written to by so many, from any thread. */
  EventLog(Executor loop, int writers) {
    this.loop = loop;
    this.writers = new AtomicInteger(writers);
  }

  void emit(SocketEvent event) {
    loop.execute(() -> sink.tryEmitNext(event));
  }

  /** One of the writers has nothing more to say. */
  void complete() {
    if (writers.decrementAndGet() == 0) {
      loop.execute(sink::tryEmitComplete);
    }
  }

  Flux<SocketEvent> flux() {
    return sink.asFlux()
        .onBackpressureBuffer(BUFFERED, dropped -> {}, BufferOverflowStrategy.DROP_OLDEST)
        .publishOn(Schedulers.parallel(), REPLAYED);
  }
}
