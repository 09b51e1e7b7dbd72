package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.EventExecutor;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.wire.Aside;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import reactor.core.scheduler.Scheduler;

/** What a {@link SocketFlow} needs of the socket it belongs to. */
public interface FlowHost {

  /**
   * The socket's event loop.
   *
   * @return all of a flow's state is confined to it
   */
  EventExecutor loop();

  /**
   * Runs tasks on the event loop, at once when called on it.
   *
   * @return an executor that never rejects
   */
  Executor onLoop();

  /**
   * Runs a turn on the event loop, after the loop has looked at its connections.
   *
   * @param turn one of many, which must not keep the loop from reading
   */
  void afterIo(Runnable turn);

  /**
   * A peer or another thread has just given this loop several messages at once, so that more will
   * come soon: the loop looks again for a while before it sleeps; event loop.
   */
  void expectMore();

  /**
   * Where users' code runs.
   *
   * @return null for the event loop
   */
  @Nullable Scheduler callbacks();

  /**
   * Memory for frames and codecs.
   *
   * @return the socket's
   */
  ByteBufAllocator allocator();

  /**
   * What bounds the memory of all that arrives.
   *
   * @return the socket's
   */
  ReceiveBudget budget();

  /**
   * Runs what may take long away from the event loop, and what follows on it.
   *
   * @return the same at every call
   */
  Aside aside();

  /**
   * An accepted message could not be sent; event loop.
   *
   * @param cause why
   */
  void dropped(Throwable cause);

  /**
   * The codec refused a received message; any thread.
   *
   * @param origin of the peer it came from
   * @param cause what the codec said
   */
  void undecodable(Object origin, Throwable cause);

  /**
   * Tells whoever listens to the socket's events; any thread.
   *
   * @param event what happened
   */
  void emit(SocketEvent event);

  /** Something has moved that leaving or closing may wait for; event loop. */
  void moved();
}
