package io.reactorzmq.rdma.internal;

import io.netty.util.concurrent.Future;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.internal.transport.Loops;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.MonoSink;

/**
 * One attempt to get through to UCX behind a door that has greeted us, which ends exactly once on
 * the event loop: accepted, failed, out of time or cancelled. Says OPEN and waits for ACCEPT.
 */
final class RdmaDial implements Disposable, Receiver, UcxEndpoint.Owner {

  private final UcxLoop loop;
  private final Endpoint target;
  private final TransportConnection door;
  private final TransportContext context;
  private final MonoSink<TransportConnection> sink;
  private final long key = Keys.next();

  // Confined to the event loop.
  private @Nullable UcxEndpoint endpoint;
  private @Nullable Future<?> timeout;
  private @Nullable RdmaConnection connection;
  private boolean done;

  RdmaDial(
      UcxLoop loop,
      Endpoint target,
      TransportConnection door,
      TransportContext context,
      MonoSink<TransportConnection> sink) {
    this.loop = loop;
    this.target = target;
    this.door = door;
    this.context = context;
    this.sink = sink;
  }

  /** Dials as the greeting says; on the loop. */
  void begin(Greeting greeting) {
    if (done) {
      return;
    }
    timeout =
        context
            .eventLoop()
            .schedule(
                () ->
                    end(
                        "UCX, not within "
                            + context.connectTimeout().toMillis()
                            + " ms"
                            + UcpLibrary.hint()),
                context.connectTimeout().toNanos(),
                TimeUnit.NANOSECONDS);
    try {
      UcxEndpoint opening =
          loop.dial(
              new InetSocketAddress(
                  ((InetSocketAddress) door.remoteAddress()).getAddress(), greeting.port()),
              this);
      endpoint = opening;
      loop.receive(key, this);
      opening.opening(AmHeader.OPEN, greeting.key(), key, loop.options().windowBytes());
    } catch (IOException e) {
      end(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public boolean frame(long header, long headerBytes, long data, long bytes, boolean announced) {
    return false;
  }

  @Override
  public void control(int op, long header, long headerBytes, long from) {
    UcxEndpoint opening = endpoint;
    if (op == AmHeader.ACCEPT
        && headerBytes >= AmHeader.OPENING_BYTES
        && Memory.getInt(header + AmHeader.WINDOW) > 0
        && opening != null
        && connection == null) {
      // at once: frames may follow in the same turn
      connection =
          new RdmaConnection(
              loop,
              context,
              door.remoteAddress(),
              opening,
              key,
              Memory.getLong(header + AmHeader.SENDER_KEY),
              Memory.getInt(header + AmHeader.WINDOW),
              true);
      loop.later(this::connected);
    }
  }

  private void connected() {
    RdmaConnection made = connection;
    if (made == null) {
      return;
    }
    if (done) {
      made.dispose();
      return;
    }
    done();
    sink.success(made);
  }

  @Override
  public void failed(int status) {
    String mayUse =
        "; this side may use transports "
            + allowed(loop.options().transports(), "UCX_TLS")
            + " and devices "
            + allowed(loop.options().devices(), "UCX_NET_DEVICES");
    end("UCX: " + UcpStatus.text(status) + mayUse + UcpLibrary.hint());
  }

  private static String allowed(List<String> names, String variable) {
    String environment = System.getenv(variable);
    return names.isEmpty() ? environment == null ? "[all]" : "[" + environment + "]" : names + "";
  }

  private void end(String why) {
    if (!done) {
      done();
      abandon();
      sink.error(new EndpointException("cannot connect to " + target + ": " + why));
    }
  }

  private void done() {
    done = true;
    door.dispose();
    if (timeout != null) {
      timeout.cancel(false);
    }
  }

  private void abandon() {
    if (connection != null) {
      connection.dispose();
    } else if (endpoint != null) {
      endpoint.close();
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
          }
          abandon();
        });
  }

  @Override
  public void sent() {}

  @Override
  public void closed() {
    loop.receiveNoMore(key);
  }
}
