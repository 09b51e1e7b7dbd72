package io.reactorzmq.internal.flow;

/**
 * The sender's side of one channel's credit: how many data frames may still be sent, and how many
 * the receiver is known to have consumed. Confined to the socket's event loop.
 *
 * <p>The receiver's first demand is one payload for OPEN and a reserve for control payloads; all
 * demand beyond that is data credit, apart from the demand that replaces a control payload once it
 * is read. That replacement cannot be told apart from data credit, so every control payload sent
 * counts as replaced already: the figures are lower bounds that become exact as the replacements
 * arrive. One that crosses the receiver's goodbye is never replaced; a window of nothing, by which
 * a receiver says that it has consumed all there is, makes them exact then. Of frames that bring
 * nothing but the middle of a large message the receiver may tell later, together with those behind
 * them.
 */
public final class SendCredit {

  /** Control payloads that may be under way beside the data. */
  public static final int CONTROL_RESERVE = 4;

  /** The demand a receiver starts with: OPEN and the reserve. */
  public static final int INITIAL_DEMAND = 1 + CONTROL_RESERVE;

  private long demand;
  private long controls;
  private long frames;
  private long window;
  private long consumed;

  /**
   * The receiver asked for more payloads.
   *
   * @param n how many more
   */
  public void demanded(long n) {
    demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
  }

  /**
   * The receiver announced how many frames of data it keeps open.
   *
   * @param k frames; none says that every frame sent so far is consumed
   */
  public void window(int k) {
    window = k;
    if (k == 0) {
      consumed = frames; // a control payload that crossed this will never be replaced
    }
  }

  /**
   * Whether another control payload may be sent, OPEN not counted.
   *
   * @return true if the receiver's demand covers it
   */
  public boolean allowsControl() {
    return demand - 1 - controls - frames > 0;
  }

  /** A control payload other than OPEN was sent. */
  public void controlSent() {
    controls++;
  }

  /** A data frame was sent. */
  void frameSent() {
    frames++;
  }

  /**
   * Data frames that may be sent now.
   *
   * @return zero or less if none
   */
  long available() {
    return dataDemand() - frames;
  }

  /**
   * Data frames that the receiver is known to have consumed.
   *
   * @return never decreases, never more than were sent
   */
  long consumed() {
    consumed = Math.min(frames, Math.max(consumed, dataDemand() - window));
    return consumed;
  }

  private long dataDemand() {
    return demand - INITIAL_DEMAND - controls;
  }
}
