package io.reactorzmq.rdma.internal;

/**
 * The end of a connection, or of what is to become one, as the messages for its key see it. All of
 * it is called from within UCX, so it may only take note; see {@link Callbacks}.
 */
interface Receiver {

  /**
   * A frame came, or was announced.
   *
   * @param header address of the message's header
   * @param headerBytes its length, at least {@link AmHeader#HEAD}
   * @param data address of the data; if announced, what to fetch it by
   * @param bytes length of the data
   * @param announced whether the data is still with its sender
   * @return whether the announcement is kept, to be fetched or released later
   */
  boolean frame(long header, long headerBytes, long data, long bytes, boolean announced);

  /**
   * Anything else came.
   *
   * @param op which of {@link AmHeader}'s
   * @param header address of the message's header
   * @param headerBytes its length, at least {@link AmHeader#CONTROL_BYTES}
   * @param from UCX's handle of the endpoint that leads back, if the sender said so; otherwise 0
   */
  void control(int op, long header, long headerBytes, long from);
}
