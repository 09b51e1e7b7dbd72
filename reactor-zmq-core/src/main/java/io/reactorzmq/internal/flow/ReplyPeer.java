package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.internal.flow.Serving.Stage;
import io.reactorzmq.internal.wire.Control;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.WireRecord;
import io.reactorzmq.message.Message;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

// Past 300 lines because the life of a request at its REP is one state machine.

/**
 * One REQ as a REP sees it: the requests that are not answered yet, by their correlation ids. Each
 * is answered exactly once, by a reply, a failure, or the confirmation of a cancel that came first.
 * Confined to the event loop, but for the counters.
 */
final class ReplyPeer<Q, R> extends RecordPeer {

  private static final String GIVEN_UP = "given up by the requester";

  private final ReplyFlow<Q, R> flow;
  private final ById<Serving<Q, R>> open = new ById<>();
  private final WaitingLine<Q, R> waiting = new WaitingLine<>();
  private final PendingReplies replies;
  private @Nullable AnswerLane<Q, R> lane;
  private @Nullable Limits peer;
  private long lastId;

  private boolean sendingEnded;

  /** Whether it stands in the flow's line of peers with requests. */
  boolean isListed;

  /** Whether it stands among the peers with new answers. */
  boolean isAnswered;

  ReplyPeer(ReplyFlow<Q, R> flow, PeerLink link) {
    super(flow.parts(), link);
    this.flow = flow;
    this.replies = new PendingReplies(flow.maxQueuedBytes());
  }

  @Override
  @Nullable AnswerLane<Q, R> lane() {
    return lane;
  }

  @Override
  public void opened(Limits limits) {
    peer = limits;
    lane = new AnswerLane<>(this, flow.parts().recordWriter(link, limits), link);
    inlet.open();
  }

  // ---- requests on their way in

  @Override
  public void ready(Inlet<WireRecord> from, int records) {
    WireRecord record;
    while (!gone && (record = inlet.poll()) != null) {
      long bytes = inlet.drainTakenBytes();
      try {
        take(record, bytes);
      } catch (RuntimeException e) {
        WireRecord.release(record);
        flow.host().budget().release(bytes);
        throw e;
      }
    }
    flow.dispatch();
  }

  private void take(WireRecord record, long bytes) {
    if (record instanceof WireRecord.Request request) {
      Serving<Q, R> serving = open(request, Stage.WAITING);
      serving.isFramed = true;
      arrived(serving, request.message(), bytes);
    } else if (record instanceof WireRecord.Bulk bulk) {
      open(bulk, Stage.FETCHING);
      fetches.announced(bulk);
      inlet.taken(1, 0);
    } else {
      throw new ProtocolException(link.peerName() + " answers where it should ask");
    }
  }

  private Serving<Q, R> open(WireRecord record, Stage stage) {
    String refusal = null;
    if (record.id() <= lastId) {
      refusal = "the request " + record.id() + " after " + lastId + ", ids count up";
    } else if (open.size() >= flow.maxInFlight()) {
      refusal = "more than the %d unanswered requests of maxInFlight".formatted(flow.maxInFlight());
    }
    if (refusal != null) {
      throw new ProtocolException(link.peerName() + " sent " + refusal);
    }
    lastId = record.id();
    Serving<Q, R> serving = new Serving<>(this, flow, record.id(), stage);
    open.put(record.id(), serving);
    return serving;
  }

  private void arrived(Serving<Q, R> serving, Message message, long bytes) {
    serving.heldBytes = bytes;
    serving.arrived(message);
    waiting.add(serving);
    flow.arrived(this);
  }

  @Override
  public void fetched(long id, Message message) {
    arrived(Objects.requireNonNull(open.get(id)), message, message.size());
    flow.dispatch();
  }

  // ---- turns

  /** The next request whose turn has come, or null. */
  @Nullable Serving<Q, R> next() {
    Serving<Q, R> next = replies.areTooMany() ? null : waiting.peek();
    if (next != null) {
      outOfLine(next);
    }
    return next;
  }

  boolean hasNext() {
    return !waiting.isEmpty() && !replies.areTooMany();
  }

  /** Takes a request out of line and gives back what it held. */
  private void outOfLine(Serving<Q, R> serving) {
    waiting.remove(serving);
    flow.taken();
    if (serving.isFramed) {
      inlet.taken(1, serving.heldBytes);
    } else {
      flow.host().budget().release(serving.heldBytes);
    }
  }

  // ---- answers

  /** The handler has answered. */
  void answered(Serving<Q, R> serving) {
    AnswerLane<Q, R> to = lane;
    if (to == null || open.get(serving.id()) != serving) {
      serving.drop(null); // the requester is gone, and counted
      return;
    }
    Message reply = serving.record().message();
    if (reply != null) {
      MessageTooLargeException refusal = to.refusal(reply);
      if (reply.refCnt() <= 0) {
        CodecException cause = new CodecException("the reply was released before it was sent");
        serving.replaceReply(RemoteException.Code.CODEC, String.valueOf(cause.getMessage()));
        flow.host().dropped(cause);
      } else if (refusal != null) {
        serving.replaceReply(RemoteException.Code.TOO_LARGE, String.valueOf(refusal.getMessage()));
        flow.host().dropped(refusal);
      } else if (reply.size() > flow.bulkThreshold() && serving.isGivenUp) {
        serving.replaceReply(RemoteException.Code.CANCELLED, GIVEN_UP); // nobody would fetch it
        flow.cancelled();
      } else if (reply.size() > flow.bulkThreshold()) {
        serving.record(new WireRecord.Bulk(serving.id(), reply.size()));
      }
    }
    Message kept = serving.message();
    if (kept != null && kept.size() > 0) {
      replyCame(serving, kept.size());
    }
    answer(serving);
  }

  private void answer(Serving<Q, R> serving) {
    AnswerLane<Q, R> to = lane;
    if (to == null || sendingEnded) {
      open.remove(serving.id());
      replyLeft(serving);
      serving.drop(null);
      return;
    }
    serving.stage = Stage.ANSWERED;
    to.add(serving);
    flow.answersDue(this);
  }

  /** Frames what there is credit for. */
  void drain() {
    if (lane != null && !gone) {
      lane.drain();
    }
  }

  /** The answer is framed, or the announcement of it. */
  void framed(Serving<Q, R> serving) {
    if (serving.record() instanceof WireRecord.Bulk) {
      serving.stage = Stage.ANNOUNCED;
      serving.bulk =
          flow.parts().bulk(serving, link, Objects.requireNonNull(peer), () -> closed(serving));
      return;
    }
    serving.framed();
    closed(serving);
  }

  /** An announced reply is not sent: given up if there is no cause. */
  void notFetched(Serving<Q, R> serving, @Nullable Throwable cause) {
    replyLeft(serving);
    if (cause == null) {
      confirmCancel(serving.id());
    } else {
      flow.host().dropped(cause);
      fail(serving.id(), RemoteException.Code.CODEC, String.valueOf(cause.getMessage()));
    }
  }

  private void replyCame(Serving<Q, R> serving, long bytes) {
    serving.replyBytes = bytes;
    replies.add(serving.record(), bytes);
    flow.replyWaits(bytes);
  }

  /** A reply is no longer ours to hold. */
  private void replyLeft(Serving<Q, R> serving) {
    long bytes = serving.replyBytes;
    if (bytes > 0) {
      boolean wereTooMany = replies.areTooMany();
      serving.replyBytes = 0;
      replies.remove(serving.record(), bytes);
      flow.replyLeft(bytes);
      if (wereTooMany && hasNext()) {
        flow.list(this);
        flow.signal();
      }
    }
  }

  private void closed(Serving<Q, R> serving) {
    open.remove(serving.id());
    replyLeft(serving);
    flow.sent();
    if (leaving) {
      flow.host().moved();
    }
  }

  @Override
  public @Nullable Flux<ByteBuf> fetched(long id) {
    Serving<Q, R> serving = open.get(id);
    BulkSource<Serving<Q, R>> bulk = serving == null ? null : serving.bulk;
    return bulk != null && bulk.isFetchable() ? bulk : null;
  }

  @Override
  public void control(Kind kind, ByteBuf payload) {
    if (kind != Kind.CANCEL) {
      super.control(kind, payload);
      return;
    }
    for (long id : Control.readCancel(payload)) {
      cancelled(id);
    }
  }

  private void cancelled(long id) {
    Serving<Q, R> serving = open.get(id);
    if (serving == null) {
      if (id > lastId) {
        throw new ProtocolException(
            "%s gave up the request %d, the last one was %d"
                .formatted(link.peerName(), id, lastId));
      }
      return; // answered, and the answer is on its way
    }
    if (serving.stage == Stage.ANNOUNCED) {
      Objects.requireNonNull(serving.bulk).giveUp(null); // which confirms
    } else if (serving.stage == Stage.ANSWERED && serving.record() instanceof WireRecord.Bulk) {
      replyLeft(serving); // it is not announced yet, and nobody would fetch it
      serving.replaceReply(RemoteException.Code.CANCELLED, GIVEN_UP);
      flow.cancelled();
    } else if (giveUp(serving)) {
      confirmCancel(id);
    }
    flow.dispatch();
  }

  private void confirmCancel(long id) {
    flow.cancelled();
    fail(id, RemoteException.Code.CANCELLED, GIVEN_UP);
  }

  private void fail(long id, RemoteException.Code code, String text) {
    if (gone) {
      return;
    }
    Serving<Q, R> failure = new Serving<>(this, flow, id, Stage.ANSWERED);
    failure.record(new WireRecord.Failure(id, code.number(), false, text));
    open.put(id, failure);
    answer(failure);
    flow.signal();
  }

  /** Ends a request that nobody waits for: false if its answer is on its way. */
  private boolean giveUp(Serving<Q, R> serving) {
    switch (serving.stage) {
      case FETCHING -> fetches.cancel(serving.id());
      case WAITING -> outOfLine(serving);
      case RUNNING -> {
        if (!serving.cancelHandler()) {
          serving.isGivenUp = true;
          return false;
        }
        flow.handlerEnded();
      }
      default -> {
        return false;
      }
    }
    serving.drop(null);
    return true;
  }

  // ---- the peer's life

  @Override
  public void demanded() {
    if (lane != null) {
      lane.settle();
      drain();
      flow.dispatch();
    }
  }

  @Override
  public void endSending() {
    sendingEnded = true;
    if (lane != null) {
      lane.drop(
          unsent -> {
            open.remove(unsent.id());
            replyLeft(unsent);
            unsent.drop(null);
          });
    }
  }

  @Override
  public void leave() {
    leaving = true;
  }

  /** Until the REQ has said its END, there may be requests under way that want an answer. */
  @Override
  public boolean isSent() {
    return ended && open.isEmpty() && (lane == null || lane.isIdle());
  }

  @Override
  public boolean mayStopReceiving() {
    return true;
  }

  @Override
  public boolean isTaken() {
    return open.isEmpty() && inlet.isSettled();
  }

  @Override
  public long gone(String reason) {
    gone = true;
    inlet.dispose();
    for (Serving<Q, R> serving : open.snapshot()) {
      flow.unanswered();
      if (serving.stage == Stage.ANNOUNCED) {
        Objects.requireNonNull(serving.bulk).giveUp(null);
        flow.cancelled();
      } else if (giveUp(serving)) {
        flow.cancelled();
      }
    }
    open.clear();
    inlet.discard(WireRecord::release);
    fetches.dispose();
    endSending();
    flow.signal();
    return inFlight();
  }

  @Override
  public long inFlight() {
    Lane<?> mine = lane;
    return mine == null ? 0 : mine.inFlight();
  }
}
