package io.reactorzmq.error;

/** A peer sent bytes that the wire profile forbids; only that peer's connection is closed. */
public final class ProtocolException extends ZmqException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the failure.
   *
   * @param message what happened, with the value, the limit and the option that sets it
   */
  public ProtocolException(String message) {
    super(message);
  }

  /**
   * Creates the failure with its cause.
   *
   * @param message what happened
   * @param cause why
   */
  public ProtocolException(String message, Throwable cause) {
    super(message, cause);
  }
}
