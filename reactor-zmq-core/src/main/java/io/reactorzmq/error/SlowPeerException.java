package io.reactorzmq.error;

/**
 * A peer did not read while more than {@code ZmqResources.maxPendingBytes} waited for it, or a SUB
 * did not keep up with a PUB whose overflow policy is {@code DISCONNECT}; its connection is closed.
 */
public final class SlowPeerException extends ZmqException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the failure.
   *
   * @param message what happened, with the value, the limit and the option that sets it
   */
  public SlowPeerException(String message) {
    super(message);
  }
}
