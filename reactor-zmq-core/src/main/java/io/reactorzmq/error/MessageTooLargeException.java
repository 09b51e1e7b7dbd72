package io.reactorzmq.error;

/**
 * No peer takes a message of this size, or it cannot be framed; the text names the size, the limit
 * and the option.
 */
public final class MessageTooLargeException extends ZmqException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the failure.
   *
   * @param message what happened, with the value, the limit and the option that sets it
   */
  public MessageTooLargeException(String message) {
    super(message);
  }
}
