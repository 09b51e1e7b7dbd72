package io.reactorzmq.internal.peer;

import io.reactorzmq.error.EndpointException;
import io.reactorzmq.error.ZmqException;
import io.reactorzmq.internal.transport.AlternateLevel;
import io.reactorzmq.internal.transport.Alternates;
import io.reactorzmq.internal.transport.Transports;
import io.reactorzmq.internal.wire.Hello;
import io.reactorzmq.transport.Endpoint;
import io.rsocket.exceptions.RejectedSetupException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.FluxSink;
import reactor.core.publisher.Mono;

/**
 * One dial of a {@link Dialler}, from the first connection to the end of the peer. If the endpoint
 * wants another transport, the dial asks there for an alternate and moves to it before there is a
 * peer; without one it goes on, or fails, as the endpoint says. Confined to the event loop.
 */
final class Attempt implements Disposable {

  private final Dialler dialler;
  private final SocketEngine<?> engine;
  private final FluxSink<Boolean> sink;
  private final Route straight;
  private final Disposable.Swap dial = Disposables.swap();

  Attempt(Dialler dialler, SocketEngine<?> engine, int index, FluxSink<Boolean> sink) {
    this.dialler = dialler;
    this.engine = engine;
    this.sink = sink;
    this.straight = Route.straight(dialler.endpoint(), index);
  }

  void start() {
    Endpoint endpoint = dialler.endpoint();
    String scheme = Alternates.wanted(endpoint);
    if (scheme == null) {
      dial(straight, new Straight(null));
      return;
    }
    Hello.Wants wants =
        new Hello.Wants(scheme, Alternates.level(endpoint, scheme) == AlternateLevel.REQUIRED);
    try {
      Alternates.requireDialable(endpoint, scheme);
    } catch (EndpointException e) {
      doWithout(wants, e);
      return;
    }
    dial(straight.asking(wants), new Asking(wants));
  }

  private void dial(Route route, Handshake.Outcome outcome) {
    dial.update(
        Mono.defer(
                () ->
                    Transports.forEndpoint(route.at())
                        .connect(route.at(), engine.transportContext()))
            .subscribe(
                connection -> {
                  if (isAbandoned()) {
                    connection.dispose();
                  } else {
                    Handshake.dialled(engine, route, connection, outcome);
                  }
                },
                outcome::ended));
  }

  /** Asks the acceptor for an alternate. */
  private final class Asking implements Handshake.Outcome {
    private final Hello.Wants wants;

    Asking(Hello.Wants wants) {
      this.wants = wants;
    }

    /** It has none, and is live as it is. */
    @Override
    public void live() {
      dialler.stays(
          wants.scheme(),
          new EndpointException(dialler.endpoint() + " names no " + wants.scheme() + " endpoint"));
      dialler.live(sink);
    }

    @Override
    public void referred(Hello acceptor) {
      next(() -> move(wants, acceptor));
    }

    @Override
    public void ended(Throwable cause) {
      sink.error(cause);
    }
  }

  private void move(Hello.Wants wants, Hello acceptor) {
    String named = Objects.requireNonNull(acceptor.alternate(wants.scheme()));
    Endpoint alternate;
    try {
      alternate = Alternates.named(named, dialler.endpoint());
    } catch (EndpointException e) {
      notMoved(wants, named, e);
      return;
    }
    dial(straight.movedTo(alternate, acceptor.socketId()), new Moved(wants, named));
  }

  /** Dials the alternate. */
  private final class Moved implements Handshake.Outcome {
    private final Hello.Wants wants;
    private final String named;
    private boolean wasLive;

    Moved(Hello.Wants wants, String named) {
      this.wants = wants;
      this.named = named;
    }

    @Override
    public void live() {
      wasLive = true;
      dialler.live(sink);
    }

    @Override
    public void referred(Hello acceptor) {
      throw new IllegalStateException("nothing was wanted of " + named);
    }

    @Override
    public void ended(Throwable cause) {
      if (wasLive) {
        sink.error(cause);
      } else {
        next(() -> notMoved(wants, named, cause));
      }
    }
  }

  private void notMoved(Hello.Wants wants, String named, Throwable cause) {
    doWithout(
        wants,
        new EndpointException(
            "cannot move from " + dialler.endpoint() + " to " + named + ": " + cause.getMessage(),
            cause));
  }

  /** The other transport is not to be had: goes on without it, if it is not required. */
  private void doWithout(Hello.Wants wants, ZmqException cause) {
    if (wants.required()) {
      sink.error(cause);
    } else if (isRefusal(cause)) {
      // the peer takes nobody now, whatever the transport, or it does and that is to be seen
      dial(straight, new Straight(() -> dialler.stays(wants.scheme(), cause)));
    } else {
      dialler.stays(wants.scheme(), cause);
      dial(straight, new Straight(null));
    }
  }

  private static boolean isRefusal(Throwable cause) {
    for (Throwable t = cause; t != null; t = t.getCause()) {
      if (t instanceof RejectedSetupException) {
        return true;
      }
    }
    return false;
  }

  /** Stays where the endpoint is. */
  private final class Straight implements Handshake.Outcome {
    private final @Nullable Runnable beforeLive;

    Straight(@Nullable Runnable beforeLive) {
      this.beforeLive = beforeLive;
    }

    @Override
    public void live() {
      if (beforeLive != null) {
        beforeLive.run();
      }
      dialler.live(sink);
    }

    @Override
    public void referred(Hello acceptor) {
      throw new IllegalStateException("nothing was wanted of " + dialler.endpoint());
    }

    @Override
    public void ended(Throwable cause) {
      sink.error(cause);
    }
  }

  /** Takes the next step in a turn of its own, unless nobody wants it any more. */
  private void next(Runnable step) {
    engine
        .loop()
        .execute(
            () -> {
              if (!isAbandoned()) {
                step.run();
              }
            });
  }

  private boolean isAbandoned() {
    return dialler.isStopped() || sink.isCancelled();
  }

  /** Abandons the dial; a live peer stays. */
  @Override
  public void dispose() {
    dial.dispose();
  }
}
