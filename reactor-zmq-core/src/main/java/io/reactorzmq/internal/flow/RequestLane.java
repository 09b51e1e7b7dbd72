package io.reactorzmq.internal.flow;

import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.WireRecord;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One REP as a REQ's router sees it: takes a request if there is credit and a free slot, and frames
 * it as a record. A large one is only announced.
 */
final class RequestLane<Q> extends Lane<SendItem<Q>> {

  private final RequestPeer<Q, ?> peer;
  private @Nullable WireRecord record;

  RequestLane(RequestPeer<Q, ?> peer, FrameWriter writer, PeerLink link) {
    super(writer, link.credit(), link::send, link::broken);
    this.peer = peer;
  }

  @Override
  boolean hasRoom() {
    return peer.hasRoom() && super.hasRoom();
  }

  @Override
  boolean canBegin(SendItem<Q> item) {
    return peer.hasRoom() && super.canBegin(item);
  }

  @Override
  boolean begin(SendItem<Q> item) {
    record = peer.open(item);
    return super.begin(item);
  }

  @Override
  boolean append(SendItem<Q> item) {
    return writer.append(Objects.requireNonNull(record), item);
  }

  @Override
  void ended(SendItem<Q> item) {
    WireRecord ended = Objects.requireNonNull(record);
    record = null;
    if (ended.message() == null) {
      peer.announced(ended.id(), item);
    } else {
      item.framed();
      peer.framed(ended.id());
    }
  }

  @Override
  @Nullable SendItem<Q> abort() {
    WireRecord begun = record;
    record = null;
    if (begun != null) {
      peer.withdraw(begun.id());
    }
    return super.abort();
  }
}
