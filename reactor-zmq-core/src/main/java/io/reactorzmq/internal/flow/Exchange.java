package io.reactorzmq.internal.flow;

import io.reactorzmq.error.CodecException;
import io.reactorzmq.error.RemoteException;
import io.reactorzmq.internal.wire.WireRecord;
import io.reactorzmq.message.Message;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;
import org.jspecify.annotations.Nullable;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Operators;

/**
 * One subscriber of a {@code request} and what becomes of it: the answer, a failure and the
 * subscriber's cancel race, and whoever ends it first is the only one that is heard.
 *
 * <p>On the wire it stays open until the peer has answered, also when nobody waits any more; that
 * half is confined to the event loop.
 */
final class Exchange<Q, R> extends Submission<Q> {

  private static final int NEW = 0;
  private static final int WAITING = 1;
  private static final int ENDED = 2;

  @SuppressWarnings("rawtypes")
  private static final AtomicIntegerFieldUpdater<Exchange> STATE =
      AtomicIntegerFieldUpdater.newUpdater(Exchange.class, "state");

  private final CoreSubscriber<? super R> actual;
  private final RequestFlow<Q, R> flow;
  private final Q value;
  private volatile int state = NEW;

  /** Where it is open; whoever ends it later than that is written sees it. */
  private volatile @Nullable RequestPeer<Q, R> peer;

  // Confined to the event loop of the peer.
  private long id;
  boolean isWholeAtPeer;
  boolean isCancelSent;
  @Nullable BulkSource<SendItem<Q>> bulk;
  boolean isReplyAnnounced;

  Exchange(CoreSubscriber<? super R> actual, RequestFlow<Q, R> flow, Q value) {
    super(flow.port(), "request");
    this.actual = actual;
    this.flow = flow;
    this.value = value;
  }

  // ---- the subscriber

  /** The first demand sends the request. */
  @Override
  public void request(long n) {
    if (Operators.validate(n) && STATE.compareAndSet(this, NEW, WAITING)) {
      start(value);
    }
  }

  @Override
  public void cancel() {
    int before = STATE.getAndSet(this, ENDED);
    if (before == NEW) {
      port.router().codec().discard(value);
    } else if (before == WAITING) {
      cancelled = true;
      if (!takeBack()) {
        tooLateToTakeBack();
      }
    }
  }

  @Override
  void tooLateToTakeBack() {
    cancelAtPeer();
  }

  private boolean end() {
    return STATE.compareAndSet(this, WAITING, ENDED);
  }

  /** Whether the subscriber still waits. */
  boolean isAwaited() {
    return state == WAITING;
  }

  // ---- the request's way out; see Completion

  @Override
  void refused(RuntimeException cause) {
    if (end()) {
      actual.onError(cause);
    }
  }

  @Override
  public void released() {
    // that its memory is free is no answer
  }

  @Override
  public void failed(Throwable cause) {
    flow.complete(() -> fail(cause));
    cancelAtPeer();
  }

  // ---- at the peer, on the event loop

  /** The request goes to a peer, under an id of its own. */
  void opened(RequestPeer<Q, R> peer, long id) {
    this.id = id;
    this.peer = peer;
  }

  /** The peer went away before it had all of the request, which goes to another one. */
  void withdrawn() {
    peer = null;
  }

  long id() {
    return id;
  }

  /**
   * Nobody waits any more: tells the peer, if it has the request or as soon as it has; any thread.
   */
  private void cancelAtPeer() {
    RequestPeer<Q, R> at = peer;
    if (at != null) {
      at.cancelLater(this);
    }
  }

  // ---- the end; any thread

  /** The reply has come; takes the message. Never throws. */
  void reply(Message message) {
    if (!end()) {
      message.release();
      flow.lateReply();
      return;
    }
    R reply;
    try {
      reply = flow.replyCodec().decode(message);
    } catch (Throwable e) {
      CodecException cause =
          e instanceof CodecException known
              ? known
              : new CodecException("the codec could not decode the reply: " + e, e);
      flow.undecodable(peer, cause);
      signalError(cause);
      return;
    }
    flow.replied();
    try {
      actual.onNext(reply);
      actual.onComplete();
    } catch (Throwable e) {
      Operators.onErrorDropped(e, actual.currentContext());
    }
  }

  /** The peer answered that there is no reply. */
  void reply(WireRecord.Failure failure) {
    fail(
        new RemoteException(
            RemoteException.Code.of(failure.code()), failure.isTransient(), failure.text()));
  }

  /** There will be no answer. Never throws. */
  void fail(Throwable cause) {
    if (end()) {
      signalError(cause);
    }
  }

  /** A subscriber must not throw; if it does, nobody else is to suffer. */
  private void signalError(Throwable cause) {
    try {
      actual.onError(cause);
    } catch (Throwable e) {
      Operators.onErrorDropped(e, actual.currentContext());
    }
  }
}
