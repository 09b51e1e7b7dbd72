package io.reactorzmq.internal.peer;

import io.reactorzmq.event.CloseReport;
import io.reactorzmq.internal.flow.SocketFlow;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/**
 * How a socket ends: no new values, what is queued is framed, each peer is left in good order, what
 * arrived is delivered; when linger is over, whatever is left is dropped and counted. Each step is
 * tried again whenever something it waits for has moved.
 */
public final class Closing {

  private final SocketEngine<?> engine;
  private final Sinks.One<CloseReport> report = Sinks.unsafe().one();
  private Runnable unregister = () -> {};
  private volatile boolean begun;
  private boolean started;
  private boolean leaving;
  private boolean forced;
  private boolean finished;
  private long unsent;

  Closing(SocketEngine<?> engine) {
    this.engine = engine;
  }

  void register() {
    unregister = engine.config().resources().register(this::close);
  }

  /**
   * Whether closing has begun.
   *
   * @return true from then on
   */
  public boolean hasBegun() {
    return begun;
  }

  /**
   * Closes the socket within linger.
   *
   * @return begins at subscription; the same report for every caller
   */
  public Mono<CloseReport> close() {
    return Mono.defer(
        () -> {
          begun = true;
          engine.onLoop().execute(() -> start(engine.config().linger));
          return report.asMono();
        });
  }

  /** Closes at once. */
  Mono<CloseReport> abort() {
    return Mono.defer(
        () -> {
          begun = true;
          engine.onLoop().execute(() -> start(Duration.ZERO));
          return report.asMono();
        });
  }

  /**
   * The end of the socket, whoever closes it.
   *
   * @return completes when it is closed
   */
  public Mono<CloseReport> closed() {
    return report.asMono();
  }

  private void start(Duration linger) {
    if (started) {
      return;
    }
    started = true;
    engine.flow().close();
    if (linger.isZero()) {
      force();
      return;
    }
    if (!linger.isNegative()) {
      long millis = Math.max(1, linger.toMillis());
      engine.loop().schedule(this::force, millis, TimeUnit.MILLISECONDS);
    }
    advance();
  }

  /** Does what can be done now. */
  void advance() {
    if (!started || finished) {
      return;
    }
    SocketFlow flow = engine.flow();
    if (!forced && !flow.isDrained()) {
      return;
    }
    if (!leaving) {
      leaving = true;
      engine.stopEndpoints();
      engine.abortHandshakes(handshake -> true);
    }
    engine.peers().all().forEach(Peer::leave);
    if (engine.hasConnections()) {
      return;
    }
    if (forced || flow.isTaken()) {
      finish(flow);
    }
  }

  private void force() {
    if (finished) {
      return;
    }
    forced = true;
    engine.abortConnections();
    unsent += engine.flow().terminate();
    advance();
  }

  private void finish(SocketFlow flow) {
    finished = true;
    unsent += flow.terminate();
    flow.finish(() -> end(flow.counters().discarded()));
  }

  private void end(long discarded) {
    unregister.run();
    engine.ended();
    report.tryEmitValue(new CloseReport(unsent, engine.unconfirmed(), discarded));
  }
}
