package io.reactorzmq.error;

/**
 * A peer refused us or we refused it: wrong socket type, wrong protocol version, already connected,
 * or no Hello in time.
 */
public final class HandshakeException extends ZmqException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the failure.
   *
   * @param message what happened, with the value, the limit and the option that sets it
   */
  public HandshakeException(String message) {
    super(message);
  }

  /**
   * Creates the failure with its cause.
   *
   * @param message what happened
   * @param cause why
   */
  public HandshakeException(String message, Throwable cause) {
    super(message, cause);
  }
}
