package io.reactorzmq.internal.peer;

import io.reactorzmq.event.SocketEvent;
import java.util.concurrent.Executor;
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

  EventLog(Executor loop) {
    this.loop = loop;
  }

  void emit(SocketEvent event) {
    loop.execute(() -> sink.tryEmitNext(event));
  }

  void complete() {
    loop.execute(sink::tryEmitComplete);
  }

  Flux<SocketEvent> flux() {
    return sink.asFlux()
        .onBackpressureBuffer(BUFFERED, dropped -> {}, BufferOverflowStrategy.DROP_OLDEST)
        .publishOn(Schedulers.parallel(), REPLAYED);
  }
}
