package io.reactorzmq.internal.peer;

import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.transport.Endpoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
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

  private static final Logger LOG = LoggerFactory.getLogger(Dialler.class);

  private final SocketEngine<?> engine;
  private final Endpoint endpoint;
  private final int index;
  private final Runnable onGaveUp;
  private boolean wasConnected;
  private boolean warned;
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
        Flux.<Boolean>create(sink -> whenDialable(sink, () -> dial(sink)))
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

  /** Runs a dial on the event loop: at once, or when the endpoint's first connection is live. */
  private void whenDialable(FluxSink<Boolean> sink, Runnable dial) {
    FirstConnections firsts = engine.place().firsts();
    if (firsts == null || !engine.place().isAdditional()) {
      engine.onLoop().execute(dial);
      return;
    }
    firsts.whenLive(
        endpoint, () -> engine.onLoop().execute(dial), () -> stopped || sink.isCancelled());
  }

  private void dial(FluxSink<Boolean> sink) {
    if (stopped || sink.isCancelled()) {
      return;
    }
    Attempt attempt = new Attempt(this, engine, index, sink);
    sink.onCancel(attempt);
    attempt.start();
  }

  // ---- what an attempt reports; event loop

  /** The peer is live. */
  void live(FluxSink<Boolean> sink) {
    if (wasConnected) {
      engine.reconnected();
    }
    wasConnected = true;
    sink.next(true);
  }

  /** The endpoint is dialled without the other transport that it prefers. */
  void stays(String scheme, Throwable cause) {
    engine.fellBack();
    engine.emit(new SocketEvent.AlternateUnavailable(endpoint, scheme, cause));
    if (!warned) {
      warned = true;
      LOG.warn(
          "{} is used without the {} that it prefers: {}", endpoint, scheme, cause.getMessage());
    }
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
