package io.reactorzmq.internal.flow;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Bounds what one receiving socket holds for all its peers. A quarter is for windows beyond one
 * frame per peer, three quarters are for large messages being assembled, first come first served,
 * so that neither starves the other. Confined to the socket's event loop.
 *
 * <p>One frame per peer is outside the budget. An assembly larger than the whole share is admitted
 * alone.
 */
public final class ReceiveBudget {

  /** A large message on its way in, which wants a share of the budget. */
  interface Assembly {
    long size();

    /** When its last byte came, or credit was last withheld; as {@link #now()}. */
    long lastProgressNanos();

    void admitted();

    /** It made no progress for the time allowed. */
    void stalled(Duration silence);
  }

  private final LongSupplier clock;
  private final EventExecutor loop;
  private final long windowBytes;
  private final long assemblyBytes;
  private final Duration assemblyTimeout;
  private final Duration idleTimeout;
  private final ArrayDeque<Assembly> waiting = new ArrayDeque<>();
  private final List<Assembly> admitted = new ArrayList<>();
  private final List<Runnable> growers = new ArrayList<>();
  private long windowsUsed;
  private long assembliesUsed;
  private @Nullable ScheduledFuture<?> check;

  /**
   * Creates a budget.
   *
   * @param loop the socket's event loop
   * @param bytes of both shares together
   * @param assemblyTimeout how long an assembly may stand still while others wait
   * @param idleTimeout how long it may stand still if none waits
   */
  public ReceiveBudget(
      EventExecutor loop, long bytes, Duration assemblyTimeout, Duration idleTimeout) {
    this(loop, bytes, assemblyTimeout, idleTimeout, System::nanoTime);
  }

  /** With a clock of its own. */
  ReceiveBudget(
      EventExecutor loop,
      long bytes,
      Duration assemblyTimeout,
      Duration idleTimeout,
      LongSupplier clock) {
    this.clock = clock;
    this.loop = loop;
    this.windowBytes = bytes / 4;
    this.assemblyBytes = bytes - windowBytes;
    this.assemblyTimeout = assemblyTimeout;
    this.idleTimeout = idleTimeout;
  }

  /** The time, in nanoseconds since some moment. */
  long now() {
    return clock.getAsLong();
  }

  /** Takes bytes for a window beyond its first frame; false if they are not to be had now. */
  boolean tryGrowWindow(long bytes) {
    if (windowsUsed + bytes > windowBytes) {
      return false;
    }
    windowsUsed += bytes;
    return true;
  }

  /** Takes bytes that a window is better with, if hardly any are taken; false if not. */
  boolean tryWidenWindow(long bytes) {
    return windowsUsed + bytes <= windowBytes / 4 && tryGrowWindow(bytes);
  }

  /** Asks to be run whenever window bytes come free. */
  void awaitWindow(Runnable grower) {
    growers.add(grower);
  }

  void releaseWindow(long bytes, Runnable grower) {
    growers.remove(grower);
    windowsUsed -= bytes;
    if (bytes > 0 && !growers.isEmpty()) {
      List<Runnable> all = List.copyOf(growers);
      growers.clear();
      all.forEach(Runnable::run);
    }
  }

  /** Queues an assembly for admission, which may come at once. */
  void request(Assembly assembly) {
    waiting.add(assembly);
    admitNext();
    if (check == null) {
      long period = Math.max(1, Math.min(assemblyTimeout.toMillis(), idleTimeout.toMillis()) / 4);
      check = loop.scheduleWithFixedDelay(this::check, period, period, TimeUnit.MILLISECONDS);
    }
  }

  /** An admitted assembly was completed: it is no longer watched, but its bytes stay taken. */
  void completed(Assembly assembly) {
    admitted.remove(assembly);
    idle();
  }

  /** Gives back the bytes of a completed assembly. */
  void release(long bytes) {
    assembliesUsed -= bytes;
    admitNext();
  }

  /** Forgets an unfinished assembly, admitted or not. */
  void abandon(Assembly assembly) {
    waiting.remove(assembly);
    if (admitted.remove(assembly)) {
      release(assembly.size());
    }
    idle();
  }

  private void admitNext() {
    for (Assembly next; (next = waiting.peek()) != null; ) {
      if (assembliesUsed > 0 && next.size() > assemblyBytes - assembliesUsed) {
        return;
      }
      waiting.remove();
      assembliesUsed += next.size();
      admitted.add(next);
      next.admitted();
    }
  }

  private void check() {
    long now = now();
    Duration limit = waiting.isEmpty() ? idleTimeout : assemblyTimeout;
    for (Assembly assembly : List.copyOf(admitted)) {
      long silence = now - assembly.lastProgressNanos();
      if (silence >= limit.toNanos()) {
        assembly.stalled(Duration.ofNanos(silence));
      }
    }
  }

  private void idle() {
    ScheduledFuture<?> running = check;
    if (running != null && waiting.isEmpty() && admitted.isEmpty()) {
      check = null;
      running.cancel(false);
    }
  }

  /**
   * Bytes taken by assemblies, complete ones that nobody took yet included.
   *
   * @return bytes
   */
  public long assembliesUsed() {
    return assembliesUsed;
  }

  /**
   * Bytes taken by windows beyond one frame per peer.
   *
   * @return bytes
   */
  public long windowsUsed() {
    return windowsUsed;
  }
}
