package io.reactorzmq.internal.flow;

/**
 * What a socket type does with its messages, behind whatever connects it: how they are queued,
 * routed and taken. Confined to the socket's event loop, but for the counters.
 */
public interface SocketFlow {

  /**
   * What a flow has counted and holds; see {@code SocketMetrics}.
   *
   * @param sent messages wholly handed to peers
   * @param received messages taken
   * @param undecodable messages that the codec refused
   * @param undelivered messages that nobody has taken yet
   * @param discarded messages that nobody took; requests that were not answered
   * @param queuedMessages messages accepted and not handed to a peer
   * @param queuedBytes their bytes
   * @param pendingSends sends that wait un-encoded
   * @param lateReplies replies to requests that were given up
   * @param cancelled requests given up by their requesters
   * @param dropped messages that an overflow policy dropped
   * @param missed messages that publishers dropped on their way to us
   */
  record Counters(
      long sent,
      long received,
      long undecodable,
      long undelivered,
      long discarded,
      long queuedMessages,
      long queuedBytes,
      long pendingSends,
      long lateReplies,
      long cancelled,
      long dropped,
      long missed) {}

  /**
   * A connection has become a peer, which may speak from now on.
   *
   * @param link the connection
   * @return the flow's side of it
   */
  PeerFlow join(PeerLink link);

  /** A peer is connected: values are accepted from now on. */
  void peerArrived();

  /** A peer is gone. */
  void peerLeft();

  /** Takes no new values and fails those that wait un-encoded; what is queued is still sent. */
  void close();

  /**
   * Whether nothing is left to frame.
   *
   * @return true if nothing is queued and no message is in progress
   */
  boolean isDrained();

  /**
   * Whether nothing that has arrived waits for somebody who would take it.
   *
   * @return true if the flow may be finished
   */
  boolean isTaken();

  /**
   * Drops everything queued.
   *
   * @return how many messages that were
   */
  long terminate();

  /**
   * Ends the flow: releases what nobody took, and completes whoever is subscribed.
   *
   * @param done runs on the event loop when that is done
   */
  void finish(Runnable done);

  /**
   * What was counted; any thread.
   *
   * @return a snapshot
   */
  Counters counters();
}
