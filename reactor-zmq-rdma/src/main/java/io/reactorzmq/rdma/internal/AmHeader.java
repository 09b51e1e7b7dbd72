package io.reactorzmq.rdma.internal;

/**
 * The headers of the active messages between two ends of a connection, little-endian. Every message
 * begins with the key that its receiver gave the connection, which nobody else knows, and with how
 * much the sender has consumed.
 *
 * <pre>
 * header  = u64 key, u32 consumed, rest
 * frame   = u32 sequence, the frame's first bytes         ; the others are the message's data
 * control = u8 op, fields
 * OPEN    = u64 key, u32 window    ; to the key that the door gave, asks for a reply endpoint
 * ACCEPT  = u64 key, u32 window
 * ACK, FIN, BYE have no fields
 * </pre>
 */
final class AmHeader {

  /** Ids of active messages. */
  static final int FRAME = 0;

  static final int CONTROL = 1;

  static final int KEY = 0;
  static final int CONSUMED = 8;
  static final int SEQUENCE = 12;
  static final int HEAD = 16;
  static final int OP = 12;
  static final int CONTROL_BYTES = 13;

  static final int SENDER_KEY = CONTROL_BYTES;
  static final int WINDOW = 21;
  static final int OPENING_BYTES = 25;

  static final int OPEN = 1;
  static final int ACCEPT = 2;
  static final int ACK = 3;
  static final int FIN = 4;
  static final int BYE = 5;

  /** Of a frame, so much may stand in the header. */
  static final int MAX_HEAD = 240;

  static final int MAX_BYTES = HEAD + MAX_HEAD;

  /** No frame is longer, whatever the receiver's limit. */
  static final int MAX_FRAME = 0xFF_FFFF;

  /** What a frame costs beside its bytes, so that small ones are bounded as well. */
  private static final int FRAME_COST = 64;

  private AmHeader() {}

  /** How much of a window a frame takes. */
  static long cost(long length) {
    return length + FRAME_COST;
  }
}
