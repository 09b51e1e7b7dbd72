package io.reactorzmq.internal.flow;

import io.reactorzmq.internal.wire.WireRecord;

/**
 * The replies of a REP that one REQ has not taken yet, and whether there are too many. Those that
 * are only announced count apart: a few of them are no reason to hold up what is small.
 */
final class PendingReplies {

  /** So many large replies may wait to be fetched, whatever their size. */
  private static final int MAX_ANNOUNCED = 2 * PeerLink.MAX_FETCHES;

  private final long maxBytes;
  private long bytes;
  private int announced;
  private long announcedBytes;

  PendingReplies(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** Whether no further request of the peer is to get its turn. */
  boolean areTooMany() {
    return bytes >= maxBytes || announced >= MAX_ANNOUNCED && announcedBytes >= maxBytes;
  }

  /** A reply is there; its answer is a reply or the announcement of one. */
  void add(WireRecord answer, long size) {
    if (answer instanceof WireRecord.Bulk) {
      announced++;
      announcedBytes += size;
    } else {
      bytes += size;
    }
  }

  /** A reply is no longer ours to hold. */
  void remove(WireRecord answer, long size) {
    if (answer instanceof WireRecord.Bulk) {
      announced--;
      announcedBytes -= size;
    } else {
      bytes -= size;
    }
  }
}
