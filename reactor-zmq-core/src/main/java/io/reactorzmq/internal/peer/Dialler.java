package io.reactorzmq.internal.peer;

import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.transport.Transports;
import io.reactorzmq.transport.Endpoint;
import reactor.core.Disposable;
import reactor.core.Exceptions;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxSink;
import reactor.util.retry.Retry;
import reactor.util.retry.RetryBackoffSpec;
import reactor.util.retry.RetrySpec;

/**
 * Keeps one connect endpoint connected: dials, and dials again as the reconnect policy says
 * whenever the dial fails or the connection ends.
 */
final class Dialler {

  private final SocketEngine<?> engine;
  private final Endpoint endpoint;
  private final int index;
  private final Runnable onGaveUp;
  private boolean wasConnected;
  private volatile boolean stopped;
  private Disposable running = () -> {};

  Dialler(SocketEngine<?> engine, Endpoint endpoint, int index, Runnable onGaveUp) {
    this.engine = engine;
    this.endpoint = endpoint;
    this.index = index;
    this.onGaveUp = onGaveUp;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  boolean isStopped() {
    return stopped;
  }

  void start() {
    running =
        Flux.<Boolean>create(sink -> engine.onLoop().execute(() -> dial(sink)))
            .retryWhen(reportingRetry())
            .subscribe(live -> {}, cause -> engine.onLoop().execute(() -> giveUp(unwrap(cause))));
  }

  private void giveUp(Throwable cause) {
    stopped = true;
    onGaveUp.run();
    engine.emit(new SocketEvent.GaveUp(endpoint, cause));
  }

  /** Dials no more. A live peer stays. */
  void stop() {
    stopped = true;
    running.dispose();
  }

  private void dial(FluxSink<Boolean> sink) {
    if (stopped || sink.isCancelled()) {
      return;
    }
    Disposable attempt =
        Transports.forEndpoint(endpoint)
            .connect(endpoint, engine.transportContext())
            .subscribe(
                connection -> {
                  if (stopped) {
                    connection.dispose();
                    return;
                  }
                  Handshake.dialled(
                      engine,
                      endpoint,
                      connection,
                      index,
                      () -> {
                        if (wasConnected) {
                          engine.reconnected();
                        }
                        wasConnected = true;
                        sink.next(true);
                      },
                      sink::error);
                },
                sink::error);
    sink.onCancel(attempt);
  }

  /** The policy, with an event for each retry; a connection that was live starts it anew. */
  private Retry reportingRetry() {
    Retry policy = engine.config().reconnect;
    if (policy instanceof RetryBackoffSpec backoff) {
      return backoff.transientErrors(true).doBeforeRetry(this::retrying);
    }
    if (policy instanceof RetrySpec simple) {
      return simple.transientErrors(true).doBeforeRetry(this::retrying);
    }
    return Retry.from(failures -> policy.generateCompanion(failures.doOnNext(this::retrying)));
  }

  private void retrying(Retry.RetrySignal signal) {
    engine.emit(
        new SocketEvent.Retrying(endpoint, signal.totalRetriesInARow() + 1, signal.failure()));
  }

  private static Throwable unwrap(Throwable cause) {
    Throwable inner = cause.getCause();
    return Exceptions.isRetryExhausted(cause) && inner != null ? inner : cause;
  }
}
