package io.reactorzmq.internal.transport;

import io.netty.channel.Channel;
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

  private final Endpoint endpoint;
  private final TransportContext context;
  private final MonoSink<TransportConnection> sink;

  // Confined to the event loop.
  private final Disposable.Swap attempt = Disposables.swap();
  private @Nullable Future<?> timeout;
  private boolean done;
  private @Nullable TransportConnection connected;

  private Dial(Endpoint endpoint, TransportContext context, MonoSink<TransportConnection> sink) {
    this.endpoint = endpoint;
    this.context = context;
    this.sink = sink;
  }

  /** Gives the dial of a client its bound in time and its place on the event loop. */
  static Mono<TransportConnection> of(
      Mono<? extends Connection> client, Endpoint endpoint, TransportContext context) {
    return Mono.create(
        sink ->
            Loops.run(
                context.eventLoop(),
                () -> {
                  Dial dial = new Dial(endpoint, context, sink);
                  sink.onCancel(dial);
                  dial.run(client);
                }));
  }

  private void run(Mono<? extends Connection> client) {
    if (done) {
      return;
    }
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
    Channel channel = connection.channel();
    if (channel.localAddress().equals(channel.remoteAddress())) {
      // Linux may give a dial to a free port of this host that very port to come from.
      connection.dispose();
      failed("Connection refused, nothing is bound there", null);
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
