package io.reactorzmq.error;

/** An endpoint is malformed, of an unknown scheme, or could not be bound. */
public final class EndpointException extends ZmqException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the failure.
   *
   * @param message what happened, with the value, the limit and the option that sets it
   */
  public EndpointException(String message) {
    super(message);
  }

  /**
   * Creates the failure with its cause.
   *
   * @param message what happened
   * @param cause why
   */
  public EndpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
