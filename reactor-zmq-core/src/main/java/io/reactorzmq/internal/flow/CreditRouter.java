package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.EventExecutor;
import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.error.ZmqException;
import io.reactorzmq.internal.wire.SmallBatch;
import io.reactorzmq.internal.wire.SmallValues;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

// Past 300 lines because items and small values are routed by the same rotation.

/**
 * Routes each value to one of the peers that have credit, in strict rotation. What no peer has
 * credit for waits in the queue of the {@link Outbox}, or for any of several routers in their
 * {@link Surplus}.
 */
public final class CreditRouter<T> extends Outbox<T> {

  private final List<Lane<SendItem<T>>> lanes = new ArrayList<>();
  private final List<Lane<SendItem<T>>> leaving = new ArrayList<>();
  private final @Nullable Surplus<T> surplus;
  private volatile int livePeers;

  /** Whether no lane can begin anything; kept where there is a surplus. */
  private volatile boolean full = true;

  /**
   * Creates a router without peers.
   *
   * @param codec encodes values
   * @param allocator memory for the codec
   * @param loop the socket's event loop
   * @param bounds the socket's bounds
   * @param onDropped told on the event loop of each accepted message that fits no peer
   * @param onClosingDrain runs after each drain of a closed router, on the event loop
   */
  public CreditRouter(
      Codec<T> codec,
      ByteBufAllocator allocator,
      EventExecutor loop,
      SendBounds bounds,
      Consumer<Throwable> onDropped,
      Runnable onClosingDrain) {
    this(codec, allocator, loop, bounds, onDropped, onClosingDrain, null);
  }

  /** One of the routers that share a surplus and the bounds. */
  CreditRouter(
      Codec<T> codec,
      ByteBufAllocator allocator,
      EventExecutor loop,
      SendBounds bounds,
      Consumer<Throwable> onDropped,
      Runnable onClosingDrain,
      @Nullable Surplus<T> surplus) {
    super(codec, allocator, loop, bounds, onDropped, onClosingDrain, surplus == null);
    this.surplus = surplus;
  }

  @Override
  boolean hasPeers() {
    return surplus == null ? hasOwnPeers() : surplus.hasPeers();
  }

  boolean hasOwnPeers() {
    return livePeers > 0;
  }

  /** Whether what comes would have to wait; any thread, where there is a surplus. */
  boolean isFull() {
    return full;
  }

  @Override
  void offer(SendItem<T> item) {
    if (surplus == null || !full) {
      super.offer(item);
      return;
    }
    surplus.add(item);
    if (isClosed()) {
      signal(); // it came after what waited un-encoded was failed
    }
  }

  /** A peer is connected: values are accepted from now on, its lane may follow later. */
  public void peerArrived() {
    livePeers++;
    signal();
  }

  /** A peer is gone. */
  public void peerLeft() {
    livePeers--;
  }

  /**
   * Adds a peer to the rotation.
   *
   * @param lane its lane
   */
  public void add(Lane<SendItem<T>> lane) {
    lanes.add(lane);
    signal();
  }

  /**
   * Takes a peer out of the rotation at once; a message in progress goes to another peer.
   *
   * @param lane its lane
   */
  public void remove(Lane<SendItem<T>> lane) {
    unlist(lane);
    leaving.remove(lane);
    SendItem<T> item = lane.abort();
    if (item != null) {
      queue.addFirst(item);
      item.unclaim();
    }
    signal(); // a drain that this interrupts may have passed over a lane
  }

  /**
   * Takes a peer out of the rotation but lets a message in progress end.
   *
   * @param lane its lane
   */
  public void leave(Lane<SendItem<T>> lane) {
    if (unlist(lane)) {
      leaving.add(lane);
      signal(); // a message may have waited for it
    }
  }

  private boolean unlist(Lane<SendItem<T>> lane) {
    int index = lanes.indexOf(lane);
    if (index < 0) {
      return false;
    }
    lanes.remove(index);
    if (index < state.turn) {
      state.turn--;
    }
    return true;
  }

  @Override
  long resume() {
    return resume(lanes) + resume(leaving);
  }

  @Override
  void flush() {
    flush(lanes);
    flush(leaving);
    if (surplus != null && !hasRoom()) {
      full = true;
      surplus.addAll(queue);
    }
  }

  private boolean hasRoom() {
    for (int i = 0; i < lanes.size(); i++) {
      if (lanes.get(i).hasRoom()) {
        return true;
      }
    }
    return false;
  }

  // ---- where there is a surplus

  @Override
  boolean mayStarve() {
    return surplus == null; // another one may have credit
  }

  @Override
  void sweep() {
    super.sweep();
    if (surplus != null) {
      surplus.sweep();
    }
  }

  @Override
  public void close() {
    super.close();
    failPending();
  }

  private void failPending() {
    if (surplus != null) {
      surplus.failPending(new ClosedException("the socket is closing"));
    }
  }

  @Override
  public long terminate() {
    long unsent = super.terminate();
    return surplus == null
        ? unsent
        : unsent
            + surplus.terminate(
                new ClosedException(
                    "the socket closed before the message was handed to a peer (linger)"));
  }

  /** What is next: the own queue first, and what is common only if there is room for it. */
  private @Nullable Object poll() {
    Object own = queue.poll();
    return own == null && surplus != null && hasRoom() ? surplus.poll() : own;
  }

  /** True if another router has the item, which no peer of this one takes. */
  private boolean passOn(SendItem<T> item) {
    if (surplus == null || surplus.isFirst(this)) {
      return false;
    }
    item.isPinned = true;
    item.unclaim();
    if (!item.isClaimed()) {
      surplus.first().enqueue(item);
    }
    return true;
  }

  private void enqueue(SendItem<T> item) {
    super.offer(item);
  }

  private static <T> long resume(List<Lane<SendItem<T>>> lanes) {
    long ended = 0;
    for (int i = 0; i < lanes.size(); i++) {
      if (lanes.get(i).resume()) {
        ended++;
      }
    }
    return ended;
  }

  private static <T> void flush(List<Lane<SendItem<T>>> lanes) {
    for (int i = 0; i < lanes.size(); i++) {
      lanes.get(i).flush();
    }
  }

  @Override
  boolean isInMessage() {
    return lanes.stream().anyMatch(Lane::isInMessage)
        || leaving.stream().anyMatch(Lane::isInMessage);
  }

  @Override
  @SuppressWarnings("unchecked") // what is no item is a small value
  long route() {
    long ended = 0;
    if (surplus != null) {
      full = false; // before the surplus is looked at
      if (isClosed()) {
        failPending();
      }
    }
    if (lanes.isEmpty()) {
      return ended;
    }
    // an item is out of the queue before anything runs that may call back into this router
    for (Object entry; (entry = poll()) != null; ) {
      if (entry instanceof SmallBatch batch) {
        ended += frameInHand(batch);
        if (putBack(batch)) {
          return ended;
        }
        continue;
      }
      Framing framing =
          entry instanceof SendItem<?> item ? frame((SendItem<T>) item) : frameSmall((T) entry);
      if (framing == Framing.WAITS) {
        return ended;
      }
      if (framing == Framing.ENDED) {
        ended++;
      }
    }
    return ended;
  }

  /** What became of an item that was next. */
  private enum Framing {
    /** All of it is in a frame. */
    ENDED,
    /** Some of it is in a frame, or it will never be sent. */
    OUT_OF_LINE,
    /** It is still next. */
    WAITS
  }

  private Framing frame(SendItem<T> item) {
    if (!claimAndEncode(item)) {
      return Framing.OUT_OF_LINE;
    }
    Message message = Objects.requireNonNull(item.message());
    Lane<SendItem<T>> lane = next(item, message);
    if (lane != null) {
      return lane.begin(item) ? Framing.ENDED : Framing.OUT_OF_LINE;
    }
    MessageTooLargeException refusal = refusedByAll(message);
    if (refusal != null) {
      if (!passOn(item)) {
        refuse(item, refusal);
      }
      return Framing.OUT_OF_LINE;
    }
    queue.addFirst(item);
    item.unclaim();
    return item.isClaimed() ? Framing.OUT_OF_LINE : Framing.WAITS; // it was cancelled meanwhile
  }

  private Framing frameSmall(T value) {
    SendAll<T> source = queue.source();
    int size = queue.smallSize();
    try {
      if (!frame(value, size)) {
        queue.addFirstSmall(value, size, source);
        return Framing.WAITS;
      }
    } catch (ZmqException e) {
      refuseSmall(value, size, source, e);
      return Framing.OUT_OF_LINE;
    }
    framedSmall(value, size, source);
    return Framing.ENDED;
  }

  @Override
  boolean frame(T value, int size) {
    SmallValues<T> values = smallValues();
    int bytes = values.bytes(value, size);
    Lane<SendItem<T>> lane = nextForSmall(size, bytes);
    if (lane == null) {
      MessageTooLargeException refusal = refusedByAll(size);
      if (refusal != null) {
        throw refusal;
      }
      return false;
    }
    boolean isFramed;
    try {
      isFramed = lane.appendSmall(values, value, size, bytes);
    } catch (Throwable e) {
      throw Encoding.failure(e);
    }
    return isFramed || frame(value, size); // the lane has just gone; another one may take it
  }

  @Override
  int frame(SmallBatch batch) {
    int ended = 0;
    for (int bytes; (bytes = batch.next()) > 0; ) {
      int size = batch.nextSize();
      Lane<SendItem<T>> lane = nextForSmall(size, bytes);
      if (lane != null) {
        ended += frame(batch, lane);
        continue;
      }
      MessageTooLargeException refusal = refusedByAll(size);
      if (refusal == null) {
        state.lacksRoom = true;
        break;
      }
      refuseNext(batch, refusal);
    }
    return ended;
  }

  /** Frames the next value, or many where no other peer is to have one of them. */
  private int frame(SmallBatch batch, Lane<SendItem<T>> lane) {
    int count;
    try {
      if (!lane.makeRoomForSmall(batch.next()) || batch.next() == 0) {
        return 0; // the peer has gone, or whom it called has taken the batch
      }
      int before = batch.taken();
      count = lane.append(batch, lanes.size() == 1 ? Integer.MAX_VALUE : 1);
      framed(count, batch.taken() - before);
    } catch (Throwable e) {
      refuseNext(batch, Encoding.failure(e));
      return 0;
    }
    lane.flushIfFull();
    return count;
  }

  private @Nullable Lane<SendItem<T>> nextForSmall(int size, int bytes) {
    int n = lanes.size();
    for (int i = 0; i < n; i++) {
      int index = state.turn + i < n ? state.turn + i : state.turn + i - n;
      Lane<SendItem<T>> lane = lanes.get(index);
      if (lane.canBeginSmall(bytes) && lane.refusal(size) == null) {
        state.turn = index + 1 == n ? 0 : index + 1;
        return lane;
      }
    }
    return null;
  }

  private @Nullable MessageTooLargeException refusedByAll(int size) {
    MessageTooLargeException refusal = null;
    for (Lane<SendItem<T>> lane : lanes) {
      refusal = lane.refusal(size);
      if (refusal == null) {
        return null;
      }
    }
    return refusal;
  }

  private @Nullable Lane<SendItem<T>> next(SendItem<T> item, Message message) {
    int n = lanes.size();
    for (int i = 0; i < n; i++) {
      int index = state.turn + i < n ? state.turn + i : state.turn + i - n;
      Lane<SendItem<T>> lane = lanes.get(index);
      if (lane.canBegin(item) && lane.refusal(message) == null) {
        state.turn = index + 1 == n ? 0 : index + 1;
        return lane;
      }
    }
    return null;
  }

  private @Nullable MessageTooLargeException refusedByAll(Message message) {
    MessageTooLargeException refusal = null;
    for (Lane<SendItem<T>> lane : lanes) {
      refusal = lane.refusal(message);
      if (refusal == null) {
        return null;
      }
    }
    return refusal;
  }
}
