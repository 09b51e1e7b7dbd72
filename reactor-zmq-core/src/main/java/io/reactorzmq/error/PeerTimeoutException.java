package io.reactorzmq.error;

/**
 * A peer was silent for longer than the keep-alive timeout, or stopped in the middle of a message.
 */
public final class PeerTimeoutException extends ZmqException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the failure.
   *
   * @param message what happened, with the value, the limit and the option that sets it
   */
  public PeerTimeoutException(String message) {
    super(message);
  }
}
