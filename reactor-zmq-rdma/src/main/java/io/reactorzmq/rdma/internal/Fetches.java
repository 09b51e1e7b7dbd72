package io.reactorzmq.rdma.internal;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The frames that are being fetched from their senders, by the number that UCX gives back. */
final class Fetches {

  private @Nullable Arriving[] frames = new Arriving[16];
  private int[] free = {};
  private int freeCount;
  private int used;

  /** How many are under way. */
  int count() {
    return used - freeCount;
  }

  int begin(Arriving frame) {
    int number = freeCount > 0 ? free[--freeCount] : used++;
    if (number == frames.length) {
      frames = Arrays.copyOf(frames, 2 * number);
    }
    frames[number] = frame;
    return number;
  }

  Arriving end(int number) {
    Arriving frame = frames[number];
    if (frame == null) {
      throw new IllegalStateException("no fetch has the number " + number);
    }
    frames[number] = null;
    if (freeCount == free.length) {
      free = Arrays.copyOf(free, Math.max(16, 2 * freeCount));
    }
    free[freeCount++] = number;
    return frame;
  }
}
