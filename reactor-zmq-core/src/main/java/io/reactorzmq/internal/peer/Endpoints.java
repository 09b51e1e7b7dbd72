package io.reactorzmq.internal.peer;

import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.error.ZmqException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.wire.Role;
import io.reactorzmq.transport.Endpoint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;
import reactor.core.scheduler.Schedulers;

/**
 * The endpoints of one socket: bound ones with their listeners, connected ones with their diallers,
 * and how they come and go while the socket is open.
 */
public final class Endpoints {

  private final SocketEngine<?> engine;
  private final Scheduler onLoop;
  private final List<Listener> listeners = new ArrayList<>();
  private final List<Dialler> diallers = new ArrayList<>();
  private volatile List<Endpoint> current = List.of();
  private int nextIndex;

  Endpoints(SocketEngine<?> engine) {
    this.engine = engine;
    this.onLoop = Schedulers.fromExecutor(engine.onLoop());
  }

  /** Binds, then dials, everything the spec names. */
  Mono<Void> openAll() {
    SocketConfig config = engine.config();
    return Flux.fromIterable(config.binds)
        .concatMap(this::bind)
        .then(Mono.fromRunnable(() -> config.connects.forEach(this::connect)));
  }

  /**
   * The endpoints as they are now: bound ones with their real ports, then connected ones.
   *
   * @return a snapshot
   */
  public List<Endpoint> current() {
    return current;
  }

  /**
   * Binds one more endpoint.
   *
   * @param endpoint checked by the caller
   * @return cold; the real endpoint
   */
  public Mono<Endpoint> bind(Endpoint endpoint) {
    return onLoop(
        () -> {
          requireRoom(current.isEmpty(), endpoint);
          return Listener.bind(engine, endpoint).map(listener -> add(listener, endpoint));
        });
  }

  private Endpoint add(Listener listener, Endpoint requested) {
    try {
      requireRoom(current.isEmpty(), requested);
      if (engine.isClosing()) {
        throw new ClosedException("the socket closed while binding " + requested);
      }
    } catch (ZmqException e) {
      listener.close().subscribe();
      throw e;
    }
    listeners.add(listener);
    changed();
    engine.emit(new SocketEvent.Bound(listener.endpoint()));
    return listener.endpoint();
  }

  /** A PAIR has one endpoint in all. */
  private void requireRoom(boolean room, Endpoint endpoint) {
    if (engine.config().role == Role.PAIR && !room) {
      throw new EndpointException(
          "a PAIR takes one endpoint in all and has " + current.get(0) + ", so not " + endpoint);
    }
  }

  /**
   * Connects to one more endpoint, at once or whenever it appears. Does nothing if the socket is
   * connected to it already, unless its reconnect policy gave up.
   *
   * @param endpoint checked by the caller
   * @throws EndpointException if the socket takes no more endpoints
   * @throws ClosedException if the socket is closed
   */
  public void connect(Endpoint endpoint) {
    if (engine.isClosing()) {
      throw new ClosedException("the socket is closed");
    }
    List<Endpoint> present = current;
    requireRoom(present.isEmpty() || present.contains(endpoint), endpoint);
    engine.onLoop().execute(() -> add(endpoint));
  }

  private void add(Endpoint endpoint) {
    diallers.removeIf(Dialler::isStopped);
    if (engine.isClosing() || diallers.stream().anyMatch(d -> d.endpoint().equals(endpoint))) {
      return;
    }
    Dialler dialler =
        new Dialler(engine, endpoint, engine.place().connectionIndex(nextIndex++), this::changed);
    diallers.add(dialler);
    changed();
    dialler.start();
  }

  /**
   * Stops listening at an endpoint and leaves the peers that came through it, within linger.
   *
   * @param endpoint as bound, or as asked for
   * @return cold; completes when they are gone
   */
  public Mono<Void> unbind(Endpoint endpoint) {
    return onLoop(
        () -> {
          Listener listener =
              listeners.stream().filter(l -> l.isAt(endpoint)).findFirst().orElse(null);
          if (listener == null) {
            return Mono.error(new EndpointException("not bound to " + endpoint));
          }
          listeners.remove(listener);
          changed();
          Endpoint real = listener.endpoint();
          return listener
              .close()
              .doFinally(signal -> engine.emit(new SocketEvent.Unbound(real)))
              .then(leave(real, false));
        });
  }

  /**
   * Dials an endpoint no more and leaves its peer, within linger.
   *
   * @param endpoint as connected
   * @return cold; completes when it is gone
   */
  public Mono<Void> disconnect(Endpoint endpoint) {
    return onLoop(
        () -> {
          Dialler dialler =
              diallers.stream().filter(d -> d.endpoint().equals(endpoint)).findFirst().orElse(null);
          if (dialler == null) {
            return Mono.error(new EndpointException("not connected to " + endpoint));
          }
          dialler.stop();
          diallers.remove(dialler);
          changed();
          return leave(endpoint, true);
        });
  }

  /** Leaves the peers of an endpoint, and ends connections that were to become such. */
  private Mono<Void> leave(Endpoint endpoint, boolean dialled) {
    engine.abortHandshakes(handshake -> handshake.isAt(endpoint, dialled));
    List<Peer> peers =
        engine.peers().all().stream()
            .filter(p -> p.isDialled() == dialled && p.info().endpoint().equals(endpoint))
            .toList();
    peers.forEach(Peer::leave);
    Mono<Void> gone =
        Flux.fromIterable(peers).flatMap(peer -> peer.ended(), Integer.MAX_VALUE).then();
    Duration linger = engine.config().linger;
    if (linger.isNegative()) {
      return gone;
    }
    return gone.timeout(linger, Mono.fromRunnable(() -> peers.forEach(Peer::abort)).then(gone));
  }

  /** Binds and dials no more; the peers stay. */
  void stop() {
    diallers.forEach(Dialler::stop);
    diallers.clear();
    List<Listener> closing = List.copyOf(listeners);
    listeners.clear();
    changed();
    for (Listener listener : closing) {
      listener.close().subscribe();
      engine.emit(new SocketEvent.Unbound(listener.endpoint()));
    }
  }

  private void changed() {
    List<Endpoint> all = new ArrayList<>();
    listeners.forEach(listener -> all.add(listener.endpoint()));
    diallers.stream().filter(d -> !d.isStopped()).forEach(d -> all.add(d.endpoint()));
    current = List.copyOf(all);
  }

  private <R> Mono<R> onLoop(Supplier<Mono<R>> action) {
    return Mono.defer(
            () ->
                engine.isClosing()
                    ? Mono.<R>error(new ClosedException("the socket is closed"))
                    : action.get())
        .subscribeOn(onLoop);
  }
}
