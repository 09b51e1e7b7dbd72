package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.reactorzmq.error.ClosedException;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.PrefixTrie;
import io.reactorzmq.internal.wire.Subscriptions;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OverflowPolicy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

// Past 300 lines because the drain of a PUB and what its lanes count are one state machine.

/**
 * Hands each message of a PUB to the lanes of all subscribers that asked for its topic: encoded
 * once, however many they are. Only with {@link OverflowPolicy#WAIT} a message keeps its place in
 * the socket's bounds until all of them have framed it.
 */
public final class FanOut<T> extends Outbox<Publication<T>> {

  private static final int ROUNDS = 8;

  /** So many messages, and so many bytes, go to a lane before the next lane is looked at. */
  private static final int MAX_RUN = 64;

  private static final long MAX_RUN_BYTES = 64 * 1024;

  private final FlowHost host;
  private final OverflowPolicy policy;
  private final LaneBounds laneBounds;
  private final PrefixTrie<SubscriberLane<T>> subscriptions = new PrefixTrie<>();
  private final List<SubscriberLane<T>> lanes = new ArrayList<>();
  private final AtomicLong dropped = new AtomicLong();
  private final AtomicLong queued = new AtomicLong();
  private final AtomicLong queuedBytes = new AtomicLong();

  /** The beginning of the topic at hand, as far as any prefix reaches. */
  private final byte[] topic = new byte[Subscriptions.MAX_PREFIX_BYTES];

  private final ByteBuf topicTarget = Unpooled.wrappedBuffer(topic);

  /** The whole length of that topic. */
  private int topicLength;

  private final byte[] nextTopic = new byte[Subscriptions.MAX_PREFIX_BYTES];
  private final ByteBuf nextTopicTarget = Unpooled.wrappedBuffer(nextTopic);

  /** Messages of one topic that are handed over together. */
  private final List<SendItem<Publication<T>>> run = new ArrayList<>();

  private long runBytes;
  private final List<SubscriberLane<T>> hits = new ArrayList<>();
  private final Consumer<SubscriberLane<T>> hitting = this::hit;
  private long stamp;
  private long framed;
  private long unsent;
  private int unframed;
  private long unframedBytes;

  FanOut(
      FlowHost host,
      Codec<T> codec,
      SendBounds bounds,
      OverflowPolicy policy,
      LaneBounds laneBounds) {
    super(
        new Publication.Encoder<>(codec),
        host.allocator(),
        host.loop(),
        bounds,
        host::dropped,
        host::moved,
        false);
    this.host = host;
    this.policy = policy;
    this.laneBounds = laneBounds;
  }

  FlowHost host() {
    return host;
  }

  /** A PUB takes messages also where nobody wants them. */
  @Override
  boolean hasPeers() {
    return true;
  }

  // ---- lanes and what they asked for

  SubscriberLane<T> open(PeerLink link, FrameWriter writer) {
    SubscriberLane<T> lane = new SubscriberLane<>(this, link, writer, policy, laneBounds);
    lanes.add(lane);
    return lane;
  }

  void subscribe(byte[] prefix, SubscriberLane<T> lane) {
    subscriptions.add(prefix, lane);
  }

  void unsubscribe(byte[] prefix, SubscriberLane<T> lane) {
    subscriptions.remove(prefix, lane);
  }

  /** The subscriber is gone or wants no more; what it asked for was given up before. */
  void close(SubscriberLane<T> lane, boolean wanted) {
    lanes.remove(lane);
    long left = lane.close();
    if (wanted && isClosed()) {
      unsent += left;
    } else if (wanted) {
      dropped.lazySet(dropped.getPlain() + left);
    }
    signal(); // its places are free, and a drain that this interrupts may have passed over a lane
  }

  // ---- the drain

  @Override
  long resume() {
    long before = framed;
    for (int i = 0; i < lanes.size(); i++) {
      lanes.get(i).work();
    }
    return framed - before;
  }

  @Override
  long route() {
    long before = framed;
    // an item is out of the queue before anything runs that may call back into this loop
    for (SendItem<Publication<T>> item; (item = queue.pollItem()) != null; ) {
      if (mustWait()) {
        queue.addFirst(item);
        if (run.isEmpty()) {
          break;
        }
        handOver(); // only then it is known what has no place in the bounds
        continue;
      }
      if (claimAndEncode(item)) {
        add(item);
      }
    }
    handOver();
    return framed - before;
  }

  /** As many as may be queued may also wait to be framed for all; those with WAIT go no further. */
  private boolean mustWait() {
    return policy == OverflowPolicy.WAIT && !laneBounds.allow(unframed, unframedBytes, 1);
  }

  private void add(SendItem<Publication<T>> item) {
    Message message = Objects.requireNonNull(item.message());
    if (!run.isEmpty()
        && (run.size() == MAX_RUN || runBytes >= MAX_RUN_BYTES || !isSame(message))) {
      handOver();
    }
    if (run.isEmpty()) {
      find(message);
    }
    run.add(item);
    runBytes += item.size();
    item.lanes = 1; // not done before all have been offered it
    unframed++;
    unframedBytes += item.size();
  }

  /** A lane takes the whole run while it is at hand. */
  private void handOver() {
    for (int i = 0; i < hits.size(); i++) {
      hits.get(i).offer(run);
    }
    hits.clear();
    for (int i = 0; i < run.size(); i++) {
      SendItem<Publication<T>> item = run.get(i);
      item.lanes--;
      if (policy == OverflowPolicy.WAIT) {
        left(item);
      } else {
        done(item);
      }
    }
    run.clear();
    runBytes = 0;
  }

  /** Whether the topic is that of the run. */
  private boolean isSame(Message message) {
    int length = message.partSize(0);
    if (length != topicLength || length > topic.length) {
      return false;
    }
    nextTopicTarget.clear();
    message.copyTo(0, 0, length, nextTopicTarget);
    return Arrays.equals(nextTopic, 0, length, topic, 0, length);
  }

  private void find(Message message) {
    topicLength = message.partSize(0);
    int length = Math.min(topicLength, topic.length);
    topicTarget.clear();
    message.copyTo(0, 0, length, topicTarget);
    stamp++;
    subscriptions.match(topic, length, hitting);
  }

  private void hit(SubscriberLane<T> lane) {
    if (lane.stamp != stamp) {
      lane.stamp = stamp;
      hits.add(lane);
    }
  }

  private void done(SendItem<Publication<T>> item) {
    unframed--;
    unframedBytes -= item.size();
    if (item.unsent) {
      item.drop(new ClosedException("the socket closed before every subscriber had it (linger)"));
    } else {
      item.handedOver();
    }
  }

  /** A lane does not have the item any more. */
  void left(SendItem<Publication<T>> item) {
    if (policy == OverflowPolicy.WAIT && item.lanes == 0) {
      done(item);
    }
  }

  /** A lane has framed a message to its end. */
  void framed() {
    framed++;
  }

  /** So much more, or less, waits in a lane; what waits for all of them is counted elsewhere. */
  void queued(long messages, long bytes) {
    if (policy != OverflowPolicy.WAIT) {
      queued.lazySet(queued.getPlain() + messages);
      queuedBytes.lazySet(queuedBytes.getPlain() + bytes);
    }
  }

  /** A lane has dropped a message. */
  void dropped() {
    dropped.lazySet(dropped.getPlain() + 1);
  }

  /**
   * Without credit a PUB still takes messages, to drop them: with a quick source one drain follows
   * another, and the loop must look at its connections in between, where the credit comes in.
   */
  @Override
  void goOn() {
    try {
      host.afterIo(this);
    } catch (RejectedExecutionException e) {
      run(); // as in schedule()
    }
  }

  @Override
  void flush() {
    for (int i = 0; i < lanes.size(); i++) {
      SubscriberLane<T> lane = lanes.get(i);
      lane.flush();
      lane.tellLoss();
    }
  }

  /** A lane that drops takes as much as there is. */
  @Override
  int maxRounds() {
    return ROUNDS;
  }

  /** What a lane has begun keeps nothing but its own peer waiting, unlike what none has yet. */
  @Override
  boolean isInMessage() {
    return !run.isEmpty();
  }

  @Override
  public long terminate() {
    long all = super.terminate() + unsent;
    unsent = 0;
    return all;
  }

  /** Messages accepted and not framed, one for each lane that they wait in; any thread. */
  long queuedMessages() {
    return bounds().messages() + queued.get();
  }

  /** Their bytes; any thread. */
  long queuedBytes() {
    return bounds().bytes() + queuedBytes.get();
  }

  /** Messages that were dropped on their way to a subscriber; any thread. */
  long droppedMessages() {
    return dropped.get();
  }
}
