package io.reactorzmq.internal.flow;

import io.reactorzmq.error.ClosedException;
import io.reactorzmq.error.PeerUnavailableException;
import io.reactorzmq.error.ZmqException;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Codec;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/**
 * The flow of REQ: any number of requests at a time go out through a router, in rotation among the
 * peers with room, and each waits for its own answer.
 */
public final class RequestFlow<Q, R> implements SocketFlow {

  private final FlowHost host;
  private final Codec<R> replyCodec;
  private final long bulkThreshold;
  private final RecordParts parts;
  private final CreditRouter<Q> router;
  private final SendPort<Q> port;
  private final @Nullable Surplus<Q> surplus;
  private final @Nullable Scheduler callbacks;
  private final AtomicLong received = new AtomicLong();
  private final AtomicLong undecodable = new AtomicLong();
  private final AtomicLong lateReplies = new AtomicLong();
  private boolean terminated;

  /**
   * Creates a flow without peers.
   *
   * @param host the socket
   * @param requestCodec encodes requests
   * @param replyCodec decodes replies
   * @param bounds of the requests that wait to be sent
   * @param bulkThreshold requests of more bytes are announced and fetched
   * @param own what the socket announces as a receiver
   * @param window frames of credit to keep open for each peer
   */
  public RequestFlow(
      FlowHost host,
      Codec<Q> requestCodec,
      Codec<R> replyCodec,
      SendBounds bounds,
      long bulkThreshold,
      Limits own,
      int window) {
    this(host, requestCodec, replyCodec, bounds, bulkThreshold, own, window, null);
  }

  /**
   * Creates one of several flows of a socket, without peers.
   *
   * @param host the part of the socket that is on this flow's event loop
   * @param requestCodec encodes requests
   * @param replyCodec decodes replies
   * @param bounds of all requests of the socket that wait to be sent
   * @param bulkThreshold requests of more bytes are announced and fetched
   * @param own what the socket announces as a receiver
   * @param window frames of credit to keep open for each peer
   * @param team the socket's flows, which this one joins; null if it is the only one
   */
  public RequestFlow(
      FlowHost host,
      Codec<Q> requestCodec,
      Codec<R> replyCodec,
      SendBounds bounds,
      long bulkThreshold,
      Limits own,
      int window,
      @Nullable RequestTeam<Q, R> team) {
    this.host = host;
    this.replyCodec = replyCodec;
    this.bulkThreshold = bulkThreshold;
    this.parts = new RecordParts(host, own, window, replyCodec.assemblyTarget());
    this.callbacks = host.callbacks();
    Executor completions = callbacks == null ? host.onLoop() : callbacks::schedule;
    this.surplus = team == null ? null : team.surplus();
    this.router =
        new CreditRouter<>(
            requestCodec,
            host.allocator(),
            host.loop(),
            bounds,
            host::dropped,
            this::drained,
            surplus);
    this.port = new SendPort<>(router, completions);
    if (team != null) {
      team.surplus().join(router, () -> host.onLoop().execute(host::moved));
      team.join(this);
    }
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @param value taken at subscription
   * @return cold; the reply
   */
  public Mono<R> request(Q value) {
    return new RequestMono<>(() -> this, value);
  }

  // ---- what exchanges and peers use

  FlowHost host() {
    return host;
  }

  SendPort<Q> port() {
    return port;
  }

  CreditRouter<Q> router() {
    return router;
  }

  Codec<R> replyCodec() {
    return replyCodec;
  }

  long bulkThreshold() {
    return bulkThreshold;
  }

  @SuppressWarnings("unchecked") // nothing but exchanges submits to this router
  Exchange<Q, R> exchangeOf(SendItem<Q> item) {
    return (Exchange<Q, R>) Objects.requireNonNull(item.completion());
  }

  RecordParts parts() {
    return parts;
  }

  /** Runs a task on the event loop, after what runs there now. */
  void nextTurn(Runnable task) {
    try {
      host.loop().execute(task);
    } catch (RejectedExecutionException e) {
      task.run(); // the event loop has ended, the socket with it
    }
  }

  /** Runs a completion where they run; any thread. */
  void complete(Runnable completion) {
    port.completions().execute(completion);
  }

  /** Whether completions run on the event loop. */
  boolean deliversInline() {
    return callbacks == null;
  }

  /** Runs a completion where they run; event loop. */
  void deliver(Runnable completion) {
    if (callbacks == null) {
      completion.run();
    } else {
      callbacks.schedule(completion);
    }
  }

  void replied() {
    received.incrementAndGet();
  }

  void lateReply() {
    lateReplies.incrementAndGet();
  }

  void undecodable(@Nullable RequestPeer<Q, R> peer, Throwable cause) {
    undecodable.incrementAndGet();
    if (peer != null) {
      host.undecodable(peer.origin(), cause);
    }
  }

  /** Why a request that was sent has no answer. */
  ZmqException unanswered(String peer, String reason, boolean maybeProcessed) {
    if (terminated) {
      return new ClosedException("the socket closed before the reply came (linger)");
    }
    return new PeerUnavailableException(
        "%s is gone (%s) and %s"
            .formatted(
                peer,
                reason,
                maybeProcessed
                    ? "may have processed the request"
                    : "never had all of the request: it may be sent again"),
        maybeProcessed);
  }

  // ---- the socket's life

  @Override
  public PeerFlow join(PeerLink link) {
    return new RequestPeer<>(this, link);
  }

  @Override
  public void peerArrived() {
    router.peerArrived();
  }

  @Override
  public void peerLeft() {
    router.peerLeft();
  }

  @Override
  public void close() {
    router.close();
    if (surplus != null && isSocketDrained()) {
      surplus.tellDrained();
    }
  }

  /** The socket is closing, and the router has looked through its queue. */
  private void drained() {
    if (surplus != null && isSocketDrained()) {
      surplus.tellDrained();
    } else {
      host.moved();
    }
  }

  /** Of several flows none leaves its peers before all are drained: each may need the others. */
  @Override
  public boolean isDrained() {
    return router.isDrained() && (surplus == null || isSocketDrained());
  }

  private boolean isSocketDrained() {
    SendBounds bounds = router.bounds();
    return bounds.messages() == 0 && bounds.pending() == 0;
  }

  @Override
  public boolean isTaken() {
    return true;
  }

  @Override
  public long terminate() {
    terminated = true;
    return router.terminate();
  }

  @Override
  public void finish(Runnable done) {
    done.run();
  }

  @Override
  public Counters counters() {
    SendBounds bounds = router.bounds();
    boolean counts = surplus == null || surplus.isFirst(router); // what they share, once
    return new Counters(
        router.sent(),
        received.get(),
        undecodable.get(),
        0,
        0,
        counts ? bounds.messages() : 0,
        counts ? bounds.bytes() : 0,
        counts ? bounds.pending() : 0,
        lateReplies.get(),
        0,
        0,
        0);
  }
}
