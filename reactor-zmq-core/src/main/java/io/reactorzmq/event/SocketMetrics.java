package io.reactorzmq.event;

import java.util.List;

/**
 * A snapshot of a socket's counters and gauges. Counters cover the socket's life; the values are
 * read one by one while traffic goes on, so sums may be off by what moved in between.
 *
 * @param sent messages wholly handed to peers
 * @param received messages taken by subscribers
 * @param undecodable received messages that the codec refused
 * @param undelivered messages received and not taken by a subscriber yet
 * @param discarded received messages that no subscriber took; REP: requests not answered at the end
 * @param dropped accepted messages that fit no peer; PUB: messages that a subscriber did not get,
 *     one for each; SUB: messages that a full subscription did not take
 * @param missed SUB: messages that publishers dropped on their way to us
 * @param unconfirmed messages that were in flight to peers that died
 * @param queuedMessages messages accepted and not yet handed to a peer; REP: replies that wait;
 *     PUB: one for each subscriber that a message waits for
 * @param queuedBytes their bytes
 * @param pendingSends sends that wait un-encoded for room or a peer
 * @param inFlight messages sent and not yet known to be consumed; requests not yet answered
 * @param lateReplies REQ: replies to requests that had been given up, released unseen
 * @param cancelled REP: requests whose requester gave them up or went away before the answer
 * @param reconnects connections made after the first one of each connect endpoint
 * @param fallbacks dials that went on without the other transport that the endpoint prefers, each
 *     with a {@link SocketEvent.AlternateUnavailable}
 * @param peers one entry per live peer
 */
public record SocketMetrics(
    long sent,
    long received,
    long undecodable,
    long undelivered,
    long discarded,
    long dropped,
    long missed,
    long unconfirmed,
    long queuedMessages,
    long queuedBytes,
    long pendingSends,
    long inFlight,
    long lateReplies,
    long cancelled,
    long reconnects,
    long fallbacks,
    List<PeerMetrics> peers) {

  /**
   * The same for one live peer.
   *
   * @param peer who
   * @param sent messages wholly handed to it
   * @param received its messages taken by subscribers
   * @param inFlight messages sent to it and not yet known to be consumed; requests not yet answered
   * @param queued PUB: messages that wait for its credit
   * @param dropped PUB: messages that it did not get because its lane was full or it takes no such
   *     size
   * @param missed SUB: messages that it dropped on their way to us
   * @param pendingBytes bytes that wait in the transport for it
   */
  public record PeerMetrics(
      PeerInfo peer,
      long sent,
      long received,
      long inFlight,
      long queued,
      long dropped,
      long missed,
      long pendingBytes) {}
}
