package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.reactorzmq.error.ProtocolException;
import io.reactorzmq.internal.wire.Kind;
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
   * A control payload of the socket's pattern has come.
   *
   * @param kind what it is
   * @param payload the whole payload, borrowed
   * @throws RuntimeException if it is malformed or has no place here
   */
  default void control(Kind kind, ByteBuf payload) {
    throw new ProtocolException("a payload of kind " + kind + " has no place here");
  }

  /**
   * The peer fetches what was announced to it.
   *
   * @param id the correlation id
   * @return its frames; null if nothing of that id is announced
   */
  default @Nullable Flux<ByteBuf> fetched(long id) {
    return null;
  }

  /** The peer sends no more DATA. */
  void endOfData();

  /** Nothing more can be sent: what is not wholly framed goes to others, or is lost. */
  void endSending();

  /** The peer wants no more; otherwise as {@link #endSending()}. */
  default void peerLeaves() {
    endSending();
  }

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

  /**
   * Messages that wait for this peer's credit and can go to no other; any thread.
   *
   * @return messages
   */
  default long queued() {
    return 0;
  }

  /**
   * Messages that were dropped because this peer had no room for them; any thread.
   *
   * @return messages
   */
  default long dropped() {
    return 0;
  }

  /**
   * Messages that this peer dropped on their way to us; any thread.
   *
   * @return messages
   */
  default long missed() {
    return 0;
  }
}
