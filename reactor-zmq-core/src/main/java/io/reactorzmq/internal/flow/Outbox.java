package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.EventExecutor;
import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.ZmqException;
import io.reactorzmq.internal.wire.SmallBatch;
import io.reactorzmq.internal.wire.SmallValues;
import io.reactorzmq.message.Codec;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;

// Past 300 lines because the drain loop of a sender is one state machine.

/**
 * The drain loop of a sending socket: takes values from any thread and hands them, in order, to
 * what routes them to the peers. Everything but {@link #offer} and the counters is confined to the
 * event loop, where each drain takes what is queued at that moment and never waits for more.
 */
public abstract sealed class Outbox<T> implements Runnable permits CreditRouter, FanOut {

  private static final int SWEEP_AT = 64;

  /** So many values of other threads in one drain are the beginning of many. */
  private static final int BURST = 2;

  private final Codec<T> codec;
  private final ByteBufAllocator allocator;
  private final EventExecutor loop;
  private final SendBounds bounds;
  private final Consumer<Throwable> onDropped;
  private final Runnable onClosingDrain;
  private final @Nullable SmallValues<T> small;

  /** Items, small values whose size is their own, {@link Small} ones, and batches. */
  private final Inbox<T> inbox;

  private final Intake intake = new Intake();

  private final AtomicInteger wip = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();
  private final AtomicLong sent = new AtomicLong();

  /** What was taken in and not routed. */
  final SendQueue<T> queue = new SendQueue<>();

  final DrainState state = new DrainState();
  private Runnable onBurst = () -> {};

  private final List<SendAll<T>> sources = new ArrayList<>();
  private final Queue<SendAll<T>> newSources = new MpscUnboundedAtomicArrayQueue<>(16);
  private int granted;
  private volatile boolean closed;

  /** Whether producers need not signal, because only credit or a peer can move anything. */
  private volatile boolean starved;

  private boolean terminated;

  /** A small value on its way from another thread that has to be told more of. */
  private record Small<T>(T value, int size, @Nullable SendAll<T> source) {}

  /**
   * Creates a loop with nothing to do.
   *
   * @param codec encodes values
   * @param allocator memory for the codec
   * @param loop the socket's event loop
   * @param bounds the socket's bounds
   * @param onDropped told on the event loop of each accepted message that cannot be sent
   * @param onClosingDrain runs after each drain of a closed loop, on the event loop
   * @param framesBatches whether small values may come in batches
   */
  Outbox(
      Codec<T> codec,
      ByteBufAllocator allocator,
      EventExecutor loop,
      SendBounds bounds,
      Consumer<Throwable> onDropped,
      Runnable onClosingDrain,
      boolean framesBatches) {
    this.codec = codec;
    this.small = SmallValues.of(codec);
    this.inbox = new Inbox<>(framesBatches && small != null && small.canBeBatched() ? small : null);
    this.allocator = allocator;
    this.loop = loop;
    this.bounds = bounds;
    this.onDropped = onDropped;
    this.onClosingDrain = onClosingDrain;
  }

  // ---- what routing decides

  /** Whether values are accepted, though nobody may want them; any thread. */
  abstract boolean hasPeers();

  /** Goes on with the messages in progress; returns how many ended. */
  abstract long resume();

  /** Routes what is queued, as far as there is room; returns the messages wholly framed. */
  abstract long route();

  /**
   * Frames a small value for which there is room.
   *
   * @return false if it has to wait
   * @throws ZmqException if it can never be sent
   */
  boolean frame(T value, int size) {
    return false;
  }

  /**
   * Frames what there is room for of a batch, and says in the {@link #state} if that is not all.
   * What it calls may take some or all of the batch away.
   *
   * @return how many values it framed
   */
  int frame(SmallBatch batch) {
    throw new UnsupportedOperationException("small values come one by one here");
  }

  /** Sends the open frames. */
  abstract void flush();

  /** Whether a message has begun and not ended. */
  abstract boolean isInMessage();

  /** Whether producers may be told not to signal as long as nobody has credit. */
  boolean mayStarve() {
    return true;
  }

  /** Lets go of what was cancelled. */
  void sweep() {
    queue.removeItems(SendItem::isClaimed);
  }

  /** How often publishers are asked for more in one drain, where nothing else ends it. */
  int maxRounds() {
    return Integer.MAX_VALUE;
  }

  /**
   * Sets what is told that producers are quick.
   *
   * @param task runs after each drain that took over several values of other threads
   */
  public void onBurst(Runnable task) {
    onBurst = task;
  }

  // ---- any thread

  Codec<T> codec() {
    return codec;
  }

  ByteBufAllocator allocator() {
    return allocator;
  }

  EventExecutor loop() {
    return loop;
  }

  /**
   * The socket's send bounds and what is queued.
   *
   * @return shared, thread-safe
   */
  public SendBounds bounds() {
    return bounds;
  }

  /**
   * Messages wholly handed to peers.
   *
   * @return messages
   */
  public long sent() {
    return sent.get();
  }

  boolean isClosed() {
    return closed;
  }

  /** Enqueues an item whose place in the bounds is reserved. */
  void offer(SendItem<T> item) {
    if (mayQueueAtOnce()) {
      queue.add(item);
    } else {
      inbox.offer(item);
    }
    signalIfNew();
  }

  /** On the event loop, unless something stays in the inbox, as it waits or is being written. */
  private boolean mayQueueAtOnce() {
    if (!loop.inEventLoop() || closed) {
      return false;
    }
    intake(); // what came from other threads came first
    return inbox.isEmpty();
  }

  /** Within a drain's round what comes on the event loop is noticed anyway. */
  private void signalIfNew() {
    if (!starved && !(loop.inEventLoop() && state.direct)) {
      signal();
    }
  }

  /**
   * The size of a value that is queued as it is, without an item; negative if it is not.
   *
   * @throws RuntimeException whatever the codec throws
   */
  int smallSize(T value) {
    return small == null ? -1 : small.sizeIfSmall(value);
  }

  /**
   * Enqueues a small value whose place in the bounds is reserved.
   *
   * @throws ZmqException if it cannot be read; then its place is given back
   */
  void offerSmall(T value, int size, @Nullable SendAll<T> source) {
    boolean isCopied = false;
    if (mayQueueAtOnce()) {
      queue.addSmall(value, size, source);
    } else if (source == null && !loop.inEventLoop() && addToBatch(value, size)) {
      isCopied = true;
    } else {
      boolean isBare = source == null && smallValues().haveFixedSize();
      inbox.offer(isBare ? value : new Small<>(value, size, source));
    }
    signalIfNew();
    if (isCopied) {
      codec.discard(value); // last, as it calls back
    }
  }

  /** The event loop does not: it would wait for a thread that has just begun a batch. */
  private boolean addToBatch(T value, int size) {
    try {
      return inbox.add(value, size);
    } catch (Throwable e) {
      bounds.release(1, size);
      signal(); // others may have added theirs behind it
      throw Encoding.failure(e);
    }
  }

  /**
   * Frames a small value of a {@code sendAll} right where it is emitted, if this is the loop asking
   * for more and nothing waits before it. Its message is reserved in the bounds, its bytes are not.
   *
   * @return false if it has to be offered
   */
  boolean sendDirectly(T value, int size, SendAll<T> source) {
    if (!loop.inEventLoop() || !state.direct || closed) {
      return false;
    }
    intake(); // what came from other threads came first
    if (source.isDone()) { // what came completed something, whereupon the socket was closed
      bounds.release(1, 0);
      codec.discard(value);
      return true;
    }
    if (!queue.isEmpty() || !inbox.isEmpty()) {
      return false;
    }
    state.direct = false;
    try {
      if (frame(value, size)) {
        state.framedDirectly++;
        bounds.freed(1, 0);
        codec.discard(value);
      } else {
        return false;
      }
    } catch (ZmqException e) {
      bounds.release(1, 0);
      codec.discard(value);
      source.failed(e);
      onDropped.accept(e);
    } finally {
      state.direct = true;
    }
    return true;
  }

  void offer(SendAll<T> source) {
    newSources.offer(source);
    signal();
  }

  /** An item was claimed by its canceller and stays behind as a shell, or was first in line. */
  void cancelled() {
    if (cancelled.incrementAndGet() >= SWEEP_AT || hasPeers()) {
      signal();
    }
  }

  /** Schedules a drain. */
  public void signal() {
    if (wip.getAndIncrement() == 0) {
      schedule();
    }
  }

  private void schedule() {
    try {
      loop.execute(this);
    } catch (RejectedExecutionException e) {
      run(); // the event loop has ended, the socket with it: what came late is only failed
    }
  }

  // ---- event loop

  /** Refuses new values and fails those that wait un-encoded; what is queued is still sent. */
  public void close() {
    closed = true;
    starved = false;
    intake();
    ClosedException cause = new ClosedException("the socket is closing");
    for (SendAll<T> source : List.copyOf(sources)) {
      source.fail(cause);
    }
    sources.clear();
    List<SendItem<T>> waiting = new ArrayList<>();
    queue.removeItems(item -> item.isPending() && item.claim() && waiting.add(item));
    waiting.forEach(item -> item.drop(cause)); // may call back into this router
  }

  /**
   * Whether nothing is left to frame.
   *
   * @return true if the queue is empty and no message is in progress
   */
  public boolean isDrained() {
    intake();
    queue.removeItems(SendItem::isClaimed);
    SmallBatch inHand = inbox.inHand;
    boolean handIsEmpty = inHand == null || inHand.next() == 0;
    return queue.isEmpty() && inbox.isEmpty() && handIsEmpty && !isInMessage();
  }

  /**
   * Drops everything queued.
   *
   * @return how many messages that were
   */
  @SuppressWarnings("unchecked") // what is no item is a small value
  public long terminate() {
    close();
    terminated = true;
    ClosedException cause =
        new ClosedException("the socket closed before the message was handed to a peer (linger)");
    long unsent = 0;
    for (Object entry; (entry = queue.poll()) != null; ) {
      if (entry instanceof SmallBatch batch) {
        unsent += drop(batch);
      } else if (!(entry instanceof SendItem<?> item)) {
        dropSmall((T) entry, queue.smallSize(), queue.source(), cause);
        unsent++;
      } else if (item.claim()) {
        item.drop(cause);
        unsent++;
      }
    }
    if (inbox.inHand != null) {
      unsent += drop(inbox.inHand);
    }
    int before = state.takenOver;
    intake();
    unsent += state.takenOver - before;
    if (!inbox.isEmpty()) {
      unsent += bounds.messages(); // one is being written; it is dropped then, with those behind it
    }
    return unsent;
  }

  /** Ends a small value that will not be sent. */
  private void dropSmall(T value, int size, @Nullable SendAll<T> source, ZmqException cause) {
    bounds.release(1, size);
    codec.discard(value);
    if (source != null) {
      source.failed(cause);
    }
  }

  /** Ends what will not be sent; returns how many values that were. */
  private int drop(SmallBatch batch) {
    int count = 0;
    for (; batch.next() > 0; count++) {
      bounds.release(1, batch.nextSize());
      batch.skip();
    }
    return count;
  }

  /** So many small values of so many bytes are in a frame. */
  final void framed(int n, int bytes) {
    bounds.freed(n, bytes);
    if (sources.isEmpty()) { // else they get what there is in their turn
      bounds.flushManyFreed();
    }
  }

  /** A small value is in a frame: nothing of it is read any more. */
  final void framedSmall(T value, int size, @Nullable SendAll<T> source) {
    framed(1, size);
    codec.discard(value);
    if (source != null) {
      source.released();
    }
  }

  /** A small value cannot be sent. */
  final void refuseSmall(T value, int size, @Nullable SendAll<T> source, ZmqException cause) {
    dropSmall(value, size, source, cause);
    onDropped.accept(cause);
  }

  /** The next value of a batch, if there is one, cannot be sent. */
  final void refuseNext(SmallBatch batch, ZmqException cause) {
    if (batch.next() == 0) {
      return;
    }
    bounds.release(1, batch.nextSize());
    batch.skip();
    onDropped.accept(cause);
  }

  /** Frames what there is room for of a batch, which nobody uses for something else meanwhile. */
  final int frameInHand(SmallBatch batch) {
    inbox.inHand = batch;
    try {
      return frame(batch);
    } finally {
      inbox.inHand = null;
    }
  }

  /** True if some is left of a batch that was polled, and is first in the queue again. */
  final boolean putBack(SmallBatch batch) {
    if (batch.next() > 0) {
      queue.addFirst(batch);
      return true;
    }
    inbox.recycle(batch);
    return false;
  }

  final SmallValues<T> smallValues() {
    return Objects.requireNonNull(small);
  }

  /**
   * One drain. As long as there was something to do another one follows in the loop's next turn:
   * waking a sleeping loop costs a producer far more than looking once too often.
   */
  @Override
  public void run() {
    wip.set(1);
    if (drain() || !wip.compareAndSet(1, 0)) {
      goOn();
    }
  }

  /** Schedules the drain that follows one. */
  void goOn() {
    schedule();
  }

  /** True if anything was taken in or framed. */
  private boolean drain() {
    if (starved) { // producers read it with each message, so it is written seldom
      starved = false;
      state.unsignalled = true;
    }
    state.takenOver = 0;
    long ended = resume();
    int rounds = 0;
    do {
      state.direct = true;
      state.lacksRoom = false;
      state.passedOver = false;
      intake();
      state.direct = false;
      ended += route();
      bounds.flushFreed();
    } while ((refill() || isNext()) && ++rounds < maxRounds());
    ended += state.framedDirectly;
    state.framedDirectly = 0;
    sent.lazySet(sent.getPlain() + ended);
    flush();
    // with no credit anywhere a drain is of no use until some arrives, which signals by itself
    boolean waits = !queue.isEmpty() || state.lacksRoom;
    if (waits && rounds < maxRounds() && !closed && mayStarve()) {
      starved = true;
    }
    if (state.takenOver >= BURST || state.passedOver) {
      onBurst.run();
    }
    if (closed && !terminated) {
      onClosingDrain.run();
    }
    state.unsignalled &= inbox.isBeingWritten();
    return state.takenOver > 0 || ended > 0 || rounds == maxRounds() || state.unsignalled;
  }

  /** Whether a batch was passed over behind what waited, and nothing waits before it any more. */
  private boolean isNext() {
    return state.passedOver && queue.isEmpty() && inbox.hasMore();
  }

  /** Takes over what other threads handed in. */
  private void intake() {
    for (SendAll<T> source; (source = newSources.poll()) != null; ) {
      if (closed) {
        source.fail(new ClosedException("the socket is closing"));
      } else {
        sources.add(source);
      }
    }
    inbox.takeAll(intake);
    if (cancelled.get() >= SWEEP_AT) {
      cancelled.set(0);
      sweep();
    }
  }

  /** What becomes of what other threads handed in. */
  private final class Intake implements Inbox.Taker {

    @Override
    public void take(Object entry) {
      state.takenOver++;
      takeIn(entry);
    }

    @Override
    public void takeFrom(SmallBatch batch) {
      if (terminated) {
        state.takenOver += drop(batch);
      } else if (!state.direct || !queue.isEmpty()) {
        state.passedOver = true;
      } else {
        state.direct = false;
        try {
          int framed = frameInHand(batch);
          state.framedDirectly += framed;
          state.takenOver += framed;
        } finally {
          state.direct = true;
        }
      }
    }

    @Override
    public void keep(SmallBatch batch) {
      queue.add(batch);
    }
  }

  @SuppressWarnings("unchecked") // only what is offered is put in
  private void takeIn(Object entry) {
    if (entry instanceof Small<?> told) {
      Small<T> value = (Small<T>) told;
      takeInSmall(value.value, value.size, value.source);
    } else if (!(entry instanceof SendItem<?> item)) {
      T value = (T) entry;
      takeInSmall(value, smallValues().fixedSize(value), null);
    } else if (terminated || closed && item.isPending()) {
      if (item.claim()) {
        item.drop(new ClosedException("the socket is closing"));
      }
    } else {
      queue.add((SendItem<T>) item);
    }
  }

  private void takeInSmall(T value, int size, @Nullable SendAll<T> source) {
    if (terminated) {
      dropSmall(value, size, source, new ClosedException("the socket is closing"));
    } else if (!state.direct || !queue.isEmpty() || !frameDirectly(value, size, source)) {
      queue.addSmall(value, size, source);
    }
  }

  /** Frames what is in the bounds already; false if it has to wait. */
  private boolean frameDirectly(T value, int size, @Nullable SendAll<T> source) {
    state.direct = false;
    try {
      if (!frame(value, size)) {
        return false;
      }
      state.framedDirectly++;
      framedSmall(value, size, source);
    } catch (ZmqException e) {
      refuseSmall(value, size, source, e);
    } finally {
      state.direct = true;
    }
    return true;
  }

  /** False if the item was cancelled, or has no message to frame and has failed. */
  final boolean claimAndEncode(SendItem<T> item) {
    if (!item.claim()) {
      return false;
    }
    try {
      item.encode(allocator);
    } catch (Throwable e) {
      item.drop(Encoding.failure(e));
      return false;
    }
    if (Objects.requireNonNull(item.message()).refCnt() > 0) {
      return true;
    }
    CodecException cause = new CodecException("the message was released before it was sent");
    refuse(item, cause);
    return false;
  }

  /** Ends an item that cannot be sent, and says so. */
  final void refuse(SendItem<T> item, ZmqException cause) {
    item.drop(cause);
    onDropped.accept(cause);
  }

  /** Asks the {@code sendAll} sources for more; true if something arrived at once. */
  private boolean refill() {
    if (sources.isEmpty() || !hasPeers()) {
      return false;
    }
    sources.removeIf(SendAll::isDone);
    int before = queue.size();
    long framedBefore = state.framedDirectly;
    int share = bounds.share(Math.max(1, sources.size()));
    // where the room ends, the next one begins
    state.direct = true;
    for (int i = sources.size(); i > 0 && !sources.isEmpty() && bounds.room() > 0; i--) {
      if (granted >= sources.size()) {
        granted = 0;
      }
      sources.get(granted++).grant(share);
    }
    state.direct = false;
    return state.framedDirectly > framedBefore
        || queue.size() > before
        || inbox.hasMore() && !state.lacksRoom && !state.passedOver;
  }
}
