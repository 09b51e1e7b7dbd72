package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.PeerTimeoutException;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.internal.wire.FrameReader;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Message;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;

/**
 * One announced message on its way in: waits for its share of the budget, then fetches its frames
 * by a stream of its own. Confined to the event loop.
 */
final class BulkFetch extends BaseSubscriber<ByteBuf> implements ReceiveBudget.Assembly {

  /**
   * Frames to keep under way: enough to keep the line busy, few enough to let others in between.
   */
  static final int WINDOW = 4;

  private final BulkFetches fetches;
  private final ReceiveBudget budget;
  private final long id;
  private final long size;
  private final FrameReader<Message> reader;
  private @Nullable Message whole;
  private long progressNanos;
  private @Nullable Runnable landing;

  /** Frames that came and were not asked for anew. */
  private int held;

  private boolean ended;

  /** Given up while its memory was being made, which counts until that is given back. */
  private boolean givenUp;

  BulkFetch(
      BulkFetches fetches,
      FlowHost host,
      long id,
      long size,
      Limits own,
      @Nullable AssemblyTarget target) {
    this.fetches = fetches;
    this.budget = host.budget();
    this.id = id;
    this.size = size;
    // one message and nothing behind it; its size is checked against what was announced
    this.reader =
        FrameReader.ofMessages(new Limits(1, own.maxFrameBytes(), 0, 0)).into(target, host.aside());
    reader.onMemory(this::onMemory);
  }

  long id() {
    return id;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public long lastProgressNanos() {
    return reader.isWaiting() || givenUp ? budget.now() : progressNanos;
  }

  @Override
  public void admitted() {
    progressNanos = budget.now();
    fetches.link().fetch(id).subscribe(this);
  }

  @Override
  public void stalled(Duration silence) {
    fetches
        .link()
        .fail(
            new PeerTimeoutException(
                "%s stopped in the middle of a message of %d bytes after %d bytes, %d ms ago"
                    .formatted(
                        fetches.link().peerName(),
                        size,
                        reader.assembledBytes(),
                        silence.toMillis())));
  }

  @Override
  protected void hookOnSubscribe(Subscription subscription) {
    subscription.request(WINDOW);
  }

  @Override
  protected void hookOnNext(ByteBuf frame) {
    if (ended) {
      frame.release();
      return;
    }
    progressNanos = budget.now();
    try {
      reader.read(frame, message -> whole = message);
      long announced = whole == null ? reader.assemblySize() : whole.size();
      if (announced != size) {
        throw new ProtocolException(
            "a message of %d bytes was announced, one of %d comes".formatted(size, announced));
      }
    } catch (RuntimeException e) {
      fetches.link().fail(e);
      return;
    }
    Message complete = whole;
    if (complete == null) {
      reader.admit();
      if (landing == null) {
        landing = fetches.link().land(reader);
      }
      held++;
      requestHeld();
    } else {
      ended = true;
      withdrawLanding();
      budget.completed(this);
      fetches.completed(this, complete);
    }
  }

  @Override
  protected void hookOnComplete() {
    if (ended) {
      fetches.ended(this);
    } else {
      fetches
          .link()
          .fail(
              new ProtocolException(
                  "%d of %d bytes came of an announced message"
                      .formatted(reader.assembledBytes(), size)));
    }
  }

  /** The sender gave it up, and says on the channel what becomes of the request. */
  @Override
  protected void hookOnError(Throwable cause) {
    giveUp();
    fetches.ended(this);
  }

  /** There is memory for what has come. */
  private void onMemory() {
    if (!ended) {
      progressNanos = budget.now();
      requestHeld();
    } else if (givenUp) {
      givenUp = false;
      budget.abandon(this);
    }
  }

  /** Asks for as many frames as are done with. */
  private void requestHeld() {
    if (held > 0 && !reader.isWaiting()) {
      int done = held;
      held = 0;
      request(done);
    }
  }

  private void withdrawLanding() {
    if (landing != null) {
      landing.run();
    }
  }

  /** Forgets what has come; more of it is released unseen. */
  void giveUp() {
    if (ended) {
      return;
    }
    ended = true;
    withdrawLanding();
    cancel();
    Message dropped = whole;
    if (dropped != null) {
      dropped.release();
    }
    givenUp = reader.isWaiting();
    reader.release();
    if (!givenUp) {
      budget.abandon(this);
    }
    fetches.ended(this);
  }
}
