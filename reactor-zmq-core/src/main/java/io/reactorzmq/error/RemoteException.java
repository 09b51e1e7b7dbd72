package io.reactorzmq.error;

/**
 * The REP answered a request with a failure. A handler may fail with one itself, to choose the
 * code, the text and the transient flag that the requester gets.
 *
 * <p>It carries no stack trace: that of the requester says nothing about the handler.
 */
public final class RemoteException extends ZmqException {

  /** Why there is no reply. */
  public enum Code {
    /** A code that this version does not know. */
    UNKNOWN(0),
    /** The handler failed, or ended without a reply. */
    HANDLER(1),
    /** The REP's codec refused the request, or could not encode the reply. */
    CODEC(2),
    /** The reply is larger than the {@code maxMessageSize} of the REQ. */
    TOO_LARGE(3),
    /** The request was given up by the requester, who is not waiting any more. */
    CANCELLED(4);

    private static final Code[] ALL = values();

    private final int number;

    Code(int number) {
      this.number = number;
    }

    /**
     * The code on the wire.
     *
     * @return 0 to 255
     */
    public int number() {
      return number;
    }

    /**
     * The code of a number.
     *
     * @param number as read from the wire
     * @return UNKNOWN if this version has no such code
     */
    public static Code of(int number) {
      return number > 0 && number < ALL.length ? ALL[number] : UNKNOWN;
    }
  }

  private static final long serialVersionUID = 1L;

  private final Code code;
  private final boolean isTransient;

  /**
   * Creates the failure.
   *
   * @param code why there is no reply
   * @param isTransient whether the same request may succeed when it is sent again
   * @param message what the requester is told, at most 1 KiB of UTF-8
   */
  public RemoteException(Code code, boolean isTransient, String message) {
    super(message, false);
    this.code = code;
    this.isTransient = isTransient;
  }

  /**
   * Why there is no reply.
   *
   * @return the code
   */
  public Code code() {
    return code;
  }

  /**
   * Whether the REP says that the same request may be sent again.
   *
   * @return true if the failure may pass and another attempt does no harm
   */
  public boolean isTransient() {
    return isTransient;
  }
}
