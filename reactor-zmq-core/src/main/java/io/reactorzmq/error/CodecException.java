package io.reactorzmq.error;

/** A codec could not turn a value into a message, or a message into a value. */
public final class CodecException extends ZmqException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the failure.
   *
   * @param message what happened, with the value, the limit and the option that sets it
   */
  public CodecException(String message) {
    super(message);
  }

  /**
   * Creates the failure with its cause.
   *
   * @param message what happened
   * @param cause why
   */
  public CodecException(String message, Throwable cause) {
    super(message, cause);
  }
}
