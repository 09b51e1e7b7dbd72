package io.reactorzmq.cli.tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * One message that has begun to arrive: how large it will be, and the memory it has so far. It is
 * over when all of that is released, since a message asks for all its memory before that.
 */
final class Arrival {

  private final long total;
  private final List<ScratchBuffer> buffers = new ArrayList<>();
  private int live;

  Arrival(long total) {
    this.total = total;
  }

  long total() {
    return total;
  }

  synchronized void add(ScratchBuffer buffer) {
    buffers.add(buffer);
    live++;
  }

  synchronized long arrived() {
    long bytes = 0;
    for (ScratchBuffer each : buffers) {
      bytes += each.writerIndex(); // may be read while it grows
    }
    return bytes;
  }

  /** Whether that was the last one. */
  synchronized boolean released() {
    return --live == 0;
  }
}
