package io.reactorzmq.rdma.internal;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.epoll.EpollIoHandler;
import io.reactorzmq.rdma.RdmaOptions;
import io.reactorzmq.transport.TransportContext;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which event loop drives which {@link UcxLoop}: one each, from the first time that somebody wants
 * UCX there until the event loop ends. Only one whose worker was given up is followed by another.
 */
final class UcxLoops {

  private static final Map<EventLoop, UcxLoop> BY_EVENT_LOOP = new ConcurrentHashMap<>();

  private UcxLoops() {}

  /**
   * UCX on an event loop, started at the first call; on that loop.
   *
   * @throws IOException if UCX cannot be started
   */
  static UcxLoop of(TransportContext context) throws IOException {
    EventLoop eventLoop = context.eventLoop();
    UcxLoop known = BY_EVENT_LOOP.get(eventLoop);
    if (known != null) {
      return known;
    }
    if (eventLoop.isShuttingDown()) {
      throw new IOException("the event loop has ended");
    }
    if (!(eventLoop instanceof IoEventLoop io) || !io.isIoType(EpollIoHandler.class)) {
      throw new IOException(
          "RDMA needs Netty's epoll event loops: Linux, with the jar netty-transport-native-epoll"
              + " of this processor");
    }
    RdmaOptions options = context.option(RdmaOptions.class);
    UcxLoop loop = new UcxLoop(io, options == null ? RdmaOptions.defaults() : options);
    BY_EVENT_LOOP.put(eventLoop, loop);
    loop.begin(io);
    return loop;
  }

  /** UCX on an event loop, if it was started there; from any thread. */
  static @Nullable UcxLoop known(EventLoop eventLoop) {
    return BY_EVENT_LOOP.get(eventLoop);
  }

  /** A loop has ended, or was given up. */
  static void forget(UcxLoop loop) {
    BY_EVENT_LOOP.remove(loop.eventLoop(), loop);
  }
}
