package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.concurrent.EventExecutor;
import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import java.util.ArrayDeque;
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

/**
 * The drain loop of a sending socket: takes values from any thread and frames them for the peers
 * that have credit, in strict rotation. Everything but {@link #offer} and the counters is confined
 * to the event loop, where each drain takes what is queued at that moment and never waits for more.
 */
public final class CreditRouter<T> implements Runnable {

  private static final int SWEEP_AT = 64;

  private final Codec<T> codec;
  private final ByteBufAllocator allocator;
  private final EventExecutor loop;
  private final SendBounds bounds;
  private final Consumer<Throwable> onDropped;
  private final Runnable onClosingDrain;
  private final Queue<SendItem<T>> inbox = new MpscUnboundedAtomicArrayQueue<>(512);
  private final AtomicInteger wip = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();
  private final AtomicLong sent = new AtomicLong();
  private final ArrayDeque<SendItem<T>> queue = new ArrayDeque<>();
  private final List<Lane<SendItem<T>>> lanes = new ArrayList<>();
  private final List<Lane<SendItem<T>>> leaving = new ArrayList<>();
  private final List<SendAll<T>> sources = new ArrayList<>();
  private final Queue<SendAll<T>> newSources = new MpscUnboundedAtomicArrayQueue<>(16);
  private int turn;
  private int granted;
  private volatile int livePeers;
  private volatile boolean closed;

  /** Whether producers need not signal, because only credit or a peer can move anything. */
  private volatile boolean starved;

  private boolean terminated;

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
    this.codec = codec;
    this.allocator = allocator;
    this.loop = loop;
    this.bounds = bounds;
    this.onDropped = onDropped;
    this.onClosingDrain = onClosingDrain;
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

  boolean hasPeers() {
    return livePeers > 0;
  }

  /** Enqueues an item whose place in the bounds is reserved. */
  void offer(SendItem<T> item) {
    if (loop.inEventLoop() && !closed) {
      intake(); // what came from other threads came first
      queue.add(item);
    } else {
      inbox.offer(item);
    }
    if (!starved) {
      signal();
    }
  }

  void offer(SendAll<T> source) {
    newSources.offer(source);
    signal();
  }

  /** An item was claimed by its canceller and stays behind as a shell, or was first in line. */
  void cancelled() {
    if (cancelled.incrementAndGet() >= SWEEP_AT || livePeers > 0) {
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
    if (index < turn) {
      turn--;
    }
    return true;
  }

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
    queue.removeIf(item -> item.isPending() && item.claim() && waiting.add(item));
    waiting.forEach(item -> item.drop(cause)); // may call back into this router
  }

  /**
   * Whether nothing is left to frame.
   *
   * @return true if the queue is empty and no message is in progress
   */
  public boolean isDrained() {
    intake();
    queue.removeIf(SendItem::isClaimed);
    return queue.isEmpty()
        && lanes.stream().noneMatch(Lane::isInMessage)
        && leaving.stream().noneMatch(Lane::isInMessage);
  }

  /**
   * Drops everything queued.
   *
   * @return how many messages that were
   */
  public long terminate() {
    close();
    terminated = true;
    ClosedException cause =
        new ClosedException("the socket closed before the message was handed to a peer (linger)");
    long unsent = 0;
    for (SendItem<T> item; (item = queue.poll()) != null; ) {
      if (item.claim()) {
        item.drop(cause);
        unsent++;
      }
    }
    return unsent;
  }

  /**
   * One drain. As long as there was something to do another one follows in the loop's next turn:
   * waking a sleeping loop costs a producer far more than looking once too often.
   */
  @Override
  public void run() {
    wip.set(1);
    if (drain() || !wip.compareAndSet(1, 0)) {
      schedule();
    }
  }

  /** True if anything was taken in or framed. */
  private boolean drain() {
    starved = false;
    boolean moved = intake();
    long ended = resume(lanes) + resume(leaving);
    do {
      moved |= intake();
      ended += route();
      bounds.flushFreed();
    } while (refill());
    sent.lazySet(sent.getPlain() + ended);
    flush(lanes);
    flush(leaving);
    // with no credit anywhere a drain is of no use until some arrives, which signals by itself
    starved = !queue.isEmpty() && !closed;
    if (closed && !terminated) {
      onClosingDrain.run();
    }
    return moved || ended > 0;
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

  /** True if there was something. */
  private boolean intake() {
    boolean any = false;
    for (SendAll<T> source; (source = newSources.poll()) != null; ) {
      if (closed) {
        source.fail(new ClosedException("the socket is closing"));
      } else {
        sources.add(source);
      }
    }
    for (SendItem<T> item; (item = inbox.poll()) != null; ) {
      any = true;
      if (terminated || closed && item.isPending()) {
        if (item.claim()) {
          item.drop(new ClosedException("the socket is closing"));
        }
      } else {
        queue.add(item);
      }
    }
    if (cancelled.get() >= SWEEP_AT) {
      cancelled.set(0);
      queue.removeIf(SendItem::isClaimed);
    }
    return any;
  }

  /** Begins what is queued, as far as there is credit; returns the messages wholly framed. */
  private long route() {
    long ended = 0;
    if (lanes.isEmpty()) {
      return ended;
    }
    // an item is out of the queue before anything runs that may call back into this router
    for (SendItem<T> item; (item = queue.poll()) != null; ) {
      if (!claimAndEncode(item)) {
        continue;
      }
      Message message = Objects.requireNonNull(item.message());
      Lane<SendItem<T>> lane = next(item, message);
      if (lane != null) {
        if (lane.begin(item)) {
          ended++;
        }
        continue;
      }
      MessageTooLargeException refusal = refusedByAll(message);
      if (refusal == null) {
        queue.addFirst(item);
        item.unclaim();
        if (item.isClaimed()) {
          continue; // it was cancelled meanwhile
        }
        return ended;
      }
      item.drop(refusal);
      onDropped.accept(refusal);
    }
    return ended;
  }

  /** False if the item was cancelled, or has no message to frame and has failed. */
  private boolean claimAndEncode(SendItem<T> item) {
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
    item.drop(cause);
    onDropped.accept(cause);
    return false;
  }

  private @Nullable Lane<SendItem<T>> next(SendItem<T> item, Message message) {
    int n = lanes.size();
    for (int i = 0; i < n; i++) {
      int index = turn + i < n ? turn + i : turn + i - n;
      Lane<SendItem<T>> lane = lanes.get(index);
      if (lane.canBegin(item) && lane.refusal(message) == null) {
        turn = index + 1 == n ? 0 : index + 1;
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

  /** Asks the {@code sendAll} sources for more; true if something arrived at once. */
  private boolean refill() {
    if (sources.isEmpty() || livePeers == 0) {
      return false;
    }
    sources.removeIf(SendAll::isDone);
    int before = queue.size();
    int share = bounds.share(Math.max(1, sources.size()));
    // where the room ends, the next one begins
    for (int i = sources.size(); i > 0 && !sources.isEmpty() && bounds.room() > 0; i--) {
      if (granted >= sources.size()) {
        granted = 0;
      }
      sources.get(granted++).grant(share);
    }
    return queue.size() > before || !inbox.isEmpty();
  }
}
