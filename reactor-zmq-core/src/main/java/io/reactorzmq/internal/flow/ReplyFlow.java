package io.reactorzmq.internal.flow;

import io.reactorzmq.error.CodecException;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jctools.queues.atomic.MpscUnboundedAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

// Past 300 lines because what a REP is asked to do, by its users and by its peers, is one contract.

/**
 * The flow of REP: gives the handler one request of each peer in turn, so many at a time as its
 * concurrency allows, and each answer to whoever asked. One drain owns all its state; handlers that
 * answer on other threads enqueue and signal.
 */
public final class ReplyFlow<Q, R> implements SocketFlow, Runnable {

  /** Requests that begin before the event loop gets to read again. */
  private static final int TURN = 256;

  /**
   * What a REP does with requests.
   *
   * @param requestCodec decodes requests
   * @param replyCodec encodes replies
   * @param handler answers
   * @param concurrency handlers that run at a time
   * @param exposeErrors whether requesters are told what a handler failed with
   */
  public record Service<Q, R>(
      Codec<Q> requestCodec,
      Codec<R> replyCodec,
      Function<? super Q, ? extends Mono<? extends R>> handler,
      int concurrency,
      boolean exposeErrors) {}

  private final FlowHost host;
  private final Service<Q, R> service;
  private final long bulkThreshold;
  private final long maxQueuedBytes;
  private final RecordParts parts;
  private final @Nullable Scheduler callbacks;
  private final Queue<Serving<Q, R>> inbox = new MpscUnboundedAtomicArrayQueue<>(256);
  private final AtomicBoolean signalled = new AtomicBoolean();
  private final ArrayDeque<ReplyPeer<Q, R>> line = new ArrayDeque<>();
  private final ArrayDeque<ReplyPeer<Q, R>> answered = new ArrayDeque<>();
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong undecodable = new AtomicLong();
  private final AtomicLong undelivered = new AtomicLong();
  private final AtomicLong discarded = new AtomicLong();
  private final AtomicLong cancelled = new AtomicLong();
  private final AtomicLong queuedReplies = new AtomicLong();
  private final AtomicLong queuedBytes = new AtomicLong();
  private int running;
  private boolean dispatching;
  private boolean terminated;

  /**
   * Creates a flow without peers.
   *
   * @param host the socket
   * @param service what to do with requests
   * @param bulkThreshold replies of more bytes are announced and fetched
   * @param maxQueuedBytes a peer for which so many bytes of replies wait gets no further turn
   * @param own what the socket announces as a receiver
   * @param window frames of credit to keep open for each peer
   */
  public ReplyFlow(
      FlowHost host,
      Service<Q, R> service,
      long bulkThreshold,
      long maxQueuedBytes,
      Limits own,
      int window) {
    this.host = host;
    this.service = service;
    this.bulkThreshold = bulkThreshold;
    this.maxQueuedBytes = maxQueuedBytes;
    this.parts = new RecordParts(host, own, window, service.requestCodec().assemblyTarget());
    this.callbacks = host.callbacks();
  }

  // ---- what peers and handlers use; any thread

  FlowHost host() {
    return host;
  }

  Codec<Q> requestCodec() {
    return service.requestCodec;
  }

  Codec<R> replyCodec() {
    return service.replyCodec;
  }

  Function<? super Q, ? extends Mono<? extends R>> handler() {
    return service.handler;
  }

  boolean exposesErrors() {
    return service.exposeErrors;
  }

  void undecodable(ReplyPeer<Q, R> peer, Throwable cause) {
    undecodable.incrementAndGet();
    host.undecodable(
        peer.origin(),
        cause instanceof CodecException
            ? cause
            : new CodecException("the codec could not decode the request: " + cause, cause));
  }

  /** Runs users' code where it runs. */
  void callback(Runnable task) {
    if (callbacks == null) {
      host.onLoop().execute(task);
    } else {
      callbacks.schedule(task);
    }
  }

  /** A handler has answered. */
  void answered(Serving<Q, R> serving) {
    if (host.loop().inEventLoop() && dispatching) {
      take(serving);
    } else {
      inbox.add(serving);
      signal();
    }
  }

  /** Schedules a drain. */
  void signal() {
    if (signalled.compareAndSet(false, true)) {
      try {
        host.loop().execute(this);
      } catch (RejectedExecutionException e) {
        run(); // the event loop has ended, the socket with it: what came late is only released
      }
    }
  }

  // ---- the drain; event loop

  @Override
  public void run() {
    signalled.set(false);
    dispatch();
  }

  private void take(Serving<Q, R> serving) {
    running--;
    serving.peer().answered(serving);
  }

  /** A request has come, and waits for its turn among those of others. */
  void arrived(ReplyPeer<Q, R> peer) {
    undelivered.incrementAndGet();
    list(peer);
  }

  void list(ReplyPeer<Q, R> peer) {
    if (!peer.isListed) {
      peer.isListed = true;
      line.add(peer);
    }
  }

  /** Answers of a peer wait to be framed. */
  void answersDue(ReplyPeer<Q, R> peer) {
    if (!peer.isAnswered) {
      peer.isAnswered = true;
      answered.add(peer);
    }
  }

  /** Takes what was answered, begins what may begin, frames what there is to say. */
  void dispatch() {
    if (dispatching) {
      return;
    }
    dispatching = true;
    int turns = 0;
    try {
      do {
        takeAnswers();
        turns += begin(TURN - turns);
        frameAnswers();
      } while (turns < TURN && mayBegin());
    } finally {
      dispatching = false;
    }
    if (mayBegin() && signalled.compareAndSet(false, true)) {
      host.afterIo(this);
    }
  }

  private boolean mayBegin() {
    return running < service.concurrency && !line.isEmpty();
  }

  private void takeAnswers() {
    for (Serving<Q, R> serving; (serving = inbox.poll()) != null; ) {
      take(serving);
    }
  }

  /** Begins requests of one peer after the other; returns how many. */
  private int begin(int atMost) {
    int begun = 0;
    while (begun < atMost && mayBegin()) {
      ReplyPeer<Q, R> peer = line.remove();
      Serving<Q, R> next = peer.next();
      if (peer.hasNext()) {
        line.add(peer);
      } else {
        peer.isListed = false;
      }
      if (next != null) {
        begun++;
        running++;
        received.lazySet(received.getPlain() + 1);
        next.start();
      }
    }
    return begun;
  }

  private void frameAnswers() {
    for (ReplyPeer<Q, R> peer; (peer = answered.poll()) != null; ) {
      peer.isAnswered = false;
      peer.drain();
    }
  }

  void handlerEnded() {
    running--;
  }

  void taken() {
    undelivered.decrementAndGet();
  }

  void sent() {
    sent.lazySet(sent.getPlain() + 1);
  }

  void cancelled() {
    cancelled.incrementAndGet();
  }

  /** A reply waits to be sent. */
  void replyWaits(long bytes) {
    queuedReplies.lazySet(queuedReplies.getPlain() + 1);
    queuedBytes.lazySet(queuedBytes.getPlain() + bytes);
  }

  /** One that waited does not wait any more. */
  void replyLeft(long bytes) {
    queuedReplies.lazySet(queuedReplies.getPlain() - 1);
    queuedBytes.lazySet(queuedBytes.getPlain() - bytes);
  }

  /** A connection is gone before a request was answered. */
  void unanswered() {
    if (terminated) {
      discarded.incrementAndGet();
    }
  }

  RecordParts parts() {
    return parts;
  }

  int maxInFlight() {
    return parts.own().maxInFlight();
  }

  long bulkThreshold() {
    return bulkThreshold;
  }

  long maxQueuedBytes() {
    return maxQueuedBytes;
  }

  // ---- the socket's life

  @Override
  public PeerFlow join(PeerLink link) {
    return new ReplyPeer<>(this, link);
  }

  @Override
  public void peerArrived() {
    // a REP sends to nobody but those who ask
  }

  @Override
  public void peerLeft() {
    // see peerArrived
  }

  @Override
  public void close() {
    // what has come is still answered
  }

  @Override
  public boolean isDrained() {
    return true;
  }

  @Override
  public boolean isTaken() {
    return true;
  }

  @Override
  public long terminate() {
    terminated = true;
    return 0;
  }

  @Override
  public void finish(Runnable done) {
    done.run();
  }

  @Override
  public Counters counters() {
    return new Counters(
        sent.get(),
        received.get(),
        undecodable.get(),
        undelivered.get(),
        discarded.get(),
        queuedReplies.get(),
        queuedBytes.get(),
        0,
        0,
        cancelled.get(),
        0,
        0);
  }
}
