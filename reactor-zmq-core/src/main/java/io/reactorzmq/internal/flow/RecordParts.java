package io.reactorzmq.internal.flow;

import io.reactorzmq.internal.wire.FrameReader;
import io.reactorzmq.internal.wire.FrameWriter;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.WireRecord;
import io.reactorzmq.message.AssemblyTarget;
import org.jspecify.annotations.Nullable;

/**
 * The parts that REQ and REP alike need for each peer: what reads records, fetches what is large,
 * and writes either.
 *
 * @param host the socket
 * @param own what the socket announces as a receiver
 * @param window frames of credit to keep open for each peer
 * @param target where the codec of what is received wants parts to lie; null: in their frames
 */
record RecordParts(FlowHost host, Limits own, int window, @Nullable AssemblyTarget target) {

  Inlet<WireRecord> inlet(Inlet.Taker<WireRecord> taker, PeerLink link) {
    Limits announced = link.announced(own);
    FrameReader<WireRecord> reader = FrameReader.ofRecords(announced).into(target, host.aside());
    return new Inlet<>(taker, reader, host.budget(), link, announced, window, link.origin());
  }

  BulkFetches fetches(BulkFetches.Taker taker, PeerLink link) {
    return new BulkFetches(link, host, link.announced(own), target, taker);
  }

  FrameWriter recordWriter(PeerLink link, Limits peer) {
    return FrameWriters.ofRecords(link, peer);
  }

  <I extends Outgoing> BulkSource<I> bulk(I item, PeerLink link, Limits peer, Runnable onSent) {
    return new BulkSource<>(item, FrameWriters.ofMessages(link, peer), onSent);
  }
}
