package io.reactorzmq.internal.peer;

import io.reactorzmq.transport.Endpoint;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;

/**
 * The endpoints whose first connection is live, with a peer that takes more of them. Additional
 * ones are dialled only then: so an endpoint that is away is dialled by one and not by all, and a
 * peer that takes one connection is not asked for a second one.
 */
final class FirstConnections {

  private record Waiting(Endpoint endpoint, Runnable dial, BooleanSupplier isAbandoned) {}

  private final Executor loop;

  // Confined to the event loop of the first engine.
  private final Set<Endpoint> live = new HashSet<>();
  private List<Waiting> waiting = new ArrayList<>();

  FirstConnections(Executor loop) {
    this.loop = loop;
  }

  /** Runs a dial as soon as the first connection is live, on the first engine's event loop. */
  void whenLive(Endpoint endpoint, Runnable dial, BooleanSupplier isAbandoned) {
    loop.execute(
        () -> {
          if (live.contains(endpoint)) {
            dial.run();
          } else {
            waiting.removeIf(other -> other.isAbandoned.getAsBoolean());
            waiting.add(new Waiting(endpoint, dial, isAbandoned));
          }
        });
  }

  /** The first connection is live; the first engine's event loop. */
  void came(Endpoint endpoint) {
    live.add(endpoint);
    List<Waiting> all = waiting;
    waiting = new ArrayList<>();
    for (Waiting one : all) {
      if (one.endpoint.equals(endpoint)) {
        one.dial.run();
      } else {
        waiting.add(one);
      }
    }
  }

  /** The first connection has ended; the first engine's event loop. */
  void went(Endpoint endpoint) {
    live.remove(endpoint);
  }
}
