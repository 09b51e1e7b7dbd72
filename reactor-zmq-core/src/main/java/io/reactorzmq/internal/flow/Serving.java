package io.reactorzmq.internal.flow;

import io.netty.util.AbstractReferenceCounted;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.internal.wire.WireRecord;
import io.reactorzmq.message.Message;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;

/**
 * One request at a REP, from its arrival to its answer. The handler and the requester's cancel
 * race: whoever comes first decides what the answer is.
 *
 * <p>The stage is confined to the event loop; the handler runs wherever it likes.
 */
final class Serving<Q, R> extends AbstractReferenceCounted implements Outgoing {

  /** How far a request has come. */
  enum Stage {
    /** It was announced and is being fetched. */
    FETCHING,
    /** It waits for its turn. */
    WAITING,
    /** The handler has it. */
    RUNNING,
    /** Its answer waits to be framed. */
    ANSWERED,
    /** Its reply is announced and waits to be fetched, or is being fetched. */
    ANNOUNCED,
    /** It is over. */
    ENDED
  }

  private final ReplyPeer<Q, R> peer;
  private final ReplyFlow<Q, R> flow;
  private final long id;
  private final AtomicBoolean decided = new AtomicBoolean();
  private volatile @Nullable Handling handling;
  private @Nullable Message request;
  private @Nullable WireRecord answer;
  private @Nullable Message reply;

  // Confined to the event loop.
  Stage stage;
  @Nullable BulkSource<Serving<Q, R>> bulk;

  /** What it holds of the receive budget until its turn comes, and whether a frame waits for it. */
  long heldBytes;

  boolean isFramed;

  /** What its reply holds until it has left. */
  long replyBytes;

  /** Its neighbours in the line. */
  @Nullable Serving<Q, R> before;

  @Nullable Serving<Q, R> after;

  /** Whether it was given up after its handler had answered, and before that was heard of. */
  boolean isGivenUp;

  Serving(ReplyPeer<Q, R> peer, ReplyFlow<Q, R> flow, long id, Stage stage) {
    this.peer = peer;
    this.flow = flow;
    this.id = id;
    this.stage = stage;
  }

  long id() {
    return id;
  }

  ReplyPeer<Q, R> peer() {
    return peer;
  }

  /** The request is here and waits. */
  void arrived(Message message) {
    request = message;
    stage = Stage.WAITING;
  }

  // ---- the handler

  /** Its turn has come; event loop. */
  void start() {
    Message message = Objects.requireNonNull(request);
    request = null;
    stage = Stage.RUNNING;
    flow.callback(() -> handle(message));
  }

  private void handle(Message message) {
    if (decided.get()) {
      message.release();
      return;
    }
    Q value;
    try {
      value = flow.requestCodec().decode(message);
    } catch (Throwable e) {
      flow.undecodable(peer, e);
      answer(failure(RemoteException.Code.CODEC, "the codec refused the request", e));
      return;
    }
    Mono<? extends R> result;
    try {
      result = Objects.requireNonNull(flow.handler().apply(value), "the handler returned null");
    } catch (Throwable e) {
      answer(handlerFailed(e));
      return;
    }
    Handling subscriber = new Handling();
    handling = subscriber;
    if (decided.get()) {
      subscriber.cancel();
    }
    try {
      result.subscribe(subscriber);
    } catch (Throwable e) {
      // what Reactor does not signal, such as a missing class: it is this request's failure alone
      answer(handlerFailed(e));
    }
  }

  private final class Handling extends BaseSubscriber<R> {

    @Override
    protected void hookOnNext(R value) {
      if (!decided.compareAndSet(false, true)) {
        flow.replyCodec().discard(value);
        return;
      }
      Message message;
      try {
        message = flow.replyCodec().encode(value, flow.host().allocator());
      } catch (Throwable e) {
        flow.replyCodec().discard(value);
        decide(failure(RemoteException.Code.CODEC, "the codec could not encode the reply", e));
        return;
      }
      reply = message;
      decide(new WireRecord.Reply(id, message));
    }

    @Override
    protected void hookOnComplete() {
      answer(
          new WireRecord.Failure(
              id,
              RemoteException.Code.HANDLER.number(),
              false,
              "the handler ended without a reply"));
    }

    @Override
    protected void hookOnError(Throwable cause) {
      answer(handlerFailed(cause));
    }
  }

  private WireRecord handlerFailed(Throwable cause) {
    return cause instanceof RemoteException chosen
        ? new WireRecord.Failure(
            id, chosen.code().number(), chosen.isTransient(), String.valueOf(chosen.getMessage()))
        : failure(RemoteException.Code.HANDLER, "handler failed", cause);
  }

  private WireRecord failure(RemoteException.Code code, String text, Throwable cause) {
    return new WireRecord.Failure(
        id, code.number(), false, flow.exposesErrors() ? text + ": " + cause : text);
  }

  private void answer(WireRecord record) {
    if (decided.compareAndSet(false, true)) {
      decide(record);
    }
  }

  private void decide(WireRecord record) {
    answer = record;
    flow.answered(this);
  }

  /** Cancels the handler: true unless it has answered. Event loop. */
  boolean cancelHandler() {
    if (!decided.compareAndSet(false, true)) {
      return false;
    }
    Handling running = handling;
    if (running != null) {
      flow.callback(running::cancel);
    }
    return true;
  }

  // ---- the answer; event loop

  WireRecord record() {
    return Objects.requireNonNull(answer);
  }

  /** Another answer than the handler's. */
  void record(WireRecord record) {
    answer = record;
  }

  /** The reply cannot be sent: a failure is, in its place. */
  void replaceReply(RemoteException.Code code, String text) {
    releaseReply();
    answer = new WireRecord.Failure(id, code.number(), false, text);
  }

  private void releaseReply() {
    Message sent = reply;
    reply = null;
    if (sent != null && sent.refCnt() > 0) {
      sent.release();
    }
  }

  @Override
  public @Nullable Message message() {
    return reply;
  }

  @Override
  public void framed() {
    stage = Stage.ENDED;
    release();
  }

  @Override
  public void drop(@Nullable Throwable cause) {
    boolean announced = stage == Stage.ANNOUNCED;
    stage = Stage.ENDED;
    Message unheard = request;
    request = null;
    if (unheard != null) {
      unheard.release();
    }
    release();
    if (announced) {
      peer.notFetched(this, cause);
    }
  }

  @Override
  protected void deallocate() {
    releaseReply();
  }

  @Override
  public Serving<Q, R> retain() {
    super.retain();
    return this;
  }

  @Override
  public Serving<Q, R> retain(int increment) {
    super.retain(increment);
    return this;
  }

  @Override
  public Serving<Q, R> touch() {
    return this;
  }

  @Override
  public Serving<Q, R> touch(@Nullable Object hint) {
    return this;
  }
}
