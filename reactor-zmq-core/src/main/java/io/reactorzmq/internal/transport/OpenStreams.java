package io.reactorzmq.internal.transport;

import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;

/**
 * The streams that the peer has opened and that have not ended yet, told from the frames that pass
 * in both directions. Frames that neither open nor end a stream cost nothing here.
 */
final class OpenStreams {

  /** Which direction of a stream is still open. */
  private enum State {
    BOTH,
    ONLY_OURS,
    ONLY_PEERS
  }

  private final IntObjectMap<State> open = new IntObjectHashMap<>();

  synchronized int count() {
    return open.size();
  }

  /** The peer sent a request. */
  synchronized void opened(int streamId, int type, boolean complete) {
    if (type == Frames.REQUEST_CHANNEL && !complete) {
      open.put(streamId, State.BOTH);
    } else if (type != Frames.REQUEST_FNF) {
      open.put(streamId, State.ONLY_OURS);
    }
  }

  /** The peer completed its direction. */
  synchronized void peerCompleted(int streamId) {
    State state = open.get(streamId);
    if (state == State.BOTH) {
      open.put(streamId, State.ONLY_OURS);
    } else if (state == State.ONLY_PEERS) {
      open.remove(streamId);
    }
  }

  /** We completed our direction. */
  synchronized void weCompleted(int streamId) {
    State state = open.get(streamId);
    if (state == State.BOTH) {
      open.put(streamId, State.ONLY_PEERS);
    } else if (state == State.ONLY_OURS) {
      open.remove(streamId);
    }
  }

  /** Either side ended the whole stream: an ERROR, or a CANCEL by the peer that had opened it. */
  synchronized void ended(int streamId) {
    open.remove(streamId);
  }
}
