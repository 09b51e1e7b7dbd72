package io.reactorzmq.error;

/**
 * The peer that a request went to is gone, and no reply will come. {@link #maybeProcessed()} tells
 * whether the peer may have handled the request; if not, the failure is transient: the same request
 * may be sent again and goes to another peer.
 *
 * <p>It carries no stack trace: when a peer dies it is signalled for every request in flight.
 */
public final class PeerUnavailableException extends ZmqException {

  private static final long serialVersionUID = 1L;

  private final boolean maybeProcessed;

  /**
   * Creates the failure.
   *
   * @param message which peer, and what became of the request
   * @param maybeProcessed false if the peer certainly has not handled the request
   */
  public PeerUnavailableException(String message, boolean maybeProcessed) {
    super(message, false);
    this.maybeProcessed = maybeProcessed;
  }

  /**
   * Whether the peer may have handled the request before it went away.
   *
   * @return false if it never had all of it
   */
  public boolean maybeProcessed() {
    return maybeProcessed;
  }
}
