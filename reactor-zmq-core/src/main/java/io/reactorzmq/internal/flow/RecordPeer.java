package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.internal.wire.WireRecord;
import org.jspecify.annotations.Nullable;

/**
 * What a REQ and a REP see alike in each other: records come in by an inlet and go out by a lane,
 * and what is large is fetched. Confined to the event loop, but for the counters.
 */
abstract class RecordPeer implements PeerFlow, Inlet.Taker<WireRecord>, BulkFetches.Taker {

  final PeerLink link;
  final Inlet<WireRecord> inlet;
  final BulkFetches fetches;

  /** Whether this side leaves. */
  boolean leaving;

  /** Whether the other side has said its END. */
  boolean ended;

  /** Whether the connection is gone. */
  boolean gone;

  RecordPeer(RecordParts parts, PeerLink link) {
    this.link = link;
    this.inlet = parts.inlet(this, link);
    this.fetches = parts.fetches(this, link);
  }

  /** The way out; null before the other side's OPEN. */
  abstract @Nullable Lane<?> lane();

  final Object origin() {
    return link.origin();
  }

  @Override
  public final boolean sends() {
    return true;
  }

  @Override
  public final boolean receives() {
    return true;
  }

  @Override
  public final void read(ByteBuf payload) {
    if (ended || lane() == null) {
      payload.release();
      throw new ProtocolException(ended ? "data came after END" : "data came before OPEN");
    }
    inlet.read(payload);
  }

  @Override
  public final void endOfData() {
    ended = true;
    inlet.endOfData();
  }

  @Override
  public final long sent() {
    Lane<?> lane = lane();
    return lane == null ? 0 : lane.sent();
  }

  @Override
  public final long received() {
    return inlet.received();
  }
}
