package io.reactorzmq.rdma.internal;

import io.netty.util.concurrent.Future;
import io.reactorzmq.error.EndpointException;
import io.reactorzmq.internal.transport.Loops;
import io.reactorzmq.transport.Endpoint;
import io.reactorzmq.transport.TransportConnection;
import io.reactorzmq.transport.TransportContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.MonoSink;

/**
 * One attempt to connect, which ends exactly once on the event loop: accepted, refused, failed, out
 * of time or cancelled. Says OPEN and waits for ACCEPT.
 */
final class RdmaDial implements Disposable, Receiver, UcxEndpoint.Owner {

  private final UcxLoop loop;
  private final Endpoint target;
  private final InetSocketAddress address;
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
      InetSocketAddress address,
      TransportContext context,
      MonoSink<TransportConnection> sink) {
    this.loop = loop;
    this.target = target;
    this.address = address;
    this.context = context;
    this.sink = sink;
  }

  void begin() {
    if (done) {
      return;
    }
    try {
      UcxEndpoint opening = loop.dial(address, this);
      endpoint = opening;
      loop.receive(key, this);
      timeout =
          context
              .eventLoop()
              .schedule(
                  () -> end("not within " + context.connectTimeout().toMillis() + " ms"),
                  context.connectTimeout().toNanos(),
                  TimeUnit.NANOSECONDS);
      opening.opening(AmHeader.OPEN, 0, key, loop.options().windowBytes());
    } catch (IOException e) {
      end(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public boolean frame(long header, long headerBytes, long data, long bytes, boolean announced) {
    return false;
  }

  @Override
  public void control(int op, long header, long headerBytes) {
    UcxEndpoint opening = endpoint;
    if (op == AmHeader.REFUSE) {
      String reason =
          Memory.text(header + AmHeader.CONTROL_BYTES, headerBytes - AmHeader.CONTROL_BYTES);
      loop.later(() -> end(reason));
    } else if (op != AmHeader.ACCEPT
        || headerBytes < AmHeader.OPENING_BYTES
        || Memory.getInt(header + AmHeader.MAGIC) != AmHeader.MAGIC_VALUE
        || Memory.getByte(header + AmHeader.VERSION) != AmHeader.VERSION_VALUE
        || Memory.getInt(header + AmHeader.WINDOW) <= 0) {
      loop.later(() -> end("what listens there is no reactor-zmq of this version"));
    } else if (opening != null && connection == null) {
      // at once: frames may follow in the same turn
      connection =
          new RdmaConnection(
              loop,
              context,
              address,
              opening,
              key,
              Memory.getLong(header + AmHeader.SENDER_KEY),
              Memory.getInt(header + AmHeader.WINDOW));
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
    end(UcpStatus.dialText(status));
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
