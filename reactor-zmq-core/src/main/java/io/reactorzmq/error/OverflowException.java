package io.reactorzmq.error;

/**
 * A bounded queue is full. Of a value that was to be sent: nothing was accepted and nothing
 * dropped. Transient: the same value may be sent again. Of a subscription: what its overflow policy
 * says.
 *
 * <p>It carries no stack trace: under overload it is signalled as often as values are offered.
 */
public final class OverflowException extends ZmqException {

  private static final long serialVersionUID = 1L;

  /**
   * Creates the failure.
   *
   * @param message what happened, with the value, the limit and the option that sets it
   */
  public OverflowException(String message) {
    super(message, false);
  }
}
