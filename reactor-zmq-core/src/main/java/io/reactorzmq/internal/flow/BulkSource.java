package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.CodecException;
import io.reactorzmq.internal.wire.FrameWriter;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Operators;

/**
 * A large message that was announced and waits until its receiver fetches it, frame by frame as
 * that asks for them. For one subscriber; confined to the event loop.
 */
final class BulkSource<I extends Outgoing> extends Flux<ByteBuf> implements Subscription {

  private final I item;
  private final FrameWriter writer;
  private final Runnable onSent;
  private @Nullable CoreSubscriber<? super ByteBuf> actual;
  private long demand;
  private boolean emitting;
  private boolean ended;

  /**
   * A source that owns its item.
   *
   * @param item has a message
   * @param writer empty
   * @param onSent runs when the last byte is framed
   */
  BulkSource(I item, FrameWriter writer, Runnable onSent) {
    this.item = item;
    this.writer = writer;
    this.onSent = onSent;
  }

  boolean isEnded() {
    return ended;
  }

  /** Whether somebody may still subscribe. */
  boolean isFetchable() {
    return actual == null && !ended;
  }

  @Override
  public void subscribe(CoreSubscriber<? super ByteBuf> subscriber) {
    if (!isFetchable()) {
      Operators.error(subscriber, new IllegalStateException("fetched already, or given up"));
      return;
    }
    actual = subscriber;
    subscriber.onSubscribe(this);
  }

  @Override
  public void request(long n) {
    demand = Operators.addCap(demand, n);
    if (emitting) {
      return;
    }
    emitting = true;
    while (demand > 0 && !ended) {
      demand--;
      emit(Objects.requireNonNull(actual));
    }
    emitting = false;
  }

  private void emit(CoreSubscriber<? super ByteBuf> to) {
    boolean last;
    ByteBuf frame;
    try {
      last = writer.append(Objects.requireNonNull(item.message()), item);
      frame = writer.finish();
    } catch (RuntimeException e) {
      giveUp(new CodecException("the message was released before it was sent", e));
      return;
    }
    to.onNext(frame);
    if (last && !ended) {
      ended = true;
      item.framed();
      onSent.run();
      to.onComplete();
    }
  }

  /** The receiver does not want it any more. */
  @Override
  public void cancel() {
    end(null);
  }

  /** We do not send it any more: cancelled if there is no cause. */
  void giveUp(@Nullable Throwable cause) {
    CoreSubscriber<? super ByteBuf> to = actual;
    if (end(cause) && to != null) {
      to.onError(cause == null ? new IllegalStateException("given up by its sender") : cause);
    }
  }

  private boolean end(@Nullable Throwable cause) {
    if (ended) {
      return false;
    }
    ended = true;
    writer.abandon();
    item.drop(cause);
    return true;
  }
}
