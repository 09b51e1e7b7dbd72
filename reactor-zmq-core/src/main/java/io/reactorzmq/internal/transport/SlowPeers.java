package io.reactorzmq.internal.transport;

import io.reactorzmq.error.SlowPeerException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The one sentence about a peer that does not read. */
public final class SlowPeers {

  private SlowPeers() {}

  /** The failure of such a peer's connection. */
  public static SlowPeerException exceeded(@Nullable SocketAddress peer, long pending, long limit) {
    return new SlowPeerException(
        "peer "
            + peer
            + " does not read: "
            + pending
            + " bytes would wait for it, more than the "
            + limit
            + " of ZmqResources.maxPendingBytes");
  }
}
