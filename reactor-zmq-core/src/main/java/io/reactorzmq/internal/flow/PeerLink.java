package io.reactorzmq.internal.flow;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.reactorzmq.error.ClosedException;
import io.reactorzmq.event.PeerInfo;
import io.reactorzmq.internal.wire.FrameReader;
import io.reactorzmq.internal.wire.Limits;
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
   * Who the peer is, for reports.
   *
   * @return the same at every call
   */
  PeerInfo origin();

  /**
   * What this side announces on this connection.
   *
   * @param own what the socket announces where the transport has no wishes
   * @return the same at every call
   */
  default Limits announced(Limits own) {
    return own;
  }

  /**
   * The longest frame that this side makes, whatever the peer takes.
   *
   * @return bytes
   */
  default int longestFrame() {
    return FrameWriters.MAX_OWN_FRAME_BYTES;
  }

  /**
   * Names the peer in sentences.
   *
   * @return for example {@code "the REP at /127.0.0.1:5555"}
   */
  default String peerName() {
    return "the " + origin().type() + " at " + origin().remoteAddress();
  }

  /**
   * Memory for what is sent to the peer.
   *
   * @return the connection's
   */
  ByteBufAllocator alloc();

  /**
   * Sends a frame for which there is credit.
   *
   * @param frame its reference passes to this method
   */
  void send(ByteBuf frame);

  /**
   * Ends the connection, as something cannot be sent to the peer.
   *
   * @param cause most likely a lack of memory
   */
  default void broken(Throwable cause) {
    ClosedException failure = new ClosedException("cannot send to " + peerName() + ": " + cause);
    failure.initCause(cause);
    fail(failure);
  }

  /**
   * What a later connection with the same peer has in common with this one.
   *
   * @return the endpoint if we dialled it, whoever is there; else the id of the peer's socket
   */
  String key();

  /**
   * Sends a control payload of the socket's pattern, as soon as the peer's demand allows.
   *
   * @param payload its reference passes to this method
   * @param sent runs right after it was sent; never, if the connection ends before
   */
  void control(ByteBuf payload, Runnable sent);

  /**
   * Tells the peer that a request is given up.
   *
   * @param id its correlation id
   */
  void cancel(long id);

  /**
   * Offers a reader's memory for what comes on the stream whose payload is being read: a transport
   * may put it there itself.
   *
   * @param reader of that stream
   * @return withdraws it, on the event loop
   */
  default Runnable land(FrameReader<?> reader) {
    return () -> {};
  }

  @Override
  default void offer(FrameReader<?> reader) {
    land(reader); // for as long as the connection lives, as the inlet does
  }

  /**
   * Fetches a message that the peer has announced.
   *
   * @param id its correlation id
   * @return cold; its frames, each the subscriber's to release. Cancelling ends the stream
   */
  Flux<ByteBuf> fetch(long id);
}
