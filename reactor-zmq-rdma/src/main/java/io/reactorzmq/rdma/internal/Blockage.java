package io.reactorzmq.rdma.internal;

import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;

/**
 * Notices that a worker hears nothing any more: UCX says that there are news and has none, again
 * and again. A peer writes into shared memory in turn with all others, and one that was killed amid
 * that, or stands still, lets nobody else be heard, and UCX 1.13 neither sees nor mends it.
 */
final class Blockage {

  /** Looks in a row; a peer that is only slow is through with its few bytes by then. */
  private static final int LOOKS = 1000;

  /** So many times in a row, a second apart, and it is no chance. */
  private static final int TIMES = 3;

  private final IntSupplier arm;
  private final BooleanSupplier progress;
  private final BooleanSupplier sending;
  private int times;
  private boolean heard;

  /**
   * Creates one for a worker.
   *
   * @param arm puts the worker to sleep; returns UCX's status
   * @param progress drives it; returns whether there was anything to do
   * @param sending whether UCX is not through with a message or a fetch: it says that there are
   *     news as well while a peer that stands still has no room for more
   */
  Blockage(IntSupplier arm, BooleanSupplier progress, BooleanSupplier sending) {
    this.arm = arm;
    this.progress = progress;
    this.sending = sending;
  }

  /** A message has come. */
  void heard() {
    heard = true;
  }

  /**
   * Looks once more; a second after the last time.
   *
   * @return whether the worker is lost
   */
  boolean look() {
    times = !heard && !sending.getAsBoolean() && isDeaf() ? times + 1 : 0;
    heard = false;
    return times == TIMES;
  }

  /** Whether to look again although there is no endpoint. */
  boolean isSuspected() {
    return times > 0;
  }

  private boolean isDeaf() {
    for (int i = 0; i < LOOKS; i++) {
      if (arm.getAsInt() != UcpStructs.ERR_BUSY || progress.getAsBoolean()) {
        return false;
      }
    }
    return true;
  }
}
