package io.reactorzmq.internal.transport;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * The streams that the peer has opened and that have not ended yet, told from the frames that pass
 * in both directions. Frames that neither open nor end a stream cost nothing here.
 */
final class OpenStreams {

  /** Which direction of a stream is still open. */
  private enum State {
    BOTH,
    ONLY_OURS,
    ONLY_PEERS;

    @Nullable State withoutPeers() {
      return this == ONLY_PEERS ? null : ONLY_OURS;
    }

    @Nullable State withoutOurs() {
      return this == ONLY_OURS ? null : ONLY_PEERS;
    }
  }

  private final ConcurrentMap<Integer, State> open = new ConcurrentHashMap<>(4);

  int count() {
    return open.size();
  }

  /** The peer sent a request. */
  void opened(int streamId, int type, boolean complete) {
    if (type == Frames.REQUEST_CHANNEL && !complete) {
      open.put(streamId, State.BOTH);
    } else if (type != Frames.REQUEST_FNF) {
      open.put(streamId, State.ONLY_OURS);
    }
  }

  /** The peer completed its direction. */
  void peerCompleted(int streamId) {
    open.computeIfPresent(streamId, (id, state) -> state.withoutPeers());
  }

  /** We completed our direction. */
  void weCompleted(int streamId) {
    open.computeIfPresent(streamId, (id, state) -> state.withoutOurs());
  }

  /** Either side ended the whole stream: an ERROR, or a CANCEL by the peer that had opened it. */
  void ended(int streamId) {
    open.remove(streamId);
  }
}
