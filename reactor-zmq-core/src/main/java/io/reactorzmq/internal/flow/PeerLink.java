package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import reactor.core.publisher.Flux;

/** One live connection as a {@link PeerFlow} sees it. Called on the event loop. */
public interface PeerLink extends Inlet.Upstream {

  /** Messages that one side may fetch at a time on one connection. */
  int MAX_FETCHES = 4;

  /**
   * The credit that the peer gives.
   *
   * @return kept by the connection
   */
  SendCredit credit();

  /**
   * Names the peer in reports.
   *
   * @return shown by its {@code toString}
   */
  Object origin();

  /**
   * Sends a frame for which there is credit.
   *
   * @param frame its reference passes to this method
   */
  void send(ByteBuf frame);

  /**
   * Tells the peer that a request is given up.
   *
   * @param id its correlation id
   */
  void cancel(long id);

  /**
   * Fetches a message that the peer has announced.
   *
   * @param id its correlation id
   * @return cold; its frames, each the subscriber's to release. Cancelling ends the stream
   */
  Flux<ByteBuf> fetch(long id);
}
