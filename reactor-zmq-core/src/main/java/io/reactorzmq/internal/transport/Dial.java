package io.reactorzmq.internal.transport;

import io.netty.util.concurrent.Future;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.Disposables;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.netty.Connection;

/**
 * One attempt to connect, which ends exactly once on the event loop: connected, failed, out of time
 * or cancelled. Whatever was opened by a loser of that race is closed.
 */
final class Dial implements Disposable {

  private final Disposable.Swap attempt = Disposables.swap();
  private final Endpoint endpoint;
  private final TransportContext context;
  private final MonoSink<TransportConnection> sink;
  private @Nullable Future<?> timeout;

  // Confined to the event loop.
  private boolean done;
  private @Nullable TransportConnection connected;

  Dial(Endpoint endpoint, TransportContext context, MonoSink<TransportConnection> sink) {
    this.endpoint = endpoint;
    this.context = context;
    this.sink = sink;
  }

  /** Subscribes to the dial of a client; call once. */
  void run(Mono<? extends Connection> client) {
    // Netty's own limit does not cover the name look-up.
    timeout =
        context
            .eventLoop()
            .schedule(
                () -> failed("not within " + context.connectTimeout().toMillis() + " ms", null),
                context.connectTimeout().toNanos(),
                TimeUnit.NANOSECONDS);
    attempt.update(
        client.subscribe(
            this::connected,
            e -> Loops.run(context.eventLoop(), () -> failed(TcpEndpoints.reason(e), e))));
  }

  private void connected(Connection connection) {
    if (done) {
      connection.dispose();
      return;
    }
    done();
    connected = TcpTransport.attach(connection, context);
    sink.success(connected);
  }

  private void failed(String why, @Nullable Throwable cause) {
    if (!done) {
      done();
      attempt.dispose();
      String message = "cannot connect to " + endpoint + ": " + why;
      sink.error(
          cause == null ? new EndpointException(message) : new EndpointException(message, cause));
    }
  }

  private void done() {
    done = true;
    if (timeout != null) {
      timeout.cancel(false);
    }
  }

  /** Abandons the attempt; the sink calls this only if it has not passed the connection on. */
  @Override
  public void dispose() {
    Loops.run(
        context.eventLoop(),
        () -> {
          if (!done) {
            done();
            attempt.dispose();
          } else if (connected != null) {
            connected.dispose();
          }
        });
  }
}
