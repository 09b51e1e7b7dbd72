package io.reactorzmq.transport;

import io.rsocket.DuplexConnection;

/**
 * A connection that carries whole RSocket frames in order, on one event loop. It adds to {@link
 * DuplexConnection} what reliable closing and bounded memory need.
 *
 * <p>Beyond RSocket's contract: inbound demand is honoured exactly; a received frame is borrowed
 * during {@code onNext} and released by the transport even if {@code onNext} throws; frames of
 * stream 0 overtake data frames and keep their order among themselves; the frames of one stream
 * keep their order; {@code sendFrame} after close releases the frame; {@code onClose} ends exactly
 * once, with an error if the cause was not this side's {@code dispose()} or an orderly end of file.
 */
public interface TransportConnection extends DuplexConnection {

  /**
   * Writes everything queued, then tells the peer that nothing follows (TCP: FIN), goes on reading
   * until the peer does the same, then closes. Frames sent after this call are released.
   * Idempotent; {@code dispose()} cuts it short.
   */
  void closeGracefully();

  /**
   * Closes at once because of a failure: queued frames are released and {@code onClose()} ends with
   * the cause.
   *
   * @param cause what {@code onClose()} will signal
   */
  void closeWithError(Throwable cause);

  /**
   * Sets the longest inbound frame that is accepted from now on; a longer one closes the connection
   * before memory is allocated for it. Call on the event loop.
   *
   * @param bytes the RSocket frame length without the transport's length prefix
   */
  void maxInboundFrameLength(int bytes);

  /**
   * When the last byte was read, on the clock of {@link System#nanoTime()}. A frame that arrives
   * slowly counts: every byte read is a sign of life.
   *
   * @return nanoseconds
   */
  long lastReadNanos();

  /**
   * Bytes accepted by {@code sendFrame} that the peer's side of the transport has not taken yet.
   *
   * @return queued bytes
   */
  long pendingBytes();

  /**
   * What carries the frames, in words for people.
   *
   * @return the same at every call, for example {@code tcp} or {@code rdma (rc_verbs/mlx5_0:1)}
   */
  String transport();

  /**
   * The length of data frames that suits this transport best: the longest that this side announces
   * to take on this connection. A peer's window, and with it what the receive budget grants, is
   * counted in frames of this length.
   *
   * @return the same at every call; 16 KiB to 8 MiB, by default 256 KiB
   */
  default int frameBytes() {
    return 256 * 1024;
  }

  /**
   * Offers memory for the payloads that come on the stream of the frame that is being delivered.
   * Call on the event loop, from within {@code onNext}; a transport may take no notice.
   *
   * @param landing asked for each payload; replaces an earlier one of the same stream
   * @return withdraws it; on the event loop
   */
  default Runnable land(Landing landing) {
    return () -> {};
  }
}
