package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.message.Message;
import org.jspecify.annotations.Nullable;

/** One peer of a PUSH, PULL or PAIR: a lane if this socket sends, an inlet if it receives. */
final class PipelinePeer<T> implements PeerFlow {

  private final PipelineFlow<T> flow;
  private final PeerLink link;
  private final @Nullable CreditRouter<T> router;
  private final @Nullable FairMerge<T> merge;
  private final @Nullable Inlet<Message> inlet;
  private @Nullable Lane<SendItem<T>> lane;
  private boolean opened;
  private boolean leaving;
  private boolean ended;

  PipelinePeer(PipelineFlow<T> flow, PeerLink link) {
    this.flow = flow;
    this.link = link;
    this.router = flow.router();
    this.merge = flow.merge();
    this.inlet = merge == null ? null : flow.inlet(merge, link);
  }

  @Override
  public boolean sends() {
    return router != null;
  }

  @Override
  public boolean receives() {
    return inlet != null;
  }

  @Override
  public void opened(Limits peer) {
    opened = true;
    flow.opened(this);
    if (router != null) {
      lane = new Lane<>(flow.writer(link, peer), link.credit(), link::send, link::broken);
      if (!leaving) {
        router.add(lane);
      }
    }
    if (merge != null && merge.wasSubscribed()) {
      openCredit();
    }
  }

  /** The first subscriber came. */
  void openCredit() {
    if (inlet != null && opened) {
      inlet.open();
    }
  }

  @Override
  public void read(ByteBuf payload) {
    if (inlet == null || ended) {
      payload.release();
      throw new ProtocolException(
          inlet == null
              ? "a " + link.origin().type() + " sends no data here"
              : "data came after END");
    }
    if (inlet.read(payload) > 1) {
      flow.expectMore();
    }
  }

  @Override
  public void demanded() {
    if (lane != null && router != null) {
      lane.settle();
      router.signal();
    }
  }

  @Override
  public void endOfData() {
    ended = true;
    if (inlet != null) {
      inlet.endOfData();
    }
  }

  @Override
  public void endSending() {
    if (lane != null && router != null) {
      router.remove(lane);
    }
  }

  @Override
  public void leave() {
    leaving = true;
    if (lane != null && router != null) {
      router.leave(lane);
    }
  }

  @Override
  public boolean isSent() {
    return lane == null || lane.isIdle();
  }

  @Override
  public boolean mayStopReceiving() {
    return true;
  }

  @Override
  public boolean isTaken() {
    return inlet == null || inlet.isSettled() || merge == null || !merge.hasSubscriber();
  }

  @Override
  public long gone(String reason) {
    flow.gone(this);
    if (inlet != null) {
      inlet.dispose();
    }
    endSending();
    return inFlight();
  }

  @Override
  public long sent() {
    Lane<?> mine = lane;
    return mine == null ? 0 : mine.sent();
  }

  @Override
  public long received() {
    return inlet == null ? 0 : inlet.received();
  }

  @Override
  public long inFlight() {
    Lane<?> mine = lane;
    return mine == null ? 0 : mine.inFlight();
  }
}
