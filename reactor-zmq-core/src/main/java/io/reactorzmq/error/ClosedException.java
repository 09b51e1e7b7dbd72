package io.reactorzmq.error;

/**
 * The socket is closed or closing: the value was not accepted, or was still waiting when linger
 * ended.
 */
public final class ClosedException extends ZmqException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the failure.
   *
   * @param message what happened, with the value, the limit and the option that sets it
   */
  public ClosedException(String message) {
    super(message);
  }
}
