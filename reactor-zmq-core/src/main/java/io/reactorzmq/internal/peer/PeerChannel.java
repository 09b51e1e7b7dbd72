package io.reactorzmq.internal.peer;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.internal.flow.SendCredit;
import io.reactorzmq.internal.transport.InboundGuard;
import io.reactorzmq.internal.wire.Control;
import io.reactorzmq.internal.wire.Kind;
import io.reactorzmq.internal.wire.Limits;
import io.rsocket.Payload;
import io.rsocket.util.ByteBufPayload;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.util.context.Context;

// Past 300 lines because both directions of a channel share its demand, its order and its end.

/**
 * The one requestChannel of a connection as two streams of payloads, whichever side opened it.
 * Sorts what comes in by its kind, and sends control payloads as the other side's demand allows.
 * Confined to the socket's event loop.
 */
final class PeerChannel implements CoreSubscriber<Payload> {

  /** What a channel tells its peer. */
  interface Listener {
    void onOpen(Limits limits);

    void onData(ByteBuf payload);

    void onWindow(int window);

    /** A control payload of the pattern, borrowed. */
    void onControl(Kind kind, ByteBuf payload);

    void onLeave();

    void onEnd();

    /** The other side asked for more. */
    void onDemand();

    /** The channel is broken; the connection must go. */
    void onBroken(Throwable cause);
  }

  private record Waiting(ByteBuf payload, @Nullable Runnable sent) {}

  /**
   * The end of a connection reaches us by {@code onClose()}; rsocket drops the same error again for
   * a channel whose one direction had ended already, which is nobody's concern.
   */
  private static final Context QUIET =
      Context.of("reactor.onErrorDropped.local", (Consumer<Throwable>) dropped -> {});

  private final InboundGuard connection;
  private final SendCredit credit;
  private final Executor loop;
  private final Limits own;
  private final Listener listener;
  private final Outbound outbound = new Outbound();
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private final long[] cancels = new long[Control.MAX_CANCELS];
  private int cancelCount;
  private boolean cancelsDue;
  private @Nullable Subscription inbound;
  private long demanded;
  private boolean opened;
  private boolean closed;

  PeerChannel(
      InboundGuard connection, Executor loop, SendCredit credit, Limits own, Listener listener) {
    this.connection = connection;
    this.loop = loop;
    this.credit = credit;
    this.own = own;
    this.listener = listener;
  }

  // ---- outbound

  /** What this side sends; rsocket subscribes. */
  Flux<Payload> outbound() {
    return outbound;
  }

  /**
   * Sends a frame for which there is credit, so the other side has asked for it on this channel. If
   * that fails the channel is broken: whoever drains must not trip over one peer.
   *
   * @param frame with room for a header in front of it
   */
  void sendData(ByteBuf frame) {
    if (outbound.actual == null) {
      frame.release();
      return;
    }
    try {
      connection.sendNext(frame);
    } catch (Throwable e) {
      listener.onBroken(e);
    }
  }

  /**
   * Sends a control payload, as soon as the demand allows.
   *
   * @param sent runs right after it was sent
   */
  void sendControl(ByteBuf payload, @Nullable Runnable sent) {
    if (closed) {
      payload.release();
      return;
    }
    waiting.add(new Waiting(payload, sent));
    sendWaiting();
  }

  /**
   * Sends a CANCEL together with all others of this turn of the loop, or as soon as the demand
   * allows.
   */
  void cancel(long id) {
    if (closed) {
      return;
    }
    if (cancelCount == cancels.length) {
      sendCancels();
    }
    cancels[cancelCount++] = id;
    if (!cancelsDue) {
      cancelsDue = true;
      loop.execute(
          () -> {
            cancelsDue = false;
            sendWaiting();
          });
    }
  }

  private void sendCancels() {
    ByteBuf payload = Control.cancel(connection.alloc(), cancels, cancelCount);
    cancelCount = 0;
    sendControl(payload, null);
  }

  private void sendWaiting() {
    while (!waiting.isEmpty() && outbound.actual != null && credit.allowsControl()) {
      Waiting next = waiting.remove();
      credit.controlSent();
      try {
        outbound.next(next.payload);
      } catch (Throwable e) { // no memory
        listener.onBroken(e);
        return;
      }
      if (next.sent != null) {
        next.sent.run();
      }
    }
    if (waiting.isEmpty() && cancelCount > 0 && !cancelsDue && credit.allowsControl()) {
      sendCancels();
    }
  }

  /** Whether no control payload waits for demand. */
  boolean isFlushed() {
    return waiting.isEmpty() && cancelCount == 0;
  }

  /** Ends this side's direction; nothing is sent any more. */
  void complete() {
    closed = true;
    releaseWaiting();
    CoreSubscriber<? super Payload> actual = outbound.actual;
    outbound.actual = null;
    if (actual != null) {
      actual.onComplete();
    }
  }

  /** The connection is gone. */
  void dispose() {
    closed = true;
    releaseWaiting();
    outbound.actual = null;
  }

  private void releaseWaiting() {
    cancelCount = 0;
    for (Waiting next; (next = waiting.poll()) != null; ) {
      next.payload.release();
    }
  }

  private final class Outbound extends Flux<Payload> implements Subscription {
    private @Nullable CoreSubscriber<? super Payload> actual;

    @Override
    public void subscribe(CoreSubscriber<? super Payload> subscriber) {
      actual = subscriber;
      subscriber.onSubscribe(this);
    }

    @Override
    public void request(long n) {
      credit.demanded(n);
      if (!opened) {
        opened = true;
        next(Control.open(connection.alloc(), own));
      }
      sendWaiting();
      listener.onDemand();
    }

    @Override
    public void cancel() {
      actual = null;
      listener.onBroken(new ProtocolException("the peer cancelled the channel"));
    }

    void next(ByteBuf payload) {
      if (actual == null) {
        payload.release();
      } else {
        actual.onNext(ByteBufPayload.create(payload));
      }
    }
  }

  // ---- inbound

  @Override
  public Context currentContext() {
    return QUIET;
  }

  @Override
  public void onSubscribe(Subscription subscription) {
    inbound = subscription;
    request(SendCredit.INITIAL_DEMAND);
  }

  /** Asks the other side for more payloads. */
  void request(int n) {
    Subscription subscription = inbound;
    if (subscription == null) {
      return;
    }
    boolean saturated = demanded >= Integer.MAX_VALUE;
    demanded += n;
    subscription.request(n);
    if (saturated) {
      // rsocket adds up all demand in 31 bits and sends no REQUEST_N once they are full
      connection.sendRequestN(n);
    }
  }

  @Override
  public void onNext(Payload payload) {
    ByteBuf data = take(payload);
    try {
      Kind kind = Kind.of(data);
      if (kind == Kind.DATA) {
        listener.onData(data.retain());
      } else {
        control(kind, data);
      }
    } catch (Throwable e) {
      listener.onBroken(e);
    } finally {
      data.release();
    }
  }

  /** A payload's data, which the caller owns; the payload is gone. */
  static ByteBuf take(Payload payload) {
    ByteBuf data = payload.data().retain();
    payload.release();
    return data;
  }

  private void control(Kind kind, ByteBuf data) {
    if (kind != Kind.OPEN) {
      request(1); // first, as what follows may be the last that this side says
    }
    switch (kind) {
      case OPEN -> listener.onOpen(Control.readOpen(data));
      case WINDOW -> listener.onWindow(Control.readWindow(data));
      case LEAVE -> {
        Control.readLeave(data);
        listener.onLeave();
      }
      case END -> {
        Control.readEnd(data);
        listener.onEnd();
      }
      default -> listener.onControl(kind, data);
    }
  }

  @Override
  public void onError(Throwable cause) {
    listener.onBroken(cause);
  }

  @Override
  public void onComplete() {
    // END came before, or the connection's end tells that the peer left without a goodbye
  }
}
