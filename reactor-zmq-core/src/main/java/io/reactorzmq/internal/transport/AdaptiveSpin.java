package io.reactorzmq.internal.transport;

import io.netty.channel.EventLoop;
import io.netty.channel.SingleThreadEventLoop;
import io.netty.util.NettyRuntime;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Keeps an event loop amid large frames, or many messages, from sleeping for the few microseconds
 * until more of them come: to be woken takes longer, and costs whoever wakes it more. Where more
 * does not come in time it soon gives up, and tries again only now and then. Confined to the event
 * loop.
 */
final class AdaptiveSpin {

  /**
   * Two in three waits amid arrays of 1 MB are shorter; what is longer costs more than it saves.
   */
  static final long NANOS = TimeUnit.MICROSECONDS.toNanos(40);

  /** Waits in vain, one after the other, before some are left out. */
  static final int PATIENCE = 3;

  /** Waits that are left out at most between two that are tried. */
  static final int MOST_LEFT_OUT = 63;

  private static final boolean WORTHWHILE = NettyRuntime.availableProcessors() > 1;

  private static final FastThreadLocal<@Nullable AdaptiveSpin> OF_LOOP = new FastThreadLocal<>();

  private final Runnable nextTurn;
  private final LongSupplier clock;
  private boolean spinning;
  private long end;
  private int inVain;
  private int leftOut;
  private int toLeaveOut;

  /**
   * Creates one of a loop that can only be asked for turns.
   *
   * @param turns makes what asks for a turn of the loop out of what is to be done in it
   * @param clock nanoseconds since some moment
   */
  AdaptiveSpin(UnaryOperator<Runnable> turns, LongSupplier clock) {
    this.nextTurn = turns.apply(this::look);
    this.clock = clock;
  }

  /** More will come to this loop, on whose thread this is called unless it has ended. */
  static void expectMore(EventLoop eventLoop) {
    if (WORTHWHILE
        && eventLoop instanceof SingleThreadEventLoop loop
        && loop.inEventLoop()
        && !loop.isShuttingDown()) {
      AdaptiveSpin spin = OF_LOOP.get();
      if (spin == null) {
        spin = new AdaptiveSpin(look -> turnOf(loop, look), System::nanoTime);
        OF_LOOP.set(spin);
      }
      spin.expectMore();
    }
  }

  /** As {@link Loops#runAfterIo}, made once instead of for each turn, until the loop ends. */
  private static Runnable turnOf(SingleThreadEventLoop loop, Runnable look) {
    Runnable execute =
        () -> {
          if (!loop.isShuttingDown()) {
            loop.execute(look);
          }
        };
    return () -> loop.executeAfterEventLoopIteration(execute);
  }

  void expectMore() {
    if (spinning) {
      inVain = 0;
      toLeaveOut = 0;
      end = clock.getAsLong() + NANOS;
    } else if (leftOut < toLeaveOut) {
      leftOut++;
    } else {
      leftOut = 0;
      spinning = true;
      end = clock.getAsLong() + NANOS;
      nextTurn.run();
    }
  }

  /** The loop has looked at its channels, and does so again before it sleeps if asked to. */
  private void look() {
    if (clock.getAsLong() - end < 0) {
      Thread.yield(); // who sends may be waiting for this very processor
      nextTurn.run();
      return;
    }
    spinning = false;
    if (++inVain >= PATIENCE) {
      toLeaveOut = Math.min(MOST_LEFT_OUT, 2 * toLeaveOut + 1);
    }
  }
}
