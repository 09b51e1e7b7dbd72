package io.reactorzmq.rdma.internal;

import io.reactorzmq.transport.TransportContext;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The accepting side of a connection that is being made: waits for the dialler's OPEN and answers
 * it, with ACCEPT or with a reason. One that stays silent is dropped. Confined to the event loop.
 */
final class Opening implements Receiver, UcxEndpoint.Owner {

  /** How long a refused dialler may take to read why. */
  private static final long REFUSED_MILLIS = 1000;

  private final RdmaServer server;
  private final UcxLoop loop;
  private final SocketAddress remoteAddress;
  private @Nullable UcxEndpoint endpoint;
  private boolean done;

  Opening(RdmaServer server, UcxLoop loop, SocketAddress remoteAddress) {
    this.server = server;
    this.loop = loop;
    this.remoteAddress = remoteAddress;
  }

  void begin(UcxEndpoint endpoint, long timeoutMillis) {
    this.endpoint = endpoint;
    loop.schedule(this::abort, timeoutMillis);
  }

  @Override
  public boolean frame(long header, long headerBytes, long data, long bytes, boolean announced) {
    return false;
  }

  @Override
  public void control(int op, long header, long headerBytes) {
    if (op != AmHeader.OPEN || headerBytes < AmHeader.OPENING_BYTES) {
      loop.later(this::abort);
      return;
    }
    int magic = Memory.getInt(header + AmHeader.MAGIC);
    int version = Memory.getByte(header + AmHeader.VERSION);
    long peerKey = Memory.getLong(header + AmHeader.SENDER_KEY);
    int window = Memory.getInt(header + AmHeader.WINDOW);
    loop.later(() -> opened(magic, version, peerKey, window));
  }

  private void opened(int magic, int version, long peerKey, int window) {
    UcxEndpoint from = endpoint;
    if (done || from == null) {
      return;
    }
    if (magic != AmHeader.MAGIC_VALUE || window <= 0) {
      abort();
    } else if (version != AmHeader.VERSION_VALUE) {
      refuse(
          from,
          peerKey,
          "it speaks version " + version + " of rdma framing, this side " + AmHeader.VERSION_VALUE);
    } else if (server.isDisposed()) {
      refuse(from, peerKey, "nothing is bound there any more");
    } else {
      done = true;
      TransportContext context = server.context();
      long key = Keys.next();
      RdmaConnection connection =
          new RdmaConnection(loop, context, remoteAddress, from, key, peerKey, window);
      from.opening(AmHeader.ACCEPT, peerKey, key, loop.options().windowBytes());
      server.accept(connection);
    }
  }

  private void refuse(UcxEndpoint from, long peerKey, String reason) {
    done = true;
    from.refuse(peerKey, reason.getBytes(StandardCharsets.UTF_8));
    loop.schedule(from::close, REFUSED_MILLIS);
  }

  private void abort() {
    if (!done) {
      done = true;
      if (endpoint != null) {
        endpoint.close();
      }
    }
  }

  @Override
  public void failed(int status) {
    done = true;
    if (endpoint != null) {
      endpoint.close();
    }
  }

  @Override
  public void sent() {}

  @Override
  public void closed() {}
}
