package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.WireRecord;
import io.reactorzmq.message.Message;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

// Past 300 lines because the life of a request at its REQ is one state machine.

/**
 * One REP as a REQ sees it: the requests that it has not answered, by their correlation ids, and
 * the way of each answer to whoever asked. A request keeps its slot until its answer has come, also
 * when it was given up. Confined to the event loop, but for the counters.
 */
final class RequestPeer<Q, R> extends RecordPeer {

  private final RequestFlow<Q, R> flow;
  private final ById<Exchange<Q, R>> open = new ById<>();
  private final AtomicLong inFlight = new AtomicLong();
  private @Nullable RequestLane<Q> lane;
  private @Nullable Limits peer;
  private int slots;
  private long lastId;

  RequestPeer(RequestFlow<Q, R> flow, PeerLink link) {
    super(flow.parts(), link);
    this.flow = flow;
  }

  @Override
  @Nullable RequestLane<Q> lane() {
    return lane;
  }

  @Override
  public void opened(Limits limits) {
    if (limits.maxInFlight() < 1) {
      throw new ProtocolException("maxInFlight of a REP is 1 or more, not 0");
    }
    peer = limits;
    slots = limits.maxInFlight();
    lane = new RequestLane<>(this, flow.parts().recordWriter(link, limits), link);
    if (!leaving) {
      flow.router().add(lane);
    }
    inlet.open();
  }

  // ---- requests on their way out, for the lane

  boolean hasRoom() {
    return open.size() < slots;
  }

  /** Gives a request its id and its slot. */
  WireRecord open(SendItem<Q> item) {
    Message message = Objects.requireNonNull(item.message());
    Exchange<Q, R> exchange = flow.exchangeOf(item);
    long id = ++lastId;
    open.put(id, exchange);
    inFlight.lazySet(open.size());
    exchange.opened(this, id);
    return message.size() > flow.bulkThreshold()
        ? new WireRecord.Bulk(id, message.size())
        : new WireRecord.Request(id, message);
  }

  /** All of a request is framed. */
  void framed(long id) {
    Exchange<Q, R> exchange = open.get(id);
    if (exchange != null) {
      exchange.isWholeAtPeer = true;
      if (!exchange.isAwaited()) {
        cancelLater(exchange); // it was given up while it was being framed
      }
    }
  }

  /** A large request is announced; the peer fetches it when it has room. */
  void announced(long id, SendItem<Q> item) {
    Exchange<Q, R> exchange = Objects.requireNonNull(open.get(id));
    Limits limits = Objects.requireNonNull(peer);
    exchange.bulk = flow.parts().bulk(item, link, limits, () -> exchange.isWholeAtPeer = true);
    if (!exchange.isAwaited()) {
      cancelLater(exchange);
    }
  }

  /** The peer is gone before it had all of the request, which goes to another one. */
  void withdraw(long id) {
    Exchange<Q, R> exchange = close(id);
    if (exchange != null) {
      exchange.withdrawn();
    }
  }

  private @Nullable Exchange<Q, R> close(long id) {
    Exchange<Q, R> exchange = open.remove(id);
    inFlight.lazySet(open.size());
    return exchange;
  }

  /**
   * As {@link #cancel}, in a turn of its own: only between two drains is no frame open that it
   * might overtake. Any thread.
   */
  void cancelLater(Exchange<Q, R> exchange) {
    flow.nextTurn(() -> cancel(exchange));
  }

  /** Nobody waits for this answer any more. */
  void cancel(Exchange<Q, R> exchange) {
    if (open.get(exchange.id()) != exchange || gone || exchange.isCancelSent) {
      return;
    }
    if (exchange.bulk != null) {
      exchange.bulk.giveUp(null);
    } else if (!exchange.isWholeAtPeer) {
      return; // in the middle of being framed: what has begun is ended first
    }
    exchange.isCancelSent = true;
    link.cancel(exchange.id());
  }

  @Override
  public @Nullable Flux<ByteBuf> fetched(long id) {
    Exchange<Q, R> exchange = open.get(id);
    BulkSource<SendItem<Q>> bulk = exchange == null ? null : exchange.bulk;
    return bulk != null && bulk.isFetchable() ? bulk : null;
  }

  // ---- answers on their way in

  @Override
  public void ready(Inlet<WireRecord> from, int records) {
    int taken = 0;
    long takenBytes = 0;
    try {
      WireRecord record;
      // a subscriber may close the socket, and with it this connection
      while (!gone && (record = inlet.poll()) != null) {
        long bytes = inlet.drainTakenBytes();
        if (take(record, bytes)) {
          taken++;
          takenBytes += bytes;
        }
      }
    } finally {
      inlet.taken(taken, takenBytes);
    }
    // at once: what subscribers asked in return leaves with the credit that was just given back
    flow.router().run();
    if (leaving) {
      flow.host().moved();
    }
  }

  /** True if it is done with; otherwise it is reported when its subscriber has it. */
  private boolean take(WireRecord record, long bytes) {
    if (record instanceof WireRecord.Bulk bulk) {
      Exchange<Q, R> exchange = open.get(bulk.id());
      if (exchange == null || exchange.isReplyAnnounced) {
        throw unknown(bulk.id());
      }
      exchange.isReplyAnnounced = true;
      if (exchange.isAwaited()) {
        fetches.announced(bulk);
      }
      return true;
    }
    Exchange<Q, R> exchange = open.get(record.id());
    if (record instanceof WireRecord.Failure failure && exchange != null) {
      close(record.id());
      endBulk(exchange);
      flow.deliver(() -> exchange.reply(failure));
      return true; // a failure is small, and its text is on the heap
    }
    if (!(record instanceof WireRecord.Reply reply)
        || exchange == null
        || exchange.isReplyAnnounced) {
      WireRecord.release(record);
      flow.host().budget().release(bytes);
      throw unknown(record.id());
    }
    close(reply.id());
    endBulk(exchange);
    return deliver(exchange, reply.message(), bytes);
  }

  /** An answer ends the request also where the peer has not fetched it or is not fetched from. */
  private void endBulk(Exchange<Q, R> exchange) {
    if (exchange.bulk != null) {
      exchange.bulk.giveUp(null);
    }
    if (exchange.isReplyAnnounced) {
      fetches.cancel(exchange.id());
    }
  }

  private boolean deliver(Exchange<Q, R> exchange, Message message, long bytes) {
    if (flow.deliversInline()) {
      exchange.reply(message);
      return true;
    }
    flow.deliver(
        () -> {
          exchange.reply(message);
          flow.host().onLoop().execute(() -> inlet.taken(1, bytes));
        });
    return false;
  }

  private ProtocolException unknown(long id) {
    return new ProtocolException(
        link.peerName() + " answers the request " + id + ", which is not open or is answered");
  }

  @Override
  public void fetched(long id, Message message) {
    Exchange<Q, R> exchange = close(id);
    long bytes = message.size();
    if (exchange == null) {
      message.release();
      flow.host().budget().release(bytes);
    } else {
      flow.deliver(
          () -> {
            exchange.reply(message);
            flow.host().onLoop().execute(() -> flow.host().budget().release(bytes));
          });
    }
    flow.router().signal();
    flow.host().moved();
  }

  // ---- the peer's life

  @Override
  public void demanded() {
    if (lane != null) {
      lane.settle();
      flow.router().signal();
    }
  }

  @Override
  public void endSending() {
    if (lane != null) {
      flow.router().remove(lane);
    }
  }

  @Override
  public void leave() {
    leaving = true;
    if (lane != null) {
      flow.router().leave(lane);
    }
  }

  @Override
  public boolean isSent() {
    return open.isEmpty() && (lane == null || lane.isIdle());
  }

  /** A REP that may stop sending would not answer what is open. */
  @Override
  public boolean mayStopReceiving() {
    return open.isEmpty();
  }

  @Override
  public boolean isTaken() {
    return inlet.isSettled();
  }

  @Override
  public long gone(String reason) {
    gone = true;
    inlet.dispose();
    inlet.discard(WireRecord::release);
    fetches.dispose();
    endSending();
    List<Exchange<Q, R>> unanswered = open.snapshot();
    unanswered.sort(Comparator.comparingLong(Exchange::id)); // fail in the order of asking
    open.clear();
    inFlight.lazySet(0);
    for (Exchange<Q, R> exchange : unanswered) {
      if (exchange.bulk != null) {
        exchange.bulk.giveUp(null);
      }
      boolean maybe = exchange.isWholeAtPeer;
      flow.deliver(() -> exchange.fail(flow.unanswered(link.peerName(), reason, maybe)));
    }
    return unanswered.size();
  }

  @Override
  public long inFlight() {
    return inFlight.get();
  }
}
