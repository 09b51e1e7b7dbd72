package io.reactorzmq.error;

/**
 * The root of all failures that reactor-zmq signals. The concrete type names the cause, and each
 * carries the numbers or the address that a log line needs; {@link #isTransient(Throwable)} tells
 * whether sending the same value again is safe.
 */
public abstract sealed class ZmqException extends RuntimeException
    permits ClosedException,
        CodecException,
        EndpointException,
        HandshakeException,
        MessageTooLargeException,
        OverflowException,
        PeerTimeoutException,
        PeerUnavailableException,
        ProtocolException,
        RemoteException,
        SlowPeerException {

  private static final long serialVersionUID = 1L;

  ZmqException(String message) {
    super(message);
  }

  ZmqException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A failure without a stack trace, for one that is a signal of flow control. */
  ZmqException(String message, boolean writableStackTrace) {
    super(message, null, false, writableStackTrace);
  }

  /**
   * Whether the failure may pass and a retry is safe: the value was certainly not processed, or the
   * peer says so. Made for {@code retryWhen(Retry.backoff(..).filter(ZmqException::isTransient))}.
   *
   * @param failure any error signal
   * @return true for an {@link OverflowException}, for a {@link PeerUnavailableException} whose
   *     peer never had all of the request, and for a {@link RemoteException} that says so
   */
  public static boolean isTransient(Throwable failure) {
    return failure instanceof OverflowException
        || failure instanceof PeerUnavailableException gone && !gone.maybeProcessed()
        || failure instanceof RemoteException remote && remote.isTransient();
  }
}
