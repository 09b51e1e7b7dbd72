package io.reactorzmq.internal.flow;

import io.reactorzmq.error.MessageTooLargeException;
import io.reactorzmq.internal.wire.Limits;
import io.reactorzmq.internal.wire.WireRecord;
import io.reactorzmq.message.AssemblyTarget;
import io.reactorzmq.message.Message;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The large messages that one peer has announced: a few at a time are fetched, the others wait in
 * line. Confined to the event loop.
 */
final class BulkFetches {

  /** Takes what was fetched. */
  interface Taker {

    /** A message has come whole; its size is taken of the budget until it is released there. */
    void fetched(long id, Message message);
  }

  private final PeerLink link;
  private final FlowHost host;
  private final Limits own;
  private final @Nullable AssemblyTarget target;
  private final Taker taker;
  private final ArrayDeque<BulkFetch> waiting = new ArrayDeque<>();
  private final List<BulkFetch> active = new ArrayList<>();

  BulkFetches(
      PeerLink link, FlowHost host, Limits own, @Nullable AssemblyTarget target, Taker taker) {
    this.link = link;
    this.host = host;
    this.own = own;
    this.target = target;
    this.taker = taker;
  }

  PeerLink link() {
    return link;
  }

  /** The peer announces a message. */
  void announced(WireRecord.Bulk bulk) {
    long limit = own.maxMessageSize();
    if (limit != 0 && bulk.size() > limit) {
      throw new MessageTooLargeException(
          "a peer sends a message of %d bytes, maxMessageSize is %d".formatted(bulk.size(), limit));
    }
    waiting.add(new BulkFetch(this, host, bulk.id(), bulk.size(), own, target));
    next();
  }

  private void next() {
    while (active.size() < PeerLink.MAX_FETCHES && !waiting.isEmpty()) {
      BulkFetch fetch = waiting.remove();
      active.add(fetch);
      host.budget().request(fetch);
    }
  }

  /** A message has come; its stream is still open. */
  void completed(BulkFetch fetch, Message message) {
    taker.fetched(fetch.id(), message);
  }

  /** The stream of a fetch has ended, whichever way. */
  void ended(BulkFetch fetch) {
    if (active.remove(fetch)) {
      next();
    }
  }

  /** Nobody wants this message any more. */
  void cancel(long id) {
    if (!waiting.removeIf(fetch -> fetch.id() == id)) {
      active.stream().filter(fetch -> fetch.id() == id).findFirst().ifPresent(BulkFetch::giveUp);
    }
  }

  /** The connection is gone. */
  void dispose() {
    waiting.clear();
    List.copyOf(active).forEach(BulkFetch::giveUp);
  }
}
