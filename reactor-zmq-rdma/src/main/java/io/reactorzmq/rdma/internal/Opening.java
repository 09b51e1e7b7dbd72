package io.reactorzmq.rdma.internal;

import io.reactorzmq.transport.TransportConnection;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The accepting side of a connection that is being made: has greeted who came to the door, and
 * waits for the OPEN to the key that it gave. Confined to the event loop.
 */
final class Opening implements Receiver {

  private final RdmaServer server;
  private final UcxLoop loop;
  private final TransportConnection door;
  private final long key = Keys.next();
  private boolean done;

  Opening(RdmaServer server, UcxLoop loop, TransportConnection door) {
    this.server = server;
    this.loop = loop;
    this.door = door;
  }

  /** Greets, and waits as long as a dial may last. */
  void begin(int port) {
    loop.receive(key, this);
    door.onClose().subscribe(nothing -> {}, e -> end(), this::end);
    door.receive().subscribe(said -> {}, e -> {}); // whoever comes has nothing to say
    door.sendFrame(0, new Greeting(port, key).encode(door.alloc()));
    loop.schedule(this::end, server.context().connectTimeout().toMillis());
  }

  private void end() {
    if (!done) {
      done = true;
      loop.receiveNoMore(key);
      door.dispose();
    }
  }

  @Override
  public boolean frame(long header, long headerBytes, long data, long bytes, boolean announced) {
    return false;
  }

  @Override
  public void control(int op, long header, long headerBytes, long from) {
    if (op == AmHeader.OPEN && headerBytes >= AmHeader.OPENING_BYTES) {
      long peerKey = Memory.getLong(header + AmHeader.SENDER_KEY);
      int window = Memory.getInt(header + AmHeader.WINDOW);
      loop.later(() -> opened(loop.stranger(from), peerKey, window));
    }
  }

  private void opened(@Nullable UcxEndpoint endpoint, long peerKey, int window) {
    if (done || endpoint == null || endpoint.isDead() || window <= 0) {
      return;
    }
    SocketAddress remoteAddress = door.remoteAddress();
    end();
    long connectionKey = Keys.next();
    RdmaConnection connection =
        new RdmaConnection(
            loop, server.context(), remoteAddress, endpoint, connectionKey, peerKey, window, false);
    endpoint.opening(AmHeader.ACCEPT, peerKey, connectionKey, loop.options().windowBytes());
    server.accept(connection);
  }
}
