package io.reactorzmq.internal.flow;

import io.reactorzmq.error.CodecException;
import io.reactorzmq.internal.wire.PackedMessages;
import io.reactorzmq.message.Codec;
import io.reactorzmq.message.InPlaceDecoder;
import io.reactorzmq.message.Message;
import io.reactorzmq.options.OnUndecodable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

// Past 300 lines because the drain loop of a receiver is one state machine.

/**
 * The {@code receive()} of a socket: takes one message a turn from each peer that has any, decodes
 * it and emits it. One subscriber at a time; what was prefetched when it leaves stays for the next.
 *
 * <p>Messages come from the event loop, turns run on the delivery executor, one at a time.
 */
public final class FairMerge<T> extends Flux<T> implements Inlet.Taker<Message>, Runnable {

  /** After this many messages in a turn others get the thread, and credit goes back. */
  private static final int TURN = 256;

  private final Codec<T> codec;

  /** The same, if it decodes in place. */
  private final @Nullable InPlaceDecoder<T> inPlace;

  private final OnUndecodable onUndecodable;
  private final Executor loop;
  private final Executor delivery;
  private final BiConsumer<Object, Throwable> undecodableSink;
  private final Runnable onFirstSubscriber;
  private final Runnable onIdle;
  private final Queue<Inlet<Message>> arrivals = new MpscUnboundedAtomicArrayQueue<>(64);
  private final ArrayDeque<Inlet<Message>> line = new ArrayDeque<>();
  private final List<Inlet<Message>> touched = new ArrayList<>();
  private final AtomicInteger wip = new AtomicInteger();
  private final AtomicReference<@Nullable Receiver<T>> receiver = new AtomicReference<>();
  private final AtomicInteger subscribed = new AtomicInteger();
  private final AtomicLong undelivered = new AtomicLong();
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong undecodable = new AtomicLong();
  private final AtomicLong discarded = new AtomicLong();
  private @Nullable Runnable onTerminated;
  private volatile boolean terminated;

  /**
   * Creates a merge without peers.
   *
   * @param codec decodes messages
   * @param onUndecodable what to do with a message that the codec refuses
   * @param loop the socket's event loop, runs at once when called on it
   * @param delivery runs the turns, serially and in order
   * @param undecodableSink told of each undecodable message and its inlet's origin
   * @param onFirstSubscriber runs once, on the thread of the first subscription
   * @param onIdle runs on the event loop when nothing is undelivered or nobody is subscribed
   */
  public FairMerge(
      Codec<T> codec,
      OnUndecodable onUndecodable,
      Executor loop,
      Executor delivery,
      BiConsumer<Object, Throwable> undecodableSink,
      Runnable onFirstSubscriber,
      Runnable onIdle) {
    this.codec = codec;
    this.inPlace = codec instanceof InPlaceDecoder<T> known ? known : null;
    this.onUndecodable = onUndecodable;
    this.loop = loop;
    this.delivery = delivery;
    this.undecodableSink = undecodableSink;
    this.onFirstSubscriber = onFirstSubscriber;
    this.onIdle = onIdle;
  }

  Codec<T> codec() {
    return codec;
  }

  @Override
  public void ready(Inlet<Message> inlet, int messages) {
    undelivered.addAndGet(messages);
    if (inlet.list()) {
      arrivals.add(inlet);
    }
    signal();
  }

  private void signal() {
    if (wip.getAndIncrement() == 0) {
      schedule();
    }
  }

  private void schedule() {
    try {
      delivery.execute(this);
    } catch (RejectedExecutionException e) {
      run(); // the thread has ended, and the socket with it: only completing and releasing is left
    }
  }

  @Override
  public void subscribe(CoreSubscriber<? super T> actual) {
    Receiver<T> candidate = new Receiver<>(this, actual);
    if (terminated) {
      Operators.complete(actual);
      return;
    }
    if (!receiver.compareAndSet(null, candidate)) {
      Operators.error(
          actual,
          new IllegalStateException(
              "receive() has a subscriber already; share() the Flux to have several"));
      return;
    }
    actual.onSubscribe(candidate);
    candidate.subscribed = true;
    if (subscribed.getAndSet(1) == 0) {
      onFirstSubscriber.run();
    }
    signal();
  }

  /**
   * Ends the socket: releases what nobody took and completes the subscriber.
   *
   * @param done runs on the event loop when that is done
   */
  public void terminate(Runnable done) {
    onTerminated = done;
    terminated = true;
    signal();
  }

  @Override
  public void run() {
    int missed = wip.get();
    for (; ; ) {
      if (!turn()) {
        schedule(); // wip stays above zero, so that no one else does
        return;
      }
      missed = wip.addAndGet(-missed);
      if (missed == 0) {
        return;
      }
    }
  }

  /** False if there was more to do than one turn may. */
  private boolean turn() {
    for (Inlet<Message> inlet; (inlet = arrivals.poll()) != null; ) {
      line.add(inlet);
    }
    if (terminated) {
      finish();
      return true;
    }
    Receiver<T> current = receiver.get();
    boolean complete = current == null || emit(current);
    report();
    return complete;
  }

  private boolean emit(Receiver<T> current) {
    long demand = current.requested.get();
    int emitted = 0;
    int turns = 0;
    Inlet<Message> inlet = line.poll();
    while (inlet != null && emitted < demand && !current.cancelled && turns < TURN) {
      PackedMessages packed = inPlace == null ? null : inlet.packed();
      Message message = packed == null ? inlet.poll() : null;
      if (packed == null && message == null) {
        inlet.unlist();
        if (!inlet.isEmpty() && inlet.list()) {
          line.add(inlet);
        }
        inlet = line.poll();
        continue;
      }
      turns++;
      if (inlet.takenMessages++ == 0) {
        touched.add(inlet);
      }
      if (deliver(current, inlet, packed, message)) {
        emitted++;
      }
      if (!line.isEmpty()) { // to put it in line again would cost a memory barrier
        line.add(inlet);
        inlet = line.poll();
      }
    }
    if (inlet != null) {
      line.addFirst(inlet);
    }
    if (emitted > 0 && demand != Long.MAX_VALUE) {
      current.requested.addAndGet(-emitted);
    }
    return turns < TURN;
  }

  /** True if the subscriber got a value. */
  private boolean deliver(
      Receiver<T> current,
      Inlet<Message> inlet,
      @Nullable PackedMessages packed,
      @Nullable Message message) {
    T value;
    try {
      value = decode(packed, message);
    } catch (Throwable e) {
      CodecException cause =
          e instanceof CodecException known
              ? known
              : new CodecException("the codec could not decode the message: " + e, e);
      undecodable.lazySet(undecodable.getPlain() + 1);
      undecodableSink.accept(inlet.origin(), cause);
      if (onUndecodable == OnUndecodable.FAIL && receiver.compareAndSet(current, null)) {
        current.cancelled = true;
        current.actual.onError(cause);
        loop.execute(onIdle);
      }
      return false;
    }
    received.lazySet(received.getPlain() + 1);
    try {
      current.actual.onNext(value);
    } catch (Throwable e) {
      // a subscriber must not throw; it is dropped so that the socket does not hang
      current.cancel();
      Operators.onErrorDropped(e, current.actual.currentContext());
    }
    return true;
  }

  private T decode(@Nullable PackedMessages packed, @Nullable Message message) {
    return packed != null && inPlace != null
        ? packed.take(inPlace)
        : codec.decode(Objects.requireNonNull(message));
  }

  /** Tells the inlets what was taken, so that credit goes back. */
  private void report() {
    if (touched.isEmpty()) {
      return;
    }
    long taken = 0;
    for (Inlet<Message> inlet : touched) {
      int messages = inlet.takenMessages;
      long bytes = inlet.drainTakenBytes();
      inlet.takenMessages = 0;
      taken += messages;
      loop.execute(() -> inlet.taken(messages, bytes));
    }
    touched.clear();
    if (undelivered.addAndGet(-taken) == 0) {
      loop.execute(onIdle);
    }
  }

  private void finish() {
    long dropped = 0;
    for (Inlet<Message> inlet; (inlet = line.poll()) != null; ) {
      inlet.unlist();
      for (Message message; (message = inlet.poll()) != null; ) {
        message.release();
        dropped++;
      }
    }
    if (dropped > 0) {
      discarded.addAndGet(dropped);
      undelivered.addAndGet(-dropped);
    }
    Receiver<T> last = receiver.get();
    if (last != null && last.subscribed && receiver.compareAndSet(last, null) && !last.cancelled) {
      last.actual.onComplete();
    }
    Runnable done = onTerminated;
    if (done != null) {
      onTerminated = null;
      loop.execute(done);
    }
  }

  /**
   * Whether someone is subscribed now.
   *
   * @return true if so
   */
  public boolean hasSubscriber() {
    return receiver.get() != null;
  }

  /**
   * Whether someone ever subscribed, so that credit is open.
   *
   * @return true if so
   */
  public boolean wasSubscribed() {
    return subscribed.get() != 0;
  }

  /**
   * Messages received and not taken.
   *
   * @return messages
   */
  public long undelivered() {
    return undelivered.get();
  }

  /**
   * Messages that subscribers took.
   *
   * @return messages
   */
  public long received() {
    return received.get();
  }

  /**
   * Messages that the codec refused.
   *
   * @return messages
   */
  public long undecodable() {
    return undecodable.get();
  }

  /**
   * Messages that were released untaken because the socket closed.
   *
   * @return messages
   */
  public long discarded() {
    return discarded.get();
  }

  /** A subscriber's demand. */
  private static final class Receiver<T> implements Subscription {
    private final FairMerge<T> merge;
    private final CoreSubscriber<? super T> actual;
    private final AtomicLong requested = new AtomicLong();
    private volatile boolean cancelled;

    /** Whether it may be completed: before it saw its subscription it must not. */
    private volatile boolean subscribed;

    Receiver(FairMerge<T> merge, CoreSubscriber<? super T> actual) {
      this.merge = merge;
      this.actual = actual;
    }

    @Override
    public void request(long n) {
      if (Operators.validate(n)) {
        requested.accumulateAndGet(n, Operators::addCap);
        merge.signal();
      }
    }

    @Override
    public void cancel() {
      cancelled = true;
      if (merge.receiver.compareAndSet(this, null)) {
        merge.loop.execute(merge.onIdle);
      }
    }
  }
}
