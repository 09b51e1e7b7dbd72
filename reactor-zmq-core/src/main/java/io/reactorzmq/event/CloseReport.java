package io.reactorzmq.event;

/**
 * What a closed socket cannot vouch for. All zero means that everything accepted is known to have
 * been consumed, and everything received was delivered.
 *
 * @param unsent messages accepted but handed to no peer
 * @param unconfirmed messages sent to peers that are not known to have consumed them, over the life
 *     of the socket
 * @param discarded messages received but taken by no subscriber; of a REP, requests that were not
 *     answered
 */
public record CloseReport(long unsent, long unconfirmed, long discarded) {

  /**
   * Whether everything is accounted for.
   *
   * @return true if all counts are zero
   */
  public boolean isClean() {
    return unsent == 0 && unconfirmed == 0 && discarded == 0;
  }
}
