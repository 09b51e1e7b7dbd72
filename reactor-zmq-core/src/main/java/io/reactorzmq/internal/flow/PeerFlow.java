package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.internal.wire.Limits;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;

/**
 * One peer as its socket's flow sees it, told of everything that its connection brings. Confined to
 * the event loop, but for the counters.
 */
public interface PeerFlow {

  /**
   * Whether DATA goes to this peer.
   *
   * @return false for a socket that only receives
   */
  boolean sends();

  /**
   * Whether DATA comes from this peer.
   *
   * @return false for a socket that only sends
   */
  boolean receives();

  /**
   * The peer's OPEN has come.
   *
   * @param peer what it takes as a receiver
   */
  void opened(Limits peer);

  /**
   * A DATA payload has come.
   *
   * @param payload its reference passes to this method
   * @throws RuntimeException if the peer broke the profile
   */
  void read(ByteBuf payload);

  /** The peer asked for more, or announced its window. */
  void demanded();

  /**
   * The peer gave up a request.
   *
   * @param id its correlation id
   * @throws RuntimeException if such a payload has no place here
   */
  void cancelled(long id);

  /**
   * The peer fetches what was announced to it.
   *
   * @param id the correlation id
   * @return its frames; null if nothing of that id is announced
   */
  @Nullable Flux<ByteBuf> fetched(long id);

  /** The peer sends no more DATA. */
  void endOfData();

  /** The peer wants no more: what is not wholly framed goes to others. */
  void endSending();

  /** We are leaving: nothing more begins, what has begun goes on. */
  void leave();

  /**
   * Whether everything that was begun is framed, and known to be consumed and answered.
   *
   * @return true if so
   */
  boolean isSent();

  /**
   * Whether the peer may be told that we want no more from it.
   *
   * @return true if nothing is expected
   */
  boolean mayStopReceiving();

  /**
   * Whether nothing that has arrived waits for somebody who would take it.
   *
   * @return true if so
   */
  boolean isTaken();

  /**
   * The connection is gone: what is not framed goes to others, what waits for an answer fails.
   *
   * @param reason why, in words
   * @return messages sent that are not known to be consumed
   */
  long gone(String reason);

  /**
   * Messages wholly handed to this peer; any thread.
   *
   * @return messages
   */
  long sent();

  /**
   * Messages taken from this peer; any thread.
   *
   * @return messages
   */
  long received();

  /**
   * Messages sent to this peer and not known to be consumed, or requests not answered; any thread.
   *
   * @return messages
   */
  long inFlight();
}
