package io.reactorzmq.internal.flow;

import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.error.OverflowException;
import io.reactorzmq.error.SlowPeerException;
import io.reactorzmq.error.ZmqException;
import io.reactorzmq.event.SocketEvent;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OverflowPolicy;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

// Past 300 lines because five policies share one queue and one count.

/**
 * One SUB as a PUB's fan-out sees it: frames what matches its subscriptions, queues what it has no
 * credit for, and does what the policy says where the queue is full. Numbers every message that
 * matched, dropped ones included, so that the SUB learns of each loss from a hole in the numbers.
 */
final class SubscriberLane<T> extends Lane<SendItem<Publication<T>>> {

  private final FanOut<T> fanOut;
  private final PeerLink link;
  private final OverflowPolicy policy;
  private final LaneBounds bounds;
  private final LaneQueue<Publication<T>> queue;
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong waiting = new AtomicLong();
  private long waitingBytes;

  /** Messages that matched so far, whatever became of them. */
  private long matched;

  /** The number of the message that is in progress, or is asked about. */
  private long number;

  /** The last number that the SUB knows of. */
  private long told;

  private boolean dropping;
  private boolean stopped;
  private boolean closed;

  /** The message that this lane was last found for; see {@link FanOut}. */
  long stamp;

  SubscriberLane(
      FanOut<T> fanOut,
      PeerLink link,
      FrameWriter writer,
      OverflowPolicy policy,
      LaneBounds bounds) {
    super(writer, link.credit(), link::send, link::broken);
    this.fanOut = fanOut;
    this.link = link;
    this.policy = policy;
    this.bounds = bounds;
    this.queue = new LaneQueue<>(policy == OverflowPolicy.CONFLATE);
  }

  /** The number that the next matching message will have. */
  long nextNumber() {
    return matched + 1;
  }

  // ---- what matches

  /** Takes messages that match, one after the other. */
  void offer(List<SendItem<Publication<T>>> items) {
    for (int i = 0; i < items.size(); i++) {
      offer(items.get(i));
    }
  }

  /** Takes a message that matches: frames it, queues it, or drops what the policy says. */
  void offer(SendItem<Publication<T>> item) {
    if (stopped) {
      return;
    }
    matched++;
    if (frameWhole(message(item)) || stopped) { // what cannot be framed ends the connection
      return;
    }
    MessageTooLargeException refusal = refusal(message(item));
    if (refusal != null) {
      drop(refusal);
      return;
    }
    item.retain();
    item.lanes++;
    if (queue.isEmpty() && canBegin(item, matched)) {
      begin(item, matched);
    } else {
      enqueue(item);
    }
  }

  private void enqueue(SendItem<Publication<T>> item) {
    switch (policy) {
      case WAIT -> add(item); // as many as the socket's bounds let in
      case DROP_LATEST -> {
        if (fits(item)) {
          add(item);
        } else {
          letGo(item);
          drop(overflow());
        }
      }
      case DROP_OLDEST -> {
        makeRoom(item);
        add(item);
      }
      case CONFLATE -> {
        SendItem<Publication<T>> older = queue.replace(item);
        if (older != null) {
          noteQueue();
          letGo(older);
          drop(null); // what it asks for is no reason to report anything
        } else {
          makeRoom(item);
          add(item);
        }
      }
      case DISCONNECT -> {
        if (fits(item)) {
          add(item);
        } else {
          letGo(item);
          drop(null);
          link.fail(new SlowPeerException(link.peerName() + " " + full()));
        }
      }
    }
  }

  private void add(SendItem<Publication<T>> item) {
    queue.add(item, matched);
    noteQueue();
  }

  private @Nullable SendItem<Publication<T>> poll() {
    SendItem<Publication<T>> item = queue.poll();
    noteQueue();
    return item;
  }

  private void noteQueue() {
    fanOut.queued(queue.size() - waiting.getPlain(), queue.bytes() - waitingBytes);
    waiting.lazySet(queue.size());
    waitingBytes = queue.bytes();
  }

  private boolean fits(SendItem<?> item) {
    return bounds.allow(queue.size(), queue.bytes(), item.size());
  }

  private void makeRoom(SendItem<?> item) {
    while (!fits(item)) {
      OverflowException cause = overflow();
      letGo(Objects.requireNonNull(poll()));
      drop(cause);
    }
  }

  private String full() {
    return "does not keep up: "
        + queue.size()
        + " messages with "
        + queue.bytes()
        + " bytes wait for it (highWaterMark, highWaterMarkBytes, overflow "
        + policy
        + ")";
  }

  private @Nullable OverflowException overflow() {
    return dropping ? null : new OverflowException(link.peerName() + " " + full());
  }

  /** Counts a loss; the first one of a run is reported. */
  private void drop(@Nullable ZmqException cause) {
    dropped.lazySet(dropped.getPlain() + 1);
    fanOut.dropped();
    if (!dropping && cause != null) {
      dropping = true;
      fanOut.host().emit(new SocketEvent.Dropped(cause));
    }
  }

  /** Gives up the lane's reference to an item. */
  private void letGo(SendItem<Publication<T>> item) {
    item.lanes--;
    fanOut.left(item);
    item.release();
  }

  // ---- framing

  /** Frames a small message that need not wait; true if that is all that was to be done. */
  private boolean frameWhole(Message message) {
    if (!queue.isEmpty()
        || isInMessage()
        || isBroken()
        || matched != told + 1
        || writer.isEmpty() && credit.available() <= 0
        || !appendWhole(message)) {
      return false;
    }
    told = matched;
    fanOut.framed();
    if (writer.isFull()) {
      flush();
    }
    return true;
  }

  private boolean appendWhole(Message message) {
    try {
      return writer.appendWhole(message, matched);
    } catch (Throwable e) {
      broke(e);
      return false;
    }
  }

  private static Message message(SendItem<?> item) {
    return Objects.requireNonNull(item.message());
  }

  private boolean canBegin(SendItem<Publication<T>> item, long candidate) {
    if (isInMessage()) {
      return false;
    }
    number = candidate;
    return canBegin(item);
  }

  /** True if it is framed to its end. */
  private boolean begin(SendItem<Publication<T>> item, long candidate) {
    number = candidate;
    if (candidate > told + 1) {
      dropping = false;
      fanOut.host().emit(new SocketEvent.Gap(link.origin(), candidate - told - 1));
    }
    told = candidate;
    return begin(item);
  }

  @Override
  boolean hasRoomFor(SendItem<Publication<T>> item) {
    return writer.hasRoomFor(message(item), number);
  }

  @Override
  boolean append(SendItem<Publication<T>> item) {
    return writer.append(message(item), number, item);
  }

  @Override
  void ended(SendItem<Publication<T>> item) {
    fanOut.framed();
    letGo(item);
  }

  /** Frames what waits, as far as there is credit. */
  void work() {
    resume();
    for (SendItem<Publication<T>> item; !closed && (item = queue.peek()) != null; ) {
      long next = policy == OverflowPolicy.CONFLATE ? matched - queue.size() + 1 : queue.number();
      if (!canBegin(item, next)) {
        return;
      }
      poll();
      begin(item, next);
    }
  }

  /** Tells of a loss behind which nothing follows, if there is credit to tell it. */
  void tellLoss() {
    if (told < matched
        && queue.isEmpty()
        && !isInMessage()
        && credit.available() > 0
        && !closed
        && !isBroken()) {
      fanOut.host().emit(new SocketEvent.Gap(link.origin(), matched - told));
      told = matched;
      dropping = false;
      send(writer.finishEmpty(matched + 1), 0);
    }
  }

  // ---- the end

  /** Takes nothing more; what waits is still framed. */
  void stop() {
    stopped = true;
  }

  /**
   * Gives up whatever is not framed.
   *
   * @return how many messages that were
   */
  long close() {
    stopped = true;
    closed = true;
    long given = 0;
    SendItem<Publication<T>> begunItem = abort();
    if (begunItem != null) {
      giveUp(begunItem);
      given++;
    }
    for (SendItem<Publication<T>> item; (item = poll()) != null; given++) {
      giveUp(item);
    }
    return given;
  }

  private void giveUp(SendItem<Publication<T>> item) {
    item.unsent |= fanOut.isClosed();
    letGo(item);
  }

  /** Not before the SUB knows of every loss: credit that comes last is seen here first. */
  @Override
  public boolean isIdle() {
    return queue.isEmpty() && (closed || told == matched) && super.isIdle();
  }

  /** Messages that wait for credit; any thread. */
  long waiting() {
    return waiting.get();
  }

  /** Messages that were dropped because the SUB did not keep up, or takes no such size. */
  long dropped() {
    return dropped.get();
  }
}
