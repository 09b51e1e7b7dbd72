package io.reactorzmq.internal.peer;

/**
 * How long the data frames of one connection are: what is announced to the peer, and what is made
 * for it.
 *
 * @param announced the longest that the peer may send
 * @param usual where frames of ours end, except for large arrays
 * @param longest where those end, whatever the peer takes
 */
record FrameLengths(int announced, int usual, int longest) {

  /** So many peers at most may send longer frames than others, for which memory must be at hand. */
  private static final int FEW_PEERS = 16;

  /** The part of the receive budget that is for windows. */
  private static final int WINDOWS = 4;

  /**
   * More frames than a peer can have under way, fetched ones included: so many that wait in the
   * transport are no sign of a slow peer.
   */
  private static final int MOST_PENDING = 32;

  /**
   * Decides for a connection.
   *
   * @param usual the length that suits its transport
   * @param wished the longest that suits it
   * @param config of this side's socket
   * @param peers that the socket has already
   * @param own the longest frame we make if the transport wants no longer ones
   */
  static FrameLengths of(int usual, int wished, SocketConfig config, int peers, int own) {
    int most = Math.max(usual, wished);
    long room = config.receiveBudgetBytes / WINDOWS / ((long) config.window() * most);
    boolean isAmongFew = peers < Math.min(FEW_PEERS, room);
    long bound = config.resources().maxPendingBytes() / MOST_PENDING;
    int longest = (int) Math.min(Math.max(own, most), bound);
    return new FrameLengths(isAmongFew ? most : usual, usual, Math.max(usual, longest));
  }
}
