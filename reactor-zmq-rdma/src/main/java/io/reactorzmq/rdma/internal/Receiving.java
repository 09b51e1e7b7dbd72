package io.reactorzmq.rdma.internal;

import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.internal.transport.Landings;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The receiving half of a connection: frames in their order between their arrival, or announcement,
 * and their delivery, and what the peer is told about it. Confined to the event loop.
 */
final class Receiving {

  private static final int MAX_SPARE = 256;

  private final RdmaConnection connection;
  private final UcxLoop loop;
  private final ByteBufAllocator allocator;
  private final int window;
  private final Landings landings = new Landings();
  private final ArrayDeque<Arriving> arriving = new ArrayDeque<>();
  private final ArrayDeque<Arriving> spare = new ArrayDeque<>();
  private int maxFrameLength;
  private int sequence;
  private long receivedCost;
  private long consumedCost;
  private long toldCost;
  private int fetching;
  private boolean owing;

  Receiving(
      RdmaConnection connection, UcxLoop loop, ByteBufAllocator allocator, int maxFrameLength) {
    this.connection = connection;
    this.loop = loop;
    this.allocator = allocator;
    this.window = loop.options().windowBytes();
    this.maxFrameLength = maxFrameLength;
  }

  Landings landings() {
    return landings;
  }

  void maxFrameLength(int bytes) {
    maxFrameLength = bytes;
  }

  // ---- what comes, noted while UCX is driven

  /** Whether a frame is the one that is due; called once for each, also those not wanted. */
  boolean isNext(int number) {
    return number == sequence++;
  }

  /** Takes no more of a frame than that it was sent. */
  void ignore(long length) {
    receivedCost += AmHeader.cost(length);
    consumedCost += AmHeader.cost(length);
    owe();
  }

  /**
   * Takes a frame.
   *
   * @param header address of its first bytes
   * @param data address of the rest; if announced, what to fetch it by
   * @return null, or how the peer broke the rules; nothing was allocated then
   */
  @Nullable String take(long header, int headBytes, long data, long bytes, boolean announced) {
    long length = headBytes + bytes;
    // With others before it the limit may be another one when its turn comes.
    if (Long.compareUnsigned(bytes, AmHeader.MAX_FRAME) > 0
        || length > AmHeader.MAX_FRAME
        || arriving.isEmpty() && length > maxFrameLength) {
      return tooLong(length);
    }
    if (headBytes > AmHeader.MAX_HEAD) {
      return "a header with " + headBytes + " bytes of a frame";
    }
    boolean alone = receivedCost == consumedCost;
    receivedCost += AmHeader.cost(length);
    if (receivedCost - consumedCost > window && !alone) {
      return "more than the window of " + window + " bytes (RdmaOptions.windowBytes)";
    }
    Arriving frame = spare.isEmpty() ? new Arriving(connection) : spare.pop();
    if (announced) {
      frame.announce(header, headBytes, data, (int) bytes);
    } else {
      frame.came(allocator, header, headBytes, data, (int) bytes);
    }
    arriving.add(frame);
    return null;
  }

  // ---- what is done about it, when UCX has returned

  /** Whether nothing waits. */
  boolean isEmpty() {
    return arriving.isEmpty();
  }

  /** Frames that UCX is fetching, wanted or not. */
  boolean isFetching() {
    return fetching > 0;
  }

  /**
   * The next frame, which is fetched if need be, where its content is wanted.
   *
   * @return null if there is none, or it is not there yet
   */
  @Nullable Arriving poll() {
    Arriving frame = arriving.peek();
    if (frame == null) {
      return null;
    }
    if (frame.length() > maxFrameLength) {
      connection.violation(tooLong(frame.length()));
      return null;
    }
    if (frame.isAnnounced()) {
      fetch(frame, landings);
    }
    return frame.isThere() ? arriving.poll() : null;
  }

  /**
   * Fetches what has been announced behind the frame that is next. If content may be wanted
   * somewhere, that is known only when a frame's turn comes.
   */
  void fetchAhead() {
    if (landings.isEmpty()) {
      for (Arriving frame : arriving) {
        if (frame.isAnnounced() && frame.length() <= maxFrameLength) {
          fetch(frame, null);
        }
      }
    }
  }

  private String tooLong(long length) {
    return "a frame of "
        + Long.toUnsignedString(length)
        + " bytes; the limit here is "
        + maxFrameLength;
  }

  private void fetch(Arriving frame, @Nullable Landings landings) {
    frame.prepare(allocator, landings);
    if (!frame.isAnnounced()) {
      frame.release(loop); // whoever was asked where it is wanted has closed the connection
      return;
    }
    fetching++;
    frame.fetch(loop);
  }

  /** UCX is through with a fetch. */
  void fetched() {
    fetching--;
  }

  /** A frame was delivered; it may be used for another one. */
  void delivered(Arriving frame) {
    consumedCost += AmHeader.cost(frame.length());
    recycle(frame);
    if (consumedCost - toldCost >= window / 2) {
      acknowledge();
    } else {
      owe();
    }
  }

  private void recycle(Arriving frame) {
    if (spare.size() < MAX_SPARE) {
      spare.push(frame);
    }
  }

  /** Releases all that waits. */
  void discard() {
    for (Arriving frame = arriving.poll(); frame != null; frame = arriving.poll()) {
      consumedCost += AmHeader.cost(frame.length());
      if (frame.release(loop)) {
        recycle(frame);
      }
      owe();
    }
  }

  // ---- what the peer is told

  /** How much was consumed, modulo 2^32; the peer is being told now. */
  int tell() {
    toldCost = consumedCost;
    return (int) consumedCost;
  }

  private void owe() {
    if (!owing) {
      owing = true;
      loop.owes(connection);
    }
  }

  /** Tells the peer, if it does not know. */
  void acknowledge() {
    owing = false;
    if (toldCost != consumedCost) {
      connection.sendAcknowledgement();
    }
  }
}
