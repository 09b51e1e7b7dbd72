package io.reactorzmq.internal.peer;

import io.netty.channel.EventLoop;
import io.reactorzmq.internal.wire.Hello;
import io.reactorzmq.internal.wire.Role;
import io.reactorzmq.internal.wire.SocketId;
import io.reactorzmq.options.ZmqResources;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An engine's place in its socket, which mostly has no other one. Engines of one socket have its id
 * and its events in common, and differ in their event loops and in the connections they number.
 *
 * @param socketId the socket's
 * @param loop the engine's event loop
 * @param events the socket's
 * @param number of the engine, from 0 on
 * @param of so many engines
 * @param firsts where the first engine is connected to, which the others wait for; null if there
 *     are no others
 */
record Place(
    SocketId socketId,
    EventLoop loop,
    EventLog events,
    int number,
    int of,
    @Nullable FirstConnections firsts) {

  /** The place of an engine that is a whole socket. */
  static Place alone(ZmqResources resources) {
    EventLoop loop = resources.nextEventLoop();
    return new Place(SocketId.random(), loop, new EventLog(new LoopExecutor(loop), 1), 0, 1, null);
  }

  /** The places of several engines, on as many event loops as there are. */
  static List<Place> together(ZmqResources resources, int n) {
    List<EventLoop> loops = resources.nextEventLoops(n);
    SocketId id = SocketId.random();
    LoopExecutor first = new LoopExecutor(loops.get(0));
    EventLog events = new EventLog(first, n);
    FirstConnections firsts = new FirstConnections(first);
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      places.add(new Place(id, loops.get(i % loops.size()), events, i, n, firsts));
    }
    return places;
  }

  /** Whether this engine's connections are additional ones. */
  boolean isAdditional() {
    return number > 0;
  }

  /** The connection index of the engine's n-th connect entry, which no other engine uses. */
  int connectionIndex(int entry) {
    return entry * of + number;
  }

  /** What a socket of this type and with these engines can do beyond the profile. */
  long capabilities(Role role) {
    return role == Role.REP || of > 1 ? Hello.SEVERAL_CONNECTIONS : 0;
  }
}
